//! How requests find their agents: the four patterns, and what is said when one does not get there.

#![allow(clippy::unwrap_used, reason = "what helps a test may fail it")]

mod budget;
mod deadlock;
mod errors;
mod patterns;
mod pool;
mod ractor_groups;
mod shop;
