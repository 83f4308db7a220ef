//! The pricer: turns orders into priced orders. A process because an order may crash it, and because there are
//! several.

use mistersmith::agent::{Agent, Context, Handle};
use mistersmith::contract::{Answer, Ask};
use mistersmith::replies;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::in_hand::Notes;
use super::order::Order;
use super::price::{self, Priced};
use super::rejection::Rejection;

/// Price this order.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Price {
    pub(super) line: u64,
    pub(super) order: Order,
}

/// Answer when everything that was asked before this is done.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Settle;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) enum Request {
    Price(Price),
    Settle(Settle),
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) enum Response {
    Priced(Priced),
    Settled,
}

pub(super) struct Pricing;
replies! { Pricing refuses Rejection: Price => Priced(Priced), Settle => Settled }

pub(super) struct Pricer {
    notes: Notes,
}

impl Agent for Pricer {
    type Contract = Pricing;
    type Args = ();

    async fn init((): (), context: &mut Context<Self>) -> anyhow::Result<Self> {
        Ok(Self { notes: Notes::new(context)? })
    }
}

impl Handle<Price> for Pricer {
    async fn handle(&mut self, Price { line, order }: Price, context: &mut Context<Self>) -> Answer<Price> {
        let _in_hand = self.notes.take(line, context);
        Price::answer(price::price(order))
    }
}

impl Handle<Settle> for Pricer {
    async fn handle(&mut self, Settle: Settle, _: &mut Context<Self>) -> Answer<Settle> {
        Settle::respond(())
    }
}
