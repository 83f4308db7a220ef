//! A pool: instances of one agent share the load, evenly while they are idle, and around those that are busy.
//!
//! Run it: `cargo run -p mistersmith-examples --example load_balanced_pool`

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    missing_debug_implementations,
    reason = "an example prints, and is explained by its comments"
)]

use std::collections::BTreeMap;
use std::time::Duration;

use mistersmith::agent::{MailboxLimits, WhenFull};
use mistersmith::prelude::*;
use mistersmith::routing::Group;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Greet {
    pub whom: String,
}
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Request {
    Greet(Greet),
}
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Response {
    Greeting(String),
}
pub struct Greeting;
replies! { Greeting: Greet => Greeting(String) }

struct Greeter;

impl Agent for Greeter {
    type Contract = Greeting;
    type Args = ();
    async fn init((): (), _: &mut Context<Self>) -> anyhow::Result<Self> {
        Ok(Self)
    }
}

impl Handle<Greet> for Greeter {
    async fn handle(&mut self, Greet { whom }: Greet, context: &mut Context<Self>) -> Answer<Greet> {
        if whom == "slowly" {
            context.clock().sleep(Duration::from_millis(200)).await;
        }
        Greet::respond(context.id().instance.as_uuid().to_string())
    }
}

// On one thread, so that an instance is idle again when its answer is here, and the numbers come out even.
#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let hall = DomainSpec::new("hall", Flags::new(Strategy::OneForOne, 3, 5))?
        .agent(AgentSpec::new::<Greeter>("greeter", ())?.instances(3));
    let hotel = System::builder("hotel").domain(hall).start().await?;
    // A group is a capability, a contract, or a name.
    let pool = hotel.router().load_balanced::<Greeting>("hall/greeter".parse::<Group>()?);

    println!("30 requests, one after the other, to 3 idle instances:");
    println!("  {:?}", spread(&pool, 30).await?);

    let busy = pool.pick()?;
    busy.tell(Greet { whom: "slowly".to_owned() }).await?;
    hotel.clock().sleep(Duration::from_millis(10)).await;
    println!("one of them is busy; 30 more:");
    println!("  {:?}", spread(&pool, 30).await?);

    // What was not delivered is tried elsewhere, because it is known that it did not run.
    for instance in hotel.agents().iter().take(2) {
        instance.set_mailbox(MailboxLimits { capacity: 0, when_full: WhenFull::Refuse });
    }
    println!("two of them take nothing; 30 more:");
    println!("  {:?}", spread(&pool, 30).await?);
    hotel.stop().await;
    Ok(())
}

/// How many requests of so many each instance got, the least first.
async fn spread(
    pool: &mistersmith::routing::LoadBalanced<Greeting>,
    requests: u32,
) -> anyhow::Result<Vec<u32>> {
    let mut asked = BTreeMap::<String, u32>::new();
    for _ in 0..requests {
        *asked.entry(pool.ask(Greet { whom: "Ada".to_owned() }).await?).or_default() += 1;
    }
    let mut spread: Vec<_> = asked.into_values().collect();
    spread.sort_unstable();
    Ok(spread)
}
