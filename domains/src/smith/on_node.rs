//! A command for a node that runs, with the flags that say which; no other command has them.

use std::path::PathBuf;

use clap::builder::Resettable;
use clap::{Arg, ArgMatches, Args as _, Command, FromArgMatches, Subcommand};
use mistersmith_cluster::control::{ControlCommand, NodeSelector};

use super::examples;

/// What this program has a command of its own for, which can do without a node.
const OWN: &str = "dry-run";

/// What is asked of which node.
#[derive(Debug)]
pub(super) struct OnNode {
    pub(super) node: NodeSelector,
    pub(super) command: ControlCommand,
    /// The log that is asked instead of a node.
    pub(super) log: Option<PathBuf>,
}

impl FromArgMatches for OnNode {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let command = ControlCommand::from_arg_matches(matches)?;
        let node = match matches.subcommand() {
            Some((_, flags)) => NodeSelector::from_arg_matches(flags)?,
            None => NodeSelector::default(),
        };
        let log =
            matches.subcommand().and_then(|(_, flags)| flags.try_get_one::<PathBuf>("log").ok().flatten());
        Ok(Self { node, command, log: log.cloned() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Subcommand for OnNode {
    fn augment_subcommands(command: Command) -> Command {
        let known = ControlCommand::augment_subcommands(Command::new("node"));
        let others = known.get_subcommands().filter(|known| Self::has_subcommand(known.get_name()));
        command.subcommands(others.cloned().map(with_flags))
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        name != OWN && ControlCommand::has_subcommand(name)
    }
}

/// The command with the flags, with examples of this program, and with its own words: clap takes those of the flags'
/// type for the command's.
fn with_flags(command: Command) -> Command {
    let (about, long_about) = (command.get_about().cloned(), command.get_long_about().cloned());
    let own = examples::of(command.get_name()).map(|examples| format!("Examples:\n{examples}"));
    let command = match command.get_name() {
        "events" | "state" => command.arg(log()),
        _ => command,
    };
    let command = NodeSelector::augment_args(command)
        .about(Resettable::from(about))
        .long_about(Resettable::from(long_about));
    match own {
        Some(own) => command.after_help(own),
        None => command,
    }
}

/// The flag for a log that no node has open.
fn log() -> Arg {
    Arg::new("log")
        .long("log")
        .value_name("FILE")
        .value_parser(clap::value_parser!(PathBuf))
        .conflicts_with_all(["node", "address", "token_file"])
        .help("Not of a node, but of the log in this file, which no node may have open")
}
