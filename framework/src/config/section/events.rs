//! `events`: where the event log of the node is, and what it outlives.

use std::fmt;
use std::path::PathBuf;

use super::Section;
use crate::config::outline::{Outline, quoted};
use crate::config::reader::Reader;
use crate::config::reading::{self, boolean, choice};

/// Where the event log of the node is, and what it outlives.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventsSettings {
    /// Whether there is one; `true` unless said otherwise.
    pub enabled: bool,
    /// The folder in which it lies; the node's own choice when it is empty.
    pub folder: Option<PathBuf>,
    /// What an acknowledged event outlives; the end of the process unless said otherwise.
    pub outlives: EventsOutlive,
}

/// What an acknowledged event outlives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum EventsOutlive {
    /// The end of the process, however it comes.
    #[default]
    Process,
    /// The loss of power, too; every commit waits for the disk.
    Power,
}

impl Default for EventsSettings {
    fn default() -> Self {
        Self { enabled: true, folder: None, outlives: EventsOutlive::default() }
    }
}

impl fmt::Display for EventsOutlive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Process => "process",
            Self::Power => "power",
        })
    }
}

impl Section for EventsSettings {
    fn read(&mut self, at: &mut Reader<'_>) {
        at.set("enabled", &mut self.enabled, boolean);
        at.some("folder", &mut self.folder, reading::path);
        at.set("outlives", &mut self.outlives, choice(&[EventsOutlive::Process, EventsOutlive::Power]));
    }

    fn outline(&self) -> Outline {
        let folder = self.folder.as_ref().map(|path| quoted(&path.to_string_lossy()));
        Outline::map().put("enabled", self.enabled).maybe("folder", folder).put("outlives", self.outlives)
    }
}
