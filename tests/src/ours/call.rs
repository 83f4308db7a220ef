//! The calls of a scenario: asked of the real supervisor, answered in Erlang's words.

use std::sync::Arc;

use mistersmith::supervisor::{
    AutoShutdown, ChildId, ChildSpec, DeleteChildError, RestartChildError, StartChildError, Supervisor,
    TerminateChildError, UpgradeError,
};

use super::answer::{self, Answer};
use super::instances;
use super::stage::Stage;
use super::stamp::{Moment, stamped};
use super::terms::{self, term_of};
use super::{raw, translate};
use crate::scenario::{
    Action, Call, Child, ChildName, Keys, NewChild, StartToken, StartTokens, SupBlock, Term, Worker,
};

/// Carries out a call and returns its answer, as a trace shows it.
pub(super) async fn ask(stage: &Arc<Stage>, action: &Action) -> String {
    let sup = match action {
        Action::Check { specs, auto_shutdown } => {
            return raw::check(specs, auto_shutdown.as_ref())
                .map_or_else(|error| format!("error {error}"), |()| "ok".to_owned());
        }
        Action::StartChild { sup, .. }
        | Action::Manage { sup, .. }
        | Action::Which { sup }
        | Action::Count { sup }
        | Action::Upgrade { sup, .. } => sup,
        // Nothing else is a call.
        _ => return "ok".to_owned(),
    };
    let Some(supervisor) = stage.supervisor(sup).await else { return "exit noproc".to_owned() };
    let answer = match action {
        Action::StartChild { child, .. } => start_child(stage, &supervisor, sup, child).await,
        Action::Manage { call, child, .. } if supervisor.is_dynamic() => {
            instances::manage(stage, &supervisor, sup, *call, child).await
        }
        Action::Manage { call, child, .. } => manage(stage, &supervisor, *call, child).await,
        Action::Upgrade { to, .. } => upgrade(stage, &supervisor, sup, to).await,
        Action::Count { .. } => count(&supervisor).await,
        _ => answer::which(stage, &supervisor, sup).await.map(|(shown, _)| shown),
    };
    answer.unwrap_or_else(|| {
        let last = stage.state().roles.get(sup).and_then(|role| role.last_exit.clone());
        format!("exit {}", last.unwrap_or_else(|| Term::atom("noproc")))
    })
}

async fn start_child(stage: &Arc<Stage>, supervisor: &Supervisor, sup: &str, child: &NewChild) -> Answer {
    let flag = supervisor.flags().auto_shutdown;
    let (id, spec) = match child {
        NewChild::Instance(worker) => return instances::start(stage, supervisor, sup, worker).await,
        NewChild::Worker(worker) => {
            stage.cast(&worker.id, Some(sup), &worker.keys);
            (worker.id.clone(), translate::child(stage, &Child::Worker(worker.clone()), flag))
        }
        NewChild::Sup(block) => {
            stage.cast(&block.id, Some(sup), &block.keys);
            (block.id.clone(), translate::child(stage, &Child::Sup(block.clone()), flag))
        }
        NewChild::Term(term) => match raw::child(term, flag) {
            Ok((id, keys)) => (id.clone(), foreign(stage, sup, &id, keys, flag)),
            Err(error) => (String::new(), Err(error)),
        },
    };
    let spec = match spec {
        Ok(spec) => spec,
        Err(error) => return in_turn(supervisor).await.map(|()| format!("error {error}")),
    };
    let (answer, Moment { roles }) = stamped(stage, supervisor.start_child(spec)).await;
    Some(match answer {
        Ok(started) => answer::started(started, &id, &roles),
        Err(StartChildError::SupervisorGone) => return None,
        Err(StartChildError::AlreadyPresent) => "error already_present".to_owned(),
        Err(StartChildError::AlreadyStarted) => {
            format!("error {{already_started,{}}}", answer::pid(&id, &roles))
        }
        Err(StartChildError::Failed(exit)) => format!("error {{{},CHILD}}", term_of(&exit)),
        Err(StartChildError::Invalid(problems)) => format!("error {}", terms::first(&problems)),
        Err(other) => format!("error {other}"),
    })
}

/// A child whose start function is nobody's: Erlang finds it undefined when it is called.
fn foreign(
    stage: &Arc<Stage>,
    sup: &str,
    id: &str,
    keys: Keys,
    flag: AutoShutdown,
) -> Result<ChildSpec, Term> {
    let undefined = StartToken::Raise(Some(Term::atom("undef")));
    let keys = keys.with_start(StartTokens(vec![(undefined, 1)]));
    if !stage.state().roles.contains_key(id) {
        stage.cast(id, Some(sup), &keys);
        stage.state().roles.entry(id.to_owned()).or_default().is_foreign = true;
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
            (Ok(started), Moment { roles }) => answer::started(started, id, &roles),
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
            spec.map_or_else(|| "error not_found".to_owned(), |spec| answer::written(id, &spec))
        }
    })
}

async fn count(supervisor: &Supervisor) -> Answer {
    let (counts, served) = tokio::join!(supervisor.count_children(), in_turn(supervisor));
    served?;
    // Erlang counts the one template of a dynamic supervisor.
    let specs = if supervisor.is_dynamic() { 1 } else { counts.specs };
    let (active, supervisors, workers) = (counts.active, counts.supervisors, counts.workers);
    Some(format!("specs={specs} active={active} supervisors={supervisors} workers={workers}"))
}

async fn upgrade(stage: &Arc<Stage>, supervisor: &Supervisor, sup: &str, to: &SupBlock) -> Answer {
    let block = SupBlock { id: sup.to_owned(), ..to.clone() };
    let spec = match translate::supervisor(stage, &block) {
        Ok(spec) => spec,
        Err(refused) => {
            let answer = format!("error {{error,{}}}", refused.error);
            stage.state().roles.entry(sup.to_owned()).or_default().refused = Some(refused.reason());
            return in_turn(supervisor).await.map(|()| answer);
        }
    };
    match supervisor.upgrade(spec).await {
        Ok(()) => Some("ok".to_owned()),
        Err(UpgradeError::Invalid(problems)) => Some(format!("error {{error,{}}}", terms::first(&problems))),
        Err(_) => None,
    }
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
