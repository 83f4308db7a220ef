//! Compares our supervisors with real OTP's.
//!
//! `differential SEED COUNT [THEME]` runs random scenarios on both sides and shows the first difference, as small as
//! it could be made; `differential KIND...` compares with the traces that are kept in `tests/scenarios/KIND`, needs
//! no Erlang, and shows every difference.

use std::process::ExitCode;

use mistersmith_tests::differential::{Difference, differ, draw, draw_of, first_difference};
use mistersmith_tests::generate::Theme;
use mistersmith_tests::oracle::Oracle;
use mistersmith_tests::ours;
use mistersmith_tests::recorded::recorded;
use mistersmith_tests::scenario::Scenario;

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let differences = match &arguments[..] {
        [] => {
            eprintln!("usage: differential SEED COUNT [THEME] | differential KIND...");
            return ExitCode::from(2);
        }
        [seed, count, theme @ ..] if seed.parse::<u64>().is_ok() => random(seed, count, theme.first()),
        kinds => kept(kinds),
    };
    match differences {
        Ok(0) => ExitCode::SUCCESS,
        Ok(differences) => {
            eprintln!("{differences} scenarios differ");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("differential: {error}");
            ExitCode::FAILURE
        }
    }
}

fn random(seed: &str, count: &str, theme: Option<&String>) -> Result<usize, Failure> {
    let (seed, count) = (seed.parse()?, count.parse()?);
    let drawn = match theme {
        None => draw(seed, count),
        Some(word) => {
            let theme = Theme::ALL.into_iter().find(|theme| theme.word() == word);
            draw_of(theme.ok_or_else(|| format!("no theme is called {word}"))?, seed, count)
        }
    };
    match first_difference(&Oracle::new()?, &drawn, &ours::trace)? {
        None => Ok(0),
        Some(difference) => {
            say(&format!("from seed {seed}\n{difference}"));
            Ok(1)
        }
    }
}

fn kept(kinds: &[String]) -> Result<usize, Failure> {
    let mut differences = 0;
    for kind in kinds {
        for kept in recorded(kind)? {
            let scenario = Scenario::parse(&kept.scenario)?;
            let ours = ours::trace(&scenario);
            if differ(&scenario, &kept.trace, &ours) {
                differences += 1;
                say(&format!("== {}\n{}\n", kept.name, Difference { scenario, theirs: kept.trace, ours }));
            }
        }
    }
    Ok(differences)
}

#[expect(clippy::print_stdout, reason = "a program of the command line")]
fn say(text: &str) {
    println!("{text}");
}
