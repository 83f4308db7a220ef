//! The event log of a node: where it lies, and what to do when it cannot be used.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use mistersmith::config::{Configuration, EventsOutlive};
use mistersmith::events::{Durability, OpenError, SqliteLog, SqliteOptions};

use super::say::program;

/// What the log is called in its folder.
const FILE: &str = "log";

/// The file of the node's event log.
///
/// # Errors
/// When nothing says where it is to be.
pub(super) fn path(configuration: &Configuration) -> anyhow::Result<PathBuf> {
    let folder = match &configuration.events.folder {
        Some(folder) => folder.clone(),
        None => state_folder()
            .context(
                "expected a folder for the event log, got none: neither XDG_STATE_HOME nor HOME is set; \
                 give one with --data FOLDER, or go without a log with --set events.enabled=false",
            )?
            .join("mistersmith")
            .join(&configuration.node.name),
    };
    Ok(folder.join(FILE))
}

/// Where programs of this user keep what outlives them, by the XDG base directories.
fn state_folder() -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local").join("state")))
}

/// Opens the log of a node, and makes it where there is none; `None` when the node is to have none. A damaged one is
/// opened, too: the node says so, and is not ready.
///
/// # Errors
/// When it cannot be used.
pub(super) fn open_for(configuration: &Configuration) -> anyhow::Result<Option<(PathBuf, SqliteLog)>> {
    if !configuration.events.enabled {
        return Ok(None);
    }
    let path = path(configuration)?;
    make_folder_of(&path)?;
    let durability = match configuration.events.outlives {
        EventsOutlive::Process => Durability::ProcessDeath,
        EventsOutlive::Power => Durability::PowerLoss,
    };
    let log = SqliteLog::open(&path, SqliteOptions::new(durability)).map_err(|error| {
        let hint = match &error {
            OpenError::InUse { .. } => {
                "\nanother node has it: give this one another folder with --data FOLDER, or no log with \
                 --set events.enabled=false"
                    .to_owned()
            }
            error => hint(error, &path),
        };
        anyhow!("{error}{hint}")
    })?;
    Ok(Some((path, log)))
}

/// Makes the folder in which a log is to lie, for its owner only.
fn make_folder_of(path: &Path) -> anyhow::Result<()> {
    let Some(folder) = path.parent() else { return Ok(()) };
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.with_context(|| format!("cannot make {}, the folder of the event log", folder.display()))
}

/// Makes a log where there is none, with its folder.
///
/// # Errors
/// When it cannot be made.
pub(super) fn make(path: &Path) -> anyhow::Result<SqliteLog> {
    make_folder_of(path)?;
    SqliteLog::open(path, SqliteOptions::new(Durability::PowerLoss))
        .map_err(|error| anyhow!("{error}{}", hint(&error, path)))
}

/// Opens a log that is there, for a command.
///
/// # Errors
/// When it cannot be used; the error says what to do.
pub(super) fn open(path: &Path) -> anyhow::Result<SqliteLog> {
    open_with(path, SqliteOptions::new(Durability::PowerLoss))
}

/// As [`open`], with these options.
pub(super) fn open_with(path: &Path, options: SqliteOptions) -> anyhow::Result<SqliteLog> {
    if path.is_dir() {
        bail!(
            "expected the file of an event log, got the folder {}; the log of a node is the file `{FILE}` in it",
            path.display()
        );
    }
    if !path.exists() {
        bail!("expected an event log at {}, got nothing: there is no such file", path.display());
    }
    SqliteLog::open(path, options).map_err(|error| anyhow!("{error}{}", hint(&error, path)))
}

fn hint(error: &OpenError, path: &Path) -> String {
    let (smith, path) = (program(), path.display());
    match error {
        OpenError::InUse { .. } => {
            format!("\na node that runs shows its log itself: {smith} events AGENT, without --log")
        }
        OpenError::Lost { .. } | OpenError::Unmarked { .. } | OpenError::NoMark { .. } => {
            format!("\nto go on without what is lost: {smith} log accept-loss {path}")
        }
        _ => String::new(),
    }
}

/// The commands that help with a damaged log.
pub(super) fn help_with_damage(path: &Path) -> String {
    let (smith, path) = (program(), path.display());
    format!(
        "to look at all of it:          {smith} log verify {path}\n\
         to take over what can be read: {smith} log export {path} --until-damage --output FILE"
    )
}
