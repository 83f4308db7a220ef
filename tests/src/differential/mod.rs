//! Random scenarios on both sides: where our supervisors and real OTP's differ, the smallest scenario that shows it.
//!
//! A seed makes the scenarios, so what was found once is found again. All of them go to one Erlang at once, and so
//! do all candidates of each step by which a scenario that differs is made smaller.

mod beside;
mod deliberate;
mod difference;
mod draw;
mod smaller;

use crate::oracle::{Oracle, OracleError};
use crate::scenario::Scenario;

pub use deliberate::differ;
pub use difference::Difference;
pub use draw::{draw, draw_of};

/// The first of these scenarios whose traces differ, as small as it could be made.
///
/// `ours` gives our trace of a scenario. Traces that differ as is meant ([`differ`]) are no difference.
///
/// # Errors
/// Real OTP could not be asked.
pub fn first_difference(
    oracle: &Oracle,
    scenarios: &[Scenario],
    ours: &dyn Fn(&Scenario) -> String,
) -> Result<Option<Difference>, OracleError> {
    let Some(mut found) = first(oracle, scenarios, ours)? else { return Ok(None) };
    while let Some(smaller) = first(oracle, &smaller::smaller(&found.scenario), ours)? {
        found = smaller;
    }
    Ok(Some(found))
}

fn first(
    oracle: &Oracle,
    scenarios: &[Scenario],
    ours: &dyn Fn(&Scenario) -> String,
) -> Result<Option<Difference>, OracleError> {
    let texts: Vec<String> = scenarios.iter().map(ToString::to_string).collect();
    let theirs = oracle.traces(&texts)?;
    Ok(scenarios.iter().zip(theirs).find_map(|(scenario, theirs)| {
        let ours = ours(scenario);
        differ(scenario, &theirs, &ours).then(|| Difference { scenario: scenario.clone(), theirs, ours })
    }))
}
