//! A disk that is really full: a tmpfs of a megabyte, in a namespace that the test makes for itself.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use mistersmith::events::{AppendError, Json, Position, Query, SqliteLog};
use mistersmith::testing::event_log::{Ledger, event};

use super::place::quick;

/// Says to the test that it runs inside, and where the disk is.
const DISK: &str = "MISTERSMITH_FULL_DISK";

#[tokio::test]
async fn a_full_disk_takes_nothing_in_part_and_goes_on_when_there_is_room() {
    match std::env::var_os(DISK) {
        Some(disk) => fill(Path::new(&disk)).await,
        None => mount_and_run("full::a_full_disk_takes_nothing_in_part_and_goes_on_when_there_is_room"),
    }
}

/// Runs this test again, where a small disk is mounted that only it sees. Where that is not allowed, it says so.
fn mount_and_run(test: &str) {
    let disk = tempfile::tempdir().unwrap();
    let script = r#"mount -t tmpfs -o size=1m tmpfs "$0" || exit 77; exec "$1" --exact "$2" --nocapture"#;
    let ran = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script])
        .arg(disk.path())
        .arg(std::env::current_exe().unwrap())
        .arg(test)
        .env(DISK, disk.path())
        .output();
    let skipped = |why: &str| eprintln!("NOT TESTED: {test}: no disk can be mounted here: {why}");
    match ran {
        Err(error) => skipped(&error.to_string()),
        Ok(ran) => {
            let (out, complaints) =
                (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
            if ran.status.code() == Some(77) || complaints.starts_with("unshare:") {
                return skipped(&complaints);
            }
            assert!(ran.status.success() && out.contains("1 passed"), "{out}{complaints}");
        }
    }
}

async fn fill(disk: &Path) {
    let ballast = disk.join("ballast");
    fs::write(&ballast, vec![1; 256 * 1024]).unwrap();
    let log = Ledger(Arc::new(SqliteLog::open(disk.join("log"), quick()).unwrap()));
    let large = |number: u64| {
        let mut large = event(number);
        large.data = Json::of(&"x".repeat(8 * 1024)).unwrap();
        large
    };
    let mut appended = 0;
    let refused = loop {
        match log.append(1, appended, [large(appended), large(appended)]).await {
            Ok(_) => appended += 2,
            Err(refused) => break refused,
        }
    };
    assert!(matches!(refused, AppendError::Full { .. }), "{refused:?}");
    assert!(refused.to_string().contains(&disk.join("log").display().to_string()), "{refused}");
    assert!(appended > 10, "{appended}");
    assert_eq!(log.last(1).await, appended, "nothing of what was refused is there");
    fs::remove_file(&ballast).unwrap();
    log.append(1, appended, [large(appended), large(appended)]).await.unwrap();
    drop(log);
    let log = SqliteLog::open(disk.join("log"), quick()).unwrap();
    let events = Ledger(Arc::new(log)).read(Query::all(Position::START)).await;
    assert_eq!(events.len() as u64, appended + 2, "what was acknowledged is there");
}
