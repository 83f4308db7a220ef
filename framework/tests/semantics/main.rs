//! `docs/semantics.md`, sentence by sentence: each names the tests here that would fail if it were wrong, and each
//! test here is named by a sentence.
//!
//! One agent plays in all of them: the [scribe](scribe), which writes down what it does.

#![allow(clippy::unwrap_used, reason = "what helps a test may fail it")]

mod deadlines;
mod delivery;
mod ending;
mod errors;
mod giving_up;
mod lifecycle;
mod limits;
mod mailbox;
mod ordering;
mod page;
#[path = "../shared/page.rs"]
mod sentences;
mod panics;
mod replies;
mod restart;
mod scribe;
mod streams;
mod timers;
