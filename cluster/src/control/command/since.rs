//! From when on the history is shown: behind an event, or for a length of time.

use std::time::Duration;

use super::duration;
use crate::control::api::EventReport;

/// What is old enough to be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// Everything up to the event of this number.
    Event(u64),
    /// Everything longer ago than this.
    Ago(Duration),
}

impl Since {
    /// Whether an event is shown at this moment of the wall clock, in milliseconds since the Unix epoch.
    pub(super) fn shows(self, event: &EventReport, now_millis: u64) -> bool {
        match self {
            Self::Event(number) => event.number > number,
            Self::Ago(span) => u128::from(event.wall_millis) + span.as_millis() >= u128::from(now_millis),
        }
    }

    /// The event behind which there is anything to show.
    pub(super) fn event(self) -> u64 {
        match self {
            Self::Event(number) => number,
            Self::Ago(_) => 0,
        }
    }
}

impl std::fmt::Display for Since {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Event(number) => write!(f, "since event {number}"),
            Self::Ago(span) => write!(f, "in the last {span:?}"),
        }
    }
}

/// Reads `40` as an event, and `500ms`, `5s`, `2m` or `3h` as a length of time.
pub(super) fn parse(text: &str) -> Result<Since, String> {
    if let Ok(number) = text.parse() {
        return Ok(Since::Event(number));
    }
    duration::parse(text).map(Since::Ago).map_err(|_| {
        format!("expected the number of an event, such as 40, or a length of time, such as 500ms, 5s, 2m or 3h, got \"{text}\"")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_an_event_and_one_with_a_unit_a_length_of_time() {
        assert_eq!(parse("40"), Ok(Since::Event(40)));
        assert_eq!(parse("40s"), Ok(Since::Ago(Duration::from_secs(40))));
        for text in ["", "yesterday", "-1", "99999999999999999999"] {
            let error = parse(text).unwrap_err();
            assert!(error.contains("such as 40,") && error.contains("500ms"), "{error}");
        }
    }
}
