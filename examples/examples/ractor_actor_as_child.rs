//! Any ractor actor can be a supervised child as it is: its errors, panics and kills are exits with their cause.
//!
//! Run it: `cargo run -p mistersmith-examples --example ractor_actor_as_child`

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    missing_debug_implementations,
    reason = "an example prints, and is explained by its comments"
)]

use mistersmith::clock::Clock;
use mistersmith::exit::Exit;
use mistersmith::supervisor::{
    ChildSpec, Flags, History, RactorChild, Strategy, Supervisor, SupervisorSpec, What,
};
use ractor::{Actor, ActorProcessingErr, ActorRef, RpcReplyPort};

/// An actor written for ractor, which knows nothing of us.
struct Printer;

enum Job {
    Print(String, RpcReplyPort<usize>),
    Jam,
}
impl ractor::Message for Job {} // by hand, because ractor's feature "cluster" is on

impl Actor for Printer {
    type Msg = Job;
    type State = usize;
    type Arguments = ();

    async fn pre_start(&self, _: ActorRef<Job>, (): ()) -> Result<usize, ActorProcessingErr> {
        println!("a printer starts");
        Ok(0)
    }

    async fn handle(&self, _: ActorRef<Job>, job: Job, pages: &mut usize) -> Result<(), ActorProcessingErr> {
        match job {
            Job::Print(text, reply) => {
                *pages += 1;
                println!("  page {pages}: {text}");
                let _ = reply.send(*pages);
                Ok(())
            }
            Job::Jam => Err("paper jam".into()),
        }
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let printer = RactorChild::new(|| (Printer, ()));
    let running = printer.adopted(); // where the present incarnation is found
    let office = SupervisorSpec::new("office", Flags::new(Strategy::OneForOne, 3, 5))
        .child(ChildSpec::worker("printer", printer));
    let history = History::default();
    let office = Supervisor::start(office, &Clock::machine(), &history).await.map_err(anyhow::Error::msg)?;

    print(&running.get().expect("it was started"), "hello").await?;
    running.get().expect("it was started").cast(Job::Jam)?;
    let events = history.after(1).await; // the first event said that the office is up
    for event in events {
        if let What::Decided(decision) = event.what {
            println!("{} ended by {}; verdict {:?}", decision.child, decision.exit, decision.verdict);
        }
    }
    print(&running.get().expect("it was started"), "hello again").await?;
    println!("the office ends: {}", office.stop(Exit::Shutdown).await);
    Ok(())
}

async fn print(printer: &ActorRef<Job>, text: &str) -> anyhow::Result<()> {
    let pages = ractor::call!(printer, Job::Print, text.to_owned())?;
    println!("  printed as page {pages}");
    Ok(())
}
