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
    let (list, Moment { roles }) = stamped(stage, supervisor.which_children()).await;
    let list = list.map_err(|error| errors::children(&error))?;
    let mut rows: Vec<(String, String)> = list.iter().map(|child| row(stage, sup, child, &roles)).collect();
    if supervisor.is_dynamic() {
        rows.sort_by(|one, other| one.1.cmp(&other.1));
    }
    let (names, shown): (Vec<String>, Vec<String>) = rows.into_iter().unzip();
    Ok((format!("[{}]", shown.join(", ")), names.into_iter().rev().collect()))
}

/// A child's name, and its entry in a list.
fn row(stage: &Stage, sup: &str, child: &ChildStatus, roles: &Roles) -> (String, String) {
    let named = child.instance.and_then(|it| stage.state().instance_name(sup, it).map(str::to_owned));
    let id = named.unwrap_or_else(|| child.id.to_string());
    let shown = match child.state {
        ChildState::Down => format!("{id}=undefined"),
        // Erlang knows an instance by its pid, and this one has none.
        ChildState::Restarting if child.instance.is_some() => "undefined=restarting".to_owned(),
        ChildState::Restarting => format!("{id}=restarting"),
        ChildState::Running => match roles.get(&id) {
            Some(role) if role.is_alive => format!("{id}=up#{}", role.count),
            _ => format!("{id}=dead"),
        },
    };
    (id, shown)
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
