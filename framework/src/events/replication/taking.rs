//! Which of the events that another replica has sent are new here, and may be written down now. Pure.

use crate::events::{Dot, NewEvent, Replica, VectorClock};

/// What is done with events that have come.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sifted {
    /// They are new, and all that they knew of is there or before them.
    pub(super) new: Vec<NewEvent>,
    /// So many are there already.
    pub(super) known: usize,
    /// So many came before something that they knew of; they will come again.
    pub(super) early: usize,
}

/// Somebody else goes by our name, or our log has lost events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NameTaken {
    /// What is said to have happened here.
    pub(super) dot: Dot,
}

/// Sifts events that have come to the replica `here`, whose state has this version.
///
/// # Errors
/// When something is said to have happened here that has not.
pub(super) fn sift(events: &[NewEvent], version: &VectorClock, here: &Replica) -> Result<Sifted, NameTaken> {
    let (mut version, mut sifted) = (version.clone(), Sifted::default());
    for event in events {
        let Some(dot) = event.dot() else { continue };
        if version.knows(&dot) {
            sifted.known += 1;
        } else if dot.replica == *here {
            return Err(NameTaken { dot });
        } else if version.has_seen(&event.causality.before(&dot)) {
            version.advance(&dot.replica);
            sifted.new.push(event.clone());
        } else {
            sifted.early += 1;
        }
    }
    Ok(sifted)
}
