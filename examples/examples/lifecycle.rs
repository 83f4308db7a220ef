//! The life of an agent: suspended, resumed, drained; each change announced with its reason.
//!
//! Run it: `cargo run -p mistersmith-examples --example lifecycle`

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    missing_debug_implementations,
    reason = "an example prints, and is explained by its comments"
)]

use std::time::Duration;

use mistersmith::identity::lifecycle::Change;
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
replies! { Greeting: Greet => Greeting(String) }

struct Greeter;

impl Agent for Greeter {
    type Contract = Greeting;
    type Args = ();
    async fn init((): (), _: &mut Context<Self>) -> anyhow::Result<Self> {
        Ok(Self)
    }
    fn stage_changed(&mut self, change: &Change) {
        println!("  (the agent hears that it is {})", change.to.stage().name());
    }
}

impl Handle<Greet> for Greeter {
    async fn handle(&mut self, Greet { whom }: Greet, _: &mut Context<Self>) -> Answer<Greet> {
        Greet::respond(format!("hello {whom}"))
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let hall = DomainSpec::new("hall", Flags::new(Strategy::OneForOne, 3, 5))?
        .agent(AgentSpec::new::<Greeter>("greeter", ())?);
    let hotel = System::builder("hotel").domain(hall).start().await?;
    let greeter = hotel.find::<Greeting>()?;
    let control = hotel.agent("hall/greeter")?;
    let greet = || Greet { whom: "Ada".to_owned() };
    let stage = || control.facts().state.stage().name();

    println!("{}: {}", stage(), greeter.ask(greet()).await?);
    control.suspend("the carpet is being cleaned")?;
    println!("{}: {}", stage(), greeter.ask(greet()).await.unwrap_err());
    println!("found while suspended: {}", hotel.find::<Greeting>().is_ok());
    control.resume()?;
    println!("{}: {}", stage(), greeter.ask(greet()).await?);

    let drained = hotel.drain(&control, "closing time", Duration::from_secs(1)).await?;
    println!("drained, everything handled: {drained}");
    println!("{}: {}", stage(), greeter.ask(greet()).await.unwrap_err());
    hotel.stop().await;
    Ok(())
}
