//! Read models: each event counts once, whatever is killed; the same in memory and in a file.

use std::num::NonZeroU32;
use std::sync::Arc;

use mistersmith::events::*;
use mistersmith::testing::settled;
use rusqlite::Connection;

use super::views::*;

async fn follows<M: Kept>(model: Arc<M>) {
    let log = Arc::new(MemoryLog::new());
    for number in [1, 9, 2, 1] {
        pay_in(&*log, number, 5).await;
    }
    let views = Views::open(&model, &log).await;
    for round in 0..3 {
        let mut last = Position::START;
        for number in 0..300 {
            last = pay_in(&*log, number % 3, 1 + round).await;
        }
        soon(views.handle.reached(last)).await;
        assert_eq!(model.balances().await, fold(&*log).await);
    }
    assert_eq!(views.applied(), 903);
    let progress = views.handle.progress();
    assert_eq!((progress.lag(), progress.standing), (0, Standing::Following));
}

#[tokio::test]
async fn a_read_model_is_the_fold_of_its_log_and_follows_it() {
    follows(in_memory()).await;
    follows(in_file(&tempfile::tempdir().unwrap())).await;
}

async fn is_killed<M: Kept>(model: Arc<M>) {
    let log = Arc::new(MemoryLog::new());
    let views = Views::open(&model, &log).await;
    let mut last = Position::START;
    for number in 0..400 {
        last = pay_in(&*log, number % 3, 1).await;
        if number % 5 == 0 {
            views.control().kill();
        }
        if number % 3 == 0 {
            tokio::task::yield_now().await;
        }
    }
    soon(views.handle.reached(last)).await;
    assert_eq!(model.balances().await, fold(&*log).await);
    assert!(views.control().facts().incarnation.number() > 5, "{}", views.control().facts().incarnation);
}

#[tokio::test]
async fn each_event_counts_once_however_often_the_agent_is_killed() {
    is_killed(in_memory()).await;
    is_killed(in_file(&tempfile::tempdir().unwrap())).await;
}

#[tokio::test]
async fn a_model_in_a_file_is_gone_on_with_where_it_ended() {
    let (folder, log) = (tempfile::tempdir().unwrap(), Arc::new(MemoryLog::new()));
    for round in 1..=3 {
        let model = in_file(&folder);
        let views = Views::open(&model, &log).await;
        let mut last = Position::START;
        for _ in 0..10 {
            last = pay_in(&*log, 1, 1).await;
        }
        soon(views.handle.reached(last)).await;
        assert_eq!(model.balances().await["account-1"], 10 * round);
        assert_eq!(views.applied(), 10, "round {round}: what was applied is not applied again");
        views.system.stop().await;
    }
}

async fn is_rebuilt<M: Kept>(model: Arc<M>) {
    let log = Arc::new(MemoryLog::new());
    let last = pay_in(&*log, 1, 5).await;
    let views = Views::open(&model, &log).await;
    soon(views.handle.reached(last)).await;
    views.handle.rebuild();
    let last = pay_in(&*log, 1, 7).await;
    soon(views.handle.reached(last)).await;
    assert_eq!((views.applied(), model.balances().await["account-1"]), (3, 12));
    views.system.find::<Projecting>().unwrap().ask(Rebuild).await.unwrap();
    let mut watch = views.handle.watch();
    soon(watch.wait_for(|progress| views.applied() == 5 && progress.lag() == 0)).await.unwrap();
    assert_eq!(model.balances().await["account-1"], 12);
    views.system.stop().await;

    let views = Views::of::<M, 2>(model.clone(), &log, 1, |spec| spec).await;
    soon(views.handle.reached(last)).await;
    assert_eq!((views.applied(), model.balances().await["account-1"]), (2, 12), "of another version");
}

#[tokio::test]
async fn a_model_is_made_again_when_that_is_wanted_and_when_its_projection_has_another_version() {
    is_rebuilt(in_memory()).await;
    is_rebuilt(in_file(&tempfile::tempdir().unwrap())).await;
}

