//! What can be said on the command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use mistersmith_domains::bank::BankOptions;
use mistersmith_domains::demo::CrashOptions;

use super::dry_run::DryRunOptions;
use super::log::LogCommand;
use super::on_node::OnNode;

/// A node of supervised agents, and the commands to talk to one
///
/// Without a command, a node is started.
#[derive(Debug, Parser)]
#[command(
    name = "smith",
    version,
    after_help = "Examples:\n  \
        smith                                                 start a node; Ctrl-C stops it in good order\n  \
        smith run --config smith.yaml --set log.level=debug\n  \
        smith tree --watch                                    in another terminal: the live supervision tree\n  \
        smith call agent_lifecycle health_monitor report\n  \
        smith kill agent_lifecycle/agent_registry             and see it come back:\n  \
        smith restarts\n  \
        smith events agent_lifecycle/agent_registry           what its log has of it\n  \
        smith log verify bank/log\n  \
        smith config check smith.yaml\n  \
        smith dry-run --if health_monitor=error               what that would lead to\n  \
        smith demo crash                                      ten seconds of crashes, and nothing is lost\n  \
        smith demo bank                                       kill -9 it as often as you like: the books balance"
)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

/// What is to be done.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Start a node, and stay until it is told to stop
    ///
    /// Ctrl-C or SIGTERM stops it in good order: each agent finishes what waits for it, the last started first. A
    /// second one kills everything at once.
    #[command(after_help = "Examples:\n  smith run\n  smith run --config smith.yaml --name left\n  \
                            smith run --set agents.domains='[agent_lifecycle]' --set log.level=debug\n  \
                            SMITH_LOG__LEVEL=debug smith run")]
    Run(RunOptions),
    /// Look at configurations without starting anything
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Say what would follow if agents ended; nothing happens
    ///
    /// Without FILE, the node that runs is asked: who is down is down, and what was spent is spent. With FILE, no node
    /// is needed: everything is up, and nothing spent.
    #[command(after_help = "Examples:\n  smith dry-run --if health_monitor=error\n  \
                            smith dry-run --if agent_lifecycle=killed --if health_monitor=panic --json\n  \
                            smith dry-run smith.yaml --if agent_lifecycle/health_monitor=panic")]
    DryRun(DryRunOptions),
    /// Look after the file of an event log: verify, compact, export, import, correct
    #[command(subcommand)]
    Log(LogCommand),
    /// See what supervision is good for
    #[command(subcommand)]
    Demo(DemoCommand),
    #[command(flatten)]
    OnNode(OnNode),
}

/// What can be shown.
#[derive(Debug, Subcommand)]
pub(super) enum DemoCommand {
    /// Kill agents while they work, and count afterwards whether anything was lost
    #[command(after_help = "Examples:\n  smith demo crash\n  smith demo crash --seed 7 --output run\n  \
                            smith demo crash --input orders.csv --rate 0 --json")]
    Crash(CrashOptions),
    /// Run a bank that may be killed at any instant, again and again, and whose books balance to the cent
    #[command(
        after_help = "Examples:\n  smith demo bank\n  smith demo bank --folder bank   and from another \
                            terminal: kill -9, then the same again\n  smith demo bank --folder bank --check"
    )]
    Bank(BankOptions),
}

impl Default for Command {
    fn default() -> Self {
        Self::Run(RunOptions::default())
    }
}

/// Where a configuration comes from.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct Given {
    /// A configuration file (YAML) [env: SMITH_CONFIG]
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// A single setting, as `node.name=left`; wins over the file and the environment
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = assignment)]
    pub(super) set: Vec<(String, String)>,
}

