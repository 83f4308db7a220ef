//! Real processes are killed with SIGKILL at random instants, most of them while they acknowledge writes, again and again
//! on the same log: every acknowledged write is there, none is there twice, and their order is kept.
//!
//! `CRASH_ROUNDS=5000 cargo test -p mistersmith-tests --test crash` for more.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "what helps a test may fail it")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use mistersmith::clock::Clock;
use mistersmith::events::{
    AsOf, Durability, EventLog, ReadModel, SqliteLog, SqliteOptions, SqliteReadModel, recover,
};
use mistersmith_tests::ledger::{ACCOUNTS, Account, key, model_beside};
use tokio::sync::oneshot;

/// How often a process is killed, for each durability: two thirds of it, 200, under load.
fn rounds() -> u64 {
    std::env::var("CRASH_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(300)
}

/// By when a process has acknowledged something, however busy the machine is.
const BEGINS_WITHIN: Duration = Duration::from_secs(60);

/// What each client was acknowledged last, as its lines say.
type Acknowledged = Arc<[AtomicU64; ACCOUNTS]>;

fn start(log: &Path, durability: &str, acknowledged: &Acknowledged) -> Child {
    let numbers = acknowledged.iter().map(|number| number.load(Ordering::SeqCst).to_string());
    let ledger = Command::new(env!("CARGO_BIN_EXE_ledger"))
        .arg(log)
        .arg(durability)
        .args(numbers)
        .stdout(Stdio::piped())
        .spawn();
    ledger.unwrap()
}

/// Reads the lines of a process until it is dead and nothing of it is left in the pipe; how many there were. The other one
/// is told of the first.
fn listen(child: &mut Child, acknowledged: &Acknowledged) -> (JoinHandle<u64>, oneshot::Receiver<()>) {
    let (first, begun) = oneshot::channel();
    let mut first = Some(first);
    let (lines, acknowledged) = (BufReader::new(child.stdout.take().unwrap()), Arc::clone(acknowledged));
    let listening = std::thread::spawn(move || {
        let mut heard = 0;
        for line in lines.lines().map(Result::unwrap) {
            let (client, number) = line.split_once(' ').unwrap();
            let (client, number): (usize, u64) = (client.parse().unwrap(), number.parse().unwrap());
            let before = acknowledged[client].swap(number, Ordering::SeqCst);
            assert_eq!(before + 1, number, "client {client}");
            heard += 1;
            first.take().map(|first| first.send(()));
        }
        heard
    });
    (listening, begun)
}

/// What the log holds, compared with what was acknowledged.
async fn check(path: &Path, durability: Durability, acknowledged: &Acknowledged, round: u64) -> u64 {
    let log = SqliteLog::open(path, SqliteOptions::new(durability)).unwrap();
    assert_eq!(log.damage(), None, "round {round}");
    for (client, number) in acknowledged.iter().enumerate() {
        let number = number.load(Ordering::SeqCst);
        let account = recover::<Account>(&log, &key(client).unwrap(), &(), AsOf::Now).await.unwrap();
        // Each client waits for its answer, so at most one number is in the log that nobody was told of.
        let last = account.state.last;
        assert!(
            last == number || last == number + 1,
            "round {round}: {client} was told {number}, and {last} is there"
        );
        assert_eq!(account.sequence.number(), last, "round {round}: one event for each number");
    }
    if round.is_multiple_of(10) {
        assert_eq!(log.verify().await.unwrap(), [], "round {round}");
    }
    check_model(path, &log, round).await
}

/// The model is the fold of the log up to where it says that it goes: each of its accounts counts from 1 without a gap, and
/// each position is one event.
async fn check_model(path: &Path, log: &SqliteLog, round: u64) -> u64 {
    let model = SqliteReadModel::open(model_beside(path)).unwrap();
    let Some(checkpoint) = model.checkpoint().await.unwrap() else { return 0 };
    let (position, head) = (checkpoint.position, *log.head().borrow());
    assert!(position <= head, "round {round}: the model has seen {position}, and the log ends at {head}");
    let sums = model.read(|model| {
        let sums = "SELECT coalesce(sum(last), 0), coalesce(sum(times), 0) FROM paid";
        model.query_row(sums, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))
    });
    let seen = position.number().cast_signed();
    assert_eq!(sums.await.unwrap(), (seen, seen), "round {round}: the last numbers, and how many there were");
    position.number()
}

/// How far the model was in the end.
async fn kill_again_and_again(name: &str, durability: Durability, seed: u64, rounds: u64) -> u64 {
    let (clock, dice) = (Clock::machine(), Clock::seeded(seed));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let acknowledged = Acknowledged::default();
    let (mut heard, mut under_load, mut seen) = (0, 0, 0);
    for round in 1..=rounds {
        let mut child = start(&path, name, &acknowledged);
        let (listening, begun) = listen(&mut child, &acknowledged);
        // A third of them while they start, as a rule; the others once something was acknowledged.
        if !round.is_multiple_of(3) {
            let begun = clock.until(clock.deadline(BEGINS_WITHIN), begun).await;
            assert!(matches!(begun, Ok(Ok(()))), "round {round}: nothing was acknowledged: {begun:?}");
        }
        clock.sleep(dice.jitter(Duration::from_millis(60))).await;
        child.kill().unwrap();
        assert!(child.wait().unwrap().code().is_none(), "round {round}: it ended by itself, see above");
        let acknowledged_now = listening.join().unwrap();
        heard += acknowledged_now;
        under_load += u64::from(acknowledged_now > 0);
        let now = check(&path, durability, &acknowledged, round).await;
        assert!(now >= seen, "round {round}: the model has gone back from {seen} to {now}");
        seen = now;
    }
    assert!(under_load >= rounds - rounds / 3, "only {under_load} of {rounds} were killed under load");
    assert!(heard > rounds, "only {heard} writes were acknowledged: this tests nothing");
    seen
}

#[tokio::test]
async fn what_was_acknowledged_survives_sigkill_when_it_is_to_outlive_its_process() {
    kill_again_and_again("process-death", Durability::ProcessDeath, 1, rounds()).await;
}

#[tokio::test]
async fn what_was_acknowledged_survives_sigkill_when_it_is_to_outlive_the_loss_of_power() {
    kill_again_and_again("power-loss", Durability::PowerLoss, 2, rounds()).await;
}

#[tokio::test]
async fn a_read_model_survives_sigkill_as_the_fold_of_its_log() {
    let seen = kill_again_and_again("process-death", Durability::ProcessDeath, 3, rounds() / 4).await;
    assert!(seen > rounds(), "only {seen} events were seen: this tests nothing");
}
