//! Read models: each event counts once, whatever is killed; the same in memory and in a file.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use mistersmith::agent::Control;
use mistersmith::events::*;
use mistersmith::identity::AgentKey;
use mistersmith::prelude::{DomainSpec, Flags, Strategy, System};
use mistersmith::routing::CallError;
use mistersmith::testing::settled;
use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::bank::{Account, Change};

/// Where balances are written down.
trait Shelf: 'static {
    fn clear(&mut self) -> anyhow::Result<()>;
    fn add(&mut self, account: &str, cents: u64) -> anyhow::Result<()>;
}

type Table = BTreeMap<String, u64>;

impl Shelf for Table {
    fn clear(&mut self) -> anyhow::Result<()> {
        Table::clear(self);
        Ok(())
    }
    fn add(&mut self, account: &str, cents: u64) -> anyhow::Result<()> {
        *self.entry(account.to_owned()).or_default() += cents;
        Ok(())
    }
}

impl Shelf for Connection {
    fn clear(&mut self) -> anyhow::Result<()> {
        self.execute_batch(
            "DROP TABLE IF EXISTS b; CREATE TABLE b(account TEXT PRIMARY KEY, cents INTEGER)",
        )?;
        Ok(())
    }
    fn add(&mut self, account: &str, cents: u64) -> anyhow::Result<()> {
        let add = "INSERT INTO b VALUES (?1, ?2) ON CONFLICT DO UPDATE SET cents = cents + ?2";
        self.execute(add, (account, i64::try_from(cents)?))?;
        Ok(())
    }
}

/// What was paid into each account.
struct Balances<S, const VERSION: u32 = 1> {
    applied: Arc<AtomicU64>,
    shelf: PhantomData<fn(S)>,
}

impl<S: Shelf, const VERSION: u32> Projection for Balances<S, VERSION> {
    type Model = S;
    const VERSION: NonZeroU32 = NonZeroU32::new(VERSION).unwrap();

    fn takes(&self, event: &StateEvent) -> bool {
        event.agent.domain.as_str() == "bank"
    }
    fn begin(&self, model: &mut S) -> anyhow::Result<()> {
        model.clear()
    }
    fn apply(&self, model: &mut S, event: &StateEvent) -> anyhow::Result<()> {
        self.applied.fetch_add(1, Ordering::SeqCst);
        let Change::PaidIn { cents } = event.read_as()? else { return Ok(()) };
        model.add(event.agent.name.as_str(), cents)?;
        // Too late: it is written down already.
        assert_ne!(cents, 13, "13 is a panic");
        anyhow::ensure!(cents != 666, "{cents} is poison");
        Ok(())
    }
}

/// A model that can be looked at.
trait Kept: ReadModel<Model: Shelf> {
    async fn balances(&self) -> Table;
}

impl Kept for MemoryReadModel<Table> {
    async fn balances(&self) -> Table {
        self.read(Table::clone)
    }
}

impl Kept for SqliteReadModel {
    async fn balances(&self) -> Table {
        let table = self.read(|connection| {
            let mut rows = connection.prepare("SELECT account, cents FROM b")?;
            let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.cast_unsigned())))?;
            rows.collect()
        });
        table.await.unwrap()
    }
}

fn in_memory() -> Arc<MemoryReadModel<Table>> {
    Arc::new(MemoryReadModel::new(Table::new()))
}

/// A model in a file that is gone when its folder is.
fn in_file(folder: &tempfile::TempDir) -> Arc<SqliteReadModel> {
    open(&folder.path().join("model"))
}

fn open(path: &Path) -> Arc<SqliteReadModel> {
    Arc::new(SqliteReadModel::open(path).unwrap())
}

/// The account of this number; number 9 is none of the bank's.
fn account(number: usize) -> AgentKey {
    let domain = if number == 9 { "mattress" } else { "bank" };
    let id = format!("{domain}/account-{number}@1.0.0#6f1cb7a4-96a5-4b1d-a2dd-ffa67ed52b4{number}");
    id.parse::<mistersmith::identity::AgentId>().unwrap().key()
}

async fn pay_in(log: &dyn EventLog, number: usize, cents: u64) -> Position {
    let (event_type, data) =
        ("PaidIn@2".parse().unwrap(), Json::of(&serde_json::json!({ "cents": cents })).unwrap());
    let event = NewEvent::new(Timestamp::from_micros(1), event_type, data);
    let last = log.last(&account(number)).await.unwrap();
    log.append(Append::new(account(number), last, [event])).await.unwrap().position
}

