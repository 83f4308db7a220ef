//! The calls of a scenario to a dynamic supervisor: Erlang names its instances by their pids, we by their numbers.

use std::sync::Arc;

use mistersmith::supervisor::{
    DeleteChildError, RestartChildError, StartInstanceError, Started, Supervisor, TerminateChildError,
};

use super::answer::{self, Answer};
use super::call::in_turn;
use super::stage::Stage;
use super::stamp::{Moment, stamped};
use super::terms::{self, term_of};
use crate::scenario::{Call, ChildName, Keys, OnStop, Term, Worker};

/// Starts an instance under this name.
pub(super) async fn start(stage: &Arc<Stage>, supervisor: &Supervisor, sup: &str, worker: &Worker) -> Answer {
    let Some(dynamic) = supervisor.dynamic::<String>() else {
        let list = Term::List(vec![Term::atom(worker.id.clone())]);
        let error = Term::tuple([Term::atom("invalid_child_spec"), list]);
        return in_turn(supervisor).await.map(|()| format!("error {error}"));
    };
    direct(stage, sup, worker);
    let (answer, Moment { roles }) = stamped(stage, dynamic.start_child(worker.id.clone())).await;
    Some(match answer {
        Ok(Some(instance)) => {
            let mut state = stage.state();
            let since = state.roles.get(sup).map_or(0, |role| role.count);
            if let Some(role) = state.roles.get_mut(&worker.id) {
                role.instance = Some(instance);
                role.instance_since = since;
            }
            answer::started(Started::Running, &worker.id, &roles)
        }
        Ok(None) => "ok undefined".to_owned(),
        Err(StartInstanceError::Failed(exit)) => format!("error {}", term_of(&exit)),
        Err(StartInstanceError::Invalid(problems)) => format!("error {}", terms::first(&problems)),
        Err(StartInstanceError::SupervisorGone) => return None,
        Err(other) => format!("error {other}"),
    })
}

/// Gives an instance its scripts: where it has none of its own, those of its template.
fn direct(stage: &Stage, sup: &str, worker: &Worker) {
    let is_new = stage.state().roles.get(&worker.id).is_none_or(|role| role.count == 0);
    if is_new {
        let template = stage.state().roles.get(sup).and_then(|role| role.template.clone());
        let keys = template.map(|template| template.keys).unwrap_or_default();
        let inherited =
            Keys(keys.0.into_iter().filter(|(key, _)| key == "start" || key == "onstop").collect());
        if let Some(role) = stage.state().roles.get_mut(&worker.id) {
            (role.starts, role.on_stop) = (None, OnStop::Trap);
        }
        stage.cast(&worker.id, Some(sup), &inherited);
    }
    stage.cast(&worker.id, Some(sup), &worker.keys);
}

/// A call about one instance.
pub(super) async fn manage(
    stage: &Arc<Stage>,
    supervisor: &Supervisor,
    sup: &str,
    call: Call,
    child: &ChildName,
) -> Answer {
    let id = child.id();
    let role = stage.state().roles.get(id).filter(|role| role.count > 0).cloned();
    let by_pid = role.filter(|_| !matches!(child, ChildName::Id(_)));
    let not_by_id = || "error simple_one_for_one".to_owned();
    let dynamic = supervisor.dynamic::<String>();
    match call {
        Call::Restart => match supervisor.restart_child(id).await {
            Err(RestartChildError::Dynamic) => Some(not_by_id()),
            _ => None,
        },
        Call::Delete => match supervisor.delete_child(id).await {
            Err(DeleteChildError::Dynamic) => Some(not_by_id()),
            _ => None,
        },
        Call::Terminate => {
            let Some(role) = by_pid else {
                return match supervisor.terminate_child(id).await {
                    Err(TerminateChildError::Dynamic) => Some(not_by_id()),
                    _ => None,
                };
            };
            let ours = role.instance.filter(|_| role.parent.as_deref() == Some(sup)).zip(dynamic);
            let terminated = match ours {
                Some((instance, dynamic)) => dynamic.terminate_child(instance).await,
                None => in_turn(supervisor).await.map_or(Err(TerminateChildError::SupervisorGone), |()| {
                    Err(TerminateChildError::NotFound)
                }),
            };
            match terminated {
                Ok(()) => Some("ok".to_owned()),
                // Erlang does not know whose a dead pid was, and says that it is gone.
                Err(TerminateChildError::NotFound) if !is_alive(stage, id) => Some("ok".to_owned()),
                Err(TerminateChildError::NotFound) => Some("error not_found".to_owned()),
                Err(_) => None,
            }
        }
        Call::GetSpec => {
            let template = stage.state().roles.get(sup).and_then(|role| role.template.clone())?.child;
            let is_pid = by_pid.is_some();
            let of_instance = by_pid.and_then(|role| role.instance).zip(dynamic);
            let found = match of_instance {
                Some((instance, dynamic)) => dynamic.child_spec(instance).await,
                None if template.id().as_str() == id => Some(Arc::new(template.clone())),
                None => None,
            };
            // Erlang does not know whose a dead pid was.
            let is_dead = is_pid && !is_alive(stage, id);
            let found = found.or_else(|| is_dead.then(|| Arc::new(template.clone())));
            in_turn(supervisor).await?;
            Some(found.map_or_else(
                || "error not_found".to_owned(),
                |spec| answer::written(template.id().as_str(), &spec),
            ))
        }
    }
}

fn is_alive(stage: &Stage, id: &str) -> bool {
    stage.state().roles.get(id).is_some_and(|role| role.is_alive)
}
