//! Random scenarios from a seed.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::generate::{Theme, scenarios, scenarios_of};
use crate::scenario::Scenario;

/// So many scenarios of every theme; the same seed gives the same ones.
#[must_use]
pub fn draw(seed: u64, cases: usize) -> Vec<Scenario> {
    drawn(&scenarios(), seed, cases)
}

/// So many scenarios of one theme.
#[must_use]
pub fn draw_of(theme: Theme, seed: u64, cases: usize) -> Vec<Scenario> {
    drawn(&scenarios_of(theme), seed, cases)
}

fn drawn(scenarios: &impl Strategy<Value = Scenario>, seed: u64, cases: usize) -> Vec<Scenario> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), random);
    (0..cases).map(|_| scenarios.new_tree(&mut runner).expect("no scenario is rejected").current()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_scenarios_again_and_another_gives_others() {
        let texts = |seed| draw(seed, 20).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(texts(1), texts(1));
        assert_ne!(texts(1), texts(2));
    }
}
