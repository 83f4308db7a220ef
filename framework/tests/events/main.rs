//! State that survives: every sentence of `docs/events.md` is held by a test here, or by the suite of all logs.

mod logs;
mod page;
#[path = "../shared/page.rs"]
mod sentences;
mod vector_clocks;
