//! Prints random scenarios of supervision as one batch: `random_scenarios SEED COUNT`.

use std::process::ExitCode;

use mistersmith_tests::differential::draw;
use proptest::strategy::ValueTree;

fn main() -> ExitCode {
    let numbers: Vec<_> = std::env::args().skip(1).map(|argument| argument.parse::<u64>()).collect();
    let [Ok(seed), Ok(count)] = numbers[..] else {
        eprintln!("usage: random_scenarios SEED COUNT");
        return ExitCode::from(2);
    };
    for (number, drawn) in draw(seed, usize::try_from(count).unwrap_or(usize::MAX)).iter().enumerate() {
        say(&format!("%%% {seed}-{number}\n{}", drawn.current()));
    }
    ExitCode::SUCCESS
}

#[expect(clippy::print_stdout, reason = "a program of the command line")]
fn say(text: &str) {
    print!("{text}");
}
