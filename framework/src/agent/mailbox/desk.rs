//! Who works at the mailbox and what it does with messages at present: one word, changed as a whole.
//!
//! Both lie in one word because neither means anything without the other. An incarnation that was replaced while
//! it was stuck, and comes back to life, finds that the desk is another's: it takes no further message, and
//! leaving changes nothing.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::SeqCst;

use crate::identity::Incarnation;

/// What the mailbox does with messages at present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Phase {
    /// Refuses all, and has sent back those that waited.
    Gone,
    /// Takes them; the agent is down and being started (again).
    Between,
    /// Takes them, and the agent handles them.
    Open,
    /// Refuses new ones; those that wait stay until it is resumed.
    Suspended,
    /// Refuses new ones; the agent handles those that wait.
    Draining,
}

const PHASE_BITS: u32 = 3;

impl Phase {
    /// Whether new messages are taken.
    pub(super) fn admits(self) -> bool {
        matches!(self, Self::Open | Self::Between)
    }

    /// Whether messages that wait are handled.
    fn serves(self) -> bool {
        matches!(self, Self::Open | Self::Draining)
    }

    fn of(word: u64) -> Self {
        match word & ((1 << PHASE_BITS) - 1) {
            1 => Self::Between,
            2 => Self::Open,
            3 => Self::Suspended,
            4 => Self::Draining,
            _ => Self::Gone,
        }
    }
}

/// The incarnation that works there, 0 for none, above the phase.
#[derive(Debug, Default)]
pub(super) struct Desk(AtomicU64);

impl Desk {
    pub(super) fn phase(&self) -> Phase {
        Phase::of(self.0.load(SeqCst))
    }

    /// Whether this incarnation works there.
    pub(super) fn is_held_by(&self, incarnation: Incarnation) -> bool {
        self.0.load(SeqCst) >> PHASE_BITS == incarnation.number()
    }

    /// Whether this incarnation works there, and is to take messages.
    pub(super) fn is_served_by(&self, incarnation: Incarnation) -> bool {
        let word = self.0.load(SeqCst);
        word >> PHASE_BITS == incarnation.number() && Phase::of(word).serves()
    }

    /// Sits down, in place of whoever sat there; the phase since. One that is suspended or draining stays so.
    pub(super) fn sit_down(&self, incarnation: Incarnation) -> Phase {
        let word = self.update(|_, phase| {
            let phase = if phase == Phase::Between { Phase::Open } else { phase };
            Some((incarnation.number(), phase))
        });
        Phase::of(word.unwrap_or_default())
    }

    /// Gets up; false when another has sat down meanwhile.
    pub(super) fn get_up(&self, incarnation: Incarnation) -> bool {
        let left = self.update(|holder, phase| {
            let phase = if phase == Phase::Open { Phase::Between } else { phase };
            (holder == incarnation.number()).then_some((0, phase))
        });
        left.is_some()
    }

    /// Goes from one phase to another; false when it is in neither of `from`.
    pub(super) fn change(&self, from: &[Phase], to: Phase) -> bool {
        self.update(|holder, phase| from.contains(&phase).then_some((holder, to))).is_some()
    }

    /// Refuses everything from now on.
    pub(super) fn close(&self) {
        let _ = self.update(|holder, _| Some((holder, Phase::Gone)));
    }

    /// The word since, if it was changed.
    fn update(&self, change: impl Fn(u64, Phase) -> Option<(u64, Phase)>) -> Option<u64> {
        let next = |word: u64| {
            let (holder, phase) = change(word >> PHASE_BITS, Phase::of(word))?;
            Some((holder << PHASE_BITS) | phase as u64)
        };
        // `fetch_update` gives the word before; what it stored is the same function of it.
        self.0.fetch_update(SeqCst, SeqCst, next).ok().and_then(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Phase; 5] = [Phase::Gone, Phase::Between, Phase::Open, Phase::Suspended, Phase::Draining];

    fn desk(holder: u64, phase: Phase) -> Desk {
        Desk(AtomicU64::new((holder << PHASE_BITS) | phase as u64))
    }

    #[test]
    fn every_phase_reads_back_beside_every_holder() {
        for phase in ALL {
            for holder in [0, 1, u64::from(u32::MAX)] {
                assert_eq!(desk(holder, phase).phase(), phase);
                assert!(desk(holder, phase).is_held_by(Incarnation::new(holder)));
            }
        }
    }

    #[test]
    fn a_new_incarnation_opens_only_what_was_waiting_for_one() {
        for phase in ALL {
            let desk = desk(1, phase);
            let since = if phase == Phase::Between { Phase::Open } else { phase };
            assert_eq!(desk.sit_down(Incarnation::new(2)), since);
            assert!(desk.is_held_by(Incarnation::new(2)) && !desk.is_held_by(Incarnation::new(1)));
        }
    }

    #[test]
    fn who_was_replaced_takes_nothing_and_leaving_changes_nothing() {
        let desk = desk(1, Phase::Between);
        desk.sit_down(Incarnation::new(2));
        assert!(!desk.is_served_by(Incarnation::new(1)));
        assert!(!desk.get_up(Incarnation::new(1)));
        assert!(desk.is_served_by(Incarnation::new(2)));
    }

    #[test]
    fn who_leaves_keeps_what_was_decided_from_outside() {
        for phase in ALL {
            let desk = desk(1, phase);
            assert!(desk.get_up(Incarnation::new(1)));
            let since = if phase == Phase::Open { Phase::Between } else { phase };
            assert_eq!(desk.phase(), since);
            assert!(!desk.is_held_by(Incarnation::new(1)));
        }
    }

    #[test]
    fn messages_are_taken_when_open_or_between_and_handled_when_open_or_draining() {
        let admitting: Vec<_> = ALL.into_iter().filter(|phase| phase.admits()).collect();
        assert_eq!(admitting, [Phase::Between, Phase::Open]);
        let serving: Vec<_> =
            ALL.into_iter().filter(|&phase| desk(1, phase).is_served_by(Incarnation::new(1))).collect();
        assert_eq!(serving, [Phase::Open, Phase::Draining]);
    }
}
