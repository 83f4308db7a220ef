//! Nodes of a MisterSmith system, for applications of any kind: this crate knows no domain.
//!
//! What is here is behind a cargo feature:
//!
//! - `control`: the HTTP interface of a running system on the loopback interface, its client, and the commands
//!   (`tree`, `dry-run`, `agents`, `call`, `inspect`, `restarts`, `kill`, `drain`, `suspend`, `resume`, `health`) as a
//!   [clap](https://docs.rs/clap) subcommand that any program can take over.
//!
//! Without features the crate is empty.

#[cfg(feature = "control")]
pub mod control;
