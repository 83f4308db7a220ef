//! `smith log`: looks after the file of an event log that no node has open.

mod correct;
mod transfer;

use std::io::{IsTerminal, stderr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::bail;
use clap::Subcommand;
use mistersmith::clock::Clock;
use mistersmith::events::{
    Compaction, Durability, EventLog, Sequence, SqliteLog, SqliteOptions, Timestamp, owner,
};

use super::command_line::Given;
use super::node_log;
use super::say::{complain, say};
use super::sources;

/// What can be done with the file of a log.
#[derive(Debug, Subcommand)]
pub(crate) enum LogCommand {
    /// Look at every record of a log, and say what is damaged
    #[command(after_help = "Examples:\n  smith log verify\n  smith log verify bank/log")]
    Verify {
        /// The log; that of the node when nothing is said
        file: Option<PathBuf>,
    },
    /// Drop the events that no restore needs: those before the newest snapshot of their agent
    ///
    /// The room is for new events; the file does not get smaller.
    #[command(after_help = "Examples:\n  smith log compact bank/log\n  \
                            smith log compact bank/log --agent bank/account-0 --keep-answers-days 7")]
    Compact {
        /// The log; that of the node when nothing is said
        file: Option<PathBuf>,
        /// Only of this agent: its name, domain/name, or the beginning of its instance's UUID
        #[arg(long, value_name = "AGENT")]
        agent: Option<String>,
        /// For how long the answers to requests with a key are kept: a request that is repeated later is done again
        #[arg(long, value_name = "DAYS", default_value_t = 30)]
        keep_answers_days: u32,
    },
    /// Write a log as lines of JSON
    ///
    /// A line for each event, then one for the newest snapshot of each agent. The form is described in docs/events.md.
    #[command(after_help = "Examples:\n  smith log export bank/log | jq -r .type | sort | uniq -c\n  \
                            smith log export bank/log --output bank.jsonl\n  \
                            smith log export bank/log --until-damage --output what-is-left.jsonl")]
    Export {
        /// The log; that of the node when nothing is said
        file: Option<PathBuf>,
        /// To this file, which must not be there yet; standard output when nothing is said
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// Ends where something is damaged, instead of failing
        #[arg(long)]
        until_damage: bool,
    },
    /// Take up lines that were exported into a log
    ///
    /// Every checksum and every sequence is looked at. Events that are there already are passed over, if they are the
    /// same, so an import that was broken off goes on when it is done again.
    #[command(after_help = "Examples:\n  smith log import new/log --input bank.jsonl\n  \
                            smith log export bank/log | smith log import new/log")]
    Import {
        /// The log; it is made when it is not there
        file: PathBuf,
        /// From this file; standard input when nothing is said
        #[arg(long, value_name = "FILE")]
        input: Option<PathBuf>,
    },
    /// Say what is done about an event that cannot be applied, and so has suspended its agent
    ///
    /// The event stays where it is. What is done about it is an event itself, which says who decided that and why; the
    /// last one counts.
    #[command(
        after_help = "Examples:\n  smith log correct bank/log account-0 17 --skip --why 'it was a test'\n  \
                            smith log correct bank/log account-0 17 --instead PaidIn@2 --data '{\"cents\":5}' --why 'a slip'"
    )]
    Correct(correct::Correcting),
    /// Go on with a log that has lost events which had been acknowledged
    ///
    /// Only for a log of which there is no backup: what is lost is lost, and not missed any more.
    #[command(after_help = "Example:\n  smith log accept-loss bank/log")]
    AcceptLoss {
        /// The log
        file: PathBuf,
    },
}

/// Does what was said.
pub(super) async fn run(command: LogCommand) -> anyhow::Result<ExitCode> {
    match command {
        LogCommand::Verify { file } => verify(&file_or_nodes(file)?).await,
        LogCommand::Compact { file, agent, keep_answers_days } => {
            compact(&file_or_nodes(file)?, agent.as_deref(), keep_answers_days).await
        }
        LogCommand::Export { file, output, until_damage } => {
            transfer::export(&file_or_nodes(file)?, output.as_deref(), until_damage).await
        }
        LogCommand::Import { file, input } => transfer::import(&file, input.as_deref()).await,
        LogCommand::Correct(correcting) => correct::correct(correcting).await,
        LogCommand::AcceptLoss { file } => accept_loss(&file),
    }
}

