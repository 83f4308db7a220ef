//! The mailbox of an agent: bounded, filled from anywhere, emptied in batches, and kept across restarts.
//!
//! It lies beside the ractor port and keeps four promises, each in its own file: a reader that sleeps is woken
//! (`queue`), a sender that waits for room is told (`waiters`), what is over the limit is not taken (`limits`),
//! and only the present incarnation takes messages, as long as nobody decided otherwise (`desk`). Here is how
//! they go together.
//!
//! A sender looks whether messages are taken at all, whether there is room, and appends, all in one step under the
//! lock of the queue's back: who suspends, drains or closes the mailbox and then takes that lock either is seen by
//! it or sees its message. So nothing is handled after a drain has ended, and nothing stays in a mailbox that was
//! closed.

mod limits;
mod queue;
mod waiters;
mod desk;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::limits::Ledger;
use super::owed::Owed;
use crate::clock::Clock;
use crate::contract::Contract;
use crate::engine::Waker;
use crate::identity::Incarnation;
use crate::message::{Address, Carrier, Envelope, Room, Undelivered, Why};
use crate::registry::Pulse;

use desk::Desk;
pub(super) use desk::Phase;
use limits::Bounds;
pub use limits::{MailboxLimits, WhenFull};
use queue::{Queue, Wake};
use waiters::Waiters;

/// The mailbox of one agent.
pub(crate) struct Mailbox<C: Contract, W = Waker> {
    queue: Queue<Envelope<C>, W>,
    waiters: Waiters,
    bounds: Bounds,
    desk: Desk,
    /// Why it is suspended, if it ever was.
    reason: Mutex<Option<Arc<str>>>,
    owed: Owed,
    dead_letters: AtomicU64,
    ledger: Ledger,
    clock: Clock,
}

impl<C: Contract, W: Wake> Mailbox<C, W> {
    /// The mailbox of an agent that has not been started: it takes nothing until it is [reopened](Self::reopen).
    pub(super) fn new(limits: MailboxLimits, pulse: Arc<Pulse>, ledger: Ledger, clock: Clock) -> Self {
        Self {
            queue: Queue::new(pulse),
            waiters: Waiters::default(),
            bounds: Bounds::new(limits),
            desk: Desk::default(),
            reason: Mutex::default(),
            owed: Owed::default(),
            dead_letters: AtomicU64::new(0),
            ledger,
            clock,
        }
    }

    pub(super) fn limits(&self) -> MailboxLimits {
        self.bounds.get()
    }

    /// Takes effect on the next message. What waits beyond a lower capacity stays.
    pub(super) fn set_limits(&self, limits: MailboxLimits) {
        self.bounds.set(limits);
        self.waiters.retry_all();
    }

    /// How many messages wait.
    pub(crate) fn queued(&self) -> usize {
        self.queue.len()
    }

    /// How many messages came back, were shed, or were too late.
    pub(super) fn dead_letters(&self) -> u64 {
        self.dead_letters.load(Relaxed)
    }

    /// What the agent may use and has used.
    pub(super) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The answers that the agent has taken on to give later.
    pub(super) fn owed(&self) -> &Owed {
        &self.owed
    }

    pub(super) fn phase(&self) -> Phase {
        self.desk.phase()
    }

    /// Notes that a message was dropped, and tells whoever waits for it.
    pub(super) fn dead_letter(&self, envelope: Envelope<C>, why: Why) {
        self.dead_letters.fetch_add(1, Relaxed);
        Undelivered { envelope, why }.bounce();
    }
}

/// What an incarnation does.
impl<C: Contract, W: Wake> Mailbox<C, W> {
    /// The agent is being started; whether it had been gone. Anything but gone stays as it is: an agent that is
    /// suspended is so after a restart, too.
    pub(super) fn reopen(&self) -> bool {
        self.desk.change(&[Phase::Gone], Phase::Between)
    }

    /// An incarnation is ready: in its first turn, which it takes unasked, it takes what waits, and what comes,
    /// unless the mailbox is suspended; what it does now is returned.
    pub(super) fn open(&self, incarnation: Incarnation, waker: W) -> Phase {
        self.queue.read_by(Some(waker));
        let phase = self.desk.sit_down(incarnation);
        self.queue.stir();
        phase
    }

    /// The incarnation has ended; the next one finds what waits. Says nothing when the next one is there.
    pub(super) fn leave(&self, incarnation: Incarnation) {
        if self.desk.get_up(incarnation) {
            self.queue.read_by(None);
        }
    }

    /// The incarnation has something in hand that is not from here.
    pub(super) fn stir(&self) {
        self.queue.stir();
    }

    /// The next message for this incarnation, if there is one and it is to be handled.
    #[inline]
    pub(super) fn next(&self, incarnation: Incarnation) -> Option<Envelope<C>> {
        if !self.desk.is_served_by(incarnation) {
            return None;
        }
        let envelope = self.queue.pop()?;
        self.waiters.room_was_made(|| self.queue.len() < self.bounds.capacity());
        if self.desk.is_held_by(incarnation) {
            return Some(envelope);
        }
        // Replaced between the look and the grip: the message is another's, and its place in the queue is gone.
        self.dead_letter(envelope, Why::Restarting);
        self.queue.rouse();
        None
    }

