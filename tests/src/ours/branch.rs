//! A supervisor of a scenario: what its script puts around its starts, and what its reports write to the trace.

use std::sync::Arc;

use mistersmith::exit::Exit;
use mistersmith::supervisor::{ChildId, Instance, Report, Starting};
use mistersmith::testing::{AroundStart, not_needed};

use super::stage::{Role, Stage, State, is_below};
use super::starting::{Outcome, play};
use super::terms::{exit_of, raised, term_of};
use crate::scenario::Term;

/// What happens around the starts of a supervisor.
pub(super) struct Branch {
    pub(super) id: String,
    pub(super) stage: Arc<Stage>,
    /// What Erlang says of its specification, if that is one that our types exclude.
    pub(super) invalid: Option<Term>,
}

impl AroundStart for Branch {
    fn start<'a>(&'a self, start: Starting<'a>) -> Starting<'a> {
        Box::pin(async { around(self, start).await.map(|started| started.unwrap_or_else(not_needed)) })
    }
}

/// Starts a supervisor as its script wants it; `None` says that it is not needed.
pub(super) async fn around<T>(
    branch: &Branch,
    start: impl Future<Output = Result<T, Exit>>,
) -> Result<Option<T>, Exit> {
    let Branch { id, stage, invalid } = branch;
    match play(stage, id).await {
        Outcome::Run => {}
        Outcome::NotNeeded => return Ok(None),
        Outcome::Failed(exit) => return Err(exit),
        Outcome::Raised(reason) => {
            let seen = raised(reason);
            stage.note(format!("start_error {id} {seen}"));
            return Err(exit_of(&seen));
        }
    }
    let refused = stage.state().roles.get(id).and_then(|role| role.refused.clone());
    let started = match refused.as_ref().or(invalid.as_ref()) {
        Some(problem) => {
            begins(stage, id);
            let exit = exit_of(problem);
            ended(stage, id, &exit);
            Err(exit)
        }
        None => start.await,
    };
    if started.is_ok() {
        // As in Erlang, it serves what has waited for it, until it has to wait itself: then its parent goes on.
        tokio::task::yield_now().await;
        stage.state().tell_up(id);
    }
    // Who waits for it finds it when whoever started it goes on, which is before anybody else does.
    stage.changed.notify_waiters();
    // That a root did not start is told by the process that started it, while it lives.
    started.map(Some).inspect_err(|exit| {
        let mut state = stage.state();
        let is_root = state.roles.get(id).is_some_and(|role| role.parent.is_none());
        if !(is_root && state.is_parent_dead) {
            state.record.event(format!("start_error {id} {}", term_of(exit)));
        }
    })
}

/// What a report of the supervisor at `path` means for the trace.
pub(super) fn hear(stage: &Stage, path: &str, report: Report<'_>) {
    let id = path.rsplit('/').next().unwrap_or(path);
    match report {
        Report::Begins { supervisor } => {
            begins(stage, id);
            stage.state().keep(id, supervisor);
        }
        Report::Ended { exit } => ended(stage, id, exit),
        Report::Up => {
            if let Some(role) = stage.state().roles.get_mut(id) {
                (role.is_up, role.is_told) = (true, false);
            }
            stage.changed.notify_waiters();
        }
        Report::Stops => {
            let mut state = stage.state();
            if let Some(role) = state.roles.get_mut(id) {
                role.is_stopping = true;
                if role.template.is_some() {
                    state.record.stops_at_once(id);
                }
            }
        }
        Report::StopFailed { exit, .. } if stage.reports && keeps_for_the_end(stage, id, exit) => {}
        report if stage.reports => {
            let named = |child: &ChildId| name_of(stage, id, child);
            let line = match report {
                Report::ChildTerminated { child, exit } => {
                    format!("child_terminated {} {}", named(child), term_of(exit))
                }
                Report::StartFailed { child, exit } => {
                    format!("start_error {} {}", named(child), term_of(exit))
                }
                Report::GaveUp { child } => {
                    format!("shutdown {} reached_max_restart_intensity", named(child))
                }
                Report::StopFailed { child, exit } => {
                    format!("shutdown_error {} {}", named(child), term_of(exit))
                }
                _ => return,
            };
            stage.note(format!("report {id} {line}"));
        }
        _ => {}
    }
}

/// Whether `id` stops all its instances: then Erlang reports each of the reasons once, when all are gone.
fn keeps_for_the_end(stage: &Stage, id: &str, exit: &Exit) -> bool {
    let mut state = stage.state();
    let stops_all = |role: &&mut Role| role.is_stopping && role.template.is_some();
    state.roles.get_mut(id).filter(stops_all).map(|role| role.odd_stops.insert(term_of(exit))).is_some()
}

/// What a trace calls a child: an instance by the name under which it was started.
fn name_of(stage: &Stage, sup: &str, child: &ChildId) -> String {
    let state = stage.state();
    let is_dynamic = state.roles.get(sup).is_some_and(|role| role.template.is_some());
    // What it begins with is the name of the template at its start.
    let is_it = |instance: Instance| child.as_str().ends_with(&instance.to_string());
    let named = is_dynamic.then(|| state.seats.instance(sup, is_it)).flatten();
    named.map_or_else(|| child.to_string(), |(_, seat)| seat.id.clone())
}

fn begins(stage: &Stage, id: &str) {
    let mut state = stage.state();
    state.tell_up_above(id);
    let number = state.begins(id);
    if let Some(role) = state.roles.get_mut(id) {
        role.is_sup = true;
    }
    state.takes_template(id);
    state.record.event(format!("sup_start {id} #{number}"));
}

fn ended(stage: &Stage, id: &str, exit: &Exit) {
    let (reason, now) = (term_of(exit), stage.timer.now());
    let mut state = stage.state();
    state.tell_odd_stops(id);
    let (number, above) = state.ends(id, &reason);
    match above {
        Some(above) => state.record.orphan(&above, id, now, format!("orphan {id} #{number} {reason}")),
        None => {
            let line = format!("sup_exit {id} #{number} {reason}");
            let State { record, roles, .. } = &mut *state;
            let in_order = roles.get(id).is_some_and(|role| role.stops_in_order);
            match exit {
                Exit::Killed if !in_order => {
                    record.killed_with_all(id, now, line, |other| is_below(roles, other, id));
                }
                _ => record.event(line),
            }
        }
    }
    drop(state);
    stage.changed.notify_waiters();
}
