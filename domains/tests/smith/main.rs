//! The real binary, as a person uses it: started, asked, killed piece by piece, stopped.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "what helps a test may fail it")]

mod bank;
mod command;
mod configuration;
mod dry_run;
mod ends;
mod log;
mod node;
mod use_it;
