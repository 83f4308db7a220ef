//! The control interface as its users meet it: a real server on a port of its own, a real client, the commands.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod shop;
mod past;
mod savings;
mod paths;
mod said;
mod streams;
mod hostile;
mod dry_run;
mod files;
mod calls;
mod commands;
mod logged;
mod book;
mod by_hand;
