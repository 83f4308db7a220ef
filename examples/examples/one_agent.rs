//! A first agent: a contract, a state, and one handler for each request.
//!
//! Run it: `cargo run -p mistersmith-examples --example one_agent`

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    missing_debug_implementations,
    reason = "an example prints, and is explained by its comments"
)]

use mistersmith::prelude::*;

// The contract: what may be asked, and what each request is answered with.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Add {
    pub amount: i64,
}
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Read;
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Request {
    Add(Add),
    Read(Read),
}
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Response {
    Total(i64),
}
pub struct Counter;
replies! { Counter: Add => Total(i64), Read => Total(i64) }

// The agent: its state, and how it is built. A restart builds it again from the same arguments.
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

impl Handle<Read> for Tally {
    async fn handle(&mut self, Read: Read, _: &mut Context<Self>) -> Answer<Read> {
        Read::respond(self.total)
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // A domain is a supervised group of agents: one for one, at most 3 restarts in 5 s.
    let counting = DomainSpec::new("counting", Flags::new(Strategy::OneForOne, 3, 5))?
        .agent(AgentSpec::new::<Tally>("tally", 10)?);
    let shop = System::builder("shop").domain(counting).start().await?;

    let tally = shop.find::<Counter>()?;
    println!("{} is up", tally.id().name);
    tally.tell(Add { amount: 2 }).await?; // nobody waits for an answer
    let total = tally.ask(Add { amount: 3 }).await?; // an i64, not an enum to match on
    println!("10 + 2 + 3 = {total}");
    println!("read again: {}", tally.ask(Read).await?);

    shop.stop().await;
    println!("stopped; asking now: {}", tally.ask(Read).await.unwrap_err());
    Ok(())
}
