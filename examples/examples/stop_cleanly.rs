//! A clean stop: what waits is handled first, agents stop in reverse order, and each may clean up.
//!
//! Run it: `cargo run -p mistersmith-examples --example stop_cleanly`

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    missing_debug_implementations,
    reason = "an example prints, and is explained by its comments"
)]

use std::time::Duration;

use mistersmith::exit::Exit;
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

struct Scribe {
    unsaved: Vec<String>,
}

impl Agent for Scribe {
    type Contract = Greeting;
    type Args = ();
    async fn init((): (), _: &mut Context<Self>) -> anyhow::Result<Self> {
        Ok(Self { unsaved: Vec::new() })
    }

    // After a stop and after an error, not after a panic or a kill.
    async fn terminate(&mut self, exit: &Exit, context: &mut Context<Self>) -> anyhow::Result<()> {
        println!("{} ends by {exit} and saves {} names", context.id().name, self.unsaved.len());
        Ok(())
    }
}

impl Handle<Greet> for Scribe {
    async fn handle(&mut self, Greet { whom }: Greet, context: &mut Context<Self>) -> Answer<Greet> {
        context.clock().sleep(Duration::from_millis(5)).await;
        self.unsaved.push(whom.clone());
        Greet::respond(whom)
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut office = DomainSpec::new("office", Flags::new(Strategy::OneForOne, 3, 5))?;
    for name in ["first", "second", "third"] {
        office = office.agent(AgentSpec::new::<Scribe>(name, ())?);
    }
    let system = System::builder("office").domain(office).start().await?;
    for number in 0..20 {
        let told =
            system.router().broadcast(&"agents.office.*".parse()?, Greet { whom: format!("guest {number}") });
        assert_eq!(told.reached.len(), 3);
    }
    println!("20 names are on their way to each of 3 scribes");
    // At most a second for everything that waits; what is left then comes back to whoever sent it.
    let exit = system.shut_down(Duration::from_secs(1)).await;
    println!("the system ended by {exit}");
    Ok(())
}
