//! A state that remembers which changes are in it, in which order, and what was known when each was decided; and
//! replicas of it, each in a system and a log of its own.

#![allow(unreachable_pub, reason = "a contract is public, also in a test")]

use std::num::NonZeroU64;
use std::sync::Arc;

use mistersmith::agent::Control;
use mistersmith::clock::Clock;
use mistersmith::events::replication::AntiEntropy;
use mistersmith::events::*;
use mistersmith::identity::AgentKey;
use mistersmith::prelude::*;
use mistersmith::supervisor::Flags;
use mistersmith::testing::settled;

/// Writes the change of this number.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Write {
    pub number: u64,
}

/// What is there?
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Look;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Request {
    Write(Write),
    Look(Look),
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Response {
    Written(Vec<u64>),
    Seen(Vec<Vec<u64>>),
}

pub struct Trails;
replies! { Trails: Write => Written(Vec<u64>), Look => Seen(Vec<Vec<u64>>) }

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Change {
    /// The change of this number, decided when those were there.
    Written { number: u64, seen: Vec<u64> },
    /// Cannot be applied.
    Cursed,
}

impl Event for Change {}

/// Changes in the order in which they were applied; numbers grow with time, so what is decided later is larger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trail {
    /// Whether a change is to come to the very state that it was decided in.
    pub strict: bool,
    pub numbers: Vec<u64>,
}

impl EventSourced for Trail {
    type Contract = Trails;
    type Args = bool;
    type Event = Change;
    type Snapshot = Self;

    fn begin(strict: &bool) -> Self {
        Self { strict: *strict, numbers: Vec::new() }
    }

    fn apply(&mut self, event: &Change) -> anyhow::Result<()> {
        let Change::Written { number, seen } = event else { anyhow::bail!("it is cursed") };
        anyhow::ensure!(!self.strict || self.numbers == *seen, "expected {seen:?}, got {:?}", self.numbers);
        self.numbers.push(*number);
        Ok(())
    }

    fn snapshot(&self) -> Self {
        self.clone()
    }

    fn restore(_: &bool, snapshot: Self) -> anyhow::Result<Self> {
        Ok(snapshot)
    }
}

impl Decide<Write> for Trail {
    async fn decide(
        &self,
        Write { number }: Write,
        deciding: &mut Deciding<'_, Self>,
    ) -> anyhow::Result<Decision<Self, Write>> {
        let seen = together(deciding.siblings()).numbers;
        Ok(persist([Change::Written { number, seen }]).reply_with(|trail: &Self| trail.numbers.clone()))
    }
}

impl Decide<Look> for Trail {
    async fn decide(
        &self,
        _: Look,
        deciding: &mut Deciding<'_, Self>,
    ) -> anyhow::Result<Decision<Self, Look>> {
        assert_eq!(deciding.siblings().last(), Some(self), "the one that is decided on is the last");
        Ok(Decision::reply(deciding.siblings().iter().map(|trail| trail.numbers.clone()).collect()))
    }
}

/// The changes of either, in the order of their numbers; of one, as it is.
pub fn union(one: &Trail, other: &Trail) -> Trail {
    let mut numbers = [one.numbers.clone(), other.numbers.clone()].concat();
    numbers.sort_unstable();
    numbers.dedup();
    Trail { strict: one.strict, numbers }
}

fn together(trails: &[Trail]) -> Trail {
    let (first, rest) = trails.split_first().unwrap();
    rest.iter().fold(first.clone(), |all, trail| union(&all, trail))
}

pub const LAST_WRITER: Resolution<Trail> = Resolution::LastWriter;
pub const MERGE: Resolution<Trail> = Resolution::Merge(union);
pub const SIBLINGS: Resolution<Trail> = Resolution::Siblings(|siblings, event| {
    let mut trail = together(siblings);
    trail.apply(event)?;
    Ok(trail)
});

/// Whether changes come to the states that they were decided in.
fn is_strict(resolution: Resolution<Trail>) -> bool {
    // Of siblings every one is looked at, so that what is wrong is to be seen, and not to be made good.
    matches!(resolution, Resolution::Merge(_))
}

/// One replica of a trail.
pub struct Place {
    pub name: Replica,
    pub resolution: Resolution<Trail>,
    pub system: System,
    pub log: Arc<dyn EventLog>,
    pub anti_entropy: AntiEntropy,
    pub trail: AgentRef<Trails>,
}

impl Place {
    pub async fn open(name: &str, resolution: Resolution<Trail>) -> Self {
        Self::on(name, resolution, Arc::new(MemoryLog::new())).await
    }

    pub async fn on(name: &str, resolution: Resolution<Trail>, log: Arc<dyn EventLog>) -> Self {
        let name = Replica::new(name);
        let spec = EventSourcedSpec::new(is_strict(resolution), Arc::clone(&log), Recovery::Lazy);
        let snapshot_every = NonZeroU64::new(4).unwrap();
        let agent =
            spec.snapshot_every(snapshot_every).replica(name.clone(), resolution).agent("trail").unwrap();
        let domain = DomainSpec::new("wood", Flags::new(Strategy::OneForOne, 100, 1)).unwrap().agent(agent);
        let system = System::builder("town").clock(Clock::seeded(1)).domain(domain).start().await.unwrap();
        let trail = system.find::<Trails>().unwrap();
        let anti_entropy = AntiEntropy::new(name.clone(), Arc::clone(&log));
        Self { name, resolution, system, log, anti_entropy, trail }
    }

    pub fn key(&self) -> AgentKey {
        self.trail.id().key()
    }

    pub async fn write(&self, number: u64) -> Vec<u64> {
        self.trail.ask(Write { number }).await.unwrap()
    }

    /// The siblings, or the one state that there is.
    pub async fn look(&self) -> Vec<Vec<u64>> {
        self.trail.ask(Look).await.unwrap()
    }

    /// The same, as the log alone says it, and after which event the snapshot was taken that it was made from.
    pub async fn recovered(&self) -> (Vec<Vec<u64>>, u64) {
        let strict = is_strict(self.resolution);
        let recovered =
            recover_replica(&*self.log, &self.key(), &strict, self.resolution, AsOf::Now).await.unwrap();
        assert_eq!(recovered.siblings.last(), Some(&recovered.state));
        let siblings = recovered.siblings.into_iter().map(|trail| trail.numbers).collect();
        (siblings, recovered.snapshot.number())
    }

    pub async fn settle(&self) {
        settled(self.system.clock()).await;
    }

    pub async fn meet(&self, other: &Self) {
        let round = self.anti_entropy.round(&other.anti_entropy).await.unwrap();
        assert!(round.is_complete);
    }

    pub async fn kill(&self) {
        let control: Arc<dyn Control> = self.system.agents().into_iter().next().unwrap();
        control.kill();
        settled(self.system.clock()).await;
    }
}