/// What is waited for, unless it takes too long.
async fn soon<T>(work: impl Future<Output = T>) -> T {
    let clock = mistersmith::clock::Clock::seeded(1);
    clock.timeout(Duration::from_secs(20), work).await.expect("it comes to that within 20 s")
}

/// What the balances are, from the log alone, of the bank's accounts.
async fn fold(log: &dyn EventLog) -> Table {
    let mut table = Table::new();
    for key in log.agents().await.unwrap().into_iter().filter(|key| key.domain.as_str() == "bank") {
        let account = recover::<Account>(log, &key, &(), AsOf::Now).await.unwrap();
        table.insert(key.name.to_string(), account.state.balance);
    }
    table
}

/// A system with one projection, or several of the same model.
struct Views {
    system: System,
    handle: ProjectionHandle,
    applied: Arc<AtomicU64>,
}

impl Views {
    async fn open<M: Kept>(model: &Arc<M>, log: &Arc<MemoryLog>) -> Self {
        Self::of::<M, 1>(model.clone(), log, 1, |spec| spec).await
    }

    async fn of<M, const VERSION: u32>(
        model: Arc<M>,
        log: &Arc<MemoryLog>,
        agents: usize,
        with: impl Fn(ProjectionSpec<Balances<M::Model, VERSION>>) -> ProjectionSpec<Balances<M::Model, VERSION>>,
    ) -> Self
    where
        M: ReadModel<Model: Shelf>,
    {
        let applied = Arc::new(AtomicU64::new(0));
        let mut views = DomainSpec::new("views", Flags::new(Strategy::OneForOne, 99, 1)).unwrap();
        let mut handles = Vec::new();
        for number in 0..agents {
            let balances = Balances::<_, VERSION> { applied: Arc::clone(&applied), shelf: PhantomData };
            let spec = with(ProjectionSpec::new(balances, model.clone(), log.clone()));
            handles.push(spec.handle());
            views = views.agent(spec.agent(format!("balances-{number}")).unwrap());
        }
        let clock = mistersmith::clock::Clock::seeded(1);
        let system = System::builder("town").clock(clock).domain(views).start().await.unwrap();
        Self { system, handle: handles.remove(0), applied }
    }

    fn control(&self) -> Arc<dyn Control> {
        self.system.agents().into_iter().next().unwrap()
    }

    fn applied(&self) -> u64 {
        self.applied.load(Ordering::SeqCst)
    }

    /// Waits until it is suspended; the reason, and the event that it cannot apply.
    async fn suspended(&self) -> (String, Option<EventPlace>) {
        let mut watch = self.handle.watch();
        let is_suspended = |progress: &Progress| matches!(progress.standing, Standing::Suspended { .. });
        match soon(watch.wait_for(is_suspended)).await.unwrap().standing.clone() {
            Standing::Suspended { reason, place } => (reason, place),
            standing => panic!("{standing:?}"),
        }
    }
}

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