/// How a node is started.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct RunOptions {
    #[command(flatten)]
    pub(super) given: Given,
    /// The name of the node; short for --set node.name=NAME
    #[arg(long, value_name = "NAME")]
    pub(super) name: Option<String>,
    /// Where the control interface listens; short for --set control.listen=ADDRESS:PORT
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(super) listen: Option<SocketAddr>,
    /// The folder of the event log; short for --set events.folder=FOLDER
    #[arg(long, value_name = "FOLDER")]
    pub(super) data: Option<PathBuf>,
}

/// What can be done with a configuration.
#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Say everything that is wrong with a file, with its line and column
    #[command(after_help = "Example:\n  smith config check smith.yaml")]
    Check {
        /// The file
        file: PathBuf,
    },
    /// Show every setting that is in force, and where it was written
    #[command(after_help = "Examples:\n  smith config show\n  smith config show --config smith.yaml --json")]
    Show {
        #[command(flatten)]
        given: Given,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

impl RunOptions {
    /// Where the configuration comes from; what has a flag of its own counts as set last.
    pub(super) fn given(&self) -> Given {
        let mut given = self.given.clone();
        let listen = self.listen.map(|listen| listen.to_string());
        let data = self.data.as_ref().map(|folder| folder.to_string_lossy().into_owned());
        let own = [("node.name", self.name.clone()), ("control.listen", listen), ("events.folder", data)];
        given.set.extend(own.into_iter().filter_map(|(path, value)| Some((path.to_owned(), value?))));
        given
    }
}

fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((path, value)) if !path.trim().is_empty() => Ok((path.trim().to_owned(), value.to_owned())),
        _ => Err("expected PATH=VALUE, such as node.name=left".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_makes_sense() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn without_a_command_a_node_is_started() {
        let line = CommandLine::try_parse_from(["smith"]).unwrap();
        assert!(matches!(line.command.unwrap_or_default(), Command::Run(_)));
    }

    #[test]
    fn only_commands_for_a_node_that_runs_take_the_flags_that_name_one() {
        for words in [["tree", "--node", "left"].as_slice(), &["kill", "a/b", "--node", "left"]] {
            let line = CommandLine::try_parse_from([&["smith"], words].concat()).unwrap();
            let Some(Command::OnNode(OnNode { node, .. })) = line.command else { panic!("{words:?}") };
            assert!(format!("{node:?}").contains("left"), "{node:?}");
        }
        for words in [&[][..], &["run"], &["config", "show"], &["demo", "crash"], &["demo", "bank"]] {
            for flag in ["--node", "--address", "--token-file"] {
                let line = [&["smith"], words, &[flag, "127.0.0.1:1"]].concat();
                let refused = CommandLine::try_parse_from(&line).unwrap_err();
                assert_eq!(refused.exit_code(), i32::from(super::super::USAGE), "{line:?}");
                assert!(refused.to_string().contains(flag), "{refused}");
            }
        }
    }

    #[test]
    fn every_command_says_in_words_of_its_own_what_it_does() {
        let smith = CommandLine::command();
        let about: Vec<_> =
            smith.get_subcommands().map(|command| command.get_about().unwrap().to_string()).collect();
        for (number, text) in about.iter().enumerate() {
            assert!(!about[..number].contains(text), "two commands say of themselves: {text}");
        }
        let tree = smith.find_subcommand("tree").unwrap();
        assert!(tree.get_long_about().unwrap().to_string().contains("restarts they may still make"));
    }

    #[test]
    fn a_flag_of_its_own_wins_over_set() {
        let line = ["smith", "run", "--name", "left", "--set", "node.name=right", "--set", "a = b=c"];
        let line = CommandLine::try_parse_from(line).unwrap();
        let Some(Command::Run(options)) = line.command else { panic!("expected run") };
        let set = options.given().set;
        let set: Vec<_> = set.iter().map(|(path, value)| (path.as_str(), value.as_str())).collect();
        assert_eq!(set, [("node.name", "right"), ("a", " b=c"), ("node.name", "left")]);
        assert!(CommandLine::try_parse_from(["smith", "run", "--set", "node.name"]).is_err());
    }
}
