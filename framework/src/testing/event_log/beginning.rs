//! What is promised of the events of an agent that begin at a snapshot.

use super::LogUnderTest;
use super::ledger::{Ledger, account, answering, event, numbers, snapshot};
use crate::events::{
    Append, AppendError, BeginError, Beginning, Compaction, Durability, Json, KeptAnswer, Position, Query,
    ReadError, RecordedAnswer, Repeated, RequestKey, Sequence, Timestamp,
};

fn key(text: &str) -> RequestKey {
    RequestKey::new("add", text).expect("it is a key")
}

fn answer(text: &str, sequence: u64) -> KeptAnswer {
    let reply = RecordedAnswer::Reply(Json::of(&sequence).expect("a number is JSON"));
    let repeated = Repeated { sequence: Sequence::new(sequence), answer: reply };
    KeptAnswer { key: key(text), repeated, given: Timestamp::from_micros(sequence * 1_000_000) }
}

/// Account 1 begins after event `after`, with a snapshot after event `sequence`.
fn beginning(after: u64, sequence: u64, answers: &[KeptAnswer]) -> Beginning {
    let answers = answers.to_vec();
    Beginning { after: Sequence::new(after), snapshot: snapshot(1, sequence), answers }
}

impl Ledger {
    async fn beginning(&self, answers_after: Option<&RequestKey>) -> Option<Beginning> {
        self.0.beginning(&account(1), answers_after).await.expect("the log answers")
    }
}

pub(super) async fn what_stands_for_dropped_events_is_found_with_the_answers_that_outlived_them(
    place: &dyn LogUnderTest,
) {
    let log = Ledger(place.open().await);
    log.append(1, 0, [answering(1, "add", "b"), answering(2, "add", "a"), event(3)]).await.expect("appended");
    log.append(1, 3, [answering(4, "add", "c"), answering(5, "add", "d"), event(6)]).await.expect("appended");
    assert_eq!(log.beginning(None).await, None, "nothing was dropped");
    assert_eq!(log.0.beginning(&account(2), None).await.expect("the log answers"), None);
    log.save(1, 5).await;
    log.save(1, 6).await;
    let keep_answers_since = Timestamp::from_micros(2_000_000);
    let compaction = Compaction { agent: account(1), up_to: Sequence::new(4), keep_answers_since };
    log.0.compact(compaction).await.expect("there is a snapshot");
    // The answer of event 1 is too old, that of event 5 is beside its event.
    let expected = beginning(4, 5, &[answer("a", 2), answer("c", 4)]);
    assert_eq!(log.beginning(None).await, Some(expected));
    assert_eq!(log.beginning(Some(&key("a"))).await, Some(beginning(4, 5, &[answer("c", 4)])));
    assert_eq!(log.beginning(Some(&key("c"))).await, Some(beginning(4, 5, &[])));
}

pub(super) async fn an_agent_begins_at_a_snapshot_as_if_what_is_before_had_been_dropped(
    place: &dyn LogUnderTest,
) {
    let log = Ledger(place.open().await);
    log.write(2, 1..=2).await;
    log.0.begin(beginning(5, 5, &[answer("k", 4)])).await.expect("there is nothing of it");
    log.write(2, [3]).await;
    assert_eq!(log.last(1).await, 5);
    let refused = log.append(1, 0, [event(1)]).await;
    assert!(
        matches!(refused, Err(AppendError::Conflict { found, .. }) if found.number() == 5),
        "{refused:?}"
    );
    let repeated = log.append(1, 5, [answering(6, "add", "k")]).await;
    assert!(
        matches!(&repeated, Err(AppendError::Repeated { repeated }) if repeated.sequence.number() == 4),
        "{repeated:?}"
    );
    log.write(1, [6, 7]).await;
    log.write(3, [8]).await;

    let log = reopened(log, place).await;
    assert_eq!(log.0.agents().await.expect("the log answers"), [account(2), account(1), account(3)]);
    assert_eq!(log.last(1).await, 7);
    assert_eq!(numbers(&log.read(Query::of(account(1), Sequence::new(5))).await), [6, 7]);
    match log.0.read(Query::of(account(1), Sequence::new(4))).await {
        Err(ReadError::CompactedOf { up_to, .. }) => assert_eq!(up_to.number(), 5),
        other => panic!("expected it to be compacted, got {other:?}"),
    }
    let found = log.0.snapshot(&account(1), Sequence::END).await.expect("the log answers");
    assert_eq!(found, Some(snapshot(1, 5)));
    assert_eq!(log.beginning(None).await, Some(beginning(5, 5, &[answer("k", 4)])));
    assert_eq!(log.0.verify().await.expect("the log answers"), []);
}

