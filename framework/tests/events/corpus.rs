//! Logs of every released format stay readable: each lies in `corpus`, with what it held as lines.
//!
//! A release with a new format adds its log: `CORPUS_ADD=1 cargo test -p mistersmith --test events corpus`.

use std::fs;
use std::path::{Path, PathBuf};

use mistersmith::events::*;
use mistersmith::testing::event_log::{Ledger, event};
use rusqlite::Connection;

use super::bank::Account;
use super::place::{Place, write_some_of_everything};

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/events/corpus")
}

/// The folders of the corpus, and a place with a copy of each one's log.
fn formats() -> Vec<(PathBuf, Place)> {
    let folders = fs::read_dir(corpus()).unwrap().map(|entry| entry.unwrap().path());
    let copied = folders.map(|folder| {
        let place = Place::new();
        fs::copy(folder.join("log"), place.log()).unwrap();
        fs::copy(folder.join("log-mark"), place.file("-mark")).unwrap();
        (folder, place)
    });
    let formats: Vec<_> = copied.collect();
    assert!(!formats.is_empty(), "nothing was released");
    formats
}

async fn lines(log: &Ledger) -> String {
    let (mut export, mut lines) = (Export::new(&*log.0), String::new());
    while let Some(line) = export.next_line().await.unwrap() {
        lines.push_str(&line);
        lines.push('\n');
    }
    lines
}

/// Whose events are written in the forms of several versions of its code.
fn veteran() -> mistersmith::identity::AgentKey {
    let id = "bank/veteran@1.0.0#6f1cb7a4-96a5-4b1d-a2dd-ffa67ed52b44";
    id.parse::<mistersmith::identity::AgentId>().unwrap().key()
}

/// Writes the log of the present format into the corpus.
async fn add(folder: &Path) {
    let place = Place::new();
    let log = place.open();
    write_some_of_everything(&log).await;
    let old =
        [("PaidIn@1", r#"{"units":12}"#), ("PaidIn@2", r#"{"cents":50}"#), ("Taken@1", r#"{"cents":200}"#)];
    let old = old.map(|(event_type, data)| NewEvent {
        event_type: event_type.parse().unwrap(),
        data: Json::parse(data).unwrap(),
        ..event(1)
    });
    log.0.append(Append::new(veteran(), Sequence::START, old)).await.unwrap();
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("log.jsonl"), lines(&log).await).unwrap();
    drop(log);
    fs::copy(place.log(), folder.join("log")).unwrap();
    fs::copy(place.file("-mark"), folder.join("log-mark")).unwrap();
}

#[tokio::test]
async fn the_present_format_has_a_log_in_the_corpus() {
    let place = Place::new();
    drop(place.open());
    let format: i32 = Connection::open(place.log())
        .unwrap()
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .unwrap();
    let folder = corpus().join(format!("format-{format}"));
    if std::env::var_os("CORPUS_ADD").is_some() && !folder.exists() {
        add(&folder).await;
    }
    assert!(
        folder.join("log").exists(),
        "expected a log in {}; the first lines of this file say how",
        folder.display()
    );
}

#[tokio::test]
async fn a_log_of_every_released_format_holds_what_it_held_and_is_written() {
    for (folder, place) in formats() {
        let log = place.open();
        assert_eq!(log.0.verify().await.unwrap(), [], "{}", folder.display());
        let held = fs::read_to_string(folder.join("log.jsonl")).unwrap();
        assert!(lines(&log).await == held, "{}", folder.display());
        let imported = MemoryLog::new();
        let mut import = Import::new(&imported);
        for line in held.lines() {
            import.line(line).await.unwrap();
        }
        import.finish().await.unwrap();
        let last = log.0.last(&veteran()).await.unwrap();
        log.0.append(Append::new(veteran(), last, [event(1)])).await.unwrap();
    }
}

#[tokio::test]
async fn events_of_every_form_that_was_written_are_brought_up() {
    for (folder, place) in formats() {
        let log = place.open();
        let recovered = recover::<Account>(&*log.0, &veteran(), &(), AsOf::Now).await.unwrap();
        assert_eq!(recovered.state, Account { balance: 1_050, changes: 3 }, "{}", folder.display());
    }
}
