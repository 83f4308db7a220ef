//! The calls of a scenario: asked of the real supervisor, answered in Erlang's words.

use std::sync::Arc;
use std::time::Duration;

use mistersmith::supervisor::{AutoShutdown, ChildSpec, Supervisor};

use super::stage::Stage;
use super::stamp::{Moment, stamped, stamped_then};
use super::{answer, errors, instances, raw, translate};
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
    // One that is starting comes to it when it is up.
    let supervisor = stage.state().supervisor(sup);
    let Some(supervisor) = supervisor else { return of_worker(stage, sup, action).await };
    match action {
        Action::StartChild { child, .. } => start_child(stage, &supervisor, sup, child).await,
        Action::Manage { call, child, .. } if supervisor.is_dynamic() => {
            instances::manage(stage, &supervisor, sup, *call, child).await
        }
        Action::Manage { call, child, .. } => manage(stage, &supervisor, *call, child).await,
        Action::Upgrade { to, .. } => upgrade(stage, &supervisor, sup, to).await,
        Action::Count { .. } => count(&supervisor).await,
        _ => answer::which(stage, &supervisor, sup).await.map_or_else(|error| error, |(shown, _)| shown),
    }
}

/// What is asked of a worker stays in its mailbox: who asks hears how it ends. To suspend it is given up after 5 s.
async fn of_worker(stage: &Stage, id: &str, action: &Action) -> String {
    let asked = stage.state().roles.get(id).filter(|role| role.is_alive).map(|role| role.count);
    let Some(asked) = asked else { return errors::gone() };
    let ended = async {
        loop {
            let changed = stage.changed.notified();
            let exit = stage.state().roles.get(id).and_then(|role| role.exits.get(&asked).cloned());
            if let Some(exit) = exit {
                return format!("exit {exit}");
            }
            changed.await;
        }
    };
    if !matches!(action, Action::Upgrade { .. }) {
        return ended.await;
    }
    tokio::select! {
        biased;
        answer = ended => answer,
        () = stage.timer.sleep(Duration::from_secs(5)) => "exit timeout".to_owned(),
    }
}

async fn start_child(stage: &Arc<Stage>, supervisor: &Supervisor, sup: &str, child: &NewChild) -> String {
    if supervisor.is_dynamic() && !matches!(child, NewChild::Instance(_)) {
        // Erlang adds the specification to a list of arguments, which it is not.
        return in_turn(supervisor, "error {EXIT,{badarg,STACK}}".to_owned()).await;
    }
    let flag = supervisor.flags().auto_shutdown;
    let (id, spec) = match child {
        NewChild::Instance(worker) => return instances::start(stage, supervisor, sup, worker).await,
        NewChild::Worker(worker) => {
            stage.cast(&worker.id, Some(sup), &worker.keys);
            (worker.id.clone(), translate::child(stage, sup, &Child::Worker(worker.clone()), flag))
        }
        NewChild::Sup(block) => {
            let child = Child::Sup(block.clone());
            stage.specify(&child, Some(sup));
            (block.id.clone(), translate::child(stage, sup, &child, flag))
        }
        NewChild::Term(term) => match raw::child(term, flag) {
            Ok((id, keys)) => (id.clone(), foreign(stage, sup, &id, keys, flag)),
            Err(error) => (String::new(), Err(error)),
        },
    };
    let spec = match spec {
        Ok(spec) => spec,
        Err(error) => return in_turn(supervisor, format!("error {error}")).await,
    };
    let (answer, moment) = stamped(stage, supervisor.start_child(spec)).await;
    match answer {
        Ok(started) => answer::started(started, &id, &moment.roles),
        Err(error) => errors::start_child(&error, &answer::holder(sup, &id, &moment)),
    }
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
    translate::child(stage, sup, &Child::Worker(Worker { id: id.to_owned(), keys }), flag)
}

async fn manage(stage: &Arc<Stage>, supervisor: &Supervisor, call: Call, child: &ChildName) -> String {
    // A name that never had a pid is passed on as it is.
    let had_pid = stage.state().roles.get(child.id()).is_some_and(|role| role.count > 0);
    if matches!(child, ChildName::Pid(_)) && had_pid {
        return in_turn(supervisor, "error not_found".to_owned()).await;
    }
    let id = child.id();
    let ok = |()| "ok".to_owned();
    match call {
        Call::Terminate => {
            supervisor.terminate_child(id).await.map_or_else(|error| errors::terminate_child(&error), ok)
        }
        Call::Delete => {
            supervisor.delete_child(id).await.map_or_else(|error| errors::delete_child(&error), ok)
        }
        Call::Restart => {
            let (answer, Moment { roles, .. }) = stamped(stage, supervisor.restart_child(id)).await;
            answer.map_or_else(
                |error| errors::restart_child(&error),
                |started| answer::started(started, id, &roles),
            )
        }
        Call::GetSpec => {
            let answer = supervisor.child_spec(id).await;
            answer.map_or_else(|error| errors::child_spec(&error), |spec| answer::written(id, &spec))
        }
    }
}

async fn count(supervisor: &Supervisor) -> String {
    let counts = match supervisor.count_children().await {
        Ok(counts) => counts,
        Err(error) => return errors::children(&error),
    };
    // Erlang counts the one template of a dynamic supervisor.
    let specs = if supervisor.is_dynamic() { 1 } else { counts.specs };
    let (active, supervisors, workers) = (counts.active, counts.supervisors, counts.workers);
    format!("specs={specs} active={active} supervisors={supervisors} workers={workers}")
}

/// Who is written about in it is so from the moment in which the supervisor comes to it.
async fn upgrade(stage: &Arc<Stage>, supervisor: &Supervisor, sup: &str, to: &SupBlock) -> String {
    let block = SupBlock { id: sup.to_owned(), ..to.clone() };
    let (spec, written) = stage.put_off(|| {
        let keys = block.keys.clone();
        stage.write(sup, move |role| role.direct(&keys));
        stage.specify_children(&block);
        translate::supervisor(stage, &block).map_err(|refused| {
            let error = translate::refused_upgrade(stage, &block, refused.error.clone());
            let answer = format!("error {{error,{error}}}");
            let reason = refused.reason();
            stage.write(sup, |role| role.refused = Some(reason));
            answer
        })
    });
    let (stage_then, id) = (Arc::clone(stage), sup.to_owned());
    let then = move || {
        if stage_then.state().serves(&id) {
            stage_then.apply(written);
        }
    };
    match spec {
        Ok(spec) => {
            let (staged, taken) = (Arc::clone(stage), sup.to_owned());
            let then = move || {
                then();
                staged.state().takes_template(&taken);
            };
            let (upgraded, _) = stamped_then(stage, supervisor.upgrade(spec), then).await;
            upgraded.map_or_else(|error| errors::upgrade(&error), |()| "ok".to_owned())
        }
        Err(answer) => stamped_then(stage, in_turn(supervisor, answer), then).await.0,
    }
}

/// The answer to something that cannot be asked of a supervisor of ours, when it has served everything that was
/// asked before.
pub(super) async fn in_turn(supervisor: &Supervisor, answer: String) -> String {
    match supervisor.count_children().await {
        Ok(_) => answer,
        Err(error) => errors::children(&error),
    }
}
