//! The process behind a supervisor: serves its queue and carries out what is decided elsewhere.
//!
//! It is one process because starting and stopping children must not overlap; everything it decides is decided by
//! pure functions ([`after_end`](super::after_end), [`plan`](super::plan), [`Budget`](super::Budget)). How it starts
//! and stops children, what it makes of their ends and what it answers is each in a file of its own.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::ChildSpec;
use super::board::Board;
use super::children::{Key, State};
use super::history::What;
use super::put_off::Waiting;
use super::queue::{Item, Queue};
use super::report::Report;
use super::standing::Standing;
use super::start::Under;
use super::supervisor_spec::Current;
use crate::exit::Exit;

/// Of children that were started again at most so many wait until they join their group,
const JOINS: usize = 64;
/// and at most so long: of one that is started again and again, only the last incarnation needs to.
const JOIN_WITHIN: Duration = Duration::from_millis(1);

/// The keeper of one supervisor's children.
pub(super) struct Keeper {
    pub(super) board: Arc<Board>,
    /// What its parent starts it from the next time.
    pub(super) current: Current,
    pub(super) under: Under,
    pub(super) items: mpsc::UnboundedReceiver<Item>,
    pub(super) queue: Queue,
    pub(super) standing: Standing,
    pub(super) waiting: Waiting,
    /// The time after which those who wait to join their group do.
    pub(super) joining: Option<Pin<Box<dyn Future<Output = ()> + Send + Sync>>>,
}

/// A keeper that is dropped in the middle of its work was killed, or panicked: so are the children.
impl Drop for Keeper {
    fn drop(&mut self) {
        for (_, child) in self.board.children().iter() {
            if let State::Running(running) = &child.state {
                running.process.kill();
            }
        }
        if self.board.is_dynamic() {
            // Nothing starts an instance again. Nothing is locked meanwhile: who hears it may look at the tree.
            for child in self.board.specs() {
                child.start.retire();
            }
        }
        self.board.children().end_all();
    }
}

/// Whether to serve on.
pub(super) type Flow = std::ops::ControlFlow<Exit>;

impl Keeper {
    /// Serves the queue until the supervisor ends; returns how.
    pub(super) async fn serve(mut self) -> Exit {
        while let Some(item) = self.next().await {
            let flow = match item {
                Item::Exit(process, exit) => self.ended(process, exit).await,
                Item::Retry(key, cause) => self.retry(key, cause).await,
                Item::Due(key, event) => self.due(key, event).await,
                Item::Gone(key) => self.gone(key).await,
                Item::Call(call) => {
                    self.answer(call).await;
                    Flow::Continue(())
                }
                Item::Stop(reason) => Flow::Break(reason),
            };
            if let Flow::Break(reason) = flow {
                // Its own decision, or what its supervisor did that for.
                self.under.cause = *self.board.end_event();
                self.stop_all().await;
                self.record(self.under.cause, What::Stopped { reason: reason.clone() });
                return reason;
            }
        }
        Exit::Shutdown
    }

    /// What is to be served next. Meanwhile, who has waited long enough joins its group.
    async fn next(&mut self) -> Option<Item> {
        let joins = &self.under.parent.joins;
        if joins.len() > 0 {
            if joins.len() < JOINS {
                let clock = &self.under.clock;
                let joining = self.joining.get_or_insert_with(|| {
                    let clock = clock.clone();
                    Box::pin(async move { clock.sleep(JOIN_WITHIN).await })
                });
                tokio::select! {
                    biased;
                    item = self.items.recv() => return item,
                    () = joining => {}
                }
            }
            joins.carry_out();
            self.joining = None;
        }
        self.items.recv().await
    }

    pub(super) fn spec(&self, key: Key) -> Option<Arc<ChildSpec>> {
        self.board.children().get(key).map(|child| Arc::clone(&child.spec))
    }

    /// Removes a child with its specification; one whose process was killed and does not yield, when it has.
    pub(super) fn forget(&self, key: Key) {
        self.board.children().forget(key);
    }

    pub(super) fn report(&self, report: Report<'_>) {
        self.under.history.report(&self.under.path, report);
    }

    pub(super) fn record(&self, cause: Option<u64>, what: What) -> u64 {
        self.record_at(self.under.clock.now(), cause, what)
    }

    /// As [`Keeper::record`], of what was done at this moment on the system's clock: a reading of the clock costs
    /// more than an event.
    pub(super) fn record_at(&self, at: Duration, cause: Option<u64>, what: What) -> u64 {
        let wall_millis = self.under.clock.wall_millis();
        self.under.history.record((at, wall_millis), &self.under.path, cause, what)
    }
}
