//! State that survives: every sentence of `docs/events.md` is held by a test here, or by the suite of all logs.

#![allow(clippy::unwrap_used, reason = "what helps a test may fail it")]

mod agents;
mod anti_entropy;
mod bank;
mod causal_past;
mod causes;
mod converged;
mod convergence;
mod corpus;
mod damage;
mod diary;
mod entries;
mod failing_log;
mod file;
mod full;
mod index;
mod lives;
mod logs;
mod merge_laws;
mod moody;
mod network;
mod one_state;
mod page;
#[path = "../shared/page.rs"]
mod sentences;
mod place;
mod poison;
mod projections;
mod queries;
mod redo;
mod reminders;
mod replay;
mod replicas;
mod replicators;
mod suspended_projections;
mod tampered;
mod town;
mod trail;
mod transfer;
mod vector_clocks;
mod views;
