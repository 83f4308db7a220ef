//! What is promised of a system: checked as a whole, supervised by level, changed while it runs, read at any moment.

mod changing;
mod ending;
mod failing;
mod identity;
mod reading;
mod shop;
mod starting;
