//! Replicas that exchange what they have: only what differs travels, and nobody who talks nonsense does harm.

use std::collections::BTreeSet;
use std::sync::Arc;

use mistersmith::events::replication::*;
use mistersmith::events::*;
use mistersmith::testing::event_log::account;
use proptest::prelude::*;
use proptest::sample::Index;

use super::network::{Network, Node, TIGHT, runtime, tallies, written};

/// Two nodes that have the same of so many agents, three events of each.
async fn alike(agents: u32) -> Network {
    let mut network = Network::new(2, ExchangeLimits::default());
    for number in 0..agents {
        for count in 0..3 {
            network.nodes[0].write(&account(number), count).await;
        }
    }
    network.converge().await;
    (network.messages, network.bytes) = (0, 0);
    network
}

#[tokio::test]
async fn equal_logs_exchange_one_message_however_many_agents_there_are() {
    for agents in [0, 1, 1_000] {
        let mut network = alike(agents).await;
        network.begin(0, 1).await;
        network.deliver_all().await;
        assert_eq!(network.messages, 1, "of {agents} agents");
        assert!(network.bytes < 100, "{} bytes of {agents} agents", network.bytes);
    }
}

#[tokio::test]
async fn of_many_agents_only_those_that_differ_travel() {
    let mut network = alike(2_000).await;
    network.nodes[0].write(&account(7), 9).await;
    network.nodes[1].write(&account(7), 9).await;
    network.nodes[1].write(&account(1_234), 9).await;
    let before = tallies(&network).await;
    network.begin(0, 1).await;
    network.deliver_all().await;
    let after = tallies(&network).await;
    assert_eq!((after.0 - before.0, after.1 - before.1), (3, 3));
    assert!(network.messages <= 12, "{} messages", network.messages);
    assert!(network.bytes < 8_000, "{} bytes for three events", network.bytes);
    for agent in [7, 1_234].map(account) {
        assert_eq!(network.nodes[0].has(&agent).await, network.nodes[1].has(&agent).await);
    }
}

/// A node that has two events of one agent.
async fn node() -> Node {
    let node = Node::new(0, TIGHT);
    node.write(&account(1), 1).await;
    node.write(&account(1), 2).await;
    node
}

fn version(counts: &[(&str, u64)]) -> VectorClock {
    counts.iter().map(|(name, count)| (Replica::new(name), *count)).collect()
}

/// An event of the replica `b`.
fn of_b(counts: &[(&str, u64)]) -> NewEvent {
    written(&Replica::new("b"), version(counts), 7)
}

fn events(events: Vec<NewEvent>) -> Message {
    Message::Events { agent: account(1), events, more: true }
}

#[tokio::test]
async fn what_is_too_much_or_out_of_place_is_refused_before_anything_is_done_with_it() {
    let leaf: Cell = (8, 0).try_into().unwrap();
    let many = [("a", 1), ("b", 1), ("c", 1), ("d", 1), ("e", 1), ("f", 1)];
    let long = Json::of(&"x".repeat(60)).unwrap();
    let unnamed = NewEvent { metadata: Metadata::default(), ..of_b(&[("b", 1)]) };
    let large = NewEvent { data: long, ..of_b(&[("b", 2)]) };
    let node = node().await;
    for (message, problem) in [
        (Message::Compare(vec![(Cell::ROOT, Digest::default()); 17]), "at most 16 cells"),
        (Message::Want((1..4).map(|number| (account(number), version(&[]))).collect()), "at most 2 agents"),
        (Message::Want(vec![(account(1), version(&many))]), "at most 5 replicas in a version"),
        (Message::Want(vec![(account(1), version(&[("long", 1)]))]), "at most 1 bytes in the name"),
        (
            Message::Versions { cell: leaf, agents: vec![(account(1), version(&[]))] },
            "expected agents of Cell",
        ),
        (events(vec![of_b(&[("b", 1)]), of_b(&[("b", 2)]), of_b(&[("b", 3)])]), "at most 2 events"),
        (events(vec![of_b(&[("b", 1)]), large]), "at most 50 bytes of events"),
        (events(vec![of_b(&many)]), "at most 5 replicas in a version"),
        (events(vec![unnamed]), "that does not"),
        (events(vec![of_b(&[("a", 1)])]), "that does not"),
    ] {
        let refused = node.anti_entropy.receive(message).await.unwrap_err().to_string();
        assert!(refused.contains(problem), "{refused:?} does not say {problem:?}");
    }
    assert_eq!(node.has(&account(1)).await.len(), 2);
}

#[tokio::test]
async fn an_event_that_comes_before_its_causes_is_not_written_down_and_not_asked_for_at_once() {
    let node = node().await;
    for early in [
        of_b(&[("b", 2)]),
        of_b(&[("a", 3), ("b", 1)]),
        of_b(&[("b", 1), ("c", 1)]),
        of_b(&[("b", u64::MAX)]),
    ] {
        assert_eq!(node.anti_entropy.receive(events(vec![early])).await.unwrap(), []);
    }
    assert_eq!(node.anti_entropy.tally().await.early, 4);
    // Now that its cause comes with it, it is.
    let both = events(vec![of_b(&[("b", 1)]), of_b(&[("a", 2), ("b", 2)])]);
    let wanted = vec![(account(1), version(&[("a", 2), ("b", 2)]))];
    assert_eq!(node.anti_entropy.receive(both.clone()).await.unwrap(), [Message::Want(wanted)]);
    assert_eq!(node.has(&account(1)).await.len(), 4);
    node.anti_entropy.receive(both).await.unwrap();
    assert_eq!(node.has(&account(1)).await.len(), 4, "what comes again is there once");
}

