//! State that survives: every sentence of `docs/events.md` is held by a test here, or by the suite of all logs.

#![allow(clippy::unwrap_used, reason = "what helps a test may fail it")]

mod agents;
mod anti_entropy;
mod bank;
mod causes;
mod converged;
mod corpus;
mod damage;
mod file;
mod full;
mod index;
mod lives;
mod logs;
mod merge_laws;
mod network;
mod page;
#[path = "../shared/page.rs"]
mod sentences;
mod projections;
mod queries;
mod reminders;
mod replay;
mod replicas;
mod replicators;
mod trail;
mod transfer;
mod vector_clocks;
