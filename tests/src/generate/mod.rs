//! Random scenarios of supervision, made to be interesting: trees up to three levels deep, and scripts that do
//! something to who is there.
//!
//! A scenario has a [`Theme`], which decides what its tree is likely to have and what is likely to be done to it; a
//! script with a little of everything would seldom come to the interesting part of anything. What has no order in
//! OTP, and what [`otp.md`] calls OTP's own flaws, is not generated: two supervisors that act at once, a shutdown of
//! 0 ms, an instance that says `ignore` when it is restarted.
//!
//! Everything is a proptest strategy, so a scenario shrinks: to fewer children, plainer keys and fewer steps.
//!
//! [`otp.md`]: https://www.erlang.org/doc/man/supervisor

mod child;
mod held;
mod reason;
mod renewal;
mod roster;
mod step;
mod story;
mod theme;
mod tree;
mod wrong;

use proptest::prelude::*;

use crate::scenario::Scenario;

pub use theme::Theme;

/// Scenarios of every theme.
pub fn scenarios() -> impl Strategy<Value = Scenario> {
    let themes = Theme::ALL.map(|theme| (theme.weight(), scenarios_of(theme).boxed()));
    proptest::strategy::Union::new_weighted(themes.to_vec())
}

/// Scenarios of one theme.
pub fn scenarios_of(theme: Theme) -> impl Strategy<Value = Scenario> {
    let steps = prop::collection::vec(step::steps(theme), 1..=theme.longest());
    let gate = (prop::collection::vec(step::asked(), 0..=2), step::released());
    let gates = prop::collection::vec(gate, 0..=2);
    (tree::roots(theme), gates, steps)
        .prop_map(move |(root, gates, steps)| story::scenario(root, &gates, &steps))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_generated_reads_as_it_is_written() {
        proptest!(|(scenario in scenarios())| {
            let text = scenario.to_string();
            prop_assert_eq!(Scenario::parse(&text), Ok(scenario), "{}", text);
        });
    }
}
