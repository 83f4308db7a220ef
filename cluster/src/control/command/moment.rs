//! A moment in the past of an agent: after one of its events, so long ago, or a date with a time.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::duration;

/// A moment in the past of an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// At the event of this number.
    Sequence(u64),
    /// So long ago.
    Ago(Duration),
    /// So many microseconds after the Unix epoch.
    At(u64),
}

impl Moment {
    /// The number of the event, if it is one.
    #[must_use]
    pub fn sequence(self) -> Option<u64> {
        match self {
            Self::Sequence(number) => Some(number),
            Self::Ago(_) | Self::At(_) => None,
        }
    }

    /// The time, in microseconds since the Unix epoch, if it is one; it is so many milliseconds after that now.
    #[must_use]
    pub fn micros(self, now_millis: u64) -> Option<u64> {
        match self {
            Self::Sequence(_) => None,
            Self::Ago(ago) => {
                let ago = u64::try_from(ago.as_micros()).unwrap_or(u64::MAX);
                Some(now_millis.saturating_mul(1_000).saturating_sub(ago))
            }
            Self::At(micros) => Some(micros),
        }
    }
}

/// Reads `40` as an event, `5m` as a length of time, and `2026-11-23`, `2026-11-23 14:05` or `2026-11-23T14:05:01.5Z`
/// as a time in UTC.
pub(super) fn parse(text: &str) -> Result<Moment, String> {
    if let Ok(number) = text.parse() {
        return Ok(Moment::Sequence(number));
    }
    if let Ok(ago) = duration::parse(text) {
        return Ok(Moment::Ago(ago));
    }
    at(text).map(Moment::At).ok_or_else(|| {
        format!(
            "expected the number of an event, such as 40, a length of time, such as 5m, or a time in UTC, such as \
             2026-11-23T14:05:01Z, got \"{text}\""
        )
    })
}

/// Microseconds since the Unix epoch.
fn at(text: &str) -> Option<u64> {
    let (date, time) = text.split_once(['T', ' ']).unwrap_or((text, "00:00"));
    let date: Vec<_> = date.split('-').collect();
    let mut time: Vec<_> = time.strip_suffix('Z').unwrap_or(time).split(':').collect();
    if time.len() == 2 {
        time.push("00");
    }
    let (&[year, month, day], &[hour, minute, second]) = (date.as_slice(), time.as_slice()) else {
        return None;
    };
    let (second, fraction) = second.split_once('.').unwrap_or((second, "0"));
    let (year, month) = (number(year, 4, 1970..=9999)?, number(month, 2, 1..=12)?);
    let day = number(day, 2, 1..=days_of(year, month))?;
    let (hour, minute, second) =
        (number(hour, 2, 0..=23)?, number(minute, 2, 0..=59)?, number(second, 2, 0..=59)?);
    let micros = number(&format!("{fraction:0<6}"), 6, 0..=999_999).filter(|_| !fraction.is_empty())?;
    let seconds = (days_until(year, month, day) * 24 + hour) * 3_600 + minute * 60 + second;
    Some(seconds * 1_000_000 + micros)
}

/// A number of so many digits within a range.
fn number(text: &str, length: usize, range: RangeInclusive<u64>) -> Option<u64> {
    let is_number = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| is_number && range.contains(number))
}

fn days_of(year: u64, month: u64) -> u64 {
    let leaps = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leaps => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to this one: Howard Hinnant's `days_from_civil`, for years from 1970.
fn days_until(year: u64, month: u64, day: u64) -> u64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year / 400, year % 400);
    let month = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_an_event_a_length_of_time_or_a_time() {
        assert_eq!(parse("40"), Ok(Moment::Sequence(40)));
        assert_eq!(parse("5m"), Ok(Moment::Ago(Duration::from_secs(300))));
        for (text, micros) in [
            ("1970-01-01", 0),
            ("2000-02-29T00:00Z", 951_782_400_000_000),
            ("2026-11-22 20:30:05.123", 1_795_379_405_123_000),
            ("2026-11-22T20:30:05.123456Z", 1_795_379_405_123_456),
        ] {
            assert_eq!(parse(text), Ok(Moment::At(micros)), "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_is_refused_with_examples() {
        for text in [
            "",
            "yesterday",
            "2026-13-01",
            "2026-02-29",
            "2026-1-1",
            "2026-01-01T24:00",
            "2026-01-01T1:00",
            "-1",
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains("such as 40,") && error.contains("2026-11-23T14:05:01Z"), "{error}");
        }
    }

    #[test]
    fn so_long_ago_is_a_time() {
        assert_eq!(Moment::Ago(Duration::from_secs(1)).micros(5_000), Some(4_000_000));
        assert_eq!(Moment::Sequence(3).micros(5_000), None);
    }
}