pub(super) async fn who_reads_all_events_learns_that_some_are_not_there_before_a_beginning(
    place: &dyn LogUnderTest,
) {
    let log = Ledger(place.open().await);
    let before = *log.0.head().borrow();
    log.0.begin(beginning(5, 5, &[])).await.expect("there is nothing of it");
    let begun = *log.0.head().borrow();
    assert!(begun > before, "it takes up a position");
    log.write(1, [6]).await;
    let log = reopened(log, place).await;
    match log.0.read(Query::all(before)).await {
        Err(ReadError::Compacted { up_to }) => assert_eq!(up_to, begun),
        other => panic!("expected some to be compacted, got {other:?}"),
    }
    assert_eq!(numbers(&log.read(Query::all(begun)).await), [6]);
    assert_eq!(numbers(&log.read(Query::all(before).with_gaps()).await), [6]);
}

pub(super) async fn a_snapshot_of_later_events_is_found_when_they_are_there(place: &dyn LogUnderTest) {
    let log = Ledger(place.open().await);
    log.0.begin(beginning(3, 5, &[])).await.expect("there is nothing of it");
    assert_eq!(log.last(1).await, 3);
    let found = async |log: &Ledger| {
        log.0.snapshot(&account(1), Sequence::END).await.expect("the log answers").map(|found| found.sequence)
    };
    assert_eq!(found(&log).await, None);
    log.write(1, [4]).await;
    assert_eq!(found(&log).await, None);
    let compaction =
        Compaction { agent: account(1), up_to: Sequence::new(4), keep_answers_since: Timestamp::default() };
    assert!(log.0.compact(compaction).await.is_err(), "nothing stands for event 4 yet");
    log.write(1, [5]).await;
    assert_eq!(found(&log).await, Some(Sequence::new(5)));
    assert_eq!(log.0.verify().await.expect("the log answers"), []);
}

pub(super) async fn the_same_beginning_again_adds_answers_and_another_one_is_refused(
    place: &dyn LogUnderTest,
) {
    let log = Ledger(place.open().await);
    log.write(2, [1]).await;
    log.0.begin(beginning(5, 6, &[answer("a", 1)])).await.expect("there is nothing of it");
    let head = *log.0.head().borrow();
    log.0.begin(beginning(5, 6, &[answer("a", 1), answer("b", 2)])).await.expect("it is the same");
    assert_eq!(*log.0.head().borrow(), head, "and takes up no position");
    let both = beginning(5, 6, &[answer("a", 1), answer("b", 2)]);
    assert_eq!(log.beginning(None).await, Some(both.clone()));

    let mut of_another_state = both.clone();
    of_another_state.snapshot.state = Json::of("another").expect("text is JSON");
    let mut of_another_agent = beginning(5, 6, &[]);
    of_another_agent.snapshot.agent = account(2);
    let others = [
        beginning(4, 6, &[]),
        beginning(6, 6, &[]),
        beginning(5, 7, &[]),
        beginning(5, 6, &[answer("c", 3), answer("a", 3)]),
        of_another_state,
        of_another_agent,
    ];
    for other in others {
        let refused = log.0.begin(other.clone()).await;
        assert!(matches!(refused, Err(BeginError::Another { .. })), "{other:?}: {refused:?}");
    }
    for (after, sequence) in [(0, 3), (5, 4)] {
        let refused = log.0.begin(beginning(after, sequence, &[])).await;
        assert!(matches!(refused, Err(BeginError::TooEarly { .. })), "{after} {sequence}: {refused:?}");
    }
    assert_eq!(log.beginning(None).await, Some(both), "nothing of what was refused is there");
    assert_eq!(*log.0.head().borrow(), head);
    log.write(1, [6]).await;
    log.0.begin(beginning(5, 6, &[])).await.expect("it is the same, whatever came since");
}

pub(super) async fn a_log_of_which_everything_was_dropped_is_read_and_goes_on(place: &dyn LogUnderTest) {
    let log = Ledger(place.open().await);
    log.write(1, 1..=4).await;
    log.save(1, 4).await;
    let keep_answers_since = Timestamp::default();
    let compaction = Compaction { agent: account(1), up_to: Sequence::new(4), keep_answers_since };
    log.0.compact(compaction).await.expect("there is a snapshot");
    let log = reopened(log, place).await;
    assert_eq!(numbers(&log.read(Query::all(Position::START).with_gaps()).await), [0; 0]);
    assert_eq!(log.0.verify().await.expect("the log answers"), []);
    let append = Append::new(account(1), Sequence::new(4), [event(5)]);
    let appended = log.0.append(append).await.expect("it goes on");
    assert_eq!((appended.sequence.number(), appended.position.number()), (5, 5));
    assert_eq!(numbers(&log.read(Query::all(Position::new(4))).await), [5]);
}

/// The log, opened again where it outlives its process.
async fn reopened(log: Ledger, place: &dyn LogUnderTest) -> Ledger {
    if log.0.durability() == Durability::Process {
        return log;
    }
    drop(log);
    Ledger(place.open().await)
}
