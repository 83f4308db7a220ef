//! Random scenarios on both sides: where our supervisors and real OTP's differ, the smallest scenario that shows it.
//!
//! A seed makes the scenarios, so what was found once is found again. All of them go to one Erlang at once; only
//! what differs is shrunk, one candidate after the other.

mod deliberate;
mod difference;
mod draw;

use proptest::strategy::ValueTree;

use crate::oracle::{Oracle, OracleError};
use crate::scenario::Scenario;

pub use deliberate::differ;
pub use difference::Difference;
pub use draw::{Drawn, draw, draw_of};

/// How often a scenario that differs is made smaller before it is shown.
const SHRINKS: usize = 400;

/// The first of `cases` random scenarios from this seed whose traces differ, as small as it could be made.
///
/// `ours` gives our trace of a scenario; `differ` says whether two traces (OTP's, then ours) differ in a way that is
/// not deliberate.
///
/// # Errors
/// Real OTP could not be asked.
pub fn first_difference(
    oracle: &Oracle,
    (seed, cases): (u64, usize),
    ours: &dyn Fn(&Scenario) -> String,
    differ: &dyn Fn(&Scenario, &str, &str) -> bool,
) -> Result<Option<Difference>, OracleError> {
    let drawn = draw(seed, cases);
    let texts: Vec<String> = drawn.iter().map(|tree| tree.current().to_string()).collect();
    let theirs = oracle.traces(&texts)?;
    for (mut tree, theirs) in drawn.into_iter().zip(theirs) {
        let scenario = tree.current();
        let ours_now = ours(&scenario);
        if differ(&scenario, &theirs, &ours_now) {
            let found = Difference { seed, scenario, theirs, ours: ours_now };
            return shrunk(oracle, &mut tree, found, ours, differ).map(Some);
        }
    }
    Ok(None)
}

fn shrunk(
    oracle: &Oracle,
    tree: &mut Drawn,
    mut found: Difference,
    ours: &dyn Fn(&Scenario) -> String,
    differ: &dyn Fn(&Scenario, &str, &str) -> bool,
) -> Result<Difference, OracleError> {
    let mut goes_on = tree.simplify();
    for _ in 0..SHRINKS {
        if !goes_on {
            break;
        }
        let scenario = tree.current();
        let theirs = oracle.trace(&scenario.to_string())?;
        let ours_now = ours(&scenario);
        goes_on = if differ(&scenario, &theirs, &ours_now) {
            found = Difference { seed: found.seed, scenario, theirs, ours: ours_now };
            tree.simplify()
        } else {
            tree.complicate()
        };
    }
    Ok(found)
}
