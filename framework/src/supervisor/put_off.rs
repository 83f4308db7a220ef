//! Restarts that are put off: for a while, if the flags say so, and until nothing is left of who was there before.
//!
//! A restart that is put off holds nobody up. Its group has been stopped, the child that ended is *restarting*, and
//! the supervisor serves its queue: a call may terminate the child, the parent's stop wins, and other children are
//! none the wiser. When the time has come, or whoever would not yield has, the restart goes on where it was: with
//! the group as it is then. It was counted when the child ended, and is not counted again.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::Backoff;
use super::children::{Key, State};
use super::ending::Attempt;
use super::history::{Names, PutOff, What};
use super::keeper::{Flow, Keeper};
use super::plan::plan;
use super::queue::Item;
use super::start::Running;
use super::step::{Family, waits_for};
use crate::engine::{Remains, Task, spawn};
use crate::exit::Exit;

/// What tells the keeper that it can go on. Dropped with it, they tell nothing.
#[derive(Default)]
pub(super) struct Waiting {
    delays: HashMap<Key, Task>,
    orphans: HashMap<Key, Task>,
}

impl Keeper {
    /// Notes that a child has ended, or could not be started: which attempt the next one is.
    pub(super) fn count_attempt(&mut self, key: Key, ended: Option<&Running>) {
        if self.board.flags().backoff.is_some() {
            let ran = ended.map(|running| self.under.clock.now().saturating_sub(running.since));
            let period = self.board.flags().intensity.period_seconds;
            self.board.children().count_attempt(key, |before| Backoff::next_attempt(before, ran, period));
        }
    }

    /// What the start of this group has to wait for, if anything.
    pub(super) fn reason_to_wait(&self, key: Key, group: &[Key], attempt: Attempt) -> Option<PutOff> {
        let children = self.board.children();
        let backoff = self.board.flags().backoff.filter(|_| attempt != Attempt::Resumed);
        let delay = backoff.map_or(Duration::ZERO, |backoff| {
            let attempts = children.get(key).map_or(1, |child| child.attempts);
            backoff.delay(attempts, self.under.clock.fraction())
        });
        let mut orphans = Names::default();
        for key in waits_for(&*children, group) {
            children.get(key).into_iter().for_each(|child| orphans.push(child.spec.id.clone()));
        }
        (!delay.is_zero() || orphans.total > 0).then_some(PutOff { delay, orphans })
    }

    /// Leaves a child to be started later, as this event says.
    pub(super) fn put_off(&mut self, key: Key, event: u64, delay: Duration) {
        let due = self.under.clock.now() + delay;
        self.board.children().put_off(key, event, due);
        if !delay.is_zero() {
            let (queue, clock) = (self.queue.clone(), self.under.clock.clone());
            let waiting = spawn(self.under.parent.process.alive(), async move {
                clock.sleep(delay).await;
                queue.push(Item::Due(key, event));
            });
            self.waiting.delays.insert(key, waiting);
        }
    }

    /// Nobody waits for the delay of this child any more.
    pub(super) fn forget_delay(&mut self, key: Key) {
        if !self.waiting.delays.is_empty() {
            self.waiting.delays.remove(&key);
        }
    }

    /// A child was killed and does not yield: its name is its own until it has.
    pub(super) fn keep_for_orphan(&mut self, key: Key, remains: &Remains) {
        self.board.children().orphaned(key, remains.clone());
        let (queue, remains) = (self.queue.clone(), remains.clone());
        let waiting = spawn(self.under.parent.process.alive(), async move {
            remains.gone().await;
            queue.push(Item::Gone(key));
        });
        self.waiting.orphans.insert(key, waiting);
    }

    /// The time of a delayed attempt has come.
    pub(super) async fn due(&mut self, key: Key, event: u64) -> Flow {
        self.forget_delay(key);
        match self.board.children().get(key).and_then(|child| child.put_off.clone()) {
            Some(put_off) if put_off.event == event => {}
            _ => return Flow::Continue(()),
        }
        self.resume(key).await
    }

    /// Somebody who was killed and did not yield is gone: whoever waited for that goes on.
    pub(super) async fn gone(&mut self, key: Key) -> Flow {
        self.waiting.orphans.remove(&key);
        let Some(spec) = self.spec(key) else { return Flow::Continue(()) };
        self.record(None, What::Yielded { child: spec.id.clone() });
        self.board.children().orphan_gone(key);
        let waiting = self.board.children().all_put_off();
        for key in waiting {
            self.resume(key).await?;
        }
        Flow::Continue(())
    }

    /// Goes on with a restart that was put off, if nothing stands against it any more.
    async fn resume(&mut self, key: Key) -> Flow {
        let now = self.under.clock.now();
        let (event, spec, exit, plan) = {
            let children = self.board.children();
            let Some(child) = children.get(key) else { return Flow::Continue(()) };
            let put_off = child.put_off.as_ref().filter(|put_off| put_off.due <= now);
            let (State::Restarting, Some(put_off)) = (&child.state, put_off) else {
                return Flow::Continue(());
            };
            let strategy = self.board.flags().strategy;
            let plan = plan(strategy, key, children.members(strategy, key));
            if !waits_for(&*children, &plan.start).is_empty() {
                return Flow::Continue(());
            }
            let exit = child.last_exit.as_deref().cloned().unwrap_or(Exit::Killed);
            (put_off.event, Arc::clone(&child.spec), exit, plan)
        };
        self.restart(plan, key, &spec, exit, Attempt::Resumed, (now, Some(event))).await
    }
}
