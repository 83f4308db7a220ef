//! The calls of a scenario: asked of the real supervisor, answered in Erlang's words.

use std::sync::Arc;

use mistersmith::supervisor::{
    ChildId, ChildSpec, ChildState, ChildStatus, DeleteChildError, RestartChildError, StartChildError,
    Started, Supervisor, TerminateChildError,
};

use super::stage::{Roles, Stage};
use super::stamp::{Moment, stamped};
use super::terms::{self, term_of};
use super::{raw, translate};
use crate::scenario::{
    Action, Call, Child, ChildName, Keys, NewChild, StartToken, StartTokens, Term, Worker,
};

/// What a call came to: the answer in Erlang's words, or that nobody is there any more to give one.
type Answer = Option<String>;

/// Carries out a call and returns its answer, as a trace shows it.
pub(super) async fn ask(stage: &Arc<Stage>, action: &Action) -> String {
    let (sup, answer) = match action {
        Action::Check { specs, auto_shutdown } => {
            return raw::check(specs, auto_shutdown.as_ref())
                .map_or_else(|error| format!("error {error}"), |()| "ok".to_owned());
        }
        Action::StartChild { sup, .. }
        | Action::Manage { sup, .. }
        | Action::Which { sup }
        | Action::Count { sup } => (sup, stage.supervisor(sup).await),
        _ => return "ok".to_owned(),
    };
    let Some(supervisor) = answer else { return "exit noproc".to_owned() };
    let answer = match action {
        Action::StartChild { child, .. } => start_child(stage, &supervisor, sup, child).await,
        Action::Manage { call, child, .. } => manage(stage, &supervisor, *call, child).await,
        Action::Which { .. } => {
            which(stage, &supervisor).await.map(|(list, moment)| shown(&list, &moment.roles))
        }
        _ => count(&supervisor).await,
    };
    answer.unwrap_or_else(|| {
        let last = stage.state().roles.get(sup).and_then(|role| role.last_exit.clone());
        format!("exit {}", last.unwrap_or_else(|| Term::atom("noproc")))
    })
}

async fn start_child(stage: &Arc<Stage>, supervisor: &Supervisor, sup: &str, child: &NewChild) -> Answer {
    let flag = supervisor.flags().auto_shutdown;
    let (id, spec) = match child {
        NewChild::Worker(worker) => {
            stage.cast(&worker.id, Some(sup), &worker.keys);
            (worker.id.clone(), translate::child(stage, &Child::Worker(worker.clone()), flag))
        }
        NewChild::Sup(block) => {
            stage.cast(&block.id, Some(sup), &block.keys);
            (block.id.clone(), translate::child(stage, &Child::Sup(block.clone()), flag))
        }
        NewChild::Term(term) => match raw::child(term, flag) {
            Ok((id, keys)) => {
                let spec = foreign(stage, sup, &id, keys, flag);
                (id, spec)
            }
            Err(error) => (String::new(), Err(error)),
        },
        NewChild::Instance(_) => {
            (String::new(), Err(Term::tuple([Term::atom("invalid_child_spec"), Term::List(Vec::new())])))
        }
    };
    let spec = match spec {
        Ok(spec) => spec,
        Err(error) => return in_turn(supervisor).await.map(|()| format!("error {error}")),
    };
    let (answer, Moment { roles }) = stamped(stage, supervisor.start_child(spec)).await;
    Some(match answer {
        Ok(started) => ok(started, &id, &roles),
        Err(StartChildError::SupervisorGone) => return None,
        Err(StartChildError::AlreadyPresent) => "error already_present".to_owned(),
        Err(StartChildError::AlreadyStarted) => format!("error {{already_started,{}}}", pid(&id, &roles)),
        Err(StartChildError::Failed(exit)) => format!("error {{{},CHILD}}", term_of(&exit)),
        Err(StartChildError::Invalid(problem)) => format!("error {}", terms::problem(&problem)),
        Err(other) => format!("error {other}"),
    })
}

/// A child whose start function is nobody's: Erlang finds it undefined when it is called.
fn foreign(
    stage: &Arc<Stage>,
    sup: &str,
    id: &str,
    keys: Keys,
    flag: mistersmith::supervisor::AutoShutdown,
) -> Result<ChildSpec, Term> {
    let undefined = StartToken::Raise(Some(Term::atom("undef")));
    let keys = keys.with_start(StartTokens(vec![(undefined, 1)]));
    if !stage.state().roles.contains_key(id) {
        stage.cast(id, Some(sup), &keys);
    }
    translate::child(stage, &Child::Worker(Worker { id: id.to_owned(), keys }), flag)
}

