//! A run from its beginning to its summary.

use std::future::Future;
use std::io::Write;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use mistersmith::clock::Clock;
use mistersmith::exit::Exit;
use mistersmith::system::System;

use super::conductor::{Conducting, Finish};
use super::deaths::Deaths;
use super::folder::Folder;
use super::options::CrashOptions;
use super::pipeline::{domain, most_deaths, victims};
use super::progress::Progress;
use super::reader::Assignment;
use super::recount::Recount;
use super::script::{Kill, script};
use super::summary::CrashSummary;

/// How long a run takes that has no rate of its own.
const SECONDS: u64 = 10;

/// How often a run says how far it is.
const PROGRESS: Duration = Duration::from_secs(1);

/// The most events of the restart history that are kept; only a file with more panics than this outgrows it.
const MOST_EVENTS: usize = 1_000_000;

/// Runs it: writes a line a second and the summary to `out`, or the summary only, as JSON. Ctrl-C ends it early
/// with a summary of what was done.
///
/// It wants a runtime of several threads, as real nodes have; its agents write files and block while they do.
///
/// # Errors
/// When the input cannot be read, when the output is there already, when `out` or a file cannot be written, and
/// when the numbers of the summary, which is written all the same, do not add up.
///
/// # Cancel safety
/// Dropping the future leaves the pipeline running until its runtime ends.
pub async fn crash(options: CrashOptions, out: &mut (impl Write + Send)) -> anyhow::Result<CrashSummary> {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            // Without a handler for it, Ctrl-C ends the program as it always did.
            std::future::pending::<()>().await;
        }
    };
    let summary = run(&options, out, interrupt).await?;
    if !summary.adds_up() {
        bail!("the numbers do not add up; the files are kept in {}", summary.output.display());
    }
    Ok(summary)
}

/// As [`crash`], ended early by `interrupt`; whether the numbers add up is left to the caller.
pub(super) async fn run(
    options: &CrashOptions,
    out: &mut (impl Write + Send),
    interrupt: impl Future<Output = ()> + Send,
) -> anyhow::Result<CrashSummary> {
    let clock = Clock::machine();
    let seed = options.seed.unwrap_or_else(|| clock.pick(1_000_000) as u64);
    let folder = Arc::new(Folder::prepare(output(options, &clock), options.input.as_deref())?);
    let lines = count(&folder)?;
    let kills = script(seed, lines, &victims());
    let assignment = Assignment { folder: Arc::clone(&folder), lines_per_second: rate(options, lines) };
    if !options.json {
        introduce(out, seed, lines, &assignment, &kills)?;
    }

    let began = clock.now();
    let deaths = most_deaths(lines, &kills);
    let system = System::builder("smith-demo")
        .clock(clock.clone())
        .history(deaths.saturating_add(100).min(MOST_EVENTS))
        .domain(domain(&assignment, kills, deaths)?)
        .start()
        .await?;
    let end = watch(&system, out, lines, options.json, interrupt).await;
    system.stop().await;
    let end = end?;

    let summary = CrashSummary {
        seed,
        input: folder.input.clone(),
        output: folder.path.clone(),
        seconds: (clock.now() - began).as_secs_f64(),
        interrupted: matches!(end, End::Interrupted),
        recount: Recount::of(&folder)?,
        deaths: Deaths::of(system.history()),
    };
    if options.json {
        let mut data = serde_json::to_value(&summary)?;
        data["adds_up"] = summary.adds_up().into();
        writeln!(out, "{data:#}")?;
    } else {
        writeln!(out, "{summary}")?;
    }
    match end {
        End::GaveUp(exit) => bail!("the pipeline gave up: {exit}"),
        End::Finished | End::Interrupted => Ok(summary),
    }
}

/// How a run ended.
enum End {
    Finished,
    Interrupted,
    GaveUp(Exit),
}

/// Waits for the end, and says every second how far it is.
async fn watch(
    system: &System,
    out: &mut (impl Write + Send),
    lines: u64,
    quiet: bool,
    interrupt: impl Future<Output = ()> + Send,
) -> anyhow::Result<End> {
    let conductor = system.find::<Conducting>()?;
    let mut progress = Progress::new(system.clone(), lines);
    let (mut interrupt, mut finished, mut ended) =
        (pin!(interrupt), pin!(conductor.ask(Finish)), pin!(system.ended()));
    loop {
        tokio::select! {
            biased;
            () = &mut interrupt => return Ok(End::Interrupted),
            exit = &mut ended => return Ok(End::GaveUp(exit)),
            finished = &mut finished => {
                finished.context("the conductor is gone")?;
                return Ok(End::Finished);
            }
            () = system.clock().sleep(PROGRESS) => {
                if !quiet {
                    writeln!(out, "{}", progress.line(&conductor).await)?;
                }
            }
        }
    }
}

fn output(options: &CrashOptions, clock: &Clock) -> PathBuf {
    let fresh = || {
        let id = clock.uuid().simple().to_string();
        std::env::temp_dir().join(format!("smith-demo-{}", &id[..8]))
    };
    options.output.clone().unwrap_or_else(fresh)
}

fn count(folder: &Folder) -> anyhow::Result<u64> {
    let unreadable = || format!("cannot read {}", folder.input.display());
    let mut lines = folder.lines().with_context(unreadable)?;
    let mut count = 0;
    while lines.next().with_context(unreadable)?.is_some() {
        count += 1;
    }
    Ok(count)
}

fn rate(options: &CrashOptions, lines: u64) -> u32 {
    let in_time = u32::try_from(lines.div_ceil(SECONDS)).unwrap_or(u32::MAX);
    options.rate.unwrap_or(in_time)
}

fn introduce(
    out: &mut impl Write,
    seed: u64,
    lines: u64,
    assignment: &Assignment,
    kills: &[Kill],
) -> std::io::Result<()> {
    let Assignment { folder, lines_per_second } = assignment;
    writeln!(out, "seed {seed} (run it again with --seed {seed})")?;
    match lines_per_second {
        0 => writeln!(out, "{lines} lines of {}, as fast as possible", folder.input.display())?,
        rate => writeln!(out, "{lines} lines of {}, {rate} per second", folder.input.display())?,
    }
    writeln!(out, "results, rejects and acknowledgements go to {}", folder.path.display())?;
    if kills.is_empty() {
        return writeln!(out, "to be killed: whoever has an order in hand that trips over a bug\n");
    }
    writeln!(out, "to be killed, each at a number of acknowledged lines:")?;
    let named: Vec<_> = kills.iter().map(|Kill { after, victim }| format!("{victim} at {after}")).collect();
    for row in named.chunks(5) {
        writeln!(out, "  {}", row.join(", "))?;
    }
    writeln!(out, "and whoever has an order in hand that trips over a bug\n")
}
