//! From what was given to a checked configuration: the file, the environment, flags, and what agents make of it.

use std::fmt::Display;
use std::path::PathBuf;

use mistersmith::config::{Configuration, Known, Loaded, Sources};
use mistersmith::system::Builder;
use mistersmith_domains::settings::SetupError;
use mistersmith_domains::{node, roster};

use super::command_line::Given;

/// The variable that names the file; it begins like those that are settings, and is none.
const FILE_VARIABLE: &str = "SMITH_CONFIG";

/// A node that can be started: its configuration, and the system that it describes.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) loaded: Loaded,
    pub(super) builder: Builder,
}

/// Everything that is wrong, a line each.
pub(super) type Wrong = Vec<String>;

/// Everything that is given: the file, the environment, flags.
pub(super) fn everything(given: &Given) -> Result<Ready, Wrong> {
    let variables: Vec<_> = std::env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
        .collect();
    let named = variables.iter().find(|(name, value)| name == FILE_VARIABLE && !value.is_empty());
    let file = given.config.clone().or_else(|| named.map(|(_, value)| PathBuf::from(value)));
    let settings = variables.into_iter().filter(|(name, _)| name != FILE_VARIABLE);
    let known = roster::known().map_err(lines)?;
    let sources = Sources::new(&known).environment(settings).flags(given.set.clone());
    read(file.into_iter().fold(sources, Sources::file))
}

/// One file alone.
pub(super) fn file_alone(file: &PathBuf) -> Result<Ready, Wrong> {
    let known: Known = roster::known().map_err(lines)?;
    read(Sources::new(&known).file(file))
}

fn read(sources: Sources<'_>) -> Result<Ready, Wrong> {
    let loaded = Configuration::load(&sources).map_err(lines)?;
    let builder = node::assemble(&loaded.configuration).map_err(|error| match error {
        SetupError::Settings(problems) => {
            // Only the configuration knows where a setting was written.
            let placed = problems.iter().map(|problem| match loaded.explain(&problem.path) {
                Some(value) => format!("{}: {problem}", value.origin),
                None => problem.to_string(),
            });
            placed.collect()
        }
        error => lines(error),
    })?;
    let problems: Wrong = builder.check().iter().map(ToString::to_string).collect();
    if problems.is_empty() { Ok(Ready { loaded, builder }) } else { Err(problems) }
}

fn lines(error: impl Display) -> Wrong {
    error.to_string().lines().map(str::to_owned).collect()
}
