//! What is in the redo log and not in the tables yet: read from here, and applied from here.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::fault::Fault;
use super::record::{Number, Record};
use super::redo::Frame;
use crate::events::Position;

/// So many bytes are applied at once, if nobody wants it sooner: about a thousand small events.
const ENOUGH: usize = 128 * 1024;

/// So long the applier waits for as many.
const PATIENCE: Duration = Duration::from_millis(50);

/// Rounds that were acknowledged and are not in the tables.
#[derive(Debug, Default)]
pub(super) struct Pending {
    queue: Mutex<Queue>,
    /// There is something to do.
    due: Condvar,
    /// Something was done.
    done: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    frames: VecDeque<Arc<Frame>>,
    bytes: usize,
    /// Up to here somebody waits for it.
    wanted: Position,
    /// Why it could not be applied.
    fault: Option<Fault>,
    /// Nothing more comes.
    closed: bool,
    /// Nothing more is applied.
    ended: bool,
}

impl Queue {
    fn is_due(&self) -> bool {
        self.closed || self.bytes >= ENOUGH || !self.is_applied(self.wanted)
    }

    /// Whether nothing is there up to this event.
    fn is_applied(&self, up_to: Position) -> bool {
        self.frames.front().is_none_or(|frame| frame.first() > up_to)
    }
}

impl Pending {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes up a round that is in the redo log.
    pub(super) fn push(&self, frame: Frame) {
        let mut queue = self.queue();
        let was_due = queue.bytes >= ENOUGH;
        queue.bytes += frame.len();
        queue.frames.push_back(Arc::new(frame));
        let is_news = queue.frames.len() == 1 || !was_due && queue.bytes >= ENOUGH;
        drop(queue);
        if is_news {
            self.due.notify_one();
        }
    }

    /// The rounds with events after this one, as of now. To be asked for before the tables are read: what is applied
    /// meanwhile is in both then, and otherwise might be in neither.
    pub(super) fn after(&self, position: Position) -> Unapplied {
        let queue = self.queue();
        let from = queue.frames.partition_point(|frame| frame.last() <= position);
        Unapplied(queue.frames.range(from..).cloned().collect())
    }

    /// How many bytes are pending.
    pub(super) fn bytes(&self) -> usize {
        self.queue().bytes
    }

    /// Waits until all that is pending now is in the tables.
    ///
    /// # Errors
    /// Why it cannot be applied.
    pub(super) fn settle(&self) -> Result<(), Fault> {
        let last = self.queue().frames.back().map(|frame| frame.last());
        last.map_or(Ok(()), |last| self.applied_up_to(last))
    }

    /// Waits until everything up to this event is in the tables.
    ///
    /// # Errors
    /// Why it cannot be applied.
    pub(super) fn applied_up_to(&self, position: Position) -> Result<(), Fault> {
        let mut queue = self.queue();
        if queue.is_applied(position) {
            return Ok(());
        }
        queue.wanted = queue.wanted.max(position);
        if !queue.ended {
            queue.fault = None;
        }
        self.due.notify_one();
        let waits = |queue: &mut Queue| !queue.is_applied(position) && queue.fault.is_none();
        let queue = self.done.wait_while(queue, waits).unwrap_or_else(PoisonError::into_inner);
        if queue.is_applied(position) { Ok(()) } else { queue.fault.clone().map_or(Ok(()), Err) }
    }

    /// Tries again where something could not be applied: nothing more is acknowledged before it is.
    ///
    /// # Errors
    /// Why it cannot be applied.
    pub(super) fn retry(&self) -> Result<(), Fault> {
        let is_stuck = self.queue().fault.is_some();
        if is_stuck { self.settle() } else { Ok(()) }
    }

    /// What is to be applied next, when that is due; `None` when nothing comes any more.
    pub(super) fn take(&self) -> Option<Vec<Arc<Frame>>> {
        let queue = self.queue();
        let idle = |queue: &mut Queue| (queue.frames.is_empty() || queue.fault.is_some()) && !queue.closed;
        let queue = self.due.wait_while(queue, idle).unwrap_or_else(PoisonError::into_inner);
        let gathers = |queue: &mut Queue| !queue.is_due();
        let gathered = self.due.wait_timeout_while(queue, PATIENCE, gathers);
        let (queue, _) = gathered.unwrap_or_else(PoisonError::into_inner);
        let may_go_on = queue.fault.is_none() && !queue.frames.is_empty();
        may_go_on.then(|| queue.frames.iter().cloned().collect())
    }

    /// So many rounds, the oldest, are in the tables; or why they are not.
    pub(super) fn done(&self, applied: Result<usize, Fault>) {
        let mut queue = self.queue();
        match applied {
            Ok(rounds) => {
                let bytes: usize = queue.frames.drain(..rounds).map(|frame| frame.len()).sum();
                queue.bytes -= bytes;
            }
            Err(fault) => queue.fault = Some(fault),
        }
        drop(queue);
        self.done.notify_all();
    }

    /// Nothing is applied any more, and nobody waits for it any longer.
    pub(super) fn end(&self) {
        let mut queue = self.queue();
        queue.ended = true;
        let ended = || {
            Fault::Broken(Arc::new(std::io::Error::other("the thread that applies the redo log has ended")))
        };
        queue.fault.get_or_insert_with(ended);
        drop(queue);
        self.done.notify_all();
    }

    /// Nothing comes any more.
    pub(super) fn close(&self) {
        self.queue().closed = true;
        self.due.notify_one();
    }
}

/// Rounds that were not in the tables at some moment, in their order.
pub(super) struct Unapplied(VecDeque<Arc<Frame>>);

impl Unapplied {
    /// The events from this position on, of one agent or of all.
    pub(super) fn from(&self, position: Position, of: Option<Number>) -> Result<Vec<Record>, Fault> {
        let mut events = Vec::new();
        for frame in self.0.iter().filter(|frame| frame.last() >= position) {
            events.extend(frame.records(position, of)?);
        }
        Ok(events)
    }
}
