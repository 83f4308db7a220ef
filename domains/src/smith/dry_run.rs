//! `smith dry-run`: what a node would do if agents ended, told without starting anything.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use mistersmith::exit::Exit;

use super::check::refuse;
use super::say::say;
use super::sources;

/// What is to be tried.
#[derive(Args, Clone, Debug)]
pub(crate) struct DryRunOptions {
    /// The configuration of the node; without one, what the code says
    pub(super) file: Option<PathBuf>,
    /// Who ends, and how: an agent, a domain, or the path of one, and normal, shutdown, killed, error, panic or
    /// stopped; said again, it is what happens next, in the same second
    #[arg(long = "if", value_name = "CHILD=REASON", value_parser = end, required = true)]
    pub(super) ends: Vec<End>,
    /// As JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// One end.
#[derive(Clone, Debug)]
pub(super) struct End {
    child: String,
    exit: Exit,
}

/// Tells what would follow, one end after the other.
pub(super) fn tell(options: &DryRunOptions) -> anyhow::Result<ExitCode> {
    let ready = match &options.file {
        Some(file) => sources::file_alone(file),
        None => sources::defaults(),
    };
    let ready = match ready {
        Ok(ready) => ready,
        Err(wrong) => return Ok(refuse(&wrong)),
    };
    let mut dry_run = ready.builder.dry_run();
    let (mut forecasts, mut refused) = (Vec::new(), None);
    for End { child, exit } in &options.ends {
        match dry_run.end(child, exit.clone()) {
            Ok(forecast) => forecasts.push(forecast),
            Err(error) => {
                refused = Some(vec![error.to_string()]);
                break;
            }
        }
    }
    // What follows from the ends before one that cannot be is worth telling, too: it may say why that one cannot be.
    if !forecasts.is_empty() && options.json {
        say(serde_json::to_string_pretty(&forecasts)?);
    } else if !forecasts.is_empty() {
        let stories: Vec<_> = forecasts.iter().map(ToString::to_string).collect();
        say(stories.join("\n\n"));
    }
    Ok(refused.map_or(ExitCode::SUCCESS, |wrong| refuse(&wrong)))
}

fn end(text: &str) -> Result<End, String> {
    let expected = || format!("expected CHILD=REASON, such as health_monitor=error, got \"{text}\"");
    let (child, word) = text.split_once('=').ok_or_else(expected)?;
    if child.is_empty() {
        return Err(expected());
    }
    let exit = word.parse().map_err(|error: mistersmith::exit::UnknownExit| error.to_string())?;
    Ok(End { child: child.to_owned(), exit })
}
