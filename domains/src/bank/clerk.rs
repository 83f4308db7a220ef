//! A clerk: finishes what is on its way from its account, and then sends something to somebody, without end.

use std::time::Duration;

use mistersmith::agent::{Agent, Context, HandleInfo};
use mistersmith::contract::{Answer, Ask, Never};
use mistersmith::identity::{AgentName, DomainName};
use mistersmith::prelude::{Deserialize, Handle, JsonSchema, Serialize};
use mistersmith::replies;
use mistersmith::routing::{AgentRef, AskError, CallError, Group};
use uuid::Uuid;

use super::contract::{Banking, OnItsWay, PutIn, Settle, TakeOut, Transfer};
use super::{ACCOUNTS, DOMAIN, account_name};

/// How long a clerk rests between two transfers.
const REST: Duration = Duration::from_millis(20);

/// How long it waits for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The most that is sent at once: 99.99.
const MOST: usize = 9_999;

/// How many transfers have you finished?
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Finished;

/// What a clerk is asked.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) enum Request {
    /// How many?
    Finished(Finished),
}

/// What a clerk answers.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) enum Response {
    /// So many.
    Transfers(u64),
}

/// The contract of clerks.
#[derive(Debug)]
pub(super) struct Clerking;
replies! { Clerking refuses Never: Finished => Transfers(u64) }

/// A clerk, by the number of its account.
pub(super) struct Clerk {
    account: u32,
    finished: u64,
}

/// Private: do the next one.
pub(super) struct Next;

impl Agent for Clerk {
    type Contract = Clerking;
    type Args = u32;

    async fn init(account: u32, context: &mut Context<Self>) -> anyhow::Result<Self> {
        context.send_self(Next);
        Ok(Self { account, finished: 0 })
    }
}

impl Handle<Finished> for Clerk {
    async fn handle(&mut self, _: Finished, _: &mut Context<Self>) -> Answer<Finished> {
        Finished::respond(self.finished)
    }
}

impl HandleInfo<Next> for Clerk {
    async fn handle_info(&mut self, _: Next, context: &mut Context<Self>) -> anyhow::Result<()> {
        // What fails is on its way or has not begun: the next round finds it, or begins another one.
        match self.work(context).await {
            Ok(finished) => self.finished += finished,
            Err(error) => tracing::debug!(account = self.account, %error, "a transfer is not finished yet"),
        }
        context.send_after(REST, Next);
        Ok(())
    }
}

impl Clerk {
    /// Finishes everything that is on its way, and sends something new; how many transfers were finished.
    async fn work(&self, context: &Context<Self>) -> anyhow::Result<u64> {
        let own = account(context, self.account)?;
        let on_its_way = own.ask(OnItsWay).await?;
        let mut finished = 0;
        for transfer in on_its_way {
            deliver(context, &own, transfer).await?;
            finished += 1;
        }
        let transfer = self.invent(context);
        let sending = own.within(PATIENCE).idempotency_key(transfer.id.to_string());
        match sending.ask(TakeOut { transfer: transfer.clone() }).await {
            Ok(_) => deliver(context, &own, transfer).await.map(|()| finished + 1),
            Err(CallError::Refused(_)) => Ok(finished),
            Err(error) => Err(error.into()),
        }
    }

    fn invent(&self, context: &Context<Self>) -> Transfer {
        let clock = context.clock();
        let others = (0..ACCOUNTS).filter(|other| *other != self.account);
        let to = others.cycle().nth(clock.pick(ACCOUNTS as usize - 1)).unwrap_or(self.account);
        Transfer { id: clock.uuid(), from: self.account, to, cents: clock.pick(MOST) as u64 + 1 }
    }
}

/// Puts the money where it goes, and then notes that it is there. May be done again and again.
async fn deliver(
    context: &Context<Clerk>,
    own: &AgentRef<Banking>,
    transfer: Transfer,
) -> anyhow::Result<()> {
    let (id, key) = (transfer.id, transfer.id.to_string());
    let receiver = account(context, transfer.to)?;
    receiver.within(PATIENCE).idempotency_key(key.clone()).ask(PutIn { transfer }).await?;
    settle(own, id, key).await?;
    Ok(())
}

async fn settle(own: &AgentRef<Banking>, id: Uuid, key: String) -> Result<(), AskError<Settle>> {
    own.within(PATIENCE).idempotency_key(key).ask(Settle { id }).await
}

fn account(context: &Context<Clerk>, number: u32) -> anyhow::Result<AgentRef<Banking>> {
    let (domain, name) = (DomainName::new(DOMAIN)?, AgentName::new(account_name(number))?);
    Ok(context.router().find::<Banking>(&Group::Name(domain, name))?)
}