/// The file that was given, or that of the node by its configuration.
fn file_or_nodes(file: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    if let Some(file) = file {
        return Ok(file);
    }
    let path = match sources::everything(&Given::default()) {
        Ok(ready) => node_log::path(&ready.loaded.configuration)?,
        Err(wrong) => bail!("{}", wrong.join("\n")),
    };
    if !path.exists() {
        bail!(
            "expected the event log of the node at {}, got nothing: no node has run here; name the file of another log",
            path.display()
        );
    }
    Ok(path)
}

async fn verify(file: &Path) -> anyhow::Result<ExitCode> {
    let log = node_log::open(file)?;
    let (last, agents) = (log.head().borrow().number(), log.agents().await?.len());
    if stderr().is_terminal() {
        complain(format_args!("looking at what it has of {agents} agents, up to position {last}"));
    }
    let damages = log.verify().await?;
    let shown = file.display();
    let Some(first) = damages.first() else {
        say(format_args!("{shown}: ok: all that it has of {agents} agents, up to position {last}"));
        return Ok(ExitCode::SUCCESS);
    };
    for damage in &damages {
        say(format_args!("{} is damaged: {}", damage.place, damage.what));
    }
    let readable = first.log.as_ref().map_or(0, |log| log.readable.number());
    let places =
        if damages.len() == 1 { "one place".to_owned() } else { format!("{} places", damages.len()) };
    complain(format_args!(
        "{shown}: damaged in {places}; events up to position {readable} can be read; restore a backup, or take over what \
         can be read:\n{}",
        node_log::help_with_damage(file)
    ));
    Ok(ExitCode::FAILURE)
}

async fn compact(file: &Path, agent: Option<&str>, keep_days: u32) -> anyhow::Result<ExitCode> {
    let log = undamaged(file)?;
    let agents = match agent {
        Some(agent) => vec![owner(&log, agent).await?],
        None => log.agents().await?,
    };
    let now = Timestamp::from(Clock::machine().wall());
    let keep_answers_since = now.before(Duration::from_secs(u64::from(keep_days) * 86_400));
    let (mut events, mut without) = (0, 0);
    for agent in agents {
        let Some(snapshot) = log.snapshot(&agent, Sequence::END).await? else {
            without += 1;
            continue;
        };
        if !snapshot.causality.is_empty() {
            // The other replicas may lack what would be dropped.
            say(format_args!("{agent}: has replicas, and keeps all of its events"));
            continue;
        }
        let compaction = Compaction { agent: agent.clone(), up_to: snapshot.sequence, keep_answers_since };
        let dropped = log.compact(compaction).await?;
        if dropped.events > 0 {
            say(format_args!("{agent}: dropped {} events up to {}", dropped.events, snapshot.sequence));
        }
        events += dropped.events;
    }
    let kept = match without {
        0 => String::new(),
        1 => "; one agent has no snapshot and keeps all of its events".to_owned(),
        many => format!("; {many} agents have no snapshot and keep all of their events"),
    };
    say(format_args!("{}: dropped {events} events{kept}", file.display()));
    Ok(ExitCode::SUCCESS)
}

fn undamaged(file: &Path) -> anyhow::Result<SqliteLog> {
    let log = node_log::open(file)?;
    match log.damage() {
        Some(damage) => bail!("{damage}\n{}", node_log::help_with_damage(file)),
        None => Ok(log),
    }
}

fn accept_loss(file: &Path) -> anyhow::Result<ExitCode> {
    let before = node_log::open(file).err();
    let Some(before) = before else {
        say(format_args!("{}: ok: nothing is missing", file.display()));
        return Ok(ExitCode::SUCCESS);
    };
    let log = node_log::open_with(file, SqliteOptions::new(Durability::PowerLoss).accept_loss())?;
    let first = before.to_string();
    complain(first.lines().next().unwrap_or_default());
    say(format_args!("{}: accepted; it goes on after event {}", file.display(), *log.head().borrow()));
    Ok(ExitCode::SUCCESS)
}
