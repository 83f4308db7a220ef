//! A tree of supervisors: what each strategy restarts, and how a give-up climbs.
//!
//! Run it: `cargo run -p mistersmith-examples --example a_supervision_tree`

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
use ractor::{Actor, ActorProcessingErr, ActorRef};

/// A child that does nothing but end when told to.
struct Worker;
struct Crash;
impl ractor::Message for Crash {}

impl Actor for Worker {
    type Msg = Crash;
    type State = ();
    type Arguments = ();
    async fn pre_start(&self, _: ActorRef<Crash>, (): ()) -> Result<(), ActorProcessingErr> {
        Ok(())
    }
    async fn handle(&self, _: ActorRef<Crash>, Crash: Crash, (): &mut ()) -> Result<(), ActorProcessingErr> {
        Err("told to crash".into())
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let workers = ["cache", "index", "reader", "writer"].map(|id| (id, RactorChild::new(|| (Worker, ()))));
    let running: Vec<_> = workers.iter().map(|(id, worker)| (*id, worker.adopted())).collect();
    let [cache, index, reader, writer] = workers.map(|(id, worker)| ChildSpec::worker(id, worker));

    // The index needs the cache: whatever ends, what stands after it is started again, too. One restart in 5 s.
    let storage =
        SupervisorSpec::new("storage", Flags::new(Strategy::RestForOne, 1, 5)).child(cache).child(index);
    // Reader and writer need each other.
    let access =
        SupervisorSpec::new("access", Flags::new(Strategy::OneForAll, 3, 5)).child(reader).child(writer);
    let root = SupervisorSpec::new("root", Flags::new(Strategy::OneForOne, 3, 5))
        .child(ChildSpec::supervisor(storage))
        .child(ChildSpec::supervisor(access));

    let history = History::default();
    let root = Supervisor::start(root, &Clock::machine(), &history).await.map_err(anyhow::Error::msg)?;
    let mut seen = history.newest();
    // The second crash of the cache is one too many for "storage": it gives up, and the root restarts it.
    for (id, expected) in [("writer", "root/access"), ("index", "root/storage"), ("cache", "root")] {
        println!("{id} crashes");
        let worker = running.iter().find(|(name, _)| *name == id).and_then(|(_, worker)| worker.get());
        worker.expect("it was started").cast(Crash)?;
        let mut decided = false;
        while !decided {
            for event in history.after(seen).await {
                seen = event.number;
                let supervisor = &event.supervisor;
                match event.what {
                    What::Decided(decision) => {
                        let names = |names: &mistersmith::supervisor::Names| format!("{:?}", names.first);
                        let (stopped, started) = (names(&decision.stopped), names(&decision.started));
                        println!("  {supervisor}: stopped {stopped}, started {started}");
                        decided = &**supervisor == expected;
                    }
                    What::GaveUp { child, .. } => println!("  {supervisor}: gives up over {child}"),
                    _ => {}
                }
            }
        }
    }
    root.stop(Exit::Shutdown).await;
    println!("everything is stopped");
    Ok(())
}