#[tokio::test]
async fn several_that_drive_one_model_count_each_event_once() {
    let (folder, log) = (tempfile::tempdir().unwrap(), Arc::new(MemoryLog::new()));
    let model = in_file(&folder);
    let views = Views::of::<_, 1>(model.clone(), &log, 3, |spec| spec).await;
    let mut last = Position::START;
    for number in 0..300 {
        last = pay_in(&*log, number % 3, 1).await;
        tokio::task::yield_now().await;
    }
    soon(views.handle.reached(last)).await;
    assert_eq!(model.balances().await, fold(&*log).await);
}

/// Tries to end the transaction that it is in.
struct Escape(&'static str);

impl Projection for Escape {
    type Model = Connection;
    fn takes(&self, _: &StateEvent) -> bool {
        true
    }
    fn begin(&self, model: &mut Connection) -> anyhow::Result<()> {
        Ok(model.execute_batch("CREATE TABLE t(a INTEGER PRIMARY KEY)")?)
    }
    fn apply(&self, model: &mut Connection, _: &StateEvent) -> anyhow::Result<()> {
        model.execute_batch("INSERT INTO t VALUES (1)")?;
        let _ = model.execute_batch(self.0);
        Ok(model.execute_batch("INSERT INTO t VALUES (2)")?)
    }
}

#[tokio::test]
async fn a_projection_cannot_end_the_transaction_of_its_step() {
    for (escape, kept) in
        [("COMMIT", 2), ("ROLLBACK", 2), ("BEGIN", 2), ("INSERT OR ROLLBACK INTO t VALUES (1)", 1)]
    {
        let (folder, log) = (tempfile::tempdir().unwrap(), Arc::new(MemoryLog::new()));
        let model = in_file(&folder);
        let position = pay_in(&*log, 1, 1).await;
        let change = async |expected, next, apply: bool| {
            let next = Checkpoint { version: NonZeroU32::MIN, position: next };
            let event = log.read(Query::all(Position::START)).await.unwrap().events.remove(0);
            let work = move |model: &mut Connection| match apply {
                true => Escape(escape).apply(model, &event),
                false => Escape(escape).begin(model),
            };
            model.change(Step { expected, next, work: Box::new(work) }).await
        };
        change(None, Position::START, false).await.unwrap();
        let begun = model.checkpoint().await.unwrap();
        let done = change(begun, position, true).await;
        let rows =
            model.read(|model| model.query_row("SELECT count(*) FROM t", [], |row| row.get::<_, i64>(0)));
        assert_eq!(rows.await.unwrap(), kept, "{escape}");
        let at = model.checkpoint().await.unwrap();
        if kept == 2 {
            done.unwrap();
            assert_eq!(at.unwrap().position, position);
        } else {
            // The conflict clause is no statement of its own; what it does is noticed, and the step does not count.
            assert!(done.unwrap_err().to_string().contains("ON CONFLICT ROLLBACK"));
            assert_eq!(at, begun);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn how_far_a_projection_is_can_be_seen_and_waited_for() {
    let (model, log, views) = slow(1, 0).await;
    settled(views.system.clock()).await;
    for _ in 0..10 {
        pay_in(&*log, 1, 1).await;
    }
    settled(views.system.clock()).await;
    assert_eq!(views.handle.progress().position, Position::START);
    let asked = views.system.find::<Projecting>().unwrap();
    model.steps.add_permits(1);
    soon(views.handle.reached(Position::new(1))).await;
    pay_in(&*log, 1, 1).await;
    settled(views.system.clock()).await;
    let mut head = views.handle.watch();
    model.steps.add_permits(1);
    let progress = soon(head.wait_for(|progress| progress.head.number() == 11)).await.unwrap().clone();
    assert_eq!(progress.lag(), 0);
    assert_eq!(asked.ask(HowFar).await.unwrap(), progress);
}
