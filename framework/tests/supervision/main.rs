//! What supervisors promise, as exact traces on paused time: who is stopped, who is started, in which order.
//!
//! The fifteen behaviours that re-implementations of Erlang's `supervisor` get wrong most easily are here, each
//! as real OTP 25.2.3 shows it; the words of a trace are those of [`Trace`](mistersmith::testing::Trace).

#![allow(clippy::unwrap_used, reason = "what helps a test may fail it")]

mod abandoned;
mod beginning;
mod calls;
mod backoff;
mod dry_run;
mod dynamic;
mod failing;
mod flat;
mod faults;
mod giving_up;
mod groups;
mod history;
mod killing;
mod orphans;
mod lists;
mod many;
mod panicking;
mod past;
mod reports;
mod partitions;
mod random;
mod stopping;
mod strangers;
mod tasks;
mod tree;
mod upgrading;
