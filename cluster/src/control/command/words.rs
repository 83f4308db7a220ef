//! States, times and lists in words.

use mistersmith::events::Timestamp;
use mistersmith::identity::lifecycle::Stage;
use mistersmith::registry::Health;
use mistersmith::supervisor::ChildState;

use super::output::{Span, Tone};
use crate::control::api::{AgentReport, ChildReport, NamesReport};

/// What an agent is doing: its stage while it has a process, otherwise that it has none, or was ended by hand.
pub(super) fn stage(agent: &AgentReport, child: Option<&ChildReport>) -> Span {
    match child.map(|child| child.process) {
        Some(ChildState::Running) => Span(agent.stage.name().to_owned(), tone_of(agent.stage)),
        _ if agent.ended.is_some() => Span("ended".to_owned(), Tone::Quiet),
        Some(state) => process(state),
        None => Span("down".to_owned(), Tone::Bad),
    }
}

/// How a stage is meant.
pub(super) fn tone_of(stage: Stage) -> Tone {
    match stage {
        Stage::Active => Tone::Good,
        Stage::Terminated => Tone::Bad,
        _ => Tone::Careful,
    }
}

/// Whether a child has a process.
pub(super) fn process(state: ChildState) -> Span {
    let (text, tone) = match state {
        ChildState::Running => ("running", Tone::Good),
        ChildState::Restarting => ("restarting", Tone::Careful),
        ChildState::Down => ("down", Tone::Bad),
    };
    Span(text.to_owned(), tone)
}

/// How an agent is.
pub(super) fn health(health: Option<&Health>) -> Span {
    let Some(health) = health else { return Span("-".to_owned(), Tone::Quiet) };
    let tone = match health {
        Health::Healthy => Tone::Good,
        Health::Unhealthy { .. } | Health::Ended => Tone::Bad,
        _ => Tone::Careful,
    };
    Span(health.to_string(), tone)
}

/// A length of time, as exact as it is long: `0.4 ms`, `3.2 s`, `5 min 3 s`, `2 h 5 min`, `3 d 4 h`.
pub(super) fn span(seconds: f64) -> String {
    let whole = seconds.max(0.0) as u64;
    match whole {
        0 if seconds < 0.1 => format!("{:.1} ms", seconds.max(0.0) * 1_000.0),
        0..60 => format!("{seconds:.1} s"),
        60..3_600 => format!("{} min {} s", whole / 60, whole % 60),
        3_600..86_400 => format!("{} h {} min", whole / 3_600, whole % 3_600 / 60),
        _ => format!("{} d {} h", whole / 86_400, whole % 86_400 / 3_600),
    }
}

/// A moment of the wall clock in UTC: `2026-11-22 20:30:05.123`.
pub(super) fn moment(wall_millis: u64) -> String {
    let utc = Timestamp::from_micros(wall_millis.saturating_mul(1_000)).utc();
    let (date, time) = utc.split_once('T').unwrap_or_default();
    format!("{date} {}", time.trim_end_matches("000Z"))
}

/// `1 restart`, `2 restarts`.
pub(super) fn count(number: u64, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// A list of children; how many there are besides those that are named.
pub(super) fn names(names: &NamesReport) -> String {
    match names.total.saturating_sub(names.first.len()) {
        0 => names.first.join(", "),
        more => format!("{} and {more} more", names.first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_is_as_exact_as_it_is_long() {
        for (seconds, text) in [
            (0.0004, "0.4 ms"),
            (0.5, "0.5 s"),
            (59.94, "59.9 s"),
            (60.0, "1 min 0 s"),
            (7_500.0, "2 h 5 min"),
            (273_600.0, "3 d 4 h"),
        ] {
            assert_eq!(span(seconds), text);
        }
    }

    #[test]
    fn a_moment_is_a_date_and_a_time() {
        assert_eq!(moment(0), "1970-01-01 00:00:00.000");
        assert_eq!(moment(951_782_400_000), "2000-02-29 00:00:00.000");
        assert_eq!(moment(1_795_379_405_123), "2026-11-22 20:30:05.123");
    }

    #[test]
    fn a_long_list_says_how_much_is_left_out() {
        let first = vec!["a".to_owned(), "b".to_owned()];
        assert_eq!(names(&NamesReport { first: first.clone(), total: 2 }), "a, b");
        assert_eq!(names(&NamesReport { first, total: 9 }), "a, b and 7 more");
    }
}
