//! The mailbox of an agent: bounded, filled from anywhere, emptied in batches, and kept across restarts.
//!
//! It lies beside the ractor port and keeps four promises, each in its own file: a reader that sleeps is woken
//! (`queue`), a sender that waits for room is told (`places`), what is over the limit is not taken (`limits`),
//! and only the present incarnation takes messages, as long as nobody decided otherwise (`desk`). Here is how
//! they go together.
//!
//! A sender takes a place, and only then looks whether messages are taken at all: who suspends, drains or closes
//! the mailbox either is seen by it or sees its place. So nothing is handled after a drain has ended, and nothing
//! stays in a mailbox that was closed.

mod limits;
mod queue;
mod places;
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
use crate::identity::Incarnation;
use crate::message::{Address, Carrier, Envelope, Room, Undelivered, Why};
use crate::registry::Pulse;

use desk::Desk;
pub(super) use desk::Phase;
use limits::Bounds;
pub use limits::{MailboxLimits, WhenFull};
use places::Places;
use queue::Queue;

/// The mailbox of one agent.
pub(crate) struct Mailbox<C: Contract> {
    queue: Queue<Envelope<C>>,
    places: Places,
    bounds: Bounds,
    desk: Desk,
    reason: Mutex<Arc<str>>,
    owed: Owed,
    dead_letters: AtomicU64,
    ledger: Arc<Ledger>,
    clock: Clock,
}

