//! Prints random scenarios of supervision as one batch: `random_scenarios SEED COUNT [THEME]`.

use std::process::ExitCode;

use mistersmith_tests::differential::{draw, draw_of};
use mistersmith_tests::generate::Theme;
use mistersmith_tests::program::{Program, say};
use mistersmith_tests::scenario::Scenario;

const RANDOM_SCENARIOS: Program = Program {
    name: "random_scenarios",
    help: "\
Prints random scenarios of supervision as one batch, for sup_trace and otp_trace. A seed gives the same ones again.

Usage: random_scenarios SEED COUNT [THEME]

Without a theme they are of all of them: restarts, failing_starts, significant, management, bursts, windows, dynamic,
gates, upgrades, kills, stops, times, links, wrong, everything.

  -h, --help       prints this",
};

fn main() -> ExitCode {
    let arguments = match RANDOM_SCENARIOS.arguments() {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let drawn = match drawn(&arguments) {
        Ok(drawn) => drawn,
        Err(wrong) => {
            RANDOM_SCENARIOS.complain(&format!("{wrong}; see random_scenarios --help"));
            return ExitCode::from(2);
        }
    };
    let batch: String = drawn
        .iter()
        .enumerate()
        .map(|(number, scenario)| format!("%%% {} {number}\n{scenario}", arguments[0]))
        .collect();
    say(&batch)
}

fn drawn(arguments: &[String]) -> Result<Vec<Scenario>, String> {
    let (seed, count, theme) = match arguments {
        [seed, count] => (seed, count, None),
        [seed, count, theme] => (seed, count, Some(theme)),
        other => return Err(format!("expected SEED COUNT [THEME], got {} words", other.len())),
    };
    let number = |what, text: &str| text.parse().map_err(|_| format!("expected {what}, got {text:?}"));
    let (seed, count) = (number("a number as the seed", seed)?, number("how many scenarios", count)?);
    let count = usize::try_from(count).map_err(|_| format!("expected fewer scenarios, got {count}"))?;
    match theme {
        None => Ok(draw(seed, count)),
        Some(word) => Ok(draw_of(Theme::of(word)?, seed, count)),
    }
}
