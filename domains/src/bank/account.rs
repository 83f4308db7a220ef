//! An account: its balance, and what it has sent that has not arrived.

use anyhow::Context as _;
use mistersmith::events::{Decide, Deciding, Decision, Event, EventSourced, persist};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::contract::{Banking, OnItsWay, Open, PutIn, Settle, TakeOut, TooLittle, Transfer};

/// What happens to an account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Change {
    Opened { cents: u64 },
    Sent { transfer: Transfer },
    Received { transfer: Transfer },
    Settled { id: Uuid },
}

impl Event for Change {}

/// An account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Account {
    is_open: bool,
    pub(super) balance: u64,
    pub(super) on_its_way: Vec<Transfer>,
}

impl EventSourced for Account {
    type Contract = Banking;
    type Args = ();
    type Event = Change;
    type Snapshot = Self;

    fn begin((): &()) -> Self {
        Self::default()
    }

    fn apply(&mut self, event: &Change) -> anyhow::Result<()> {
        match event {
            Change::Opened { cents } => {
                // Somebody may have sent something before: it is open when it has answered, not when it can be sent to.
                self.is_open = true;
                self.balance = self.balance.checked_add(*cents).context("there is no account for so much")?;
            }
            Change::Sent { transfer } => {
                let left = self.balance.checked_sub(transfer.cents);
                self.balance = left.context("more was sent than was there")?;
                self.on_its_way.push(transfer.clone());
            }
            Change::Received { transfer } => {
                let more = self.balance.checked_add(transfer.cents);
                self.balance = more.context("there is no account for so much")?;
            }
            Change::Settled { id } => self.on_its_way.retain(|transfer| transfer.id != *id),
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

impl Decide<Open> for Account {
    async fn decide(
        &self,
        Open { cents }: Open,
        _: &mut Deciding<'_, Self>,
    ) -> anyhow::Result<Decision<Self, Open>> {
        Ok(if self.is_open {
            Decision::reply(self.balance)
        } else {
            persist([Change::Opened { cents }]).reply(cents)
        })
    }
}

impl Decide<TakeOut> for Account {
    async fn decide(
        &self,
        TakeOut { transfer }: TakeOut,
        _: &mut Deciding<'_, Self>,
    ) -> anyhow::Result<Decision<Self, TakeOut>> {
        Ok(match self.balance.checked_sub(transfer.cents) {
            Some(left) => persist([Change::Sent { transfer }]).reply(left),
            None => Decision::refuse(TooLittle { balance: self.balance }),
        })
    }
}

impl Decide<PutIn> for Account {
    async fn decide(
        &self,
        PutIn { transfer }: PutIn,
        _: &mut Deciding<'_, Self>,
    ) -> anyhow::Result<Decision<Self, PutIn>> {
        Ok(persist([Change::Received { transfer }]).reply_with(|account: &Self| account.balance))
    }
}

impl Decide<Settle> for Account {
    async fn decide(
        &self,
        Settle { id }: Settle,
        _: &mut Deciding<'_, Self>,
    ) -> anyhow::Result<Decision<Self, Settle>> {
        Ok(persist([Change::Settled { id }]).reply(()))
    }
}

impl Decide<OnItsWay> for Account {
    async fn decide(
        &self,
        _: OnItsWay,
        _: &mut Deciding<'_, Self>,
    ) -> anyhow::Result<Decision<Self, OnItsWay>> {
        Ok(Decision::reply(self.on_its_way.clone()))
    }
}
