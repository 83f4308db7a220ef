//! A read model: what is asked across all accounts is made of their events, each once, by an agent that follows the log.
//!
//! Run it: `cargo run -p mistersmith-examples --example a_read_model`

#![allow(clippy::print_stdout, missing_docs, reason = "an example prints, and is explained by its comments")]

use std::collections::BTreeMap;
use std::sync::Arc;

use mistersmith::events::{
    Append, Event, EventLog, EventType, Json, MemoryLog, MemoryReadModel, NewEvent, Projection,
    ProjectionSpec, StateEvent, Timestamp,
};
use mistersmith::identity::AgentId;
use mistersmith::prelude::*;

#[derive(Serialize, Deserialize)]
enum Change {
    PaidIn { cents: u64 },
}
impl Event for Change {}

/// Who has how much.
type Balances = BTreeMap<String, u64>;

struct Rich;

// It can change its model, and nothing else: what it does counts once, wherever its agent is killed.
impl Projection for Rich {
    type Model = Balances; // or a `rusqlite::Connection`, in a `SqliteReadModel`

    fn takes(&self, event: &StateEvent) -> bool {
        event.agent.domain.as_str() == "bank"
    }
    fn begin(&self, model: &mut Balances) -> anyhow::Result<()> {
        model.clear();
        Ok(())
    }
    fn apply(&self, model: &mut Balances, event: &StateEvent) -> anyhow::Result<()> {
        let Change::PaidIn { cents } = event.read_as()?;
        *model.entry(event.agent.name.to_string()).or_default() += cents;
        Ok(())
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let log: Arc<dyn EventLog> = Arc::new(MemoryLog::new());
    let model = MemoryReadModel::new(Balances::new());
    let rich = ProjectionSpec::new(Rich, Arc::new(model.clone()), Arc::clone(&log));
    let handle = rich.handle();
    let views = DomainSpec::new("views", Flags::new(Strategy::OneForOne, 9, 5))?.agent(rich.agent("rich")?);
    let town = System::builder("town").domain(views).start().await?;

    // Three accounts are paid into. As a rule event-sourced agents do that; a log takes events from anybody.
    let mut last = None;
    for (number, name, cents) in [(1, "ada", 500), (2, "bob", 80), (1, "ada", 250), (3, "eve", 9_000)] {
        let id = format!("bank/{name}@1.0.0#6f1cb7a4-96a5-4b1d-a2dd-ffa67ed52b4{number}");
        let account = id.parse::<AgentId>()?.key();
        let (event_type, data) =
            (EventType::first("PaidIn")?, Json::parse(format!(r#"{{"cents":{cents}}}"#))?);
        let paid_in = NewEvent::new(Timestamp::from_micros(1), event_type, data);
        let expected = log.last(&account).await?;
        last = Some(log.append(Append::new(account, expected, [paid_in])).await?);
        town.agents()[0].kill(); // it is started again, and goes on where the model is
    }

    // Whoever has written waits until it can be read.
    handle.reached(last.map(|last| last.position).unwrap_or_default()).await;
    model.read(|balances| {
        for (name, cents) in balances {
            println!("{name}: {cents} cents");
        }
    });
    println!("events that it has not seen: {}", handle.progress().lag());
    town.stop().await;
    Ok(())
}
