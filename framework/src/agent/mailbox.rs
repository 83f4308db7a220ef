//! The mailbox of an agent: bounded, filled from anywhere, emptied in batches, and kept across restarts.
//!
//! It lies beside the ractor port. A sender is admitted by a counter whose limit can change at any time, appends
//! to a lock-free queue, and wakes the agent only if it is not awake. The agent, once awake, takes messages until
//! there are none, then lowers the flag *and looks once more*: a sender that saw the flag up before it was
//! lowered has appended by then.
//!
//! Two fences make that sound, and closing too: "append, fence, look at flag and phase" on one side, "change flag
//! or phase, fence, look at the queue" on the other. Whatever the order, one of the two sees the other.

use std::fmt;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, fence};
use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_queue::SegQueue;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use super::limits::Ledger;
use crate::clock::Clock;
use crate::contract::Contract;
use crate::engine::Waker;
use crate::message::{Address, Carrier, Envelope, Room, Undelivered, Why};
use crate::registry::Pulse;

/// What happens to a message when the mailbox is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenFull {
    /// It comes back to its sender.
    Refuse,
    /// Its sender waits for room, as long as its deadline allows.
    Wait,
    /// It is taken, and the oldest message is dropped: whoever waits for that one is told.
    ShedOldest,
}

/// How much a mailbox holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MailboxLimits {
    /// The most messages that may wait, the message in hand not counted.
    pub capacity: usize,
    /// What happens when there are so many.
    pub when_full: WhenFull,
}

impl Default for MailboxLimits {
    /// 10,000 messages; further ones come back.
    fn default() -> Self {
        Self { capacity: 10_000, when_full: WhenFull::Refuse }
    }
}

/// What the mailbox does with messages at present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Phase {
    /// Takes them, and the agent handles them.
    Open,
    /// Takes them; the agent is down and being started (again).
    Between,
    /// Refuses new ones; those that wait stay until it is resumed.
    Suspended,
    /// Refuses new ones; the agent handles those that wait.
    Draining,
    /// Refuses all, and has sent back those that waited.
    Gone,
}

impl Phase {
    fn from_number(number: u8) -> Self {
        match number {
            0 => Self::Open,
            1 => Self::Between,
            2 => Self::Suspended,
            3 => Self::Draining,
            _ => Self::Gone,
        }
    }
}

/// What the agent finds when it looks for its next message.
pub(super) enum Next<C: Contract> {
    Message(Envelope<C>),
    /// Nothing to do until the next wake-up.
    Nothing,
}

/// The mailbox of one agent.
pub(crate) struct Mailbox<C: Contract> {
    queue: SegQueue<Envelope<C>>,
    pulse: Arc<Pulse>,
    capacity: AtomicUsize,
    when_full: AtomicU8,
    phase: AtomicU8,
    awake: AtomicBool,
    waker: Mutex<Option<Waker>>,
    reason: Mutex<String>,
    room: Notify,
    senders_waiting: AtomicUsize,
    drained: Notify,
    dead_letters: AtomicU64,
    ledger: Arc<Ledger>,
    clock: Clock,
}

impl<C: Contract> Mailbox<C> {
    pub(super) fn new(limits: MailboxLimits, pulse: Arc<Pulse>, ledger: Arc<Ledger>, clock: Clock) -> Self {
        Self {
            queue: SegQueue::new(),
            pulse,
            capacity: AtomicUsize::new(limits.capacity),
            when_full: AtomicU8::new(limits.when_full as u8),
            phase: AtomicU8::new(Phase::Between as u8),
            awake: AtomicBool::new(true),
            waker: Mutex::default(),
            reason: Mutex::default(),
            room: Notify::new(),
            senders_waiting: AtomicUsize::new(0),
            drained: Notify::new(),
            dead_letters: AtomicU64::new(0),
            ledger,
            clock,
        }
    }

