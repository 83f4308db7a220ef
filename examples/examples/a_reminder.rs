//! A reminder: an order that is not paid in time is cancelled, also when everything was down in between.
//!
//! Run it: `cargo run -p mistersmith-examples --example a_reminder`

#![allow(
    clippy::print_stdout,
    missing_docs,
    missing_debug_implementations,
    reason = "an example prints, and is explained by its comments"
)]

use std::sync::Arc;
use std::time::Duration;

use mistersmith::events::{
    Decide, Deciding, Decision, Event, EventLog, EventSourced, EventSourcedSpec, Follow, MemoryLog,
    Persisting, Position, Query, Recovery, Reminder, WhenLate, persist,
};
use mistersmith::prelude::*;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    pub what: String,
}
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Request {
    Place(Place),
}
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Response {
    Done,
}
pub struct Orders;
replies! { Orders: Place => Done }

#[derive(Serialize, Deserialize)]
enum Change {
    Placed { what: String },
    Cancelled,
}
impl Event for Change {}

#[derive(Clone, Serialize, Deserialize)]
struct Order {
    what: Option<String>,
}

impl EventSourced for Order {
    type Contract = Orders;
    type Args = ();
    type Event = Change;
    type Snapshot = Self;

    fn begin((): &()) -> Self {
        Self { what: None }
    }
    fn apply(&mut self, change: &Change) -> anyhow::Result<()> {
        self.what = match change {
            Change::Placed { what } => Some(what.clone()),
            Change::Cancelled => None,
        };
        Ok(())
    }
    // What this decides is persisted together with the end of the reminder: both once, or neither.
    async fn remind(&self, _: &Reminder, _: &mut Deciding<'_, Self>) -> anyhow::Result<Persisting<Change>> {
        Ok(persist(self.what.is_some().then_some(Change::Cancelled)))
    }
    fn snapshot(&self) -> Self {
        self.clone()
    }
    fn restore((): &(), snapshot: Self) -> anyhow::Result<Self> {
        Ok(snapshot)
    }
}

impl Decide<Place> for Order {
    async fn decide(
        &self,
        Place { what }: Place,
        deciding: &mut Deciding<'_, Self>,
    ) -> anyhow::Result<Decision<Self, Place>> {
        // The reminder lies in the log with the order: there is never one without the other.
        let unpaid = Reminder::after("unpaid", Duration::from_millis(200), deciding.clock(), WhenLate::Fire);
        Ok(persist([Change::Placed { what }]).remind(unpaid).reply(()))
    }
}

async fn open(log: &Arc<dyn EventLog>) -> anyhow::Result<System> {
    let order = EventSourcedSpec::<Order>::new((), Arc::clone(log), Recovery::Eager).agent("order")?;
    let shop = DomainSpec::new("shop", Flags::new(Strategy::OneForOne, 3, 5))?.agent(order);
    Ok(System::builder("mall").domain(shop).start().await?)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let log: Arc<dyn EventLog> = Arc::new(MemoryLog::new()); // or a `SqliteLog`, which outlives the process
    let mall = open(&log).await?;
    mall.find::<Orders>()?.ask(Place { what: "a kettle".to_owned() }).await?;
    mall.stop().await;
    println!("the mall is closed");

    let mall = open(&log).await?;
    println!("the mall is open again, and nobody asks it anything");
    let mut follow = Follow::new(Arc::clone(&log), Query::all(Position::START));
    loop {
        let event = follow.next().await?;
        println!("event {}: {}", event.sequence, event.event_type);
        if event.event_type.name.as_str() == "Cancelled" {
            break;
        }
    }
    mall.stop().await;
    Ok(())
}
