//! `smith log export` and `smith log import`.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, IsTerminal, Write, stderr, stdin, stdout};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use mistersmith::clock::Clock;
use mistersmith::events::{Export, Import, MemoryLog, SqliteLog};

use super::undamaged;
use crate::smith::node_log;
use crate::smith::say::{complain, say};

/// Ctrl-C ended it.
const INTERRUPTED: u8 = 130;

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

pub(super) async fn export(
    file: &Path,
    output: Option<&Path>,
    until_damage: bool,
) -> anyhow::Result<ExitCode> {
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
    let begun = beginnings(exported.beginnings);
    complain(format_args!("exported {} events and {} snapshots{begun}", exported.events, exported.snapshots));
    if let Some(damaged) = &exported.damaged {
        complain(format_args!("it ends there, for {damaged}"));
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn import(file: &Path, input: Option<&Path>) -> anyhow::Result<ExitCode> {
    let from = input.map_or_else(|| "standard input".to_owned(), |input| input.display().to_string());
    let mut lines: Box<dyn BufRead> = match input {
        Some(input) => {
            let opened = File::open(input).with_context(|| format!("cannot read {}", input.display()))?;
            Box::new(BufReader::new(opened))
        }
        None => Box::new(stdin().lock()),
    };
    let mut line = String::new();
    // Before there is a log: no file is made for what is no export.
    read_line(&mut lines, &mut line, &from)?;
    if line.is_empty() {
        bail!("expected the lines of an exported log in {from}, got nothing");
    }
    Import::new(&MemoryLog::new()).line(&line).await.with_context(|| format!("cannot import {from}"))?;
    let log = if file.exists() { undamaged(file)? } else { node_log::make(file)? };
    let mut import = Import::new(&log);
    let mut interrupted = pin!(tokio::signal::ctrl_c());
    let mut progress = Progress::new("imported");
    while !line.is_empty() {
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
        read_line(&mut lines, &mut line, &from)?;
    }
    let done = import.finish().await?;
    say(format_args!(
        "{}: imported {} events and {} snapshots; {} events were there already{}",
        file.display(),
        done.events,
        done.snapshots,
        done.known,
        beginnings(done.beginnings)
    ));
    if let Some(damaged) = &done.damaged {
        complain(format_args!("the exported log was damaged, and ends here: {damaged}"));
    }
    Ok(ExitCode::SUCCESS)
}

/// The next line; an empty one after the last.
fn read_line(lines: &mut dyn BufRead, line: &mut String, from: &str) -> anyhow::Result<()> {
    line.clear();
    match lines.read_line(line) {
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            bail!("expected the lines of an exported log in {from}, got something that is no text (UTF-8)")
        }
        read => read.map(drop).with_context(|| format!("cannot read {from}")),
    }
}

/// How many agents begin at a snapshot, if some do.
fn beginnings(agents: u64) -> String {
    match agents {
        0 => String::new(),
        1 => "; one agent begins at a snapshot, as its first events were dropped".to_owned(),
        many => format!("; {many} agents begin at snapshots, as their first events were dropped"),
    }
}
