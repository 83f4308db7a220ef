//! A projection of the balances of accounts, in memory and in a file, and a system that runs it: what the tests of
//! projections play with.

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
use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::bank::{Account, Change};

/// Where balances are written down.
pub(super) trait Shelf: 'static {
    fn clear(&mut self) -> anyhow::Result<()>;
    fn add(&mut self, account: &str, cents: u64) -> anyhow::Result<()>;
}

pub(super) type Table = BTreeMap<String, u64>;

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
pub(super) struct Balances<S, const VERSION: u32 = 1> {
    pub(super) applied: Arc<AtomicU64>,
    pub(super) shelf: PhantomData<fn(S)>,
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
pub(super) trait Kept: ReadModel<Model: Shelf> {
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

pub(super) fn in_memory() -> Arc<MemoryReadModel<Table>> {
    Arc::new(MemoryReadModel::new(Table::new()))
}

/// A model in a file that is gone when its folder is.
pub(super) fn in_file(folder: &tempfile::TempDir) -> Arc<SqliteReadModel> {
    open(&folder.path().join("model"))
}

pub(super) fn open(path: &Path) -> Arc<SqliteReadModel> {
    Arc::new(SqliteReadModel::open(path).unwrap())
}

/// The account of this number; number 9 is none of the bank's.
pub(super) fn account(number: usize) -> AgentKey {
    let domain = if number == 9 { "mattress" } else { "bank" };
    let id = format!("{domain}/account-{number}@1.0.0#6f1cb7a4-96a5-4b1d-a2dd-ffa67ed52b4{number}");
    id.parse::<mistersmith::identity::AgentId>().unwrap().key()
}

pub(super) async fn pay_in(log: &dyn EventLog, number: usize, cents: u64) -> Position {
    let (event_type, data) =
        ("PaidIn@2".parse().unwrap(), Json::of(&serde_json::json!({ "cents": cents })).unwrap());
    let event = NewEvent::new(Timestamp::from_micros(1), event_type, data);
    let last = log.last(&account(number)).await.unwrap();
    log.append(Append::new(account(number), last, [event])).await.unwrap().position
}

/// What is waited for, unless it takes too long.
pub(super) async fn soon<T>(work: impl Future<Output = T>) -> T {
    let clock = mistersmith::clock::Clock::seeded(1);
    clock.timeout(Duration::from_secs(20), work).await.expect("it comes to that within 20 s")
}

/// What the balances are, from the log alone, of the bank's accounts.
pub(super) async fn fold(log: &dyn EventLog) -> Table {
    let mut table = Table::new();
    for key in log.agents().await.unwrap().into_iter().filter(|key| key.domain.as_str() == "bank") {
        let account = recover::<Account>(log, &key, &(), AsOf::Now).await.unwrap();
        table.insert(key.name.to_string(), account.state.balance);
    }
    table
}

/// A system with one projection, or several of the same model.
pub(super) struct Views {
    pub(super) system: System,
    pub(super) handle: ProjectionHandle,
    pub(super) applied: Arc<AtomicU64>,
}

impl Views {
    pub(super) async fn open<M: Kept>(model: &Arc<M>, log: &Arc<MemoryLog>) -> Self {
        Self::of::<M, 1>(model.clone(), log, 1, |spec| spec).await
    }

    pub(super) async fn of<M, const VERSION: u32>(
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

    pub(super) fn control(&self) -> Arc<dyn Control> {
        self.system.agents().into_iter().next().unwrap()
    }

    pub(super) fn applied(&self) -> u64 {
        self.applied.load(Ordering::SeqCst)
    }

    /// Waits until it is suspended; the reason, and the event that it cannot apply.
    pub(super) async fn suspended(&self) -> (String, Option<EventPlace>) {
        let mut watch = self.handle.watch();
        let is_suspended = |progress: &Progress| matches!(progress.standing, Standing::Suspended { .. });
        match soon(watch.wait_for(is_suspended)).await.unwrap().standing.clone() {
            Standing::Suspended { reason, place } => (reason, place),
            standing => panic!("{standing:?}"),
        }
    }
}

/// A model in memory that takes a step when it is let, and fails when it is told to.
pub(super) struct Slow {
    pub(super) inside: MemoryReadModel<Table>,
    pub(super) steps: Semaphore,
    pub(super) fails: AtomicU64,
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

pub(super) async fn slow(steps: usize, fails: u64) -> (Arc<Slow>, Arc<MemoryLog>, Views) {
    let (inside, steps) = (MemoryReadModel::new(Table::new()), Semaphore::new(steps));
    let model = Arc::new(Slow { inside, steps, fails: AtomicU64::new(fails) });
    let log = Arc::new(MemoryLog::new());
    let views = Views::of::<_, 1>(model.clone(), &log, 1, |spec| spec).await;
    (model, log, views)
}
