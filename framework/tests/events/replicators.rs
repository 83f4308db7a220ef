//! The agents that keep replicas in step: every so often, when asked, through cuts and kills.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use mistersmith::clock::Clock;
use mistersmith::events::replication::*;
use mistersmith::events::*;
use mistersmith::prelude::*;
use mistersmith::supervisor::Flags;
use mistersmith::testing::event_log::account;
use mistersmith::testing::settled;

use super::network::written;

const EVERY: Duration = Duration::from_secs(10);

/// A way to the replicator of another system, which can be cut.
#[derive(Default)]
struct Way {
    to: OnceLock<AgentRef<Replication>>,
    is_cut: AtomicBool,
}

impl Peer for Way {
    fn exchange(&self, message: Message) -> Underway<'_, Result<Vec<Message>, PeerError>> {
        match self.to.get() {
            Some(to) if !self.is_cut.load(Ordering::SeqCst) => to.exchange(message),
            _ => Box::pin(std::future::ready(Err(PeerError::new("the way is cut")))),
        }
    }
}

struct Town {
    system: System,
    log: Arc<MemoryLog>,
    name: Replica,
    replicator: AgentRef<Replication>,
}

impl Town {
    async fn open(name: &str, way: &Arc<Way>, every: Duration) -> Self {
        let (log, name) = (Arc::new(MemoryLog::new()), Replica::new(name));
        let way: Arc<dyn Peer> = way.clone();
        // One has a log of its own, the other one that of its system.
        let spec = match name.as_str() {
            "rome" => ReplicatorSpec::new(name.clone(), log.clone(), [way], every),
            _ => ReplicatorSpec::in_system_log(name.clone(), [way], every),
        };
        let agent = spec.agent("replicator").unwrap();
        let domain = DomainSpec::new("replicas", Flags::new(Strategy::OneForOne, 3, 5)).unwrap().agent(agent);
        let clock = Clock::seeded(1);
        let system = System::builder(name.as_str())
            .clock(clock)
            .event_log(log.clone())
            .domain(domain)
            .start()
            .await
            .unwrap();
        let replicator = system.find::<Replication>().unwrap();
        Self { system, log, name, replicator }
    }

    async fn write(&self, count: u64) {
        let last = self.log.last(&account(1)).await.unwrap();
        let events = self.log.read(Query::of(account(1), Sequence::START)).await.unwrap().events;
        let version = events.iter().fold(VectorClock::new(), |all, event| all.merged(&event.causality));
        let event = written(&self.name, version.advanced(&self.name), count);
        self.log.append(Append::new(account(1), last, [event])).await.unwrap();
    }

    async fn events(&self) -> u64 {
        self.log.last(&account(1)).await.unwrap().number()
    }
}

/// Two towns, and the ways from the first to the second and back.
async fn towns(every: Duration) -> ([Town; 2], [Arc<Way>; 2]) {
    let ways = [Arc::default(), Arc::default()];
    let towns = [Town::open("rome", &ways[0], every).await, Town::open("oslo", &ways[1], every).await];
    ways[0].to.get_or_init(|| towns[1].replicator.clone());
    ways[1].to.get_or_init(|| towns[0].replicator.clone());
    (towns, ways)
}

#[tokio::test(start_paused = true)]
async fn replicators_bring_their_logs_together_every_so_often() {
    let ([rome, oslo], ways) = towns(EVERY).await;
    rome.write(1).await;
    oslo.write(2).await;
    for way in &ways {
        way.is_cut.store(true, Ordering::SeqCst);
    }
    rome.system.clock().sleep(EVERY * 5).await;
    assert_eq!((rome.events().await, oslo.events().await), (1, 1));
    for way in &ways {
        way.is_cut.store(false, Ordering::SeqCst);
    }
    rome.system.clock().sleep(EVERY + Duration::from_secs(1)).await;
    assert_eq!((rome.events().await, oslo.events().await), (2, 2));
    rome.write(3).await;
    rome.system.agents().into_iter().next().unwrap().kill();
    oslo.system.agents().into_iter().next().unwrap().kill();
    settled(rome.system.clock()).await;
    rome.system.clock().sleep(EVERY + Duration::from_secs(1)).await;
    assert_eq!((rome.events().await, oslo.events().await), (3, 3), "also after a kill");
}

#[tokio::test(start_paused = true)]
async fn replicators_that_are_asked_at_the_same_time_do_not_wait_for_each_other() {
    let ([rome, oslo], ways) = towns(Duration::from_secs(1_000_000)).await;
    rome.write(1).await;
    oslo.write(2).await;
    let (one, other) = tokio::join!(rome.replicator.ask(Synchronize), oslo.replicator.ask(Synchronize));
    let complete = Synchronized { complete: 1, problems: Vec::new() };
    assert_eq!((one.unwrap(), other.unwrap()), (complete.clone(), complete));
    assert_eq!((rome.events().await, oslo.events().await), (2, 2));
    ways[0].is_cut.store(true, Ordering::SeqCst);
    let cut = rome.replicator.ask(Synchronize).await.unwrap();
    assert_eq!(cut.complete, 0);
    assert_eq!(cut.problems, ["the other replica did not answer: the way is cut"]);
}

#[tokio::test(start_paused = true)]
async fn a_replicator_refuses_what_it_cannot_deal_with_and_goes_on() {
    let ([rome, _], _) = towns(EVERY).await;
    let message = Message::Compare(vec![(Cell::ROOT, Digest::default()); 257]);
    let refused = rome.replicator.ask(Exchange { message }).await.unwrap_err();
    assert!(refused.to_string().contains("at most 256 cells"), "{refused}");
    assert_eq!(rome.replicator.ask(Synchronize).await.unwrap().complete, 1);
}
