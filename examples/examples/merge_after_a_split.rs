//! What becomes of a state that two sides of a split have changed: three ways to decide it, and each side the same.
//!
//! Run it: `cargo run -p mistersmith-examples --example merge_after_a_split`

#![allow(
    clippy::print_stdout,
    missing_docs,
    missing_debug_implementations,
    reason = "an example prints, and is explained by its comments"
)]

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use mistersmith::events::replication::{Message, Peer, PeerError, Replication, ReplicatorSpec, Synchronize};
use mistersmith::events::{
    Decide, Deciding, Decision, Event, EventLog, EventSourced, EventSourcedSpec, MemoryLog, Recovery,
    Replica, Resolution, Underway, persist,
};
use mistersmith::prelude::*;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Rename {
    pub title: String,
}
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Tag {
    pub tag: String,
}
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Read;
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Request {
    Rename(Rename),
    Tag(Tag),
    Read(Read),
}
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Response {
    Done,
    Cards(Vec<Card>),
}
pub struct Cards;
replies! { Cards: Rename => Done, Tag => Done, Read => Cards(Vec<Card>) }

#[derive(Serialize, Deserialize)]
pub enum Change {
    Renamed { title: String },
    Tagged { tag: String },
}
impl Event for Change {}

#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct Card {
    title: String,
    tags: BTreeSet<String>,
}

impl EventSourced for Card {
    type Contract = Cards;
    type Args = ();
    type Event = Change;
    type Snapshot = Self;

    fn begin((): &()) -> Self {
        Self::default()
    }
    fn apply(&mut self, change: &Change) -> anyhow::Result<()> {
        match change {
            Change::Renamed { title } => self.title.clone_from(title),
            Change::Tagged { tag } => drop(self.tags.insert(tag.clone())),
        }
        Ok(())
    }
    fn snapshot(&self) -> Self {
        self.clone()
    }
    fn restore((): &(), snapshot: Self) -> anyhow::Result<Self> {
        Ok(snapshot)
    }
}

impl Decide<Rename> for Card {
    async fn decide(
        &self,
        Rename { title }: Rename,
        _: &mut Deciding<'_, Self>,
    ) -> anyhow::Result<Decision<Self, Rename>> {
        Ok(persist([Change::Renamed { title }]).reply(()))
    }
}
impl Decide<Tag> for Card {
    async fn decide(
        &self,
        Tag { tag }: Tag,
        _: &mut Deciding<'_, Self>,
    ) -> anyhow::Result<Decision<Self, Tag>> {
        Ok(persist([Change::Tagged { tag }]).reply(()))
    }
}
impl Decide<Read> for Card {
    async fn decide(
        &self,
        _: Read,
        deciding: &mut Deciding<'_, Self>,
    ) -> anyhow::Result<Decision<Self, Read>> {
        // One card, or all that there are while nobody has made one of them.
        Ok(Decision::reply(deciding.siblings().to_vec()))
    }
}

/// All tags of both, and of two titles the one that the alphabet has later: in whatever order, however often.
fn merged(one: &Card, other: &Card) -> Card {
    Card { title: one.title.clone().max(other.title.clone()), tags: &one.tags | &other.tags }
}

/// The write that has seen the siblings makes one card of them: all tags, and its own change.
fn resolved(siblings: &[Card], change: &Change) -> anyhow::Result<Card> {
    let mut card = siblings.iter().fold(Card::default(), |all, card| merged(&all, card));
    card.apply(change)?;
    Ok(card)
}

/// The way to the other office, which may be cut: whatever takes a message there and brings the answers back will do.
#[derive(Default)]
struct Way {
    to: OnceLock<AgentRef<Replication>>,
    is_cut: AtomicBool,
}

impl Peer for Way {
    fn exchange(&self, message: Message) -> Underway<'_, Result<Vec<Message>, PeerError>> {
        match self.to.get() {
            Some(to) if !self.is_cut.load(Ordering::SeqCst) => to.exchange(message),
            _ => Box::pin(std::future::ready(Err(PeerError::new("the way is cut")))),
        }
    }
}

/// A system with its own log: the card, and the agent that tells the other office of it.
async fn office(name: &str, way: Arc<Way>, resolution: Resolution<Card>) -> anyhow::Result<System> {
    let (log, name): (Arc<dyn EventLog>, _) = (Arc::new(MemoryLog::new()), Replica::new(name));
    let card = EventSourcedSpec::<Card>::new((), Arc::clone(&log), Recovery::Lazy);
    let card = card.replica(name.clone(), resolution).agent("card")?;
    let way: Arc<dyn Peer> = way;
    let replicator = ReplicatorSpec::new(name, log, [way], Duration::from_secs(60)).agent("replicator")?;
    let desk = DomainSpec::new("desk", Flags::new(Strategy::OneForOne, 3, 5))?.agent(card).agent(replicator);
    // The same names of system, domain and agent: it is the same card.
    Ok(System::builder("offices").domain(desk).start().await?)
}

async fn show(when: &str, offices: [&System; 2]) -> anyhow::Result<()> {
    for (name, office) in ["rome", "oslo"].into_iter().zip(offices) {
        let cards = office.find::<Cards>()?.ask(Read).await?;
        let cards: Vec<_> = cards.iter().map(|card| format!("{} {:?}", card.title, card.tags)).collect();
        println!("  {when}, {name} shows {}", cards.join(" and "));
    }
    Ok(())
}

async fn split_and_heal(resolution: Resolution<Card>) -> anyhow::Result<()> {
    println!("{resolution:?}:");
    let way = Arc::new(Way::default());
    let rome = office("rome", Arc::clone(&way), resolution).await?;
    let oslo = office("oslo", Arc::default(), resolution).await?;
    way.to.get_or_init(|| oslo.find::<Replication>().expect("the office is open"));
    // Once a minute, or when it is asked.
    let exchange = rome.find::<Replication>()?;
    let [roman, norse] = [rome.find::<Cards>()?, oslo.find::<Cards>()?];

    roman.ask(Rename { title: "lunch".to_owned() }).await?;
    exchange.ask(Synchronize).await?;

    way.is_cut.store(true, Ordering::SeqCst);
    roman.ask(Rename { title: "dinner".to_owned() }).await?;
    roman.ask(Tag { tag: "pasta".to_owned() }).await?;
    norse.ask(Rename { title: "supper".to_owned() }).await?;
    norse.ask(Tag { tag: "fish".to_owned() }).await?;
    println!("  {}", exchange.ask(Synchronize).await?.problems.join(""));
    show("cut", [&rome, &oslo]).await?;

    way.is_cut.store(false, Ordering::SeqCst);
    exchange.ask(Synchronize).await?;
    show("healed", [&rome, &oslo]).await?;

    norse.ask(Rename { title: "a buffet".to_owned() }).await?;
    exchange.ask(Synchronize).await?;
    show("renamed", [&rome, &oslo]).await?;
    rome.stop().await;
    oslo.stop().await;
    Ok(())
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    for resolution in [Resolution::LastWriter, Resolution::Merge(merged), Resolution::Siblings(resolved)] {
        split_and_heal(resolution).await?;
    }
    Ok(())
}
