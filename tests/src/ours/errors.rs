//! The errors of our calls as answers of Erlang's.

use mistersmith::exit::Exit;
use mistersmith::supervisor::{
    ChildSpecError, ChildrenError, DeleteChildError, RestartChildError, StartChildError, StartInstanceError,
    TerminateChildError, UpgradeError,
};

use super::terms::{first, term_of};

/// Nobody was there.
pub(super) fn gone() -> String {
    "exit noproc".to_owned()
}

/// The supervisor ended first.
fn ended(exit: &Exit) -> String {
    format!("exit {}", term_of(exit))
}

/// `pid` is the process that has the id.
pub(super) fn start_child(error: &StartChildError, pid: &str) -> String {
    match error {
        StartChildError::SupervisorGone => gone(),
        StartChildError::SupervisorEnded(exit) => ended(exit),
        StartChildError::AlreadyPresent => "error already_present".to_owned(),
        StartChildError::AlreadyStarted => format!("error {{already_started,{pid}}}"),
        StartChildError::Failed(exit) => format!("error {{{},CHILD}}", term_of(exit)),
        StartChildError::Invalid(problems) => format!("error {}", first(problems)),
        other => format!("error {other}"),
    }
}

pub(super) fn start_instance(error: &StartInstanceError) -> String {
    match error {
        StartInstanceError::SupervisorGone => gone(),
        StartInstanceError::SupervisorEnded(exit) => ended(exit),
        StartInstanceError::Failed(exit) => format!("error {}", term_of(exit)),
        StartInstanceError::Invalid(problems) => format!("error {}", first(problems)),
        other => format!("error {other}"),
    }
}

pub(super) fn terminate_child(error: &TerminateChildError) -> String {
    match error {
        TerminateChildError::SupervisorGone => gone(),
        TerminateChildError::SupervisorEnded(exit) => ended(exit),
        TerminateChildError::NotFound => "error not_found".to_owned(),
        TerminateChildError::Dynamic => "error simple_one_for_one".to_owned(),
        other => format!("error {other}"),
    }
}

pub(super) fn restart_child(error: &RestartChildError) -> String {
    match error {
        RestartChildError::SupervisorGone => gone(),
        RestartChildError::SupervisorEnded(exit) => ended(exit),
        RestartChildError::Running => "error running".to_owned(),
        RestartChildError::Restarting => "error restarting".to_owned(),
        RestartChildError::NotFound => "error not_found".to_owned(),
        RestartChildError::Failed(exit) => format!("error {}", term_of(exit)),
        RestartChildError::Dynamic => "error simple_one_for_one".to_owned(),
        other => format!("error {other}"),
    }
}

pub(super) fn delete_child(error: &DeleteChildError) -> String {
    match error {
        DeleteChildError::SupervisorGone => gone(),
        DeleteChildError::SupervisorEnded(exit) => ended(exit),
        DeleteChildError::Running => "error running".to_owned(),
        DeleteChildError::Restarting => "error restarting".to_owned(),
        DeleteChildError::NotFound => "error not_found".to_owned(),
        DeleteChildError::Dynamic => "error simple_one_for_one".to_owned(),
        other => format!("error {other}"),
    }
}

pub(super) fn child_spec(error: &ChildSpecError) -> String {
    match error {
        ChildSpecError::SupervisorGone => gone(),
        ChildSpecError::SupervisorEnded(exit) => ended(exit),
        ChildSpecError::NotFound => "error not_found".to_owned(),
        other => format!("error {other}"),
    }
}

pub(super) fn children(error: &ChildrenError) -> String {
    match error {
        ChildrenError::SupervisorGone => gone(),
        ChildrenError::SupervisorEnded(exit) => ended(exit),
        other => format!("error {other}"),
    }
}

pub(super) fn upgrade(error: &UpgradeError) -> String {
    match error {
        UpgradeError::SupervisorGone => gone(),
        UpgradeError::SupervisorEnded(exit) => ended(exit),
        UpgradeError::Invalid(problems) => format!("error {{error,{}}}", first(problems)),
        other => format!("error {other}"),
    }
}
