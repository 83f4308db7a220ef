//! A handler of an event-sourced agent cannot answer: an answer is no decision.

use mistersmith::events::{Decide, Deciding, Decision, Event, EventSourced};
use mistersmith::prelude::*;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PayIn;
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Request { PayIn(PayIn) }
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Response { Balance(u64) }
pub struct Bank;
replies! { Bank: PayIn => Balance(u64) }

#[derive(Serialize, Deserialize)]
enum Change { PaidIn }
impl Event for Change {}

struct Account;

impl EventSourced for Account {
    type Contract = Bank;
    type Args = ();
    type Event = Change;
    type Snapshot = ();
    fn begin((): &()) -> Self { Account }
    fn apply(&mut self, _: &Change) -> anyhow::Result<()> { Ok(()) }
    fn snapshot(&self) {}
    fn restore((): &(), (): ()) -> anyhow::Result<Self> { Ok(Account) }
}

impl Decide<PayIn> for Account {
    async fn decide(&self, _: PayIn, _: &mut Deciding<'_, Self>) -> anyhow::Result<Decision<Self, PayIn>> {
        PayIn::respond(500)
    }
}

fn main() {}
