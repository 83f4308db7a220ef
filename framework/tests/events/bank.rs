//! An account that is event-sourced: what the tests of agents play with.

#![allow(unreachable_pub, reason = "a contract is public, also in a test")]

use std::fmt;

use mistersmith::agent::Sink;
use mistersmith::contract::{Opening, Subscribe};
use mistersmith::events::*;
use mistersmith::prelude::*;

pub use super::moody::Moody;
pub use super::town::Town;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PayIn {
    pub cents: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Take {
    pub cents: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Read;

/// Does what no decent agent does.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Decree {
    pub what: Change,
}

/// Which events have there been after this one?
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Since {
    pub sequence: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Watch;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Request {
    PayIn(PayIn),
    Take(Take),
    Read(Read),
    Decree(Decree),
    Since(Since),
    Watch(Watch),
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Response {
    Balance(u64),
    Done,
    Events(Vec<u64>),
    Seen(u64),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum No {
    TooLittle { balance: u64 },
    TooMuch,
}

impl fmt::Display for No {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

pub struct Bank;
replies! { Bank refuses No:
    PayIn => Balance(u64), Take => Balance(u64), Read => Balance(u64), Decree => Done, Since => Events(Vec<u64>),
    Watch => stream Seen(u64)
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum Change {
    PaidIn {
        cents: u64,
    },
    Taken {
        cents: u64,
    },
    /// Somebody wanted more than is allowed at once; it is written down, and nothing else.
    Suspicious {
        cents: u64,
    },
    /// Cannot be applied.
    Cursed,
    /// Panics when it is applied.
    Bomb,
}

impl Event for Change {
    fn upcasts() -> Upcasts {
        // Once, amounts were in whole units.
        Upcasts::none().step("PaidIn", 1, |old| {
            let units = old["units"].as_u64().ok_or_else(|| anyhow::anyhow!("expected units, got {old}"))?;
            Ok(serde_json::json!({ "cents": units * 100 }))
        })
    }
}

/// The state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Account {
    pub balance: u64,
    pub changes: u64,
}

impl EventSourced for Account {
    type Contract = Bank;
    type Args = ();
    type Event = Change;
    type Snapshot = Self;

    fn begin((): &()) -> Self {
        Self::default()
    }

    fn apply(&mut self, event: &Change) -> anyhow::Result<()> {
        self.changes += 1;
        match event {
            Change::PaidIn { cents } => self.balance += cents,
            Change::Taken { cents } => {
                let left = self.balance.checked_sub(*cents);
                self.balance = left.ok_or_else(|| anyhow::anyhow!("{} are not {cents}", self.balance))?;
            }
            Change::Suspicious { .. } => {}
            Change::Cursed => {
                self.balance = 666;
                anyhow::bail!("it is cursed");
            }
            Change::Bomb => panic!("it went off"),
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

impl Decide<PayIn> for Account {
    async fn decide(
        &self,
        PayIn { cents }: PayIn,
        _: &mut Deciding<'_, Self>,
    ) -> anyhow::Result<Decision<Self, PayIn>> {
        Ok(persist([Change::PaidIn { cents }]).reply_with(|account: &Self| account.balance))
    }
}

impl Decide<Take> for Account {
    async fn decide(
        &self,
        Take { cents }: Take,
        _: &mut Deciding<'_, Self>,
    ) -> anyhow::Result<Decision<Self, Take>> {
        Ok(match self.balance.checked_sub(cents) {
            Some(left) => persist([Change::Taken { cents }]).reply(left),
            None if cents > 1_000_000 => persist([Change::Suspicious { cents }]).refuse(No::TooMuch),
            None => Decision::refuse(No::TooLittle { balance: self.balance }),
        })
    }
}

impl Decide<Read> for Account {
    async fn decide(&self, _: Read, _: &mut Deciding<'_, Self>) -> anyhow::Result<Decision<Self, Read>> {
        Ok(Decision::reply(self.balance))
    }
}

impl Decide<Decree> for Account {
    async fn decide(
        &self,
        Decree { what }: Decree,
        _: &mut Deciding<'_, Self>,
    ) -> anyhow::Result<Decision<Self, Decree>> {
        Ok(persist([Change::PaidIn { cents: 1 }, what]).reply(()))
    }
}

impl Decide<Since> for Account {
    async fn decide(
        &self,
        Since { sequence }: Since,
        deciding: &mut Deciding<'_, Self>,
    ) -> anyhow::Result<Decision<Self, Since>> {
        let events = deciding.events_since(Sequence::new(sequence)).await?.events;
        Ok(Decision::reply(events.iter().map(|event| event.sequence.number()).collect()))
    }
}

impl Observe<Watch> for Account {
    async fn observe(
        &self,
        _: Watch,
        items: Sink<Watch>,
        _: &mut Deciding<'_, Self>,
    ) -> anyhow::Result<Opening<Bank>> {
        let _ = items.try_send(self.balance);
        items.finish();
        Watch::accept()
    }
}
