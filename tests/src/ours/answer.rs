//! Answers of supervisors in Erlang's words, with the processes that were there when they were given.

use std::sync::Arc;

use mistersmith::supervisor::{ChildSpec, ChildState, ChildStatus, Started, Supervisor};

use super::stage::{Roles, Stage};
use super::stamp::{Moment, stamped};
use super::{errors, terms};

/// The list of children as a trace shows it, and their names in start order; or what stands for it.
pub(super) async fn which(
    stage: &Arc<Stage>,
    supervisor: &Supervisor,
    sup: &str,
) -> Result<(String, Vec<String>), String> {
    let (list, moment) = stamped(stage, supervisor.which_children()).await;
    let list = list.map_err(|error| errors::children(&error))?;
    let mut rows: Vec<(String, String)> = list.iter().map(|child| row(stage, sup, child, &moment)).collect();
    if supervisor.is_dynamic() {
        rows.sort_by(|one, other| one.1.cmp(&other.1));
    }
    let (names, shown): (Vec<String>, Vec<String>) = rows.into_iter().unzip();
    Ok((format!("[{}]", shown.join(", ")), names.into_iter().rev().collect()))
}

/// A child's name, and its entry in a list.
fn row(stage: &Stage, sup: &str, child: &ChildStatus, moment: &Moment) -> (String, String) {
    let named = child.instance.and_then(|instance| {
        let state = stage.state();
        state.seats.instance(sup, |other| other == instance).map(|(seat, seated)| (seat, seated.id.clone()))
    });
    let (seat, id) = named.map_or_else(|| (None, child.id.to_string()), |(seat, id)| (Some(seat), id));
    let of_instance = || moment.seats.get(seat?).map(|seat| (seat.number, seat.is_alive));
    let shown = match child.state {
        ChildState::Down => format!("{id}=undefined"),
        // Erlang knows an instance by its pid, and this one has none.
        ChildState::Restarting if child.instance.is_some() => "undefined=restarting".to_owned(),
        ChildState::Restarting => format!("{id}=restarting"),
        ChildState::Running => match of_instance().or_else(|| below(sup, &id, moment)) {
            Some((number, true)) => format!("{id}=up#{number}"),
            _ => format!("{id}=dead"),
        },
    };
    (id, shown)
}

/// The newest incarnation of a name below a supervisor, and whether it lives.
fn below(sup: &str, id: &str, moment: &Moment) -> Option<(u64, bool)> {
    let role = moment.roles.get(id)?;
    let worker = moment.seats.newest(sup, id).filter(|_| !role.is_sup);
    Some(worker.map_or((role.count, role.is_alive), |seat| (seat.number, seat.is_alive)))
}

/// The process that has an id below a supervisor.
pub(super) fn holder(sup: &str, id: &str, moment: &Moment) -> String {
    format!("{id}#{}", below(sup, id, moment).map_or(0, |(number, _)| number))
}

/// A child that was started, or was not needed.
pub(super) fn started(started: Started, id: &str, roles: &Roles) -> String {
    match started {
        Started::Ignored => "ok undefined".to_owned(),
        Started::Running => {
            let info = roles.get(id).is_some_and(|role| role.passes_info);
            format!("ok {}{}", pid(id, roles), if info { " info" } else { "" })
        }
    }
}

/// A process.
pub(super) fn pid(id: &str, roles: &Roles) -> String {
    format!("{id}#{}", roles.get(id).map_or(0, |role| role.count))
}

/// A specification, under this id.
pub(super) fn written(id: &str, spec: &ChildSpec) -> String {
    format!(
        "id={id} restart={} significant={} shutdown={} type={}",
        terms::restart(spec.restart_type()),
        spec.is_significant(),
        terms::shutdown(spec.shutdown_policy()),
        terms::child_type(spec.child_type())
    )
}
