//! Replicas without agents, and a network between them that loses, doubles and delays what they say, and falls apart.

use std::collections::BTreeSet;
use std::sync::Arc;

use mistersmith::events::replication::{AntiEntropy, ExchangeLimits, Message};
use mistersmith::events::*;
use mistersmith::identity::AgentKey;

use super::trail::Trail;

/// One replica: its log, and its side of the exchange.
pub(crate) struct Node {
    pub(crate) log: Arc<MemoryLog>,
    pub(crate) anti_entropy: AntiEntropy,
}

/// Something on its way.
#[derive(Clone)]
struct Sent {
    from: usize,
    to: usize,
    message: Message,
}

/// Replicas, and what is on its way between them.
pub(crate) struct Network {
    pub(crate) nodes: Vec<Node>,
    on_the_way: Vec<Sent>,
    /// On which side of a split each is.
    sides: Vec<u8>,
    pub(crate) messages: usize,
    pub(crate) bytes: usize,
}

impl Node {
    pub(crate) fn new(index: usize, limits: ExchangeLimits) -> Self {
        let log = Arc::new(MemoryLog::new());
        let name = Replica::new(["a", "b", "c", "d", "e"][index]);
        let anti_entropy = AntiEntropy::with_limits(name, log.clone(), limits);
        Self { log, anti_entropy }
    }

    /// Something happens here to an agent, and is acknowledged.
    pub(crate) async fn write(&self, agent: &AgentKey, number: u64) -> Dot {
        let replica = self.anti_entropy.replica();
        let version = self.anti_entropy.version(agent).await.unwrap().advanced(replica);
        let event = written(replica, version, number);
        let dot = event.dot().unwrap();
        let last = self.log.last(agent).await.unwrap();
        self.log.append(Append::new(agent.clone(), last, [event])).await.unwrap();
        dot
    }

    /// What its log has of an agent: every event once, and causes before effects.
    pub(crate) async fn has(&self, agent: &AgentKey) -> BTreeSet<Dot> {
        let (mut version, mut has) = (VectorClock::new(), BTreeSet::new());
        let mut query = Query::of(agent.clone(), Sequence::START);
        loop {
            let page = self.log.read(query).await.unwrap();
            for event in page.events {
                let dot = event.dot().unwrap();
                assert!(version.has_seen(&event.causality.before(&dot)), "{dot} is before its cause");
                version = version.merged(&event.causality);
                assert!(has.insert(dot.clone()), "{dot} is there twice");
            }
            if page.at_end {
                return has;
            }
            query = page.next;
        }
    }

    pub(crate) async fn state(&self, agent: &AgentKey) -> Trail {
        let resolution = super::trail::LAST_WRITER;
        recover_replica(&*self.log, agent, &false, resolution, AsOf::Now).await.unwrap().state
    }
}

/// The event of a change of this number, after which the state has this version.
pub(crate) fn written(replica: &Replica, version: VectorClock, number: u64) -> NewEvent {
    let data = Json::parse(format!(r#"{{"number":{number},"seen":[]}}"#)).unwrap();
    let mut event = NewEvent::new(Timestamp::from_micros(number), "Written@1".parse().unwrap(), data);
    event.causality = version;
    event.metadata.replica = Some(replica.clone());
    event
}

impl Network {
    pub(crate) fn new(nodes: usize, limits: ExchangeLimits) -> Self {
        let nodes: Vec<_> = (0..nodes).map(|index| Node::new(index, limits)).collect();
        let sides = vec![0; nodes.len()];
        Self { nodes, on_the_way: Vec::new(), sides, messages: 0, bytes: 0 }
    }

    /// Who is on the same side can hear each other.
    pub(crate) fn split(&mut self, sides: &[u8]) {
        self.sides = sides[..self.nodes.len()].to_vec();
    }

    pub(crate) fn heal(&mut self) {
        self.sides.fill(0);
    }

    fn send(&mut self, from: usize, to: usize, messages: Vec<Message>) {
        for message in messages {
            self.messages += 1;
            self.bytes += bincode::serialized_size(&message).unwrap() as usize;
            // As it comes out of the codec at the other end.
            let message = bincode::deserialize(&bincode::serialize(&message).unwrap()).unwrap();
            self.on_the_way.push(Sent { from, to, message });
        }
    }

    /// One replica begins an exchange with another.
    pub(crate) async fn begin(&mut self, from: usize, to: usize) {
        let opening = self.nodes[from].anti_entropy.open().await.unwrap();
        self.send(from, to, vec![opening]);
    }

    pub(crate) fn on_the_way(&self) -> usize {
        self.on_the_way.len()
    }

    pub(crate) fn lose(&mut self, index: usize) {
        self.on_the_way.swap_remove(index);
    }

    /// It comes twice: now, and once more later.
    pub(crate) fn double(&mut self, index: usize) {
        let sent = self.on_the_way[index].clone();
        self.on_the_way.push(sent);
    }

    /// One message arrives, whether it is its turn or not; across a split it is lost.
    pub(crate) async fn deliver(&mut self, index: usize) {
        let Sent { from, to, message } = self.on_the_way.remove(index);
        if self.sides[from] != self.sides[to] {
            return;
        }
        let answers = self.nodes[to].anti_entropy.receive(message).await.unwrap();
        self.send(to, from, answers);
    }

    /// Nothing is lost any more, and all is said that is to be said.
    pub(crate) async fn deliver_all(&mut self) {
        while self.on_the_way() > 0 {
            self.deliver(0).await;
        }
    }

    /// Everybody exchanges with the next one, round by round.
    pub(crate) async fn converge(&mut self) {
        self.deliver_all().await;
        for _ in 0..self.nodes.len() {
            for from in 0..self.nodes.len() {
                self.begin(from, (from + 1) % self.nodes.len()).await;
                self.deliver_all().await;
            }
        }
    }
}

/// So little at once that nearly everything takes several messages.
pub(super) const TIGHT: ExchangeLimits = ExchangeLimits {
    cells: 16,
    agents: 2,
    replicas: 5,
    name_bytes: 1,
    events: 2,
    bytes: 50,
    messages: 1 << 16,
};

pub(super) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

/// Events sent, and taken, of all nodes together.
pub(super) async fn tallies(network: &Network) -> (u64, u64) {
    let (mut sent, mut taken) = (0, 0);
    for node in &network.nodes {
        let tally = node.anti_entropy.tally().await;
        (sent, taken) = (sent + tally.sent, taken + tally.taken);
    }
    (sent, taken)
}
