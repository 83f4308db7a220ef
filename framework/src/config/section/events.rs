//! `events`: where the event log of the node is, what it outlives, and how much of the lives of agents it keeps.

use std::fmt;
use std::path::PathBuf;

use super::Section;
use crate::config::outline::{Outline, quoted};
use crate::config::reader::Reader;
use crate::config::reading::{self, boolean, choice, limit, whole};
use crate::config::value::Limit;

/// Where the event log of the node is, what it outlives, and how much of the lives of agents it keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventsSettings {
    /// Whether there is one; `true` unless said otherwise.
    pub enabled: bool,
    /// The folder in which it lies; the node's own choice when it is empty.
    pub folder: Option<PathBuf>,
    /// What an acknowledged event outlives; the end of the process unless said otherwise.
    pub outlives: EventsOutlive,
    /// How many changes in the life of each agent are kept; 1,000 unless said otherwise.
    pub keep_changes: Limit<u32>,
    /// How much of what supervisors did is kept, of all of them together; 10,000 unless said otherwise.
    pub keep_deeds: Limit<u32>,
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
        Self {
            enabled: true,
            folder: None,
            outlives: EventsOutlive::default(),
            keep_changes: Limit::AtMost(1_000),
            keep_deeds: Limit::AtMost(10_000),
        }
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
        at.set("keep_changes", &mut self.keep_changes, limit(whole(1..=u32::MAX)));
        at.set("keep_deeds", &mut self.keep_deeds, limit(whole(1..=u32::MAX)));
    }

    fn outline(&self) -> Outline {
        let folder = self.folder.as_ref().map(|path| quoted(&path.to_string_lossy()));
        let map = Outline::map().put("enabled", self.enabled).maybe("folder", folder);
        let map = map.put("outlives", self.outlives);
        map.put("keep_changes", self.keep_changes).put("keep_deeds", self.keep_deeds)
    }
}
