//! A crash: whoever asked learns that the outcome is unknown, the queue survives, a new incarnation goes on.
//!
//! Run it: `cargo run -p mistersmith-examples --example a_crash`

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    missing_debug_implementations,
    reason = "an example prints, and is explained by its comments"
)]

use mistersmith::prelude::*;
use mistersmith::supervisor::What;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Divide {
    pub by: i64,
}
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Request {
    Divide(Divide),
}
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Response {
    Quotient(i64),
}
pub struct Dividing;
replies! { Dividing: Divide => Quotient(i64) }

struct Divider {
    divided: u32,
}

impl Agent for Divider {
    type Contract = Dividing;
    type Args = ();
    async fn init((): (), context: &mut Context<Self>) -> anyhow::Result<Self> {
        println!("incarnation {} starts", context.incarnation());
        Ok(Self { divided: 0 })
    }
}

impl Handle<Divide> for Divider {
    async fn handle(&mut self, Divide { by }: Divide, _: &mut Context<Self>) -> Answer<Divide> {
        let quotient = 100 / by;
        self.divided += 1;
        println!("  100 / {by} = {quotient}, division number {} of this incarnation", self.divided);
        Divide::respond(quotient)
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    std::panic::set_hook(Box::new(|_| {})); // the panic is told below, from the history
    let arithmetic = DomainSpec::new("arithmetic", Flags::new(Strategy::OneForOne, 3, 5))?
        .agent(AgentSpec::new::<Divider>("divider", ())?);
    let school = System::builder("school").domain(arithmetic).start().await?;
    let divider = school.find::<Dividing>()?;

    divider.ask(Divide { by: 5 }).await?;
    // Three at once: the second one panics, the third one waits in the queue meanwhile.
    let (four, none, two) = tokio::join!(
        divider.ask(Divide { by: 4 }),
        divider.ask(Divide { by: 0 }),
        divider.ask(Divide { by: 2 }),
    );
    println!("by 4: {}", four?);
    println!("by 0: {}", none.unwrap_err());
    println!("by 2: {}", two?);

    println!("what the supervisor decided:");
    for event in school.history().events() {
        if let What::Decided(decision) = event.what {
            println!("  {} ended by {}", decision.child, decision.exit);
            println!("  verdict {:?}, {} restarts left", decision.verdict, decision.budget_left);
        }
    }
    school.stop().await;
    Ok(())
}