async fn manage(stage: &Arc<Stage>, supervisor: &Supervisor, call: Call, child: &ChildName) -> Answer {
    if let ChildName::Pid(_) = child {
        return in_turn(supervisor).await.map(|()| "error not_found".to_owned());
    }
    let id = child.id();
    Some(match call {
        Call::Terminate => match supervisor.terminate_child(id).await {
            Ok(()) => "ok".to_owned(),
            Err(TerminateChildError::NotFound) => "error not_found".to_owned(),
            Err(_) => return None,
        },
        Call::Restart => match stamped(stage, supervisor.restart_child(id)).await {
            (Ok(started), Moment { roles }) => ok(started, id, &roles),
            (Err(RestartChildError::Running), _) => "error running".to_owned(),
            (Err(RestartChildError::Restarting), _) => "error restarting".to_owned(),
            (Err(RestartChildError::NotFound), _) => "error not_found".to_owned(),
            (Err(RestartChildError::Failed(exit)), _) => format!("error {}", term_of(&exit)),
            (Err(_), _) => return None,
        },
        Call::Delete => match supervisor.delete_child(id).await {
            Ok(()) => "ok".to_owned(),
            Err(DeleteChildError::Running) => "error running".to_owned(),
            Err(DeleteChildError::Restarting) => "error restarting".to_owned(),
            Err(DeleteChildError::NotFound) => "error not_found".to_owned(),
            Err(_) => return None,
        },
        Call::GetSpec => {
            let (spec, served) = tokio::join!(supervisor.child_spec(id), in_turn(supervisor));
            served?;
            spec.map_or_else(|| "error not_found".to_owned(), |spec| written(&spec))
        }
    })
}

fn written(spec: &ChildSpec) -> String {
    format!(
        "id={} restart={} significant={} shutdown={} type={}",
        spec.id(),
        terms::restart(spec.restart_type()),
        spec.is_significant(),
        terms::shutdown(spec.shutdown_policy()),
        terms::child_type(spec.child_type())
    )
}

/// The list of children, and when it was given.
pub(super) async fn which(stage: &Arc<Stage>, supervisor: &Supervisor) -> Option<(Vec<ChildStatus>, Moment)> {
    let asked = async { tokio::join!(supervisor.which_children(), in_turn(supervisor)) };
    let ((list, served), moment) = stamped(stage, asked).await;
    served.map(|()| (list, moment))
}

async fn count(supervisor: &Supervisor) -> Answer {
    let (counts, served) = tokio::join!(supervisor.count_children(), in_turn(supervisor));
    served?;
    let (specs, active) = (counts.specs, counts.active);
    let (supervisors, workers) = (counts.supervisors, counts.workers);
    Some(format!("specs={specs} active={active} supervisors={supervisors} workers={workers}"))
}

/// Returns when the supervisor has served everything that was asked before; `None` when it is gone. Some answers of
/// ours do not tell an empty supervisor from one that is gone, and this does.
pub(super) async fn in_turn(supervisor: &Supervisor) -> Option<()> {
    let nobody = ChildId::from("\u{0}");
    match supervisor.delete_child(nobody).await {
        Err(DeleteChildError::SupervisorGone) => None,
        _ => Some(()),
    }
}

/// A list of children, as a trace shows it.
pub(super) fn shown(list: &[ChildStatus], roles: &Roles) -> String {
    let row = |child: &ChildStatus| {
        let id = child.id.as_str();
        match child.state {
            ChildState::Down => format!("{id}=undefined"),
            ChildState::Restarting => format!("{id}=restarting"),
            ChildState::Running => match roles.get(id) {
                Some(role) if role.is_alive => format!("{id}=up#{}", role.count),
                _ => format!("{id}=dead"),
            },
        }
    };
    format!("[{}]", list.iter().map(row).collect::<Vec<_>>().join(", "))
}

fn ok(started: Started, id: &str, roles: &Roles) -> String {
    match started {
        Started::Ignored => "ok undefined".to_owned(),
        Started::Running => {
            let info = roles.get(id).is_some_and(|role| role.passes_info);
            format!("ok {}{}", pid(id, roles), if info { " info" } else { "" })
        }
    }
}

fn pid(id: &str, roles: &Roles) -> String {
    format!("{id}#{}", roles.get(id).map_or(0, |role| role.count))
}
