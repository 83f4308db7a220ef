//! The trace an agent's own progress leaves: a few atomics that it writes as it works and others read.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering};

use crate::identity::lifecycle::Stage;

/// What an agent writes as it works, so that nobody has to ask it whether it is well.
///
/// There is no heartbeat message and no timer per agent: the registry [looks](super::Registry::look) at all pulses
/// now and then. All accesses are relaxed; a pulse orders nothing, it only counts.
#[derive(Debug, Default)]
pub struct Pulse {
    arrived: AtomicUsize,
    departed: AtomicUsize,
    handled: AtomicU64,
    private: AtomicU64,
    busy: AtomicBool,
    stage: AtomicU8,
}

/// What a pulse was at one look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Sample {
    /// The messages handled so far, private ones included: its progress.
    pub handled: u64,
    /// Whether a message was in hand.
    pub busy: bool,
    /// The messages that waited.
    pub queued: usize,
}

impl Pulse {
    /// A message, or a batch of them, is taken in hand. Called by the agent alone.
    pub fn begin(&self) {
        self.busy.store(true, Ordering::Relaxed);
    }

    /// One message is done. Called by the agent alone, which is why a load and a store suffice.
    pub fn advance(&self) {
        self.handled.store(self.handled.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
    }

    /// One private message is done: progress, but nothing that anybody has asked for. Called by the agent alone.
    pub fn advance_privately(&self) {
        self.private.store(self.private.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
    }

    /// Nothing is in hand any more. Called by the agent alone.
    pub fn end(&self) {
        self.busy.store(false, Ordering::Relaxed);
    }

    /// The messages handled so far, private ones not included.
    #[must_use]
    pub fn handled(&self) -> u64 {
        self.handled.load(Ordering::Relaxed)
    }

    /// One more message waits. Called by one at a time, as by senders under their lock.
    pub fn arrive(&self) {
        self.arrived.store(self.arrived().wrapping_add(1), Ordering::Relaxed);
    }

    /// One message less waits. Called by one at a time, and only after one that has arrived.
    pub fn depart(&self) {
        self.departed.store(self.departed().wrapping_add(1), Ordering::Relaxed);
    }

    /// The messages that have arrived so far.
    #[must_use]
    pub fn arrived(&self) -> usize {
        self.arrived.load(Ordering::Relaxed)
    }

    /// The messages that have departed so far, to be handled or otherwise.
    #[must_use]
    pub fn departed(&self) -> usize {
        self.departed.load(Ordering::Relaxed)
    }

    /// The messages that wait.
    #[must_use]
    pub fn queued(&self) -> usize {
        // Read in this order, and with a difference below 0 taken for 0: others write meanwhile.
        let departed = self.departed();
        let queued = self.arrived().wrapping_sub(departed);
        if queued > usize::MAX / 2 { 0 } else { queued }
    }

    /// The stage that the registry was last told of.
    #[must_use]
    pub fn stage(&self) -> Stage {
        let index = usize::from(self.stage.load(Ordering::Relaxed));
        Stage::ALL.get(index).copied().unwrap_or_default()
    }

    /// Only the registry sets the stage, so that it moves an agent out of the healthy ones in the same step.
    pub(super) fn set_stage(&self, stage: Stage) {
        self.stage.store(stage as u8, Ordering::Relaxed);
    }

    /// What it is now.
    #[must_use]
    pub fn sample(&self) -> Sample {
        Sample {
            handled: self.handled().wrapping_add(self.private.load(Ordering::Relaxed)),
            busy: self.busy.load(Ordering::Relaxed),
            queued: self.queued(),
        }
    }
}

impl Sample {
    /// Whether there was anything to do.
    #[must_use]
    pub fn has_work(&self) -> bool {
        self.busy || self.queued > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_what_the_agent_wrote() {
        let pulse = Pulse::default();
        assert!(!pulse.sample().has_work());
        pulse.begin();
        pulse.advance();
        (0..4).for_each(|_| pulse.arrive());
        assert_eq!(pulse.sample(), Sample { handled: 1, busy: true, queued: 4 });
        pulse.depart();
        pulse.end();
        assert_eq!(pulse.sample(), Sample { handled: 1, busy: false, queued: 3 });
    }

    #[test]
    fn a_private_message_is_progress_and_nothing_that_was_asked_for() {
        let pulse = Pulse::default();
        pulse.advance_privately();
        assert_eq!((pulse.sample().handled, pulse.handled()), (1, 0));
    }

    #[test]
    fn every_stage_reads_back() {
        let pulse = Pulse::default();
        assert_eq!(pulse.stage(), Stage::Unregistered);
        for stage in Stage::ALL {
            pulse.set_stage(stage);
            assert_eq!(pulse.stage(), stage);
        }
    }
}
