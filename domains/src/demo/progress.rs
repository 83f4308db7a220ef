//! How far a run is: one line of plain text, the same for a terminal and for a file.

use std::time::Duration;

use mistersmith::routing::AgentRef;
use mistersmith::system::System;

use super::conductor::{Conducting, Count};
use super::deaths::in_words;
use super::reader::{Reading, UnderWay};

/// How long the line waits for an answer: agents die here.
const PATIENCE: Duration = Duration::from_millis(200);

/// How many deaths are named in a line.
const NAMED: usize = 4;

/// What the last line said.
#[derive(Debug)]
pub(super) struct Progress {
    system: System,
    lines: u64,
    began: Duration,
    known: u64,
    deaths: usize,
    acknowledged: u64,
}

impl Progress {
    pub(super) fn new(system: System, lines: u64) -> Self {
        let began = system.clock().now();
        Self { known: system.history().newest(), system, lines, began, deaths: 0, acknowledged: 0 }
    }

    /// The next line.
    pub(super) async fn line(&mut self, conductor: &AgentRef<Conducting>) -> String {
        if let Ok(lines) = conductor.within(PATIENCE).ask(Count).await {
            self.acknowledged = lines;
        }
        let under_way = match self.system.find::<Reading>() {
            Ok(reader) => reader.within(PATIENCE).ask(UnderWay).await.ok(),
            Err(_) => None,
        };
        let under_way =
            under_way.map_or_else(|| "reader down".to_owned(), |lines| format!("{lines} under way"));
        let events = self.system.history().since(self.known);
        self.known = events.last().map_or(self.known, |event| event.number);
        let deaths: Vec<_> = events.iter().filter_map(in_words).collect();
        self.deaths += deaths.len();
        let newest = deaths[deaths.len().saturating_sub(NAMED)..].join(", ");
        let newest = if newest.is_empty() { newest } else { format!(", last: {newest}") };
        let seconds = (self.system.clock().now() - self.began).as_secs();
        format!(
            "{seconds:>3} s {:>7} of {} acknowledged, {under_way}, {} deaths{newest}",
            self.acknowledged, self.lines, self.deaths
        )
    }
}
