//! A log as lines: what comes in is what went out, and nothing that is not what was written.

use std::sync::Arc;

use mistersmith::events::*;
use mistersmith::testing::event_log::{Ledger, account, event};
use rusqlite::Connection;

use super::place::{Place, quick};

/// A log of two accounts with everything that an event may have.
async fn sample() -> Ledger {
    let log = Ledger(Arc::new(MemoryLog::new()));
    log.append(1, 0, [event(1), event(2)]).await.unwrap();
    let mut rich = event(3);
    rich.data =
        Json::parse("{\"note\": \"a \\\"quoted\\\"\\nline, \\u00e4 \\\"crc\\\":\\\"0\\\"\"}").unwrap();
    rich.causality.advance(&Replica::new("here"));
    rich.metadata = Metadata {
        trace: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned()),
        cause: Some(EventPlace { agent: account(1), sequence: Sequence::new(2) }),
        by: Some("a person".to_owned()),
        replica: Some(Replica::new("here")),
        answered: Some(Answered {
            key: RequestKey::new("add", "k").unwrap(),
            answer: RecordedAnswer::Reply(Json::of(&7).unwrap()),
        }),
    };
    let mut refused = event(4);
    refused.metadata.answered = Some(Answered {
        key: RequestKey::new("take", "k").unwrap(),
        answer: RecordedAnswer::Refusal(Json::of("too much").unwrap()),
    });
    log.append(2, 0, [rich, refused]).await.unwrap();
    let mut nothing = event(5);
    nothing.metadata.answered = Some(Answered {
        key: RequestKey::new("settle", "k").unwrap(),
        answer: RecordedAnswer::Reply(Json::parse("null").unwrap()),
    });
    log.append(1, 2, [nothing]).await.unwrap();
    log.save(1, 2).await;
    log
}

async fn lines(log: &Ledger) -> Vec<String> {
    let (mut export, mut lines) = (Export::new(&*log.0), Vec::new());
    while let Some(line) = export.next_line().await.unwrap() {
        lines.push(line);
    }
    lines
}

async fn import(log: &Ledger, lines: &[String]) -> Result<Imported, ImportError> {
    let mut import = Import::new(&*log.0);
    for line in lines {
        import.line(line).await?;
    }
    import.finish().await
}

fn empty() -> Ledger {
    Ledger(Arc::new(MemoryLog::new()))
}

#[tokio::test]
async fn what_is_exported_from_one_log_is_the_same_in_another() {
    let (here, place) = (sample().await, Place::new());
    let lines = lines(&here).await;
    assert!(lines.iter().all(|line| !line.contains('\n')));
    let there = place.open();
    let done = import(&there, &lines).await.unwrap();
    assert_eq!((done.events, done.known, done.snapshots, done.damaged), (5, 0, 1, None));
    let all = Query::all(Position::START);
    assert_eq!(there.read(all.clone()).await, here.read(all).await);
    let snapshot = |log: &Ledger| {
        let log = Arc::clone(&log.0);
        async move { log.snapshot(&account(1), Sequence::END).await.unwrap() }
    };
    assert_eq!(snapshot(&there).await, snapshot(&here).await);
    let key = RequestKey::new("take", "k").unwrap();
    assert_eq!(
        there.0.answered(&account(2), &key).await.unwrap(),
        here.0.answered(&account(2), &key).await.unwrap()
    );
}

#[tokio::test]
async fn an_import_that_was_broken_off_goes_on_when_it_is_done_again() {
    let lines = lines(&sample().await).await;
    for cut in 1..lines.len() {
        let there = empty();
        let broken = import(&there, &lines[..cut]).await;
        assert!(matches!(broken, Err(ImportError::NoEnd { number }) if number == cut as u64), "{broken:?}");
        let known = there.0.head().borrow().number();
        let done = import(&there, &lines).await.unwrap();
        assert_eq!((done.known, done.events), (known, 5 - known), "cut after line {cut}");
        assert_eq!(there.0.head().borrow().number(), 5);
    }
}

