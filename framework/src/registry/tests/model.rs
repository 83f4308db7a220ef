//! Whatever is done to it and in whatever order, every look-up says what a plain list would say.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;

use super::super::{
    Filter, Fitness, Heartbeat, Pulse, Record, RegisterError, Registration, Registry, Reservation,
};
use super::{id, registry};
use crate::identity::lifecycle::Stage;
use crate::identity::{AgentId, AgentName, Capability, Incarnation, Version, VersionRequirement};

const NAMES: [&str; 2] = ["cache", "index"];
const CAPABILITIES: [&str; 3] = ["data.store", "data.find", "data.count"];
const CONTRACTS: [&str; 2] = ["Cache", "Index"];

/// One thing that is done; agents are numbers, and everything else about them follows from the number.
#[derive(Clone, Debug)]
enum Step {
    Register { agent: u8, incarnation: u8, capabilities: u8, stage: Stage },
    Deregister { agent: u8, incarnation: u8 },
    DropGuard { agent: u8 },
    Stage { agent: u8, incarnation: u8, stage: Stage },
    Degrade { agent: u8, degraded: bool },
    Reserve { agent: u8 },
    Release { agent: u8 },
    Look,
}

/// What a plain list knows of an agent that is there.
#[derive(Clone, Debug, PartialEq)]
struct Known {
    /// Which of all registrations.
    number: usize,
    incarnation: u64,
    capabilities: BTreeSet<Capability>,
    stage: Stage,
    degraded: bool,
}

impl Known {
    fn is_fit(&self) -> bool {
        self.stage == Stage::Active && !self.degraded
    }
}

fn step() -> impl Strategy<Value = Step> {
    let (agent, incarnation) = (0..6u8, 1..5u8);
    let stage = prop_oneof![3 => Just(Stage::Active), 1 => proptest::sample::select(Stage::ALL.to_vec())];
    prop_oneof![
        4 => (agent.clone(), incarnation.clone(), 0..8u8, stage.clone()).prop_map(
            |(agent, incarnation, capabilities, stage)| Step::Register { agent, incarnation, capabilities, stage },
        ),
        2 => (agent.clone(), incarnation.clone())
            .prop_map(|(agent, incarnation)| Step::Deregister { agent, incarnation }),
        1 => agent.clone().prop_map(|agent| Step::DropGuard { agent }),
        4 => (agent.clone(), incarnation, stage)
            .prop_map(|(agent, incarnation, stage)| Step::Stage { agent, incarnation, stage }),
        2 => (agent.clone(), any::<bool>()).prop_map(|(agent, degraded)| Step::Degrade { agent, degraded }),
        2 => agent.clone().prop_map(|agent| Step::Reserve { agent }),
        1 => agent.prop_map(|agent| Step::Release { agent }),
        1 => Just(Step::Look),
    ]
}

fn id_of(agent: u8) -> AgentId {
    let mut id = id(NAMES[usize::from(agent) % 2], agent.into());
    id.version = Version::new(1 + u64::from(agent) / 3, 0, 0);
    id
}

fn contract_of(agent: u8) -> &'static str {
    CONTRACTS[usize::from(agent) / 2 % 2]
}

fn capability(index: usize) -> Capability {
    Capability::new(CAPABILITIES[index]).unwrap()
}

fn capabilities_of(bits: u8) -> BTreeSet<Capability> {
    (0..CAPABILITIES.len()).filter(|index| bits & (1 << index) != 0).map(capability).collect()
}

#[derive(Default)]
struct Model(BTreeMap<u8, Known>);

impl Model {
    fn agents(&self, keep: impl Fn(u8, &Known) -> bool) -> BTreeSet<AgentId> {
        self.0.iter().filter(|(agent, known)| keep(**agent, known)).map(|(agent, _)| id_of(*agent)).collect()
    }
}

/// What agents hold: guards of what was registered, so that they can be dropped late, and reservations.
#[derive(Default)]
struct Held {
    registrations: usize,
    guards: Vec<(u8, usize, Registration)>,
    reservations: Vec<(u8, Reservation)>,
}

