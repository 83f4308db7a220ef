//! What an agent may use, what it does use, and where that is enforced.
//!
//! Messages waiting, messages per second and tasks are limits that hold: what is beyond them is refused. CPU time
//! and memory can only be looked at between two polls of the agent: a handler that neither returns nor awaits is
//! seen, not stopped.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Clock;

/// What an agent may use. 0 means no limit. The mailbox has [limits of its own](super::MailboxLimits).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Limits {
    /// Bytes of memory that the agent accounts for itself
    /// ([`Context::account_memory`](super::Context::account_memory)). Beyond it, the agent ends with an error.
    pub memory_bytes: u64,
    /// Processor time as a share of one core in percent. Beyond it the agent is paced: it rests after a batch of
    /// messages until the share comes out right. As its messages are handled one after the other, 100 and more are
    /// no limit.
    pub cpu_percent: u64,
    /// Tasks beside the agent ([`Context::spawn`](super::Context::spawn)). Further ones are refused.
    pub tasks: u64,
    /// Messages per second. Further ones are refused.
    pub messages_per_second: u64,
}

impl Default for Limits {
    /// 512 MB, 200 % of a core, 100 tasks, any number of messages.
    fn default() -> Self {
        Self { memory_bytes: 512_000_000, cpu_percent: 200, tasks: 100, messages_per_second: 0 }
    }
}

/// What an agent has used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Time spent in polls of the agent's handlers, in nanoseconds.
    pub busy_nanos: u64,
    /// The longest single poll, in nanoseconds: for so long nothing could stop it.
    pub longest_poll_nanos: u64,
    /// Bytes of memory that the agent accounts for.
    pub memory_bytes: u64,
    /// Tasks that run beside it now.
    pub tasks: u64,
    /// Messages and tasks that were refused because of a limit.
    pub refused: u64,
}

/// Limits and usage of one agent; written by it, read and changed by others, at any moment.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    memory_limit: AtomicU64,
    cpu_limit: AtomicU64,
    task_limit: AtomicU64,
    rate_limit: AtomicU64,
    /// Generic cell rate: the moment, in nanoseconds, at which the next message is due.
    next_due: AtomicU64,
    busy_nanos: AtomicU64,
    longest_poll_nanos: AtomicU64,
    memory_bytes: AtomicU64,
    tasks: AtomicU64,
    refused: AtomicU64,
}

impl Ledger {
    pub(super) fn new(limits: Limits) -> Self {
        let ledger = Self::default();
        ledger.set_limits(limits);
        ledger
    }

    pub(super) fn limits(&self) -> Limits {
        Limits {
            memory_bytes: self.memory_limit.load(Relaxed),
            cpu_percent: self.cpu_limit.load(Relaxed),
            tasks: self.task_limit.load(Relaxed),
            messages_per_second: self.rate_limit.load(Relaxed),
        }
    }

    pub(super) fn set_limits(&self, limits: Limits) {
        self.memory_limit.store(limits.memory_bytes, Relaxed);
        self.cpu_limit.store(limits.cpu_percent, Relaxed);
        self.task_limit.store(limits.tasks, Relaxed);
        self.rate_limit.store(limits.messages_per_second, Relaxed);
    }

    pub(super) fn usage(&self) -> Usage {
        Usage {
            busy_nanos: self.busy_nanos.load(Relaxed),
            longest_poll_nanos: self.longest_poll_nanos.load(Relaxed),
            memory_bytes: self.memory_bytes.load(Relaxed),
            tasks: self.tasks.load(Relaxed),
            refused: self.refused.load(Relaxed),
        }
    }

    /// Whether one more message is within the rate. A tenth of a second's worth may come at once.
    pub(super) fn admits_message(&self, clock: &Clock) -> bool {
        let rate = self.rate_limit.load(Relaxed);
        rate == 0 || self.admits_at(rate, clock.now())
    }

