//! The summary of a run, for people and as data.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

use super::deaths::Deaths;
use super::recount::Recount;

/// What a run has come to.
#[derive(Clone, Debug, Serialize)]
pub struct CrashSummary {
    /// By which the victims were chosen.
    pub seed: u64,
    /// What was read.
    pub input: PathBuf,
    /// Where the results are, the rejects and the acknowledgements.
    pub output: PathBuf,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// Whether it was ended before the end of the input.
    pub interrupted: bool,
    /// Counted from the files.
    #[serde(flatten)]
    pub recount: Recount,
    /// Taken from the restart history.
    pub deaths: Deaths,
}

impl CrashSummary {
    /// Whether the numbers are as they must be: nothing acknowledged is missing, nothing is doubled, everybody
    /// who died came back; and, unless it was interrupted, every line is accounted for.
    #[must_use]
    pub fn adds_up(&self) -> bool {
        let everybody_is_back = self.deaths.total == self.deaths.came_back;
        if self.interrupted {
            self.recount.is_consistent()
        } else {
            self.recount.is_complete() && everybody_is_back
        }
    }
}

impl fmt::Display for CrashSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Recount {
            lines, results, rejects, acknowledged, doubled, missing, foreign, unacknowledged, ..
        } = self.recount;
        let ended = if self.interrupted { "interrupted" } else { "done" };
        writeln!(f, "\n{ended} after {:.1} s; died and came back, by the restart history:", self.seconds)?;
        for (agent, kinds) in &self.deaths.by_agent {
            let kinds: Vec<_> = kinds.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
            writeln!(f, "  {agent:<24}{}", kinds.join(", "))?;
        }
        writeln!(f, "  {:<24}{}, of which {} came back", "deaths", self.deaths.total, self.deaths.came_back)?;
        writeln!(f, "\nrecounted from the files in {}:", self.output.display())?;
        let mut row = |name: &str, number: u64| writeln!(f, "  {name:<24}{number:>8}");
        row("lines read", lines)?;
        row("results", results)?;
        row("rejects", rejects)?;
        for (kind, count) in &self.recount.rejects_by_kind {
            row(&format!("  {kind}"), *count)?;
        }
        row("acknowledged", acknowledged)?;
        row("not acknowledged", unacknowledged)?;
        row("acknowledged, missing", missing)?;
        row("doubled", doubled)?;
        row("of no line of the input", foreign)?;
        match (self.adds_up(), self.interrupted) {
            (true, false) => {
                let (lines, results) = (counted(lines, "line"), counted(results, "result"));
                let rejects = counted(rejects, "reject");
                write!(f, "\nit adds up: {lines} became {results} and {rejects}")
            }
            (true, true) => {
                write!(f, "\nso far it adds up: nothing acknowledged is missing, nothing is doubled")
            }
            (false, _) => write!(f, "\nIT DOES NOT ADD UP"),
        }
    }
}

fn counted(number: u64, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}
