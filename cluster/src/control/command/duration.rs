//! Durations as they are written on a command line.

use std::time::Duration;

/// Reads `500ms`, `5s`, `2m` or `2min`, `3h`, `1d`, or `5` for seconds.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: Option<u64> = number.parse().ok();
    let millis = number.zip(match unit {
        "ms" => Some(1),
        "" | "s" => Some(1_000),
        "m" | "min" => Some(60_000),
        "h" => Some(3_600_000),
        "d" => Some(86_400_000),
        _ => None,
    });
    millis.and_then(|(number, unit)| number.checked_mul(unit)).map(Duration::from_millis).ok_or_else(|| {
        format!("expected a whole number with ms, s, m, h or d, such as 500ms or 5s, got \"{text}\"")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_a_unit_or_is_in_seconds() {
        for (text, millis) in [("500ms", 500), ("5s", 5_000), ("5", 5_000), ("2m", 120_000), ("0s", 0)]
            .into_iter()
            .chain([("2min", 120_000), ("3h", 10_800_000), ("1d", 86_400_000)])
        {
            assert_eq!(parse(text), Ok(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused_with_an_example() {
        for text in ["", "s", "-1s", "1.5s", "5 s", "5w", "99999999999999999999s", "18446744073709551615m"] {
            assert!(parse(text).unwrap_err().contains("500ms"), "{text}");
        }
    }
}
