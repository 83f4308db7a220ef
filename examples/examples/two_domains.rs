//! Two domains: one needs the other, starts after it, and is started again with it when it gives up.
//!
//! Run it: `cargo run -p mistersmith-examples --example two_domains`

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    missing_debug_implementations,
    reason = "an example prints, and is explained by its comments"
)]

use mistersmith::identity::{AgentName, DomainName};
use mistersmith::prelude::*;
use mistersmith::routing::Subject;

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

/// Greets, or lets the desk greet.
struct Clerk {
    asks: Option<Subject>,
}

impl Agent for Clerk {
    type Contract = Greeting;
    type Args = Option<Subject>;
    async fn init(asks: Option<Subject>, context: &mut Context<Self>) -> anyhow::Result<Self> {
        println!("{}/{} starts", context.id().domain, context.id().name);
        Ok(Self { asks })
    }
    async fn terminate(
        &mut self,
        _: &mistersmith::exit::Exit,
        context: &mut Context<Self>,
    ) -> anyhow::Result<()> {
        println!("{}/{} stops", context.id().domain, context.id().name);
        Ok(())
    }
}

impl Handle<Greet> for Clerk {
    async fn handle(&mut self, greet: Greet, context: &mut Context<Self>) -> Answer<Greet> {
        let Some(desk) = &self.asks else {
            return Greet::respond(format!("hello {}", greet.whom));
        };
        let limit = std::time::Duration::from_secs(1);
        let greeting = context.router().request_reply(desk, greet, limit).await?;
        Greet::respond(format!("the desk says: {greeting}"))
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let flags = Flags::new(Strategy::OneForOne, 3, 5);
    let desk: Subject = "agents.back.desk".parse()?;
    let front =
        DomainSpec::new("front", flags)?.agent(AgentSpec::new::<Clerk>("door", Some(desk))?).needs("back")?;
    let back = DomainSpec::new("back", flags)?.agent(AgentSpec::new::<Clerk>("desk", None)?);

    // In whatever order they are given, they start by what they need.
    let hotel = System::builder("hotel").domain(front).domain(back).start().await?;
    let door = hotel.find_named::<Greeting>(&DomainName::new("front")?, &AgentName::new("door")?)?;
    println!("{}", door.ask(Greet { whom: "Ada".to_owned() }).await?);

    let removed = hotel.remove_domain(&DomainName::new("back")?).await;
    println!("removing back: {}", removed.unwrap_err());
    hotel.stop().await;
    Ok(())
}
