//! Compares our supervisors with real OTP's: in random scenarios, in files, or with the traces that are kept.

use std::path::Path;
use std::process::ExitCode;

use mistersmith_tests::differential::{Difference, differ, draw, draw_of, first_difference};
use mistersmith_tests::generate::Theme;
use mistersmith_tests::oracle::Oracle;
use mistersmith_tests::ours;
use mistersmith_tests::program::{Program, read, say};
use mistersmith_tests::recorded::recorded;
use mistersmith_tests::scenario::{Scenario, split};

type Failure = Box<dyn std::error::Error>;

const DIFFERENTIAL: Program = Program {
    name: "differential",
    help: "\
Compares MisterSmith's supervisors with real OTP's. The deliberate differences of docs/otp.md are none.

Usage: differential SEED COUNT [THEME]   random scenarios on both; shows the first difference, made small
       differential FILE...              scenarios of your own on both; shows every difference
       differential KIND...              ours beside the traces that are kept of samples, corpus, by_hand or
                                         real_clock; needs no Erlang, and shows every difference

The others need Erlang: Debian's erlang-base. `random_scenarios --help` has the themes; tests/scenarios/FORMAT.md says
how a scenario is written. A file may be `-`, for standard input.

  -h, --help       prints this

Exit code: 0 when nothing differs, 1 when something does or could not be compared, 2 for what makes no sense.",
};

fn main() -> ExitCode {
    let arguments = match DIFFERENTIAL.arguments() {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let differences = match &arguments[..] {
        [] => return usage("expected SEED COUNT, a file or a kind, got nothing"),
        [flag, ..] if flag.starts_with('-') && flag != "-" => {
            return usage(&format!("expected no flag, got {flag}"));
        }
        [seed, rest @ ..] if seed.parse::<u64>().is_ok() => match rest {
            [count] => random(seed, count, None),
            [count, theme] => random(seed, count, Some(theme)),
            _ => return usage(&format!("expected SEED COUNT [THEME], got {} words", arguments.len())),
        },
        files_or_kinds => given(files_or_kinds),
    };
    match differences {
        Ok(0) => ExitCode::SUCCESS,
        Ok(1) => DIFFERENTIAL.complain("one scenario differs"),
        Ok(differences) => DIFFERENTIAL.complain(&format!("{differences} scenarios differ")),
        Err(error) => DIFFERENTIAL.complain(&error.to_string()),
    }
}

fn usage(wrong: &str) -> ExitCode {
    DIFFERENTIAL.complain(&format!("{wrong}; see differential --help"));
    ExitCode::from(2)
}

fn random(seed: &str, count: &str, theme: Option<&String>) -> Result<usize, Failure> {
    let seed = seed.parse()?;
    let count = count.parse().map_err(|_| format!("expected how many scenarios, got {count:?}"))?;
    let drawn = match theme {
        None => draw(seed, count),
        Some(word) => draw_of(Theme::of(word)?, seed, count),
    };
    let (reach, found) = first_difference(&Oracle::new()?, &drawn, &ours::trace)?;
    let _ = say(&format!("{reach}\n"));
    if let Some(difference) = &found {
        let _ = say(&format!("from seed {seed}\n{difference}\n"));
    }
    Ok(usize::from(found.is_some()))
}

fn given(files_or_kinds: &[String]) -> Result<usize, Failure> {
    let mut differences = 0;
    for name in files_or_kinds {
        let is_file = name == "-" || name.contains(['/', '.']) || Path::new(name).is_file();
        differences += if is_file { of_file(name)? } else { of_kind(name)? };
    }
    Ok(differences)
}

/// Compares with what real OTP does now.
fn of_file(file: &str) -> Result<usize, Failure> {
    let (name, text) = read(file)?;
    let mut scenarios = Vec::new();
    for part in split(&text) {
        let scenario = Scenario::parse(part.text)
            .map_err(|wrong| format!("{name}:{}", wrong.within(part.first_line)))?;
        scenarios.push((part.heading.unwrap_or_default(), part.text, scenario));
    }
    if scenarios.is_empty() {
        return Err(format!("{name}:1: expected a scenario, got nothing").into());
    }
    let texts: Vec<&str> = scenarios.iter().map(|(_, text, _)| *text).collect();
    let theirs = Oracle::new()?.traces(&texts)?;
    let named = scenarios.into_iter().map(|(heading, _, scenario)| (format!("{name} {heading}"), scenario));
    Ok(named.zip(theirs).filter(|((name, scenario), theirs)| shown(name, scenario, theirs)).count())
}

/// Compares with what real OTP did when it was recorded.
fn of_kind(kind: &str) -> Result<usize, Failure> {
    let mut differences = 0;
    let kept = recorded(kind).map_err(|error| {
        format!("{error}; expected a file, or one of the kinds samples, corpus, by_hand and real_clock")
    })?;
    for kept in kept {
        differences += usize::from(shown(&kept.name, &Scenario::parse(&kept.scenario)?, &kept.trace));
    }
    Ok(differences)
}

/// Whether ours differs; then it is shown.
fn shown(name: &str, scenario: &Scenario, theirs: &str) -> bool {
    let ours = ours::trace(scenario);
    let differs = differ(scenario, theirs, &ours);
    if differs {
        let difference = Difference { scenario: scenario.clone(), theirs: theirs.to_owned(), ours };
        let _ = say(&format!("== {name}\n{difference}\n\n"));
    }
    differs
}
