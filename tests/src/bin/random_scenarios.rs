//! Prints random scenarios of supervision as one batch: `random_scenarios SEED COUNT [THEME]`.

use std::process::ExitCode;

use mistersmith_tests::differential::{draw, draw_of};
use mistersmith_tests::generate::Theme;
use mistersmith_tests::scenario::Scenario;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(drawn) = drawn(&arguments) else {
        let themes = Theme::ALL.map(Theme::word).join(", ");
        eprintln!("usage: random_scenarios SEED COUNT [THEME]; the themes are {themes}");
        return ExitCode::from(2);
    };
    for (number, scenario) in drawn.iter().enumerate() {
        say(&format!("%%% {} {number}\n{}", arguments[0], scenario));
    }
    ExitCode::SUCCESS
}

fn drawn(arguments: &[String]) -> Option<Vec<Scenario>> {
    let (numbers, theme) = arguments.split_at_checked(2)?;
    let (seed, count) = (numbers[0].parse().ok()?, numbers[1].parse().ok()?);
    match theme {
        [] => Some(draw(seed, count)),
        [word] => {
            let theme = Theme::ALL.into_iter().find(|theme| theme.word() == word)?;
            Some(draw_of(theme, seed, count))
        }
        _ => None,
    }
}

#[expect(clippy::print_stdout, reason = "a program of the command line")]
fn say(text: &str) {
    print!("{text}");
}