    /// The incarnation has found nothing to do; false when something came meanwhile, and it has to look again.
    pub(super) fn rest(&self, incarnation: Incarnation) -> bool {
        if !self.desk.is_served_by(incarnation) {
            // What waits is for later, and whoever resumes wakes us, awake or not; or it is for another.
            return true;
        }
        let asleep = self.queue.doze_off();
        if asleep && self.phase() == Phase::Draining {
            self.owed.look_again();
        }
        asleep
    }
}

/// What those do who run the system.
impl<C: Contract, W: Wake> Mailbox<C, W> {
    /// Takes no new messages from now on; the agent stops after the message in hand. False when it is not open.
    pub(super) fn suspend(&self, reason: &str) -> bool {
        let mut said = self.said();
        let changed = self.desk.change(&[Phase::Open], Phase::Suspended);
        if changed {
            *said = Some(Arc::from(reason));
            drop(said);
            self.turn_senders_away();
        }
        changed
    }

    /// Takes and handles messages again. False when it is not suspended.
    pub(super) fn resume(&self) -> bool {
        let changed = self.desk.change(&[Phase::Suspended], Phase::Open);
        if changed {
            self.queue.rouse();
        }
        changed
    }

    /// Takes no new messages from now on; the agent handles those that wait. False when it is neither open nor
    /// suspended.
    pub(super) fn drain(&self) -> bool {
        let changed = self.desk.change(&[Phase::Open, Phase::Suspended], Phase::Draining);
        if changed {
            self.turn_senders_away();
        }
        changed
    }

    /// Waits until a draining mailbox is empty, the last message is out of hand and every answer is given; false
    /// when the agent has ended before that. Cancel safe.
    pub(super) async fn drained(&self) -> bool {
        loop {
            let changed = self.owed.fewer().notified();
            match self.phase() {
                Phase::Draining if self.is_empty() => return true,
                Phase::Draining => changed.await,
                Phase::Gone | Phase::Open | Phase::Between | Phase::Suspended => return false,
            }
        }
    }

    /// The agent is gone for good: whoever waits is told, and nothing is taken any more.
    pub(super) fn close(&self) {
        self.desk.close();
        self.send_back_all();
        self.waiters.retry_all();
        self.owed.look_again();
    }

    /// Whether nothing waits, nothing is in hand, and no answer is owed.
    fn is_empty(&self) -> bool {
        self.queue.is_at_rest() && self.owed.is_nothing()
    }

    fn turn_senders_away(&self) {
        self.waiters.retry_all();
        self.queue.rouse();
    }

    /// Stops as soon as the agent is started again: what comes then is not for us.
    fn send_back_all(&self) {
        while self.phase() == Phase::Gone
            && let Some(envelope) = self.queue.pop_beyond(0)
        {
            self.dead_letter(envelope, Why::Gone);
        }
    }

    fn said(&self) -> MutexGuard<'_, Option<Arc<str>>> {
        self.reason.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What senders do.
impl<C: Contract, W: Wake> Mailbox<C, W> {
    /// Whether one more message is taken, when the mailbox is `full` or not.
    fn admit(&self, full: bool) -> Result<(), Why> {
        match self.phase() {
            Phase::Open | Phase::Between => {}
            Phase::Suspended => {
                return Err(Why::Suspended { reason: self.said().as_deref().unwrap_or_default().to_owned() });
            }
            Phase::Draining | Phase::Gone => return Err(Why::Gone),
        }
        if full {
            match self.bounds.when_full() {
                WhenFull::Refuse if self.phase() == Phase::Between => return Err(Why::Restarting),
                WhenFull::Refuse => return Err(Why::Overloaded { wait: false }),
                WhenFull::Wait => return Err(Why::Overloaded { wait: true }),
                WhenFull::ShedOldest => {}
            }
        }
        if self.ledger.admits_message(&self.clock) { Ok(()) } else { Err(Why::Overloaded { wait: false }) }
    }

    /// Drops the oldest message, if there are more than there should be.
    fn shed(&self) {
        if let Some(oldest) = self.queue.pop_beyond(self.bounds.capacity().max(1)) {
            self.dead_letter(oldest, Why::Overloaded { wait: false });
        }
    }
}

impl<C: Contract, W: Wake> Carrier<C> for Mailbox<C, W> {
    fn accept(&self, envelope: Envelope<C>) -> Result<(), Undelivered<C>> {
        let mut full = false;
        let pushed = self.queue.push(envelope, self.bounds.capacity(), |is_full| {
            full = is_full;
            self.admit(is_full)
        });
        if let Err((envelope, why)) = pushed {
            // One that is to wait may be taken yet; it is counted when it is given up.
            if why != (Why::Overloaded { wait: true }) {
                self.dead_letters.fetch_add(1, Relaxed);
            }
            return Err(Undelivered { envelope, why });
        }
        if full {
            self.shed();
        }
        Ok(())
    }

    fn room(&self) -> Room<'_> {
        let worth = || !self.phase().admits() || self.queue.has_room(self.bounds.capacity());
        Box::pin(self.waiters.wait(worth))
    }

    fn given_up(&self) {
        self.dead_letters.fetch_add(1, Relaxed);
    }

    fn address(&self) -> Address {
        Address::InProcess
    }
}

impl<C: Contract, W: Wake> fmt::Debug for Mailbox<C, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailbox")
            .field("phase", &self.phase())
            .field("queued", &self.queued())
            .finish_non_exhaustive()
    }
}