#[tokio::test]
async fn what_is_answered_at_once_has_a_limit_and_the_rest_is_to_be_asked_for() {
    let node = Node::new(0, ExchangeLimits { bytes: 30, ..ExchangeLimits::default() });
    for agent in (1..4).map(account) {
        node.write(&agent, 1).await;
        node.write(&agent, 2).await;
    }
    let want = Message::Want((1..4).map(|number| (account(number), version(&[]))).collect());
    let answers = node.anti_entropy.receive(want).await.unwrap();
    let answers = answers.into_iter().map(|answer| match answer {
        Message::Events { events, more, .. } => (events.len(), more),
        other => panic!("{other:?}"),
    });
    // An event has some 25 bytes, and the one that goes beyond the limit is the last.
    assert_eq!(answers.collect::<Vec<_>>(), [(1, true), (1, true), (0, true)]);
}

#[tokio::test]
async fn messages_survive_the_codecs() {
    let network = alike(40).await;
    let [one, other] = [&network.nodes[0], &network.nodes[1]];
    one.write(&account(1), 9).await;
    let (mut to_say, mut kinds) = (vec![one.anti_entropy.open().await.unwrap()], BTreeSet::new());
    while let Some(message) = to_say.pop() {
        let json = serde_json::to_string(&message).unwrap();
        assert_eq!(serde_json::from_str::<Message>(&json).unwrap(), message);
        let packed = rmp_serde::to_vec_named(&message).unwrap();
        assert_eq!(rmp_serde::from_slice::<Message>(&packed).unwrap(), message);
        let bytes = bincode::serialize(&message).unwrap();
        assert_eq!(bincode::deserialize::<Message>(&bytes).unwrap(), message);
        kinds.insert(json.split('"').nth(1).unwrap().to_owned());
        for answer in other.anti_entropy.receive(message).await.unwrap() {
            to_say.extend(one.anti_entropy.receive(answer).await.unwrap());
        }
    }
    assert!(kinds.contains("compare") && kinds.contains("events"), "{kinds:?}");
}

#[tokio::test]
async fn two_replicas_of_one_name_are_noticed() {
    let node = node().await;
    let mine = written(&Replica::new("a"), version(&[("a", 3)]), 7);
    let refused = node.anti_entropy.receive(events(vec![mine])).await.unwrap_err();
    assert!(matches!(&refused, ExchangeError::NameTaken { dot } if dot.count == 3), "{refused:?}");
    assert_eq!(node.has(&account(1)).await.len(), 2);
}

/// Says again and again that there is more.
struct Babbler;

impl Peer for Babbler {
    fn exchange(&self, _: Message) -> Underway<'_, Result<Vec<Message>, PeerError>> {
        let wants = Message::Want(vec![(account(1), version(&[]))]);
        Box::pin(std::future::ready(Ok(vec![events(Vec::new()), wants])))
    }
}

#[tokio::test]
async fn a_peer_that_never_has_done_is_left_until_the_next_round() {
    let limits = ExchangeLimits { messages: 100, ..TIGHT };
    let node = Node::new(0, limits);
    node.write(&account(1), 1).await;
    let round = node.anti_entropy.round(&Babbler).await.unwrap();
    assert_eq!((round.messages, round.is_complete), (100, false));
}

#[tokio::test]
async fn what_nobody_can_have_is_asked_for_and_does_no_harm() {
    let node = node().await;
    let theirs = version(&[("a", u64::MAX), ("b", u64::MAX)]);
    let message = Message::Versions { cell: Cell::ROOT, agents: vec![(account(1), theirs.clone())] };
    let wanted = vec![(account(1), version(&[("a", 2)]))];
    assert_eq!(node.anti_entropy.receive(message).await.unwrap(), [Message::Want(wanted)]);
    assert_eq!(node.anti_entropy.receive(Message::Want(vec![(account(1), theirs)])).await.unwrap(), []);
}

#[tokio::test]
async fn a_log_that_takes_little_at_once_takes_it_bit_by_bit() {
    let little = LogLimits { append_events: 2, page_events: 2, ..LogLimits::default() };
    let log = Arc::new(MemoryLog::with_limits(little));
    let small = AntiEntropy::new(Replica::new("small"), log.clone());
    let node = Node::new(0, ExchangeLimits::default());
    for number in 0..7 {
        node.write(&account(1), number).await;
    }
    assert!(small.round(&node.anti_entropy).await.unwrap().is_complete);
    assert_eq!(log.last(&account(1)).await.unwrap().number(), 7);
}

proptest! {
    #[test]
    fn what_is_no_message_is_none_and_what_was_changed_on_the_way_does_no_harm(noise: Vec<u8>, at: Index, with: u8) {
        runtime().block_on(async {
            let node = node().await;
            let message = events(vec![of_b(&[("b", 1)]), of_b(&[("a", 2), ("b", 2)])]);
            let mut changed = bincode::serialize(&message).unwrap();
            let at = at.index(changed.len());
            changed[at] = with;
            for bytes in [noise, changed] {
                // Either it is refused, or it is another message, of which something may be new.
                if let Ok(message) = bincode::deserialize::<Message>(&bytes) {
                    let _ = node.anti_entropy.receive(message).await;
                }
            }
            prop_assert!(node.has(&account(1)).await.len() <= 4);
            Ok(())
        })?;
    }
}