    pub(super) fn limits(&self) -> MailboxLimits {
        let when_full = match self.when_full.load(Relaxed) {
            0 => WhenFull::Refuse,
            1 => WhenFull::Wait,
            _ => WhenFull::ShedOldest,
        };
        MailboxLimits { capacity: self.capacity.load(Relaxed), when_full }
    }

    /// Takes effect on the next message. What waits beyond a lower capacity stays.
    pub(super) fn set_limits(&self, limits: MailboxLimits) {
        self.capacity.store(limits.capacity, Relaxed);
        self.when_full.store(limits.when_full as u8, Relaxed);
        self.room.notify_waiters();
    }

    /// How many messages wait.
    pub(crate) fn queued(&self) -> usize {
        self.pulse.queued().load(Relaxed)
    }

    /// How many messages came back, were shed, or were too late.
    pub(super) fn dead_letters(&self) -> u64 {
        self.dead_letters.load(Relaxed)
    }

    pub(super) fn phase(&self) -> Phase {
        Phase::from_number(self.phase.load(Acquire))
    }

    /// An incarnation is ready: it takes what waits, and what comes. A mailbox that is suspended or draining
    /// stays so, whatever became of the incarnation before; what it does now is returned.
    pub(super) fn open(&self, waker: Waker) -> Phase {
        *self.waker() = Some(waker);
        self.change(Phase::Between, Phase::Open);
        self.rouse();
        self.phase()
    }

    /// The incarnation has ended; the next one finds what waits.
    pub(super) fn leave(&self) {
        *self.waker() = None;
        self.awake.store(true, SeqCst);
        self.change(Phase::Open, Phase::Between);
    }