impl<C: Contract> Mailbox<C> {
    /// The mailbox of an agent that has not been started: it takes nothing until it is [reopened](Self::reopen).
    pub(super) fn new(limits: MailboxLimits, pulse: Arc<Pulse>, ledger: Arc<Ledger>, clock: Clock) -> Self {
        Self {
            queue: Queue::new(),
            places: Places::new(pulse),
            bounds: Bounds::new(limits),
            desk: Desk::default(),
            reason: Mutex::new(Arc::from("")),
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
        self.places.retry_all();
    }

    /// How many messages wait.
    pub(crate) fn queued(&self) -> usize {
        self.places.taken()
    }

    /// How many messages came back, were shed, or were too late.
    pub(super) fn dead_letters(&self) -> u64 {
        self.dead_letters.load(Relaxed)
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

    fn pop(&self) -> Option<Envelope<C>> {
        let envelope = self.queue.pop()?;
        self.give_back_place();
        Some(envelope)
    }

    fn give_back_place(&self) {
        let left = self.places.give_back(self.bounds.capacity());
        if left == 0 && self.phase() == Phase::Draining {
            self.owed.look_again();
        }
    }
}

/// What an incarnation does.
impl<C: Contract> Mailbox<C> {
    /// The agent is being started; whether it had been gone. Anything but gone stays as it is: an agent that is
    /// suspended is so after a restart, too.
    pub(super) fn reopen(&self) -> bool {
        self.desk.change(&[Phase::Gone], Phase::Between)
    }

    /// An incarnation is ready: it takes what waits, and what comes, unless the mailbox is suspended; what it
    /// does now is returned.
    pub(super) fn open(&self, incarnation: Incarnation, wake: impl Fn() + Send + Sync + 'static) -> Phase {
        self.queue.read_by(Some(Box::new(wake)));
        let phase = self.desk.sit_down(incarnation);
        self.queue.rouse();
        phase
    }

    /// The incarnation has ended; the next one finds what waits. Says nothing when the next one is there.
    pub(super) fn leave(&self, incarnation: Incarnation) {
        if self.desk.get_up(incarnation) {
            self.queue.read_by(None);
        }
    }

    /// The incarnation begins a turn.
    pub(super) fn stir(&self) {
        self.queue.stir();
    }

    /// The next message for this incarnation, if there is one and it is to be handled.
    pub(super) fn next(&self, incarnation: Incarnation) -> Option<Envelope<C>> {
        if !self.desk.is_served_by(incarnation) {
            return None;
        }
        let envelope = self.pop()?;
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
            // What waits is for later, and whoever resumes wakes us; or it is for another, whose sleep is not ours.
            if self.desk.is_held_by(incarnation) {
                self.queue.lie_down();
            }
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
impl<C: Contract> Mailbox<C> {
    /// Takes no new messages from now on; the agent stops after the message in hand. False when it is not open.
    pub(super) fn suspend(&self, reason: &str) -> bool {
        let mut said = self.said();
        let changed = self.desk.change(&[Phase::Open], Phase::Suspended);
        if changed {
            *said = Arc::from(reason);
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
        self.places.retry_all();
        self.owed.look_again();
    }

    /// Whether nothing waits, nothing is in hand, and no answer is owed.
    fn is_empty(&self) -> bool {
        self.places.taken() == 0 && !self.queue.is_awake() && self.owed.is_nothing()
    }

    fn turn_senders_away(&self) {
        self.places.retry_all();
        self.queue.rouse();
    }

    /// Stops as soon as the agent is started again: what comes then is not for us.
    fn send_back_all(&self) {
        while self.phase() == Phase::Gone
            && let Some(envelope) = self.pop()
        {
            self.dead_letter(envelope, Why::Gone);
        }
    }

    fn said(&self) -> MutexGuard<'_, Arc<str>> {
        self.reason.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What senders do.
impl<C: Contract> Mailbox<C> {
    /// Takes a place for one more message, or says why not.
    fn admit(&self) -> Result<(), Why> {
        self.ask_phase()?;
        let taken = self.places.take();
        let admitted = self.ask_phase().and_then(|()| self.ask_limits(taken));
        if admitted.is_err() {
            self.give_back_place();
        }
        admitted
    }

    fn ask_phase(&self) -> Result<(), Why> {
        match self.phase() {
            phase if phase.admits() => Ok(()),
            Phase::Suspended => Err(Why::Suspended { reason: self.said().to_string() }),
            _ => Err(Why::Gone),
        }
    }

    /// Whether one more is within the limits when so many were taken before it; one is shed for it if need be.
    fn ask_limits(&self, taken: usize) -> Result<(), Why> {
        let full = taken >= self.bounds.capacity();
        match self.bounds.when_full() {
            WhenFull::Refuse if full && self.is_restarting() => return Err(Why::Restarting),
            WhenFull::Refuse if full => return Err(Why::Overloaded { wait: false }),
            WhenFull::Wait if full => return Err(Why::Overloaded { wait: true }),
            WhenFull::Refuse | WhenFull::Wait | WhenFull::ShedOldest => {}
        }
        if !self.ledger.admits_message(&self.clock) {
            return Err(Why::Overloaded { wait: false });
        }
        if full && let Some(oldest) = self.pop() {
            self.dead_letter(oldest, Why::Overloaded { wait: false });
        }
        Ok(())
    }

    /// Whether the agent is down and being started again.
    fn is_restarting(&self) -> bool {
        self.phase() == Phase::Between
    }
}

impl<C: Contract> Carrier<C> for Mailbox<C> {
    fn accept(&self, envelope: Envelope<C>) -> Result<(), Undelivered<C>> {
        if let Err(why) = self.admit() {
            // One that is to wait may be taken yet; it is counted when it is given up.
            if why != (Why::Overloaded { wait: true }) {
                self.dead_letters.fetch_add(1, Relaxed);
            }
            return Err(Undelivered { envelope, why });
        }
        self.queue.push(envelope);
        if self.phase() == Phase::Gone {
            self.send_back_all();
        }
        Ok(())
    }

    fn room(&self) -> Room<'_> {
        let worth = || !self.phase().admits() || self.places.taken() < self.bounds.capacity();
        Box::pin(self.places.wait(worth))
    }

    fn given_up(&self) {
        self.dead_letters.fetch_add(1, Relaxed);
    }

    fn address(&self) -> Address {
        Address::InProcess
    }
}

impl<C: Contract> fmt::Debug for Mailbox<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailbox")
            .field("phase", &self.phase())
            .field("queued", &self.queued())
            .finish_non_exhaustive()
    }
}
