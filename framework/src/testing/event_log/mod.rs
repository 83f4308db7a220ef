//! What every event log promises, as one suite that is run on every log.
//!
//! Whoever writes a log implements [`LogUnderTest`] for it and runs [`keeps_every_promise`].
//!
//! ```
//! use std::sync::Arc;
//! use mistersmith::events::{EventLog, MemoryLog, Underway};
//! use mistersmith::testing::event_log::{LogUnderTest, keeps_every_promise};
//!
//! struct InMemory(Arc<MemoryLog>);
//!
//! impl LogUnderTest for InMemory {
//!     fn open(&self) -> Underway<'_, Arc<dyn EventLog>> {
//!         let log: Arc<dyn EventLog> = self.0.clone();
//!         Box::pin(std::future::ready(log))
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! keeps_every_promise(|| Box::new(InMemory(Arc::default()))).await;
//! # }
//! ```

mod ledger;
mod appending;
mod reading;
mod following;
mod keeping;
mod beginning;

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;

use crate::clock::Clock;
use crate::events::{EventLog, Underway};
use crate::testing::PATIENCE;

pub use ledger::{Ledger, account, event};

/// A place where a log is kept, empty at first.
pub trait LogUnderTest: Send + Sync {
    /// Opens the log that is kept there. The suite has let go of the one that it opened before.
    fn open(&self) -> Underway<'_, Arc<dyn EventLog>>;
}

/// Something that every log promises.
pub struct Promise {
    /// What, as the name of a test.
    pub name: &'static str,
    keep: for<'a> fn(&'a dyn LogUnderTest) -> Kept<'a>,
}

type Kept<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

macro_rules! promises {
    ($($file:ident: $($name:ident)+;)+) => {
        &[$($(Promise { name: stringify!($name), keep: |place| Box::pin($file::$name(place)) },)+)+]
    };
}

/// Everything that every log promises.
pub const PROMISES: &[Promise] = promises! {
    appending:
        events_come_back_as_they_were_appended
        sequences_have_no_gaps_and_positions_only_grow
        an_append_is_whole_or_not_at_all
        an_append_that_expects_another_event_is_a_conflict_and_says_what_is_there
        of_many_that_expect_the_same_event_one_is_appended
        nothing_and_too_much_are_refused
        a_repeated_request_gets_the_answer_of_the_first
        the_same_key_of_another_agent_or_action_is_another_request;
    reading:
        pages_hold_every_event_once_whatever_their_size
        an_agents_events_are_read_from_a_sequence_to_a_sequence
        events_are_found_by_type_and_by_time
        agents_are_listed_in_the_order_of_their_first_events
        a_page_takes_no_more_memory_than_its_limit;
    following:
        a_follower_sees_every_event_once_and_in_order_while_many_write
        a_follower_waits_for_what_it_asked_for
        a_follower_begins_where_another_ended;
    keeping:
        the_newest_snapshot_that_is_not_too_new_is_found
        a_snapshot_of_events_that_are_not_there_is_refused
        nothing_is_dropped_that_a_restore_needs
        what_was_compacted_is_missed_and_not_passed_over
        a_life_that_is_shortened_is_missed_only_by_those_who_ask_for_lives
        a_young_answer_outlives_its_events_and_an_old_one_does_not
        a_log_in_order_has_no_damage
        what_was_acknowledged_is_there_when_the_log_is_opened_again;
    beginning:
        what_stands_for_dropped_events_is_found_with_the_answers_that_outlived_them
        an_agent_begins_at_a_snapshot_as_if_what_is_before_had_been_dropped
        who_reads_all_events_learns_that_some_are_not_there_before_a_beginning
        a_snapshot_of_later_events_is_found_when_they_are_there
        the_same_beginning_again_adds_answers_and_another_one_is_refused
        a_log_of_which_everything_was_dropped_is_read_and_goes_on;
};

impl Promise {
    /// Tests whether the log that is kept at `place`, which is empty, keeps the promise.
    ///
    /// # Panics
    /// When it does not.
    ///
    /// # Cancel safety
    /// Dropping the future ends the test.
    pub async fn keep(&self, place: &dyn LogUnderTest) {
        let kept = Clock::machine().timeout(PATIENCE, (self.keep)(place)).await;
        assert!(kept.is_ok(), "not done after {PATIENCE:?}");
    }
}

impl fmt::Debug for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Promise({})", self.name)
    }
}

/// Tests every promise, each on a place of its own.
///
/// # Panics
/// When one is not kept; the message says which.
///
/// # Cancel safety
/// Dropping the future ends the test.
pub async fn keeps_every_promise(place: impl Fn() -> Box<dyn LogUnderTest>) {
    let mut broken = Vec::new();
    for promise in PROMISES {
        let place = place();
        let keeping = std::pin::pin!(AssertUnwindSafe(promise.keep(&*place)));
        if let Err(panic) = crate::exit::catch(keeping).await {
            broken.push(format!("{}: {panic}", promise.name));
        }
    }
    assert!(
        broken.is_empty(),
        "{} of {} promises are broken:\n{}",
        broken.len(),
        PROMISES.len(),
        broken.join("\n")
    );
}
