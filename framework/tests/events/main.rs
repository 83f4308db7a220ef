//! State that survives: every sentence of `docs/events.md` is held by a test here, or by the suite of all logs.

#![allow(clippy::unwrap_used, reason = "what helps a test may fail it")]

mod agents;
mod bank;
mod causes;
mod damage;
mod file;
mod lives;
mod logs;
mod page;
#[path = "../shared/page.rs"]
mod sentences;
mod queries;
mod replay;
mod vector_clocks;
