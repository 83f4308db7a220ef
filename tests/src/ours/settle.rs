//! When the next action may come: every supervisor sits in its queue, or is held up by a gate of the script.
//!
//! A supervisor is idle when it has answered a question that was asked when [nothing else could
//! happen](super::quiet). One that has not is in the middle of something. If that is a gate somewhere below it, it
//! is where the script wants it; if it waits for time to pass (a slow start or stop, a limit), time passes here,
//! up to the limit for that.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::quiet::Quiet;
use super::stage::{Stage, State, is_below};

const STEP: Duration = Duration::from_millis(1);

/// A question to one incarnation of a supervisor that has not been answered yet.
type Question = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The questions that are open, by id and incarnation.
#[derive(Default)]
pub(super) struct Questions(HashMap<(String, u64), Question>);

impl Questions {
    /// Asks everybody who has no open question. One that was asked while its supervisor was busy says nothing, once
    /// it is answered, of what the supervisor did after that.
    fn ask(&mut self, stage: &Stage) {
        self.look();
        let state = stage.state();
        let up = state.roles.iter().filter(|(_, role)| role.is_alive && role.is_up);
        let up: Vec<_> = up.map(|(id, role)| (id.clone(), role.count)).collect();
        for (id, count) in up {
            let Some(supervisor) = state.supervisor(&id) else { continue };
            let question = move || async move { drop(supervisor.count_children().await) };
            self.0.entry((id, count)).or_insert_with(|| Box::pin(question()));
        }
        drop(state);
        self.look();
    }

    /// Forgets the questions that have been answered. The first look is when a question is asked.
    fn look(&mut self) {
        let mut context = Context::from_waker(Waker::noop());
        self.0.retain(|_, question| matches!(question.as_mut().poll(&mut context), Poll::Pending));
    }

    /// Whether everybody whose question is open is held up by a gate.
    fn only_gates(&self, state: &State) -> bool {
        let alive = |(id, count): &&(String, u64)| {
            state.roles.get(id).is_some_and(|role| role.is_alive && role.count == *count)
        };
        let held = |id: &str| {
            let waits = state
                .slow
                .values()
                .any(|slow| state.roles.get(slow).is_some_and(|role| role.parent.as_deref() == Some(id)));
            !waits && state.gates.values().any(|(gate, _)| is_below(&state.roles, gate, id))
        };
        let starting = state.roles.iter().filter(|(_, role)| role.is_alive && role.is_sup && !role.is_up);
        self.0.keys().filter(alive).all(|(id, _)| held(id))
            && starting.map(|(id, _)| id).all(|id| held(id))
            && !state
                .slow
                .values()
                .any(|slow| state.roles.get(slow).is_some_and(|role| role.parent.is_none()))
    }
}

/// Returns `true` when the next action may come, `false` when it may not after `limit`.
pub(super) async fn settled(
    stage: &Stage,
    quiet: &Quiet,
    questions: &mut Questions,
    limit: Duration,
) -> bool {
    let deadline = stage.timer.now() + limit;
    loop {
        quiet.reached().await;
        questions.ask(stage);
        quiet.reached().await;
        questions.look();
        if questions.only_gates(&stage.state()) {
            return true;
        }
        if stage.timer.now() >= deadline {
            return false;
        }
        stage.timer.sleep(STEP).await;
    }
}
