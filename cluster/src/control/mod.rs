//! A running system can be looked at and acted upon from outside: an HTTP interface on the loopback interface, its
//! client, and the commands.
//!
//! Three parts, each of which can be used without the next:
//!
//! - [`ControlServer`] serves a [`System`](mistersmith::system::System). Whoever may use it has the node's token,
//!   which lies in a file that only its owner can read.
//! - [`ControlClient`] asks it. What travels is in [`api`], as the same types on both sides.
//! - [`ControlCommand`] is a [clap](https://docs.rs/clap) subcommand: an application that takes it over has
//!   `tree`, `dry-run`, `agents`, `call`, `inspect`, `restarts`, `events`, `state`, `kill`, `drain`, `suspend`,
//!   `resume` and `health`.
//!
//! ```no_run
//! use clap::Parser;
//! use mistersmith::system::System;
//! use mistersmith_cluster::control::{
//!     ControlCommand, ControlOptions, ControlServer, NodeSelector, Output, run,
//! };
//!
//! #[derive(Parser)]
//! struct Shop {
//!     #[command(flatten)]
//!     node: NodeSelector,
//!     #[command(subcommand)]
//!     command: Command,
//! }
//!
//! #[derive(clap::Subcommand)]
//! enum Command {
//!     /// Starts the shop.
//!     Run,
//!     #[command(flatten)]
//!     Control(ControlCommand),
//! }
//!
//! #[tokio::main]
//! async fn main() -> anyhow::Result<std::process::ExitCode> {
//!     let shop = Shop::parse();
//!     match shop.command {
//!         Command::Run => {
//!             let system = System::builder("shop").start().await?;
//!             let control = ControlServer::start(&system, ControlOptions::default()).await?;
//!             system.ended().await;
//!             control.stop().await;
//!             Ok(std::process::ExitCode::SUCCESS)
//!         }
//!         Command::Control(command) => {
//!             let node = shop.node.start_hint("shop run");
//!             Ok(run(command, &node, &mut Output::stdio()).await?.into())
//!         }
//!     }
//! }
//! ```
//!
//! Paths, bodies, errors and exit codes are in `docs/control-api.md`.

#[cfg(not(unix))]
compile_error!("feature `control` needs unix: its token is a secret because of the permissions of a file");

mod owned_file;
mod token;
mod node_file;
pub mod api;
mod server;
mod client;
mod command;

pub use client::{CallAnswer, ClientError, ControlClient, Items, Located};
pub use command::{
    ControlCommand, DryRun, Moment, NodeSelector, Outcome, Output, Since, run, show_event, show_state,
};
pub use node_file::{NodeFile, runtime_folder};
pub use owned_file::OwnedFileError;
pub use server::{ControlOptions, ControlServer, StartControlError};
pub use token::Token;
