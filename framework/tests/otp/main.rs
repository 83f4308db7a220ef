//! The cases of Erlang's own tests of supervisors, and of Elixir's, each under the name it has there.
//!
//! A test here does what the case of its name does, with the same numbers, and says in one line what the case
//! promises. `docs/otp.md` lists all cases, with the reason for each that does not apply. What else supervisors
//! promise is in `tests/supervision`, whose tree of scripted children is used here too.

#![allow(clippy::unwrap_used, reason = "what helps a test may fail it")]

mod calls;
mod counts;
mod dynamic_supervisor;
mod entries;
mod forgetting;
mod groups;
mod hanging;
mod page;
mod partition_supervisor;
mod pool;
mod registry;
mod restart_types;
mod sight;
mod significant;
mod simple;
mod start;
mod stop;
mod strategies;
mod supervisor;
mod task_supervisor;
#[path = "../supervision/tree.rs"]
mod tree;
mod upgrade;
mod whole_trees;