fn apply(registry: &Registry, held: &mut Held, model: &mut Model, step: &Step) -> Result<(), TestCaseError> {
    match *step {
        Step::Register { agent, incarnation, capabilities, stage } => {
            let capabilities = capabilities_of(capabilities);
            let number = Incarnation::new(incarnation.into());
            let record = Record::new(
                id_of(agent),
                number,
                contract_of(agent),
                Arc::new(()),
                Arc::new(Pulse::default()),
            )
            .with_capabilities(capabilities.clone())
            .with_stage(stage);
            let present = model.0.get(&agent).map(|known| known.incarnation);
            match registry.register(record) {
                Ok(guard) => {
                    prop_assert!(present.is_none_or(|present| present < u64::from(incarnation)));
                    held.registrations += 1;
                    let (number, incarnation) = (held.registrations, incarnation.into());
                    held.guards.push((agent, number, guard));
                    model
                        .0
                        .insert(agent, Known { number, incarnation, capabilities, stage, degraded: false });
                }
                Err(RegisterError::Fenced { present: found, .. }) => {
                    prop_assert_eq!(present, Some(found.number()));
                    prop_assert!(found >= number);
                }
                Err(other) => return Err(TestCaseError::fail(other.to_string())),
            }
        }
        Step::Deregister { agent, incarnation } => {
            let is_there =
                model.0.get(&agent).is_some_and(|known| known.incarnation == u64::from(incarnation));
            prop_assert_eq!(
                registry.deregister(&id_of(agent), Incarnation::new(incarnation.into())),
                is_there
            );
            if is_there {
                model.0.remove(&agent);
            }
        }
        Step::DropGuard { agent } => {
            if let Some(place) = held.guards.iter().position(|(whose, ..)| *whose == agent) {
                let (_, dropped, guard) = held.guards.remove(place);
                drop(guard);
                model.0.retain(|_, known| known.number != dropped);
            }
        }
        Step::Stage { agent, incarnation, stage } => {
            let known = model.0.get_mut(&agent).filter(|known| known.incarnation == u64::from(incarnation));
            let number = Incarnation::new(incarnation.into());
            prop_assert_eq!(registry.set_stage(&id_of(agent), number, stage, "a test"), known.is_some());
            if let Some(known) = known {
                known.stage = stage;
            }
        }
        Step::Degrade { agent, degraded } => {
            let reason = degraded.then(|| "slow".to_owned());
            prop_assert_eq!(registry.set_degraded(&id_of(agent), reason), model.0.contains_key(&agent));
            if let Some(known) = model.0.get_mut(&agent) {
                known.degraded = degraded;
            }
        }
        Step::Reserve { agent } => {
            held.reservations.push((agent, registry.reserve(id_of(agent).instance)));
        }
        Step::Release { agent } => held.reservations.retain(|(whose, _)| *whose != agent),
        Step::Look => registry.look(),
    }
    Ok(())
}

fn ids(records: Vec<Arc<Record>>) -> Vec<AgentId> {
    records.into_iter().map(|record| AgentId::clone(&record.id)).collect()
}

/// Picks often enough to see everybody twice, whoever's turn it is.
fn picked(model: &Model, mut pick: impl FnMut() -> Option<Arc<Record>>) -> BTreeSet<AgentId> {
    (0..2 * model.0.len().max(1)).filter_map(|_| pick()).map(|record| AgentId::clone(&record.id)).collect()
}

fn agree(registry: &Registry, model: &Model) -> Result<(), TestCaseError> {
    let all = |found: Vec<Arc<Record>>, expected: BTreeSet<AgentId>| {
        prop_assert_eq!(ids(found), expected.into_iter().collect::<Vec<_>>());
        Ok(())
    };
    all(registry.list(), model.agents(|_, _| true))?;
    prop_assert_eq!(registry.len(), model.0.len());
    for agent in 0..6 {
        let found = registry.by_id(&id_of(agent)).map(|record| record.incarnation.number());
        prop_assert_eq!(found, model.0.get(&agent).map(|known| known.incarnation));
    }
    for (parity, name) in NAMES.into_iter().enumerate() {
        let id = id_of(u8::try_from(parity).unwrap());
        let name = AgentName::new(name).unwrap();
        let named = |agent: u8| usize::from(agent) % 2 == parity;
        all(registry.by_name(&id.domain, &name), model.agents(|agent, _| named(agent)))?;
        let healthy = picked(model, || registry.find_healthy_name(&id.domain, &name));
        prop_assert_eq!(healthy, model.agents(|agent, known| named(agent) && known.is_fit()));
    }
    for contract in CONTRACTS {
        let healthy = picked(model, || registry.find_healthy_contract(contract));
        let expected = model.agents(|agent, known| contract_of(agent) == contract && known.is_fit());
        prop_assert_eq!(healthy, expected);
    }
    for capability in (0..CAPABILITIES.len()).map(capability) {
        let healthy = picked(model, || registry.find_healthy(&capability));
        let expected = model.agents(|_, known| known.capabilities.contains(&capability) && known.is_fit());
        prop_assert_eq!(healthy, expected);
        let filter = Filter::default().capability(capability.clone());
        let unfit = model.agents(|_, known| known.capabilities.contains(&capability) && !known.is_fit());
        all(registry.discover(&filter, Fitness::Unfit), unfit)?;
        let newest = filter.version("^2".parse::<VersionRequirement>().unwrap());
        let expected = model.agents(|agent, known| agent >= 3 && known.capabilities.contains(&capability));
        all(registry.discover(&newest, Fitness::Any), expected)?;
    }
    Ok(())
}