async fn is_poisoned<M: Kept>(model: Arc<M>, cents: u64, reason: &str) {
    let log = Arc::new(MemoryLog::new());
    let mut last = Position::START;
    for cents in [5, 7, cents, 11] {
        last = pay_in(&*log, 1, cents).await;
    }
    let views = Views::open(&model, &log).await;
    let (why, place) = views.suspended().await;
    let poison = EventPlace { agent: account(1), sequence: Sequence::new(3) };
    assert_eq!(place.as_ref(), Some(&poison));
    assert!(why.contains(reason) && why.contains("event 3 of"), "{why}");
    let progress = views.handle.progress();
    assert_eq!((progress.position.number(), progress.lag()), (2, 2), "what is before it is there");
    assert_eq!(model.balances().await["account-1"], 12, "nothing of it is kept");
    let asked = views.system.find::<Projecting>();
    assert!(asked.is_err() || matches!(asked.unwrap().ask(HowFar).await, Err(CallError::Suspended { .. })));
    assert_eq!(views.control().facts().incarnation.number(), 1, "no restart is spent on it");

    let (mut watch, applied) = (views.handle.watch(), views.applied());
    views.control().resume().unwrap();
    soon(watch.changed()).await.unwrap();
    assert_eq!(views.suspended().await.1, Some(poison.clone()), "it fails again");
    assert!(views.applied() > applied, "it is tried again");
    let instead =
        Replacement { event_type: "PaidIn@2".parse().unwrap(), data: Json::parse(r#"{"cents":6}"#).unwrap() };
    let (by, why) = ("a person".to_owned(), "it was a slip".to_owned());
    let correction = Correction { sequence: poison.sequence, instead: Some(instead), by, why };
    correct(&*log, &account(1), &correction, Timestamp::from_micros(2)).await.unwrap();
    views.control().resume().unwrap();
    soon(views.handle.reached(last.next())).await;
    assert_eq!(model.balances().await["account-1"], 5 + 7 + 6 + 11);
}

#[tokio::test]
async fn a_poison_event_suspends_the_projection_and_nothing_of_it_is_kept() {
    for (cents, reason) in [(666, "666 is poison"), (13, "13 is a panic")] {
        is_poisoned(in_memory(), cents, reason).await;
        is_poisoned(in_file(&tempfile::tempdir().unwrap()), cents, reason).await;
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

/// A model in memory that takes a step when it is let, and fails when it is told to.
struct Slow {
    inside: MemoryReadModel<Table>,
    steps: Semaphore,
    fails: AtomicU64,
}

impl ReadModel for Slow {
    type Model = Table;
    fn checkpoint(&self) -> Underway<'_, Result<Option<Checkpoint>, ReadModelError>> {
        self.inside.checkpoint()
    }
    fn change(&self, step: Step<Table>) -> Underway<'_, Result<(), ChangeError>> {
        Box::pin(async {
            self.steps.acquire().await.unwrap().forget();
            if self.fails.load(Ordering::SeqCst) > 0 {
                self.fails.fetch_sub(1, Ordering::SeqCst);
                return Err(ReadModelError::new("no disk").into());
            }
            self.inside.change(step).await
        })
    }
}

async fn slow(steps: usize, fails: u64) -> (Arc<Slow>, Arc<MemoryLog>, Views) {
    let (inside, steps) = (MemoryReadModel::new(Table::new()), Semaphore::new(steps));
    let model = Arc::new(Slow { inside, steps, fails: AtomicU64::new(fails) });
    let log = Arc::new(MemoryLog::new());
    let views = Views::of::<_, 1>(model.clone(), &log, 1, |spec| spec).await;
    (model, log, views)
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

#[tokio::test(start_paused = true)]
async fn a_model_that_does_not_work_is_tried_again_every_second() {
    let (model, log, views) = slow(100, 3).await;
    let (before, last) = (views.system.clock().now(), pay_in(&*log, 1, 5).await);
    assert!(views.suspended().await.0.contains("no disk"));
    soon(views.handle.reached(last)).await;
    assert_eq!((views.system.clock().now() - before).as_secs(), 3);
    assert_eq!(model.inside.balances().await["account-1"], 5);
}

#[tokio::test]
async fn a_model_that_has_seen_more_than_the_log_has_is_not_filled_from_it() {
    let model = in_memory();
    let log = Arc::new(MemoryLog::new());
    let views = Views::open(&model, &log).await;
    let last = pay_in(&*log, 1, 5).await;
    soon(views.handle.reached(pay_in(&*log, 1, 5).await)).await;
    views.system.stop().await;

    let other = Arc::new(MemoryLog::new());
    assert_eq!(pay_in(&*other, 1, 1).await, last);
    let views = Views::open(&model, &other).await;
    let (reason, _) = views.suspended().await;
    assert!(reason.contains("up to position 2, and the log ends at 1"), "{reason}");
    views.handle.rebuild();
    let mut watch = views.handle.watch();
    soon(watch.wait_for(|progress| progress.standing == Standing::Following)).await.unwrap();
    soon(views.handle.reached(pay_in(&*other, 1, 1).await)).await;
    assert_eq!(model.balances().await["account-1"], 2);
}

#[tokio::test]
async fn a_projection_that_would_miss_compacted_events_is_suspended_unless_gaps_are_accepted() {
    let log = Arc::new(MemoryLog::new());
    for cents in 1..=3 {
        pay_in(&*log, 1, cents).await;
    }
    let (agent, sequence, timestamp) = (account(1), Sequence::new(2), Timestamp::from_micros(2));
    let (version, causality, state) =
        (NonZeroU32::MIN, VectorClock::new(), Json::of(&Account::default()).unwrap());
    log.save(Snapshot { agent, sequence, timestamp, version, causality, state }).await.unwrap();
    let keep_answers_since = Timestamp::default();
    log.compact(Compaction { agent: account(1), up_to: sequence, keep_answers_since }).await.unwrap();
    let views = Views::open(&in_memory(), &log).await;
    assert!(views.suspended().await.0.contains("up to position 2 were compacted"));
    let model = in_memory();
    let views = Views::of::<_, 1>(model.clone(), &log, 1, ProjectionSpec::with_gaps).await;
    soon(views.handle.reached(Position::new(3))).await;
    assert_eq!(model.balances().await["account-1"], 3);
}
