//! What is promised of a system: checked as a whole, supervised by level, changed while it runs, read at any moment.

#![allow(clippy::unwrap_used, reason = "what helps a test may fail it")]

mod by_hand;
mod changing;
mod ending;
mod failing;
mod faults;
mod identity;
mod reading;
mod shop;
mod starting;
