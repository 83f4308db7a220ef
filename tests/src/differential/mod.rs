//! Random scenarios on both sides: where our supervisors and real OTP's differ, the smallest scenario that shows it.
//!
//! A seed makes the scenarios, so what was found once is found again. All of them go to one Erlang at once, and so
//! do all candidates of each step by which a scenario that differs is made smaller.

mod beside;
mod deliberate;
mod difference;
mod draw;
mod instances;
mod reach;
mod smaller;
mod upgrades;

use crate::oracle::{Oracle, OracleError};
use crate::scenario::Scenario;

pub use deliberate::differ;
pub use difference::Difference;
pub use draw::{draw, draw_of};
pub use reach::Reach;

use deliberate::{Comparison, compare};

/// How often Erlang is asked again, alone, before a difference counts. Our side runs on paused time and always says
/// the same; Erlang's times are real (`slow:`, `timed`), and a machine that is busy makes them late.
const CONFIRMATIONS: usize = 2;

/// The first of these scenarios whose traces differ, as small as it could be made; and how far those before it were
/// compared.
///
/// `ours` gives our trace of a scenario. Traces that differ as is meant ([`differ`]) are no difference.
///
/// # Errors
/// Real OTP could not be asked.
pub fn first_difference(
    oracle: &Oracle,
    scenarios: &[Scenario],
    ours: &dyn Fn(&Scenario) -> String,
) -> Result<(Reach, Option<Difference>), OracleError> {
    let (reach, first_found) = first(oracle, scenarios, ours)?;
    let Some(mut found) = first_found else { return Ok((reach, None)) };
    while let (_, Some(smaller)) = first(oracle, &smaller::smaller(&found.scenario), ours)? {
        found = smaller;
    }
    Ok((reach, Some(found)))
}

fn first(
    oracle: &Oracle,
    scenarios: &[Scenario],
    ours: &dyn Fn(&Scenario) -> String,
) -> Result<(Reach, Option<Difference>), OracleError> {
    let texts: Vec<String> = scenarios.iter().map(ToString::to_string).collect();
    let theirs = oracle.traces(&texts)?;
    let mut reach = Reach::default();
    for (scenario, mut theirs) in scenarios.iter().zip(theirs) {
        let ours = ours(scenario);
        let mut further = 0;
        loop {
            if let Comparison::Alike { compared, parts } = compare(scenario, &theirs, &ours) {
                reach.add(compared, parts);
                break;
            }
            if further == CONFIRMATIONS {
                return Ok((reach, Some(Difference { scenario: scenario.clone(), theirs, ours })));
            }
            further += 1;
            let again = oracle.traces(&[scenario.to_string()])?;
            theirs = again.into_iter().next().unwrap_or_default();
        }
    }
    Ok((reach, None))
}