    /// Why it is suspended.
    pub(super) fn reason(&self) -> String {
        self.reason.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes no new messages from now on; the agent stops after the message in hand.
    pub(super) fn suspend(&self, reason: &str) -> bool {
        reason.clone_into(&mut self.reason.lock().unwrap_or_else(PoisonError::into_inner));
        self.change(Phase::Open, Phase::Suspended)
    }

    /// Takes and handles messages again.
    pub(super) fn resume(&self) -> bool {
        let changed = self.change(Phase::Suspended, Phase::Open);
        if changed {
            self.rouse();
        }
        changed
    }

    /// Takes no new messages from now on; the agent handles those that wait.
    pub(super) fn drain(&self) -> bool {
        let changed =
            self.change(Phase::Open, Phase::Draining) || self.change(Phase::Suspended, Phase::Draining);
        self.rouse();
        changed
    }

    /// Waits until a draining mailbox is empty and the last message is out of hand, or all hope is gone.
    pub(super) async fn drained(&self) {
        loop {
            let drained = self.drained.notified();
            match self.phase() {
                Phase::Draining if !self.awake.load(SeqCst) && self.queue.is_empty() => return,
                Phase::Draining | Phase::Between => drained.await,
                Phase::Open | Phase::Suspended | Phase::Gone => return,
            }
        }
    }

    /// The agent is gone for good: whoever waits is told, and nothing is taken any more.
    pub(super) fn close(&self) {
        self.phase.store(Phase::Gone as u8, SeqCst);
        fence(SeqCst);
        self.send_back_all();
        self.room.notify_waiters();
        self.drained.notify_waiters();
    }

    /// The agent was started again after it had been gone.
    pub(super) fn reopen(&self) {
        // Anything but gone stays as it is: a suspended agent is suspended after a restart, too.
        self.change(Phase::Gone, Phase::Between);
    }

    /// The next message, for the incarnation that is awake.
    pub(super) fn next(&self) -> Next<C> {
        if self.phase() == Phase::Suspended {
            return Next::Nothing;
        }
        if let Some(envelope) = self.pop() {
            return Next::Message(envelope);
        }
        // A swap, because it is a fence as well.
        self.awake.swap(false, SeqCst);
        if !self.queue.is_empty()
            && !self.awake.swap(true, SeqCst)
            && let Some(envelope) = self.pop()
        {
            return Next::Message(envelope);
        }
        if self.phase() == Phase::Draining {
            self.drained.notify_waiters();
        }
        Next::Nothing
    }

    /// Notes that a message was dropped, and tells whoever waits for it.
    pub(super) fn dead_letter(&self, envelope: Envelope<C>, why: Why) {
        self.dead_letters.fetch_add(1, Relaxed);
        Undelivered { envelope, why }.bounce();
    }

    fn pop(&self) -> Option<Envelope<C>> {
        let envelope = self.queue.pop()?;
        self.pulse.queued().fetch_sub(1, Relaxed);
        if self.senders_waiting.load(Relaxed) > 0 {
            self.room.notify_one();
        }
        Some(envelope)
    }

    fn send_back_all(&self) {
        while let Some(envelope) = self.pop() {
            self.dead_letter(envelope, Why::Gone);
        }
    }

    fn change(&self, from: Phase, to: Phase) -> bool {
        self.phase.compare_exchange(from as u8, to as u8, SeqCst, SeqCst).is_ok()
    }

    /// Whether the agent will look at its queue again. Asked by a sender that has appended: "no" may be out of
    /// date, and the swap that follows is exact; "yes" is looked at again behind a fence.
    fn is_awake(&self) -> bool {
        self.awake.load(Relaxed) && {
            fence(SeqCst);
            self.awake.load(Relaxed)
        }
    }

    /// Wakes the agent, whether or not it is awake.
    fn rouse(&self) {
        self.awake.store(true, SeqCst);
        self.wake();
    }

    fn wake(&self) {
        if let Some(waker) = &*self.waker() {
            waker.wake();
        }
    }

    fn waker(&self) -> std::sync::MutexGuard<'_, Option<Waker>> {
        self.waker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts one more message in, or says why not.
    fn admit(&self) -> Result<(), Why> {
        match self.phase() {
            Phase::Open | Phase::Between => {}
            Phase::Suspended => {
                return Err(Why::Suspended { reason: self.reason() });
            }
            Phase::Draining | Phase::Gone => return Err(Why::Gone),
        }
        if !self.ledger.admits_message(&self.clock) {
            return Err(Why::Overloaded { wait: false });
        }
        if self.pulse.queued().fetch_add(1, Relaxed) < self.capacity.load(Relaxed) {
            return Ok(());
        }
        match self.limits().when_full {
            WhenFull::ShedOldest => {
                if let Some(oldest) = self.pop() {
                    self.dead_letter(oldest, Why::Overloaded { wait: false });
                }
                Ok(())
            }
            WhenFull::Refuse | WhenFull::Wait => {
                self.pulse.queued().fetch_sub(1, Relaxed);
                if self.is_restarting() {
                    return Err(Why::Restarting);
                }
                Err(Why::Overloaded { wait: self.limits().when_full == WhenFull::Wait })
            }
        }
    }
}

impl<C: Contract> Carrier<C> for Mailbox<C> {
    fn accept(&self, envelope: Envelope<C>) -> Result<(), Undelivered<C>> {
        if let Err(why) = self.admit() {
            if !matches!(why, Why::Overloaded { wait: true }) {
                self.dead_letters.fetch_add(1, Relaxed);
            }
            return Err(Undelivered { envelope, why });
        }
        self.queue.push(envelope);
        if !self.is_awake() && !self.awake.swap(true, SeqCst) {
            self.wake();
        }
        if self.phase.load(Relaxed) == Phase::Gone as u8 {
            self.send_back_all();
        }
        Ok(())
    }

    fn room(&self) -> Room<'_> {
        Box::pin(async {
            let waiting = Waiting::new(&self.senders_waiting);
            let room = self.room.notified();
            if self.queued() < self.capacity.load(Relaxed) || self.phase() == Phase::Gone {
                return;
            }
            room.await;
            drop(waiting);
        })
    }

    fn is_restarting(&self) -> bool {
        self.phase() == Phase::Between
    }

    fn address(&self) -> Address {
        Address::InProcess
    }
}

/// Counts a sender that waits for room, until it does not.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, SeqCst);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Release);
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