#[tokio::test]
async fn a_line_that_is_not_what_was_written_is_refused_with_its_number() {
    let lines = lines(&sample().await).await;
    for number in 1..lines.len() - 1 {
        let line = &lines[number];
        for at in (0..line.len()).filter(|at| line.is_char_boundary(*at) && line.is_char_boundary(at + 1)) {
            let mut changed = line.clone();
            let other = if &line[at..=at] == "1" { "2" } else { "1" };
            changed.replace_range(at..=at, other);
            let mut all = lines.clone();
            all[number] = changed;
            let refused = import(&empty(), &all).await;
            let expected = number as u64 + 1;
            assert!(
                matches!(refused, Err(ImportError::Line { number, .. }) if number == expected),
                "{}: {refused:?}",
                all[number]
            );
        }
    }
}

#[tokio::test]
async fn a_line_that_is_missing_or_comes_twice_is_noticed() {
    let lines = lines(&sample().await).await;
    let refused = |lines: Vec<String>| async move { import(&empty(), &lines).await.unwrap_err().to_string() };
    let mut missing = lines.clone();
    missing.remove(1);
    let error = refused(missing).await;
    assert!(error.contains("line 2: expected event 1 of ") && error.contains(", got 2: "), "{error}");
    let mut last_missing = lines.clone();
    last_missing.remove(5);
    let error = refused(last_missing).await;
    assert!(error.contains("expected 5 events before it, as it says, got 4"), "{error}");
    let mut twice = lines.clone();
    twice.insert(3, lines[2].clone());
    let error = refused(twice).await;
    assert!(
        error.starts_with("line 4: expected event 3 of ") && error.ends_with("got 2: it comes twice"),
        "{error}"
    );
}

#[tokio::test]
async fn what_the_log_has_otherwise_is_not_overwritten() {
    let lines = lines(&sample().await).await;
    let there = empty();
    there.append(1, 0, [event(1), event(9)]).await.unwrap();
    let refused = import(&there, &lines).await;
    assert!(
        matches!(&refused, Err(ImportError::Another { number: 3, sequence, .. }) if sequence.number() == 2),
        "{refused:?}"
    );
    assert_eq!(there.0.head().borrow().number(), 2);
}