proptest! {
    #[test]
    fn every_look_up_says_what_a_plain_list_would_say(steps in proptest::collection::vec(step(), 1..60)) {
        let (registry, mut held, mut model) = (registry(), Held::default(), Model::default());
        for step in &steps {
            apply(&registry, &mut held, &mut model, step)?;
            agree(&registry, &model)?;
        }
        drop(held.guards);
        prop_assert!(registry.is_empty());
        drop(held.reservations);
        prop_assert_eq!((registry.0.entries.len(), registry.0.groups.count()), (0, 0), "nothing is left behind");
    }
}

#[test]
fn an_old_incarnation_cannot_take_out_a_new_one() {
    let registry = registry();
    let id = id("cache", 1);
    let old = super::active(&registry, &id, 1);
    let new = super::active(&registry, &id, 2);
    assert!(!old.set_stage(Stage::Suspended, "too late"));
    drop(old);
    assert!(!registry.deregister(&id, Incarnation::FIRST));
    assert_eq!(registry.by_id(&id).unwrap().incarnation, new.record().incarnation);
    assert_eq!(registry.find_healthy(&super::store()).unwrap().incarnation, new.record().incarnation);
}

#[test]
fn a_registration_that_is_ended_leaves_with_its_last_stage_and_an_old_one_changes_nothing() {
    let registry = registry();
    let id = id("cache", 1);
    let (old, _kept) = (super::active(&registry, &id, 1), registry.reserve(id.instance));
    let new = super::active(&registry, &id, 2);
    assert!(!old.end(Stage::Terminated, "too late"));
    assert_eq!(registry.find_healthy(&super::store()).unwrap().incarnation, new.record().incarnation);
    let record = Arc::clone(new.record());
    assert!(new.end(Stage::Terminated, "done"));
    assert_eq!((record.stage(), record.is_fit()), (Stage::Terminated, false));
    assert!(registry.by_id(&id).is_none() && registry.is_empty());
    assert!(registry.find_healthy(&super::store()).is_none());
}

#[test]
fn a_registration_takes_out_what_it_registered_and_not_a_namesake_of_it() {
    namesakes(false);
    namesakes(true);
}

fn namesakes(reserved: bool) {
    let registry = registry();
    let id = id("cache", 1);
    let _reserved = reserved.then(|| registry.reserve(id.instance));
    let removed = super::active(&registry, &id, 1);
    registry.deregister(&id, Incarnation::FIRST);
    let again = super::active(&registry, &id, 1);
    assert!(!removed.set_stage(Stage::Suspended, "too late"));
    drop(removed);
    assert!(Arc::ptr_eq(&registry.by_id(&id).unwrap(), again.record()));
}

#[test]
fn an_instance_belongs_to_one_agent() {
    let registry = registry();
    let _held = super::active(&registry, &id("cache", 1), 1);
    let refused = registry.register(super::record(&id("index", 1), 2)).unwrap_err();
    assert_eq!(refused, RegisterError::Taken { id: id("index", 1), owner: Box::new(id("cache", 1)) });
}

#[test]
fn a_new_incarnation_inherits_neither_stage_nor_message_in_hand_from_a_shared_pulse() {
    let registry = registry();
    let (id, pulse) = (id("cache", 1), Arc::new(Pulse::default()));
    let start = |incarnation| {
        let number = Incarnation::new(incarnation);
        let record = Record::new(id.clone(), number, "Cache", Arc::new(()), Arc::clone(&pulse));
        registry.register(record.with_capabilities([super::store()]))
    };
    let old = start(2).unwrap();
    old.set_stage(Stage::Active, "ready");
    pulse.begin();
    assert!(start(2).is_err());
    assert_eq!((pulse.stage(), pulse.sample().busy), (Stage::Active, true), "who is refused changes nothing");
    let _new = start(3).unwrap();
    assert_eq!((pulse.stage(), pulse.sample().busy), (Stage::Registering, false));
    assert!(registry.find_healthy(&super::store()).is_none());
}

#[test]
fn an_upgrade_is_found_by_the_id_of_the_old_version() {
    let registry = registry();
    let old = id("cache", 1);
    let new = AgentId { version: Version::new(2, 0, 0), ..old.clone() };
    let _held = super::active(&registry, &new, 2);
    assert_eq!(*registry.by_id(&old).unwrap().id, new);
}

#[test]
fn two_registries_know_nothing_of_each_other() {
    let (one, other) = (registry(), Registry::new(crate::clock::Clock::seeded(2), Heartbeat::default()));
    let _held = super::active(&one, &id("cache", 1), 1);
    assert!(other.is_empty());
    assert_ne!(one.id(), other.id());
}
