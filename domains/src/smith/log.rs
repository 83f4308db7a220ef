//! `smith log`: looks after the file of an event log that no node has open.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, IsTerminal, Write, stderr, stdin, stdout};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Subcommand;
use mistersmith::clock::Clock;
use mistersmith::events::{
    Compaction, Durability, EventLog, Export, Import, Sequence, SqliteLog, SqliteOptions, Timestamp, owner,
};

use super::command_line::Given;
use super::node_log;
use super::say::{complain, say};
use super::sources;

/// Ctrl-C ended it.
const INTERRUPTED: u8 = 130;

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
            export(&file_or_nodes(file)?, output.as_deref(), until_damage).await
        }
        LogCommand::Import { file, input } => import(&file, input.as_deref()).await,
        LogCommand::AcceptLoss { file } => accept_loss(&file),
    }
}

/// The file that was given, or that of the node by its configuration.
fn file_or_nodes(file: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    match file {
        Some(file) => Ok(file),
        None => match sources::everything(&Given::default()) {
            Ok(ready) => node_log::path(&ready.loaded.configuration),
            Err(wrong) => bail!("{}", wrong.join("\n")),
        },
    }
}

async fn verify(file: &Path) -> anyhow::Result<ExitCode> {
    let log = node_log::open(file)?;
    let (events, agents) = (log.head().borrow().number(), log.agents().await?.len());
    if stderr().is_terminal() {
        complain(format_args!("looking at {events} events of {agents} agents"));
    }
    let damages = log.verify().await?;
    let shown = file.display();
    let Some(first) = damages.first() else {
        say(format_args!("{shown}: ok: {events} events of {agents} agents"));
        return Ok(ExitCode::SUCCESS);
    };
    for damage in &damages {
        say(format_args!("{} is damaged: {}", damage.place, damage.what));
    }
    let readable = first.log.as_ref().map_or(0, |log| log.readable.number());
    complain(format_args!(
        "{shown}: damaged in {} places; events up to position {readable} can be read; restore a backup, or take over what \
         can be read:\n{}",
        damages.len(),
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
        let compaction = Compaction { agent: agent.clone(), up_to: snapshot.sequence, keep_answers_since };
        let dropped = log.compact(compaction).await?;
        if dropped.events > 0 {
            say(format_args!("{agent}: dropped {} events up to {}", dropped.events, snapshot.sequence));
        }
        events += dropped.events;
    }
    say(format_args!(
        "{}: dropped {events} events; {without} agents have no snapshot and keep all theirs",
        file.display()
    ));
    Ok(ExitCode::SUCCESS)
}

fn undamaged(file: &Path) -> anyhow::Result<SqliteLog> {
    let log = node_log::open(file)?;
    match log.damage() {
        Some(damage) => bail!("{damage}\n{}", node_log::help_with_damage(file)),
        None => Ok(log),
    }
}

/// Says from time to time how far it is, to a person at a terminal.
struct Progress {
    clock: Clock,
    told: Duration,
    what: &'static str,
}

impl Progress {
    fn new(what: &'static str) -> Self {
        let clock = Clock::machine();
        Self { told: clock.now(), clock, what }
    }

    fn at(&mut self, events: u64) {
        if events.is_multiple_of(1_000)
            && stderr().is_terminal()
            && self.clock.now() - self.told >= Duration::from_secs(2)
        {
            self.told = self.clock.now();
            complain(format_args!("{} {events} events", self.what));
        }
    }
}

async fn export(file: &Path, output: Option<&Path>, until_damage: bool) -> anyhow::Result<ExitCode> {
    let log = node_log::open(file)?;
    let Some(output) = output else {
        let done = export_to(&log, &mut BufWriter::new(stdout().lock()), until_damage, file).await;
        return match done {
            Err(error) if is_broken_pipe(&error) => Ok(ExitCode::SUCCESS),
            done => done,
        };
    };
    // Whole or not at all: it gets its name when it is whole.
    let part = PathBuf::from(format!("{}.part", output.display()));
    if output.exists() {
        bail!(
            "expected a file that is not there yet, got {}: give another name, or remove it",
            output.display()
        );
    }
    let created = File::create(&part).with_context(|| format!("cannot write {}", part.display()))?;
    let mut writer = BufWriter::new(created);
    let done = export_to(&log, &mut writer, until_damage, file).await;
    let whole = matches!(done, Ok(code) if code == ExitCode::SUCCESS);
    if !whole {
        drop(writer);
        let _ = std::fs::remove_file(&part);
        return done;
    }
    writer.into_inner().map_err(io::IntoInnerError::into_error).and_then(|file| file.sync_all())?;
    std::fs::rename(&part, output).with_context(|| format!("cannot name {}", output.display()))?;
    done
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

async fn export_to(
    log: &SqliteLog,
    out: &mut impl Write,
    until_damage: bool,
    file: &Path,
) -> anyhow::Result<ExitCode> {
    let mut export = Export::new(log);
    if until_damage {
        export = export.until_damage();
    }
    let mut interrupted = pin!(tokio::signal::ctrl_c());
    let mut progress = Progress::new("exported");
    loop {
        let line = tokio::select! {
            biased;
            _ = &mut interrupted => {
                complain("interrupted: nothing was exported");
                return Ok(ExitCode::from(INTERRUPTED));
            }
            line = export.next_line() => line,
        };
        let line = line.map_err(|error| anyhow::anyhow!("{error}\n{}", node_log::help_with_damage(file)))?;
        let Some(line) = line else { break };
        writeln!(out, "{line}")?;
        progress.at(export.exported().events);
    }
    out.flush()?;
    let exported = export.exported();
    complain(format_args!("exported {} events and {} snapshots", exported.events, exported.snapshots));
    if let Some(damaged) = &exported.damaged {
        complain(format_args!("it ends there, for {damaged}"));
    }
    Ok(ExitCode::SUCCESS)
}

async fn import(file: &Path, input: Option<&Path>) -> anyhow::Result<ExitCode> {
    let mut lines: Box<dyn BufRead> = match input {
        Some(input) => {
            let opened = File::open(input).with_context(|| format!("cannot read {}", input.display()))?;
            Box::new(BufReader::new(opened))
        }
        None => Box::new(stdin().lock()),
    };
    let log = if file.exists() {
        undamaged(file)?
    } else {
        SqliteLog::open(file, SqliteOptions::new(Durability::PowerLoss))?
    };
    let mut import = Import::new(&log);
    let mut interrupted = pin!(tokio::signal::ctrl_c());
    let mut progress = Progress::new("imported");
    let mut line = String::new();
    loop {
        line.clear();
        if lines.read_line(&mut line).context("cannot read the lines to be imported")? == 0 {
            break;
        }
        let done = tokio::select! {
            biased;
            _ = &mut interrupted => {
                let done = import.imported();
                complain(format_args!(
                    "interrupted: {} events were imported; the same command goes on from there",
                    done.events + done.known
                ));
                return Ok(ExitCode::from(INTERRUPTED));
            }
            done = import.line(&line) => done,
        };
        if let Err(error) = done {
            let events = import.imported().events;
            bail!("{error}\n{events} events before it were imported");
        }
        progress.at(import.imported().events + import.imported().known);
    }
    let done = import.finish().await?;
    say(format_args!(
        "{}: imported {} events and {} snapshots; {} events were there already",
        file.display(),
        done.events,
        done.snapshots,
        done.known
    ));
    if let Some(damaged) = &done.damaged {
        complain(format_args!("the exported log was damaged, and ends here: {damaged}"));
    }
    Ok(ExitCode::SUCCESS)
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
