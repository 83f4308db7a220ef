//! The calls of a scenario to a dynamic supervisor: Erlang names its instances by their pids, we by their numbers.

use std::sync::Arc;

use mistersmith::supervisor::{ChildSpecError, Dynamic, Instance, Started, Supervisor};

use super::call::in_turn;
use super::stage::{Role, Roles, Stage, Template};
use super::stamp::{Moment, stamped};
use super::{answer, errors};
use crate::scenario::{Call, ChildName, Keys, OnStop, Term, Worker};

/// Starts an instance under this name.
pub(super) async fn start(stage: &Arc<Stage>, supervisor: &Supervisor, sup: &str, worker: &Worker) -> String {
    let Some(dynamic) = supervisor.dynamic::<String>() else {
        let list = Term::List(vec![Term::atom(worker.id.clone())]);
        let error = Term::tuple([Term::atom("invalid_child_spec"), list]);
        return in_turn(supervisor, format!("error {error}")).await;
    };
    direct(stage, sup, worker);
    let (seat, _) = stage.seat(&worker.id, sup);
    let (answer, Moment { roles, .. }) = stamped(stage, dynamic.start_child(seat.to_string())).await;
    match answer {
        Ok(Some(instance)) => {
            let mut state = stage.state();
            let since = state.roles.get(sup).map_or(0, |role| role.count);
            if let Some(seated) = state.seats.get_mut(seat) {
                seated.instance = Some((instance, since));
            }
            answer::started(Started::Running, &worker.id, &roles)
        }
        Ok(None) => "ok undefined".to_owned(),
        Err(error) => errors::start_instance(&error),
    }
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
) -> String {
    let id = child.id();
    let role = stage.state().roles.get(id).filter(|role| role.count > 0).cloned();
    let by_pid = role.filter(|_| !matches!(child, ChildName::Id(_)));
    let ok = |()| "ok".to_owned();
    match (call, by_pid) {
        (Call::Restart, _) => {
            supervisor.restart_child(id).await.map_or_else(|error| errors::restart_child(&error), |_| ok(()))
        }
        (Call::Delete, _) => {
            supervisor.delete_child(id).await.map_or_else(|error| errors::delete_child(&error), ok)
        }
        (Call::Terminate, None) => {
            supervisor.terminate_child(id).await.map_or_else(|error| errors::terminate_child(&error), ok)
        }
        (Call::Terminate, Some(role)) => {
            let not_found = || "error not_found".to_owned();
            let (answer, Moment { roles, .. }) = match instance_of(stage, &role, supervisor, sup) {
                Some((dynamic, instance)) => {
                    let (answer, then) = stamped(stage, dynamic.terminate_child(instance)).await;
                    (answer.map_or_else(|error| errors::terminate_child(&error), ok), then)
                }
                None => stamped(stage, in_turn(supervisor, not_found())).await,
            };
            // Erlang does not know whose a dead pid was, and says that it is gone.
            if answer == not_found() && !is_alive(&roles, id) { ok(()) } else { answer }
        }
        (Call::GetSpec, by_pid) => get_spec(stage, supervisor, sup, id, by_pid).await,
    }
}

async fn get_spec(
    stage: &Arc<Stage>,
    supervisor: &Supervisor,
    sup: &str,
    id: &str,
    by_pid: Option<Role>,
) -> String {
    let instance = by_pid.as_ref().and_then(|role| instance_of(stage, role, supervisor, sup));
    let (found, Moment { roles, .. }) = match instance {
        Some((dynamic, instance)) => match stamped(stage, dynamic.child_spec(instance)).await {
            (Err(ChildSpecError::NotFound), then) => (None, then),
            (Err(error), _) => return errors::child_spec(&error),
            (Ok(spec), then) => (Some(spec), then),
        },
        None => match stamped(stage, supervisor.count_children()).await {
            (Err(error), _) => return errors::children(&error),
            (Ok(_), then) => (None, then),
        },
    };
    let template = roles.get(sup).and_then(|role| role.template.as_ref());
    let Some(Template { child: template, .. }) = template else { return errors::gone() };
    // Erlang does not know whose a dead pid was.
    let is_template = template.id().as_str() == id || (by_pid.is_some() && !is_alive(&roles, id));
    match found {
        Some(spec) => answer::written(template.id().as_str(), &spec),
        None if is_template => answer::written(template.id().as_str(), template),
        None => "error not_found".to_owned(),
    }
}

/// Which of its instances that is, if it is one of them.
fn instance_of(
    stage: &Stage,
    role: &Role,
    supervisor: &Supervisor,
    sup: &str,
) -> Option<(Dynamic<String>, Instance)> {
    let state = stage.state();
    let (instance, _) = state.seats.get(role.seat?).filter(|seat| seat.sup == sup)?.instance?;
    Some((supervisor.dynamic()?, instance))
}

fn is_alive(roles: &Roles, id: &str) -> bool {
    roles.get(id).is_some_and(|role| role.is_alive)
}
