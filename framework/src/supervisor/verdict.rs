//! What becomes of a child that ended by itself: a function of its restart type and its exit, and nothing else.

use serde::{Deserialize, Serialize};

use super::{AutoShutdown, Restart};
use crate::exit::Exit;

/// What becomes of a child that ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is started again, with those of its siblings that the strategy names, if the budget allows.
    Restart,
    /// It stays down; its specification is kept.
    Keep,
    /// It stays down, and its specification is forgotten.
    Forget,
}

/// Erlang's table: a permanent child always restarts, a transient one after an abnormal exit, a temporary one
/// never.
#[must_use]
pub fn verdict(restart: Restart, exit: &Exit) -> Verdict {
    match restart {
        Restart::Permanent => Verdict::Restart,
        Restart::Transient if exit.is_abnormal() => Verdict::Restart,
        Restart::Transient => Verdict::Keep,
        Restart::Temporary => Verdict::Forget,
    }
}

/// Whether the supervisor stops itself, now that a child has ended for good by itself. `others_up` says whether a
/// significant child is left that runs or is being restarted.
#[must_use]
pub fn shuts_down(flag: AutoShutdown, significant: bool, others_up: bool) -> bool {
    significant
        && match flag {
            AutoShutdown::Never => false,
            AutoShutdown::AnySignificant => true,
            AutoShutdown::AllSignificant => !others_up,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_restart_type_meets_every_exit_as_in_erlang() {
        use Restart::{Permanent, Temporary, Transient};
        let polite = [Exit::Normal, Exit::Shutdown, Exit::ShutdownWith { value: "moved".into() }];
        let abnormal = [Exit::Killed, Exit::error(anyhow::anyhow!("boom"))];
        for exit in &polite {
            assert_eq!(verdict(Permanent, exit), Verdict::Restart);
            assert_eq!(verdict(Transient, exit), Verdict::Keep);
            assert_eq!(verdict(Temporary, exit), Verdict::Forget);
        }
        for exit in &abnormal {
            assert_eq!(verdict(Permanent, exit), Verdict::Restart);
            assert_eq!(verdict(Transient, exit), Verdict::Restart);
            assert_eq!(verdict(Temporary, exit), Verdict::Forget);
        }
    }

    #[test]
    fn only_significant_children_end_their_supervisor() {
        use AutoShutdown::{AllSignificant, AnySignificant, Never};
        assert!(!shuts_down(Never, true, false));
        assert!(shuts_down(AnySignificant, true, true));
        assert!(!shuts_down(AnySignificant, false, false));
        assert!(!shuts_down(AllSignificant, true, true));
        assert!(shuts_down(AllSignificant, true, false));
    }
}
