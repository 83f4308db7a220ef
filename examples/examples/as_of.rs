//! What was it then: the state of an agent as of any of its events, and what led to it.
//!
//! Run it: `cargo run -p mistersmith-examples --example as_of`

#![allow(
    clippy::print_stdout,
    missing_docs,
    missing_debug_implementations,
    reason = "an example prints, and is explained by its comments"
)]

use std::sync::Arc;

use mistersmith::events::{
    AsOf, Decide, Deciding, Decision, Event, EventLog, EventSourced, EventSourcedSpec, MemoryLog, Query,
    Recovery, Sequence, persist, recover,
};
use mistersmith::prelude::*;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Set {
    pub degrees: i64,
}
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Request {
    Set(Set),
}
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Response {
    Done,
}
pub struct Thermostat;
replies! { Thermostat: Set => Done }

#[derive(Serialize, Deserialize)]
enum Change {
    Turned { degrees: i64 },
}
impl Event for Change {}

#[derive(Clone, Serialize, Deserialize)]
struct Dial {
    degrees: i64,
    turned: u32,
}

impl EventSourced for Dial {
    type Contract = Thermostat;
    type Args = i64; // what it shows before it was ever turned
    type Event = Change;
    type Snapshot = Self;

    fn begin(degrees: &i64) -> Self {
        Self { degrees: *degrees, turned: 0 }
    }
    fn apply(&mut self, Change::Turned { degrees }: &Change) -> anyhow::Result<()> {
        (self.degrees, self.turned) = (*degrees, self.turned + 1);
        Ok(())
    }
    fn snapshot(&self) -> Self {
        self.clone()
    }
    fn restore(_: &i64, snapshot: Self) -> anyhow::Result<Self> {
        Ok(snapshot)
    }
}

impl Decide<Set> for Dial {
    async fn decide(
        &self,
        Set { degrees }: Set,
        _: &mut Deciding<'_, Self>,
    ) -> anyhow::Result<Decision<Self, Set>> {
        // Nothing happens where nothing changes.
        Ok(if degrees == self.degrees {
            Decision::reply(())
        } else {
            persist([Change::Turned { degrees }]).reply(())
        })
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let log: Arc<dyn EventLog> = Arc::new(MemoryLog::new());
    let dial = EventSourcedSpec::<Dial>::new(18, Arc::clone(&log), Recovery::Lazy).agent("dial")?;
    let house = DomainSpec::new("house", Flags::new(Strategy::OneForOne, 3, 5))?.agent(dial);
    let home = System::builder("home").domain(house).start().await?;
    let dial = home.find::<Thermostat>()?;
    for degrees in [20, 20, 23, 19] {
        dial.ask(Set { degrees }).await?;
    }

    // The log is enough: nobody has to be asked, nothing has to run.
    let key = dial.id().key();
    home.stop().await;
    for event in log.read(Query::of(key.clone(), Sequence::START)).await?.events {
        println!("event {}: {} {}", event.sequence, event.event_type, event.data);
    }
    for sequence in 0..=3 {
        let then = recover::<Dial>(&*log, &key, &18, AsOf::Sequence(Sequence::new(sequence))).await?.state;
        println!("as of event {sequence}: {} degrees, turned {} times", then.degrees, then.turned);
    }
    Ok(())
}
