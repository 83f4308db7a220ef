//! A stream: a request that is answered by items, of which the reader says how many may be on their way.
//!
//! Run it: `cargo run -p mistersmith-examples --example a_stream`

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    missing_debug_implementations,
    reason = "an example prints, and is explained by its comments"
)]

use std::time::Duration;

use mistersmith::agent::Sink;
use mistersmith::contract::{Contract, Opening};
use mistersmith::prelude::*;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct CountTo {
    pub last: u32,
}
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Request {
    CountTo(CountTo),
}
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Response {
    Number(u32),
}
pub struct Numbers;
replies! { Numbers: CountTo => stream Number(u32) }

struct Counter;

impl Agent for Counter {
    type Contract = Numbers;
    type Args = ();
    async fn init((): (), _: &mut Context<Self>) -> anyhow::Result<Self> {
        Ok(Self)
    }
}

impl HandleStream<CountTo> for Counter {
    async fn handle_stream(
        &mut self,
        CountTo { last }: CountTo,
        items: Sink<CountTo>,
        context: &mut Context<Self>,
    ) -> anyhow::Result<Opening<Numbers>> {
        // From a task beside the agent, which goes on to its next request meanwhile.
        context.spawn(async move {
            for number in 1..=last {
                if items.send(number).await.is_err() {
                    println!("  the reader has cancelled after {}", number - 1);
                    return;
                }
            }
            items.finish();
        })?;
        CountTo::accept()
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let counting = DomainSpec::new("counting", Flags::new(Strategy::OneForOne, 3, 5))?
        .agent(AgentSpec::new::<Counter>("counter", ())?);
    let system = System::builder("numbers").domain(counting).start().await?;
    let counter = system.find::<Numbers>()?;
    println!("{} has {} request", Numbers::NAME, Numbers::requests().len());

    let mut numbers = counter.subscribe(CountTo { last: 5 }).await?;
    while let Some(number) = numbers.next().await {
        println!("  {}", number?);
    }
    println!("complete");

    // At most two items on their way; after three, the reader has had enough.
    let mut numbers =
        counter.within(Duration::from_secs(1)).subscribe(CountTo { last: 1_000_000 }, 2).await?;
    for _ in 0..3 {
        if let Some(number) = numbers.next().await {
            println!("  {}", number?);
        }
    }
    drop(numbers);
    system.clock().sleep(Duration::from_millis(20)).await;
    system.stop().await;
    Ok(())
}
