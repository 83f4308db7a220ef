//! Deadlines travel: what the first asker allows holds for everything that is asked on its behalf.
//!
//! Run it: `cargo run -p mistersmith-examples --example deadlines`

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    missing_debug_implementations,
    reason = "an example prints, and is explained by its comments"
)]

use std::time::Duration;

use mistersmith::identity::{AgentName, DomainName};
use mistersmith::prelude::*;

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
replies! { Greeting refuses String: Greet => Greeting(String) }

/// Asks the next one, if there is one; the last one takes its time.
struct Relay {
    next: Option<&'static str>,
}

impl Agent for Relay {
    type Contract = Greeting;
    type Args = Option<&'static str>;
    async fn init(next: Self::Args, _: &mut Context<Self>) -> anyhow::Result<Self> {
        Ok(Self { next })
    }
}

impl Handle<Greet> for Relay {
    async fn handle(&mut self, greet: Greet, context: &mut Context<Self>) -> Answer<Greet> {
        let name = context.id().name.clone();
        let left = context.budget().deadline.left(context.clock().now());
        println!("  {name} has {} left", left.map_or("no limit".to_owned(), |left| format!("{left:.0?}")));
        let Some(next) = self.next else {
            context.clock().sleep(Duration::from_millis(100)).await;
            return Greet::respond(format!("hello {}", greet.whom));
        };
        let group = format!("relays/{next}").parse()?;
        let next: AgentRef<Greeting> = context.router().find(&group)?;
        // No limit is given here: it is inherited. That there was no answer is a refusal, not a fault of ours.
        Greet::answer(next.ask(greet).await.map_err(|error| error.to_string()))
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let relays = [("first", Some("second")), ("second", Some("third")), ("third", None)];
    let mut domain = DomainSpec::new("relays", Flags::new(Strategy::OneForOne, 9, 5))?;
    for (name, next) in relays {
        domain = domain.agent(AgentSpec::new::<Relay>(name, next)?);
    }
    let system = System::builder("race").domain(domain).start().await?;
    let first = system.find_named::<Greeting>(&DomainName::new("relays")?, &AgentName::new("first")?)?;
    let greet = || Greet { whom: "Ada".to_owned() };

    println!("within a second:");
    println!("  {}", first.within(Duration::from_secs(1)).ask(greet()).await?);
    println!("within 50 ms:");
    let error = first.within(Duration::from_millis(50)).ask(greet()).await.unwrap_err();
    println!("  {error}");
    system.stop().await;
    Ok(())
}
