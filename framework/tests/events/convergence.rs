//! Replicas that exchange what they have come to have the same, whatever happens on the way.

use std::collections::BTreeSet;

use mistersmith::events::replication::*;
use mistersmith::events::*;
use mistersmith::identity::AgentKey;
use mistersmith::testing::event_log::account;
use proptest::prelude::*;
use proptest::sample::Index;

use super::network::{Network, TIGHT, runtime, tallies};

/// Something that happens to replicas and to the network between them.
#[derive(Clone, Debug)]
enum Step {
    Write { node: Index, agent: u32 },
    Begin { from: Index, to: Index },
    Deliver(Index),
    Lose(Index),
    Double(Index),
    Split([u8; 5]),
    Heal,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let index = any::<Index>;
    let step = prop_oneof![
        6 => (index(), 1_u32..4).prop_map(|(node, agent)| Step::Write { node, agent }),
        4 => (index(), index()).prop_map(|(from, to)| Step::Begin { from, to }),
        12 => index().prop_map(Step::Deliver),
        2 => index().prop_map(Step::Lose),
        2 => index().prop_map(Step::Double),
        1 => proptest::array::uniform5(0_u8..3).prop_map(Step::Split),
        1 => Just(Step::Heal),
    ];
    proptest::collection::vec(step, 0..120)
}

/// Plays the steps, and hands back what was acknowledged.
async fn play(network: &mut Network, steps: &[Step]) -> BTreeSet<(AgentKey, Dot)> {
    let mut acknowledged = BTreeSet::new();
    let count = network.nodes.len();
    for (number, step) in steps.iter().enumerate() {
        let waiting = network.on_the_way();
        match step {
            Step::Write { node, agent } => {
                let agent = account(*agent);
                let dot = network.nodes[node.index(count)].write(&agent, number as u64).await;
                acknowledged.insert((agent, dot));
            }
            Step::Begin { from, to } => network.begin(from.index(count), to.index(count)).await,
            Step::Deliver(index) if waiting > 0 => network.deliver(index.index(waiting)).await,
            Step::Lose(index) if waiting > 0 => network.lose(index.index(waiting)),
            Step::Double(index) if waiting > 0 => network.double(index.index(waiting)),
            Step::Deliver(_) | Step::Lose(_) | Step::Double(_) => {}
            Step::Split(sides) => network.split(sides),
            Step::Heal => network.heal(),
        }
    }
    acknowledged
}

proptest! {
    #[test]
    fn replicas_converge_and_nothing_acknowledged_is_lost(count in 2_usize..=5, steps in steps(), tight: bool) {
        runtime().block_on(async {
            let limits = if tight { TIGHT } else { ExchangeLimits::default() };
            let mut network = Network::new(count, limits);
            let acknowledged = play(&mut network, &steps).await;
            network.heal();
            network.converge().await;
            for agent in (1..4).map(account) {
                let of_agent = acknowledged.iter().filter(|(key, _)| *key == agent);
                let expected: BTreeSet<_> = of_agent.map(|(_, dot)| dot.clone()).collect();
                let state = network.nodes[0].state(&agent).await;
                for node in &network.nodes {
                    prop_assert_eq!(node.has(&agent).await, expected.clone());
                    prop_assert_eq!(node.state(&agent).await, state.clone());
                }
            }
            Ok(())
        })?;
    }

    #[test]
    fn a_round_without_loss_carries_each_difference_once(steps in steps(), tight: bool) {
        runtime().block_on(async {
            let limits = if tight { TIGHT } else { ExchangeLimits::default() };
            let mut network = Network::new(2, limits);
            play(&mut network, &steps).await;
            network.heal();
            network.deliver_all().await;
            let mut differences = 0;
            for agent in (1..4).map(account) {
                let [one, other] = [network.nodes[0].has(&agent).await, network.nodes[1].has(&agent).await];
                differences += one.symmetric_difference(&other).count() as u64;
            }
            let before = tallies(&network).await;
            let round = network.nodes[0].anti_entropy.round(&network.nodes[1].anti_entropy).await.unwrap();
            let after = tallies(&network).await;
            prop_assert!(round.is_complete);
            prop_assert_eq!(after.0 - before.0, differences, "sent");
            prop_assert_eq!(after.1 - before.1, differences, "taken");
            Ok(())
        })?;
    }
}
