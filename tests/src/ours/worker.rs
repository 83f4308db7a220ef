//! A worker of a scenario: a supervised process whose starts and stops follow its script.

use std::sync::Arc;

use mistersmith::clock::Clock;
use mistersmith::exit::Exit;
use mistersmith::testing::{Play, Playing};

use super::seats::Seat;
use super::stage::{Stage, State};
use super::starting::{Outcome, play};
use super::terms::{exit_of, raised, term_of};
use crate::scenario::{OnStop, StartToken, Term};

/// What a worker does.
pub(super) struct Part {
    pub(super) id: String,
    pub(super) seat: Seat,
    pub(super) stage: Arc<Stage>,
}

impl Part {
    /// Its supervisor waits for it now, so the one above that goes on.
    fn tell_up_above(&self, state: &mut State) {
        if let Some(sup) = state.seats.get(self.seat).map(|seat| seat.sup.clone()) {
            state.tell_up(&sup);
        }
    }

    /// As a start function that raises: whoever called it sees a panic.
    fn raise(&self, reason: Term) -> ! {
        if !self.stage.state().roles.get(&self.id).is_some_and(|role| role.is_foreign) {
            self.stage.note(format!("start_error {} {}", self.id, raised(reason.clone())));
        }
        panic!("{}", reason.source())
    }
}

impl Play for Part {
    fn start<'a>(&'a self, _: &'a Clock) -> Playing<'a, Result<bool, Exit>> {
        Box::pin(async {
            match play(&self.stage, &self.id).await {
                Outcome::Failed(exit) => Err(exit),
                Outcome::NotNeeded => Ok(false),
                Outcome::Raised(reason) => self.raise(reason),
                Outcome::Run => {
                    let mut state = self.stage.state();
                    self.tell_up_above(&mut state);
                    let number = state.sits(self.seat);
                    state.record.event(format!("start {} #{number}", self.id));
                    Ok(true)
                }
            }
        })
    }

    fn stop<'a>(&'a self, reason: Exit, _: &'a Clock) -> Playing<'a, Option<Exit>> {
        Box::pin(async {
            let id = &self.id;
            let mode =
                self.stage.state().seats.get(self.seat).map(|seat| seat.mode.clone()).unwrap_or_default();
            match mode {
                OnStop::Trap | OnStop::NoTrap => Some(reason),
                OnStop::Exit(other) => Some(exit_of(&other)),
                OnStop::Slow(millis) => {
                    self.stage.slow(id, millis).await;
                    Some(reason)
                }
                OnStop::Ignore => {
                    self.stage.state().is_slow(id);
                    None
                }
                OnStop::Gate => match self.stage.gate(id, format!("stop_gate {id}")).await {
                    StartToken::Exit(other) => {
                        Some(exit_of(&other.unwrap_or_else(|| Term::atom("start_failed"))))
                    }
                    _ => Some(reason),
                },
            }
        })
    }

    fn ended(&self, exit: Exit) {
        let (reason, now) = (term_of(&exit), self.stage.timer.now());
        let mut state = self.stage.state();
        self.tell_up_above(&mut state);
        let (number, above) = state.rises(self.seat, &reason);
        match above {
            Some(above) => {
                state.record.orphan(&above, &self.id, now, format!("orphan {} #{number} {reason}", self.id))
            }
            None => {
                let line = format!("stop {} #{number} {reason}", self.id);
                let parent = state.seats.get(self.seat).map(|seat| seat.sup.clone());
                let at_once = parent.filter(|parent| {
                    state.roles.get(parent).is_some_and(|role| role.is_stopping && role.template.is_some())
                });
                match exit {
                    _ if let Some(parent) = at_once => state.record.stop_at_once(&parent, line),
                    Exit::Killed => state.record.killed(&self.id, now, line),
                    _ => state.record.event(line),
                }
            }
        }
        drop(state);
        self.stage.changed.notify_waiters();
    }
}