    fn admits_at(&self, rate: u64, now: Duration) -> bool {
        let now = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
        let (gap, burst) = (1_000_000_000 / rate, 100_000_000);
        let admitted = self.next_due.fetch_update(Relaxed, Relaxed, |due| {
            (due <= now.saturating_add(burst)).then(|| due.max(now).saturating_add(gap))
        });
        if admitted.is_err() {
            self.refused.fetch_add(1, Relaxed);
        }
        admitted.is_ok()
    }

    /// A new incarnation holds nothing yet.
    pub(super) fn begin(&self) {
        self.memory_bytes.store(0, Relaxed);
    }

    /// The agent was polled for so long without a pause, `weight` times. Only the agent writes here.
    pub(super) fn polled(&self, busy: Duration, weight: u32) {
        let nanos = u64::try_from(busy.as_nanos()).unwrap_or(u64::MAX);
        let all = self.busy_nanos.load(Relaxed).saturating_add(nanos.saturating_mul(u64::from(weight)));
        self.busy_nanos.store(all, Relaxed);
        self.longest_poll_nanos.fetch_max(nanos, Relaxed);
    }

    /// The agent says how much memory it holds; the limit, if that is more.
    pub(super) fn account_memory(&self, bytes: u64) -> Result<(), MemoryExceeded> {
        self.memory_bytes.store(bytes, Relaxed);
        let limit = self.memory_limit.load(Relaxed);
        if limit == 0 || bytes <= limit { Ok(()) } else { Err(MemoryExceeded { bytes, limit }) }
    }

    /// One more task, if that is within the limit.
    pub(super) fn begin_task(&self) -> Result<(), TooManyTasks> {
        let limit = self.task_limit.load(Relaxed);
        let begun = self
            .tasks
            .fetch_update(Relaxed, Relaxed, |tasks| (limit == 0 || tasks < limit).then_some(tasks + 1));
        begun.map(drop).map_err(|running| {
            self.refused.fetch_add(1, Relaxed);
            TooManyTasks { running, limit }
        })
    }

    pub(super) fn end_task(&self) {
        self.tasks.fetch_sub(1, Relaxed);
    }
}

/// The agent accounts for more memory than it may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the agent accounts for {bytes} bytes of memory; its limit is {limit}")]
pub struct MemoryExceeded {
    /// How much it accounts for.
    pub bytes: u64,
    /// How much it may.
    pub limit: u64,
}

/// The agent has as many tasks beside it as it may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{running} tasks run beside the agent; its limit is {limit}")]
pub struct TooManyTasks {
    /// How many run.
    pub running: u64,
    /// How many may.
    pub limit: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_kept_over_a_second_and_not_more_than_a_tenth_comes_at_once() {
        let ledger = Ledger::default();
        let at_once = (0..1_000).filter(|_| ledger.admits_at(200, Duration::from_secs(1))).count();
        assert_eq!(at_once, 21); // a tenth of 200, and the one that was due
        let millis = |millis| Duration::from_secs(1) + Duration::from_millis(millis);
        let in_a_second = (1..=1_000).filter(|&tick| ledger.admits_at(200, millis(tick))).count();
        assert_eq!(in_a_second, 200);
    }

    #[test]
    fn tasks_beyond_the_limit_are_refused_and_counted() {
        let ledger = Ledger::new(Limits { tasks: 1, ..Limits::default() });
        assert_eq!(ledger.begin_task(), Ok(()));
        assert_eq!(ledger.begin_task(), Err(TooManyTasks { running: 1, limit: 1 }));
        ledger.end_task();
        assert_eq!(ledger.begin_task(), Ok(()));
        assert_eq!(ledger.usage().refused, 1);
    }

    #[test]
    fn memory_beyond_the_limit_is_an_error_and_without_a_limit_never() {
        let ledger = Ledger::new(Limits { memory_bytes: 10, ..Limits::default() });
        assert!(ledger.account_memory(10).is_ok());
        assert_eq!(ledger.account_memory(11), Err(MemoryExceeded { bytes: 11, limit: 10 }));
        ledger.set_limits(Limits { memory_bytes: 0, ..Limits::default() });
        assert!(ledger.account_memory(u64::MAX).is_ok());
    }
}
