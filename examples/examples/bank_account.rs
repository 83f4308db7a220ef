//! State that survives: an account that is killed in the middle, and opened again by another system, loses no cent.
//!
//! Run it: `cargo run -p mistersmith-examples --example bank_account`

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    missing_debug_implementations,
    reason = "an example prints, and is explained by its comments"
)]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use mistersmith::events::{
    Decide, Deciding, Decision, Durability, Event, EventSourced, EventSourcedSpec, Recovery, SqliteLog,
    SqliteOptions, persist,
};
use mistersmith::prelude::*;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PayIn {
    pub cents: u64,
}
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Request {
    PayIn(PayIn),
}
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Response {
    Balance(u64),
}
pub struct Bank;
replies! { Bank: PayIn => Balance(u64) }

// What can happen to an account. Each variant is a kind of event in the log.
#[derive(Serialize, Deserialize)]
enum Change {
    PaidIn { cents: u64 },
}
impl Event for Change {}

#[derive(Clone, Serialize, Deserialize)]
struct Account {
    balance: u64,
}

impl EventSourced for Account {
    type Contract = Bank;
    type Args = ();
    type Event = Change;
    type Snapshot = Self;

    fn begin((): &()) -> Self {
        Self { balance: 0 }
    }
    fn apply(&mut self, Change::PaidIn { cents }: &Change) -> anyhow::Result<()> {
        self.balance += cents;
        Ok(())
    }
    fn snapshot(&self) -> Self {
        self.clone()
    }
    fn restore((): &(), snapshot: Self) -> anyhow::Result<Self> {
        Ok(snapshot)
    }
}

// The state is read-only here: a handler decides what happens, and what is answered once it is in the log.
impl Decide<PayIn> for Account {
    async fn decide(
        &self,
        PayIn { cents }: PayIn,
        _: &mut Deciding<'_, Self>,
    ) -> anyhow::Result<Decision<Self, PayIn>> {
        Ok(persist([Change::PaidIn { cents }]).reply_with(|account: &Self| account.balance))
    }
}

/// A town with one account, whose events are in the file at `log`.
async fn open(log: &Path) -> anyhow::Result<System> {
    let log = Arc::new(SqliteLog::open(log, SqliteOptions::new(Durability::PowerLoss))?);
    let account = EventSourcedSpec::<Account>::new((), log, Recovery::Eager).agent("account")?;
    let bank = DomainSpec::new("bank", Flags::new(Strategy::OneForOne, 3, 5))?.agent(account);
    Ok(System::builder("town").domain(bank).start().await?)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let log = folder.path().join("log");

    let town = open(&log).await?;
    let account = town.find::<Bank>()?;
    println!("paid in 5.00: {} cents", account.ask(PayIn { cents: 500 }).await?);

    // Killed: its state is gone, its supervisor starts it again, and it is made again from its events.
    town.agents()[0].kill();
    println!("killed, and paid in 2.50: {} cents", account.ask(PayIn { cents: 250 }).await?);

    // With a key, a request is done once, however often it is repeated: also by another process.
    let once = account.within(Duration::from_secs(5)).idempotency_key("salary of may");
    println!("the salary: {} cents", once.ask(PayIn { cents: 100_000 }).await?);
    town.stop().await;
    drop((town, account));

    let town = open(&log).await?;
    let account = town.find::<Bank>()?;
    let again = account.within(Duration::from_secs(5)).idempotency_key("salary of may");
    println!("the salary once more, in another system: {} cents", again.ask(PayIn { cents: 100_000 }).await?);
    println!("and a cent: {} cents", account.ask(PayIn { cents: 1 }).await?);
    town.stop().await;
    Ok(())
}
