//! `dry-run`: what would follow if agents ended, on a node that runs or in any tree.

use std::io;

use clap::Args;
use mistersmith::exit::{Exit, UnknownExit};

use super::Output;
use super::failure::{Failure, Outcome, in_full};
use crate::control::api::{DryRunReport, DryRunRequest, EndRequest};
use crate::control::client::ControlClient;

/// What is to be tried.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct DryRun {
    /// Who ends, and how: an agent, a domain, or the path of one, and normal, shutdown, killed, error, panic or
    /// stopped; said again, it is what happens next, in the same second
    #[arg(long = "if", value_name = "CHILD=REASON", value_parser = end, required = true)]
    ends: Vec<End>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// One end. The exit is kept as the word that it was given by, which has been read once.
#[derive(Clone, Debug, PartialEq, Eq)]
struct End {
    child: String,
    exit: String,
}

impl DryRun {
    /// Tries it in a tree that need not run, as [`run`](super::run) does on a node. What goes wrong is said on the
    /// output's second channel.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn tell(
        &self,
        mut tree: mistersmith::supervisor::DryRun,
        output: &mut Output,
    ) -> io::Result<Outcome> {
        // A word that could be read once can be read again.
        let ends =
            self.ends.iter().filter_map(|end| Some((end.child.clone(), end.exit.parse::<Exit>().ok()?)));
        let report = DryRunReport::of(&mut tree, ends, |child| Ok(child.to_owned()));
        show(&report, self.json, Outcome::Usage, output)
    }

    /// Tries it on a node that runs.
    pub(super) async fn ask(&self, client: &ControlClient, output: &mut Output) -> Result<Outcome, Failure> {
        let ends = self.ends.iter().cloned().map(|End { child, exit }| EndRequest { child, exit });
        let report = client.dry_run(&DryRunRequest { ends: ends.collect() }).await?;
        Ok(show(&report, self.json, Outcome::Refused, output)?)
    }
}

/// What follows from the ends before one that cannot be is worth telling, too: it may say why that one cannot be.
fn show(report: &DryRunReport, json: bool, refused: Outcome, output: &mut Output) -> io::Result<Outcome> {
    if json && !report.forecasts.is_empty() {
        output.json(&report.forecasts)?;
    } else {
        for (number, forecast) in report.forecasts.iter().enumerate() {
            if number > 0 {
                output.line("")?;
            }
            forecast.story.iter().flat_map(|story| story.lines()).try_for_each(|line| output.line(line))?;
        }
    }
    let Some(problem) = &report.refused else { return Ok(Outcome::Done) };
    output.complain(&in_full(problem))?;
    Ok(refused)
}

fn end(text: &str) -> Result<End, String> {
    let expected = || format!("expected CHILD=REASON, such as health_monitor=error, got \"{text}\"");
    let (child, word) = text.split_once('=').ok_or_else(expected)?;
    if child.is_empty() {
        return Err(expected());
    }
    word.parse::<Exit>().map_err(|error: UnknownExit| error.to_string())?;
    Ok(End { child: child.to_owned(), exit: word.to_owned() })
}