#[tokio::test]
async fn an_export_of_a_newer_version_and_what_is_none_are_refused() {
    let refused = |line: &str| {
        let line = line.to_owned();
        async move { import(&empty(), &[line]).await.unwrap_err().to_string() }
    };
    let newer = refused(r#"{"mistersmith_events":2}"#).await;
    assert!(newer.contains("expected an export of version 1 at most, got 2"), "{newer}");
    let none = refused("dear customer").await;
    assert!(none.starts_with("line 1: expected the first line of an exported log"), "{none}");
}

/// A log of which the first events of two accounts were dropped: of one with answers that outlived them and a snapshot
/// after a later event, of the other all.
async fn compacted() -> Ledger {
    let log = sample().await;
    log.append(1, 3, [event(6), event(7), event(8)]).await.unwrap();
    log.write(3, [9]).await;
    for (number, snapshot) in [(1, 5), (1, 6), (2, 2)] {
        log.save(number, snapshot).await;
    }
    for (number, up_to) in [(1, 4), (2, 2)] {
        let (up_to, keep_answers_since) = (Sequence::new(up_to), Timestamp::default());
        log.0.compact(Compaction { agent: account(number), up_to, keep_answers_since }).await.unwrap();
    }
    log
}

/// Everything that a log has, but for positions and the order of agents.
async fn contents(log: &Ledger) -> String {
    let mut agents = log.0.agents().await.unwrap();
    agents.sort_unstable();
    let mut contents = String::new();
    for agent in agents {
        let beginning = log.0.beginning(&agent, None).await.unwrap();
        let after = beginning.as_ref().map_or(Sequence::START, |beginning| beginning.after);
        let events = log.read(Query::of(agent.clone(), after)).await;
        let events: Vec<_> =
            events.into_iter().map(|event| StateEvent { position: Position::START, ..event }).collect();
        let newest = log.0.snapshot(&agent, Sequence::END).await.unwrap();
        contents += &format!("{agent}: {beginning:#?}\n{events:#?}\n{newest:#?}\n");
    }
    contents
}

#[tokio::test]
async fn a_log_without_its_first_events_is_the_same_in_another_that_begins_at_its_snapshots() {
    let (here, place) = (compacted().await, Place::new());
    let lines = lines(&here).await;
    for there in [place.open(), empty()] {
        let done = import(&there, &lines).await.unwrap();
        assert_eq!((done.beginnings, done.events, done.known, done.snapshots), (2, 3, 0, 1));
        assert_eq!(contents(&there).await, contents(&here).await);
        let key = RequestKey::new("take", "k").unwrap();
        assert!(there.0.answered(&account(2), &key).await.unwrap().is_some(), "an answer without its event");
        assert_eq!(there.0.verify().await.unwrap(), []);
        assert!(there.0.read(Query::all(Position::START)).await.is_err(), "what was dropped is missed");
        there.write(2, [10]).await;
        assert_eq!(there.last(2).await, 3, "and it goes on");
    }
    let again = place.open();
    assert_eq!(again.last(2).await, 3);
    assert_eq!(again.0.verify().await.unwrap(), []);
}

#[tokio::test]
async fn an_import_of_a_log_without_its_first_events_goes_on_when_it_is_done_again() {
    let here = compacted().await;
    let lines = lines(&here).await;
    for cut in 1..lines.len() {
        let place = Place::new();
        for there in [place.open(), empty()] {
            import(&there, &lines[..cut]).await.unwrap_err();
            let done = import(&there, &lines).await.unwrap();
            assert_eq!(done.events + done.known, 3, "cut after line {cut}");
            assert_eq!(contents(&there).await, contents(&here).await, "cut after line {cut}");
            assert_eq!(import(&there, &lines).await.unwrap().known, 3);
            assert_eq!(there.0.verify().await.unwrap(), []);
        }
    }
}

#[tokio::test]
async fn what_contradicts_a_beginning_is_refused() {
    let whole_lines = lines(&sample().await).await;
    let lines = lines(&compacted().await).await;
    let whole = empty();
    whole.write(2, 1..=2).await;
    let error = import(&whole, &lines).await.unwrap_err().to_string();
    assert!(error.contains(", got its events 1 to 2; begin it in a log that has nothing of it"), "{error}");
    let other = empty();
    let (up_to, keep_answers_since) = (Sequence::new(4), Timestamp::default());
    other.write(1, 1..=5).await;
    other.save(1, 4).await;
    other.0.compact(Compaction { agent: account(1), up_to, keep_answers_since }).await.unwrap();
    let error = import(&other, &lines).await.unwrap_err().to_string();
    assert!(error.contains(", got no snapshot after event 5"), "{error}");

    let begun = compacted().await;
    let error = import(&begun, &whole_lines).await.unwrap_err().to_string();
    assert!(error.starts_with("line 2: event 1 of "), "{error}");
    assert!(error.contains("was dropped, with those up to 4, from the log"), "{error}");
}

#[tokio::test]
async fn every_line_is_missed() {
    let lines = lines(&compacted().await).await;
    for number in 0..lines.len() {
        let mut missing = lines.clone();
        missing.remove(number);
        assert!(import(&empty(), &missing).await.is_err(), "without {}", lines[number]);
        let mut twice = lines.clone();
        twice.insert(number, lines[number].clone());
        let is_last = number == lines.len() - 1;
        assert!(is_last || import(&empty(), &twice).await.is_err(), "twice {}", lines[number]);
    }
}

#[tokio::test]
async fn a_damaged_log_is_exported_up_to_its_damage() {
    let place = Place::new();
    place.open().write(1, 1..=8).await;
    let connection = Connection::open(place.log()).unwrap();
    connection.execute("UPDATE events SET data = '33' WHERE position = 6", []).unwrap();
    drop(connection);
    let log = SqliteLog::open(place.log(), quick()).unwrap();
    let mut export = Export::new(&log);
    let failed = loop {
        match export.next_line().await {
            Ok(line) => assert!(line.is_some(), "nothing was noticed"),
            Err(error) => break error.to_string(),
        }
    };
    assert!(failed.contains("the event at position 6 is damaged"), "{failed}");
    let (mut export, there) = (Export::new(&log).until_damage(), empty());
    let mut import = Import::new(&*there.0);
    while let Some(line) = export.next_line().await.unwrap() {
        import.line(&line).await.unwrap();
    }
    let done = import.finish().await.unwrap();
    assert_eq!(done.events, 5);
    assert!(done.damaged.unwrap().contains("the event at position 6 is damaged"));
}
