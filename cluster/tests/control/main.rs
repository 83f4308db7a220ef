//! The control interface as its users meet it: a real server on a port of its own, a real client, the commands.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod shop;
mod paths;
mod streams;
mod hostile;
mod dry_run;
mod files;
mod commands;
mod book;
mod by_hand;
