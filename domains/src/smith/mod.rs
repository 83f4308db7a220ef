//! The command line: what can be said, and who does it.
//!
//! | exit code | meaning |
//! |---|---|
//! | 0 | it was done; a node that was told to stop has stopped in good order |
//! | 1 | the node said no, is not ready, or could not start; a file cannot be used; the demonstration does not add up |
//! | 2 | what was given makes no sense: arguments, or a configuration |
//! | 3 | there is no node to talk to |
//! | 70 | the node gave up: its root had to restart its children more often than it may |
//! | 130 | a second signal, or one before the node was up: everything was killed at once; work on a log was interrupted |

mod examples;
mod on_node;
mod command_line;
mod say;
mod sources;
mod check;
mod dry_run;
mod logging;
mod signals;
mod last_words;
mod node_log;
mod on_log;
mod log;
mod run;

use std::process::ExitCode;

use mistersmith_cluster::control::{self, Output};
use mistersmith_domains::{bank, demo};

pub(crate) use command_line::CommandLine;
use command_line::{Command, ConfigCommand, DemoCommand};
use on_node::OnNode;
pub(crate) use say::complain;

/// What was given makes no sense.
const USAGE: u8 = 2;

/// Does what was said.
pub(crate) async fn execute(line: CommandLine) -> anyhow::Result<ExitCode> {
    match line.command.unwrap_or_default() {
        Command::Run(options) => run::run(options).await,
        Command::Config(ConfigCommand::Check { file }) => check::check(&file),
        Command::Config(ConfigCommand::Show { given, json }) => check::show(&given, json),
        Command::DryRun(options) => dry_run::tell(options).await,
        Command::Demo(DemoCommand::Crash(options)) => {
            demo::crash(options, &mut std::io::stdout()).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Demo(DemoCommand::Bank(options)) => {
            bank::bank(options, &mut std::io::stdout()).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Log(command) => log::run(command).await,
        Command::OnNode(OnNode { command, log: Some(log), .. }) => on_log::show(command, &log).await,
        Command::OnNode(OnNode { node, command, log: None }) => {
            let node = node.start_hint(format!("{} run", say::program()));
            Ok(control::run(command, &node, &mut Output::stdio()).await?.into())
        }
    }
}
