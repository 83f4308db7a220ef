//! A first agent, from its definition to its answer, and through a crash.

use mistersmith::agent::{Agent, AgentSpec, Context, Handle};
use mistersmith::contract::{Answer, Ask};
use mistersmith::domain::DomainSpec;
use mistersmith::replies;
use mistersmith::routing::CallError;
use mistersmith::supervisor::{Flags, Occupant, Strategy, What};
use mistersmith::system::System;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
struct Add {
    amount: i64,
}
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
struct Divide {
    by: i64,
}
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
enum Request {
    Add(Add),
    Divide(Divide),
}
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
enum Response {
    Total(i64),
}

struct Counter;
replies! { Counter: Add => Total(i64), Divide => Total(i64) }

struct Tally {
    total: i64,
}

impl Agent for Tally {
    type Contract = Counter;
    type Args = i64;
    async fn init(start: i64, _: &mut Context<Self>) -> anyhow::Result<Self> {
        Ok(Self { total: start })
    }
}

impl Handle<Add> for Tally {
    async fn handle(&mut self, Add { amount }: Add, _: &mut Context<Self>) -> Answer<Add> {
        self.total += amount;
        Add::respond(self.total)
    }
}

impl Handle<Divide> for Tally {
    async fn handle(&mut self, Divide { by }: Divide, _: &mut Context<Self>) -> Answer<Divide> {
        self.total /= by;
        Divide::respond(self.total)
    }
}

#[tokio::test]
async fn it_answers_and_after_a_panic_a_new_incarnation_does() {
    let domain = DomainSpec::new("counting", Flags::new(Strategy::OneForOne, 3, 5)).unwrap();
    let domain = domain.agent(AgentSpec::new::<Tally>("tally", 10).unwrap());
    let shop = System::builder("shop").domain(domain).start().await.unwrap();

    let tally = shop.find::<Counter>().unwrap();
    assert_eq!(tally.ask(Add { amount: 3 }).await.unwrap(), 13);

    let crashed = tally.ask(Divide { by: 0 }).await;
    assert!(matches!(crashed, Err(CallError::Unknown { .. })), "{crashed:?}");
    assert_eq!(tally.ask(Add { amount: 1 }).await.unwrap(), 11);

    shop.stop().await;
    assert!(matches!(tally.ask(Add { amount: 1 }).await, Err(CallError::Gone { .. })));
}

#[tokio::test]
async fn the_history_says_which_incarnation_of_which_agent_ended() {
    let domain = DomainSpec::new("counting", Flags::new(Strategy::OneForOne, 3, 5)).unwrap();
    let domain = domain.agent(AgentSpec::new::<Tally>("tally", 10).unwrap().instances(2));
    let shop = System::builder("shop").domain(domain).start().await.unwrap();

    let second = shop.agents()[1].id().clone();
    let tally = shop.find_by_id::<Counter>(&second).unwrap();
    for expected in 1..=2 {
        let known = shop.history().newest();
        assert!(tally.ask(Divide { by: 0 }).await.is_err());
        let events = shop.history().after(known).await;
        let What::Decided(decision) = &events[0].what else { panic!("{events:?}") };
        let occupant = Occupant { agent: second.to_string().into(), incarnation: expected };
        assert_eq!(decision.occupant, Some(occupant));
    }
    shop.stop().await;
}
