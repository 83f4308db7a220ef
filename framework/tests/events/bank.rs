//! An account that is event-sourced, in a log that fails when it is told to: what the tests of agents play with.

#![allow(unreachable_pub, reason = "a contract is public, also in a test")]

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use mistersmith::agent::{AgentSpec, Control, Sink};
use mistersmith::contract::{Opening, Subscribe};
use mistersmith::events::*;
use mistersmith::identity::AgentKey;
use mistersmith::prelude::*;
use mistersmith::supervisor::Flags;
use mistersmith::system::{Builder, LifeRetention};
use mistersmith::testing::settled;
use tokio::sync::{Semaphore, watch};

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PayIn {
    pub cents: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Take {
    pub cents: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Read;

/// Does what no decent agent does.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Decree {
    pub what: Change,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Watch;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Request {
    PayIn(PayIn),
    Take(Take),
    Read(Read),
    Decree(Decree),
    Watch(Watch),
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Response {
    Balance(u64),
    Done,
    Seen(u64),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum No {
    TooLittle { balance: u64 },
    TooMuch,
}

impl fmt::Display for No {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

pub struct Bank;
replies! { Bank refuses No:
    PayIn => Balance(u64), Take => Balance(u64), Read => Balance(u64), Decree => Done, Watch => stream Seen(u64)
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum Change {
    PaidIn {
        cents: u64,
    },
    Taken {
        cents: u64,
    },
    /// Somebody wanted more than is allowed at once; it is written down, and nothing else.
    Suspicious {
        cents: u64,
    },
    /// Cannot be applied.
    Cursed,
    /// Panics when it is applied.
    Bomb,
}

impl Event for Change {
    fn upcasts() -> Upcasts {
        // Once, amounts were in whole units.
        Upcasts::none().step("PaidIn", 1, |old| {
            let units = old["units"].as_u64().ok_or_else(|| anyhow::anyhow!("expected units, got {old}"))?;
            Ok(serde_json::json!({ "cents": units * 100 }))
        })
    }
}

/// The state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Account {
    pub balance: u64,
    pub changes: u64,
}

impl EventSourced for Account {
    type Contract = Bank;
    type Args = ();
    type Event = Change;
    type Snapshot = Self;

    fn begin((): &()) -> Self {
        Self::default()
    }

    fn apply(&mut self, event: &Change) -> anyhow::Result<()> {
        self.changes += 1;
        match event {
            Change::PaidIn { cents } => self.balance += cents,
            Change::Taken { cents } => {
                let left = self.balance.checked_sub(*cents);
                self.balance = left.ok_or_else(|| anyhow::anyhow!("{} are not {cents}", self.balance))?;
            }
            Change::Suspicious { .. } => {}
            Change::Cursed => {
                self.balance = 666;
                anyhow::bail!("it is cursed");
            }
            Change::Bomb => panic!("it went off"),
        }
        Ok(())
    }

    fn snapshot(&self) -> Self {
        self.clone()
    }

    fn restore((): &(), snapshot: Self) -> anyhow::Result<Self> {
        Ok(snapshot)
    }
}

impl Decide<PayIn> for Account {
    async fn decide(
        &self,
        PayIn { cents }: PayIn,
        _: &mut Deciding<'_, Self>,
    ) -> anyhow::Result<Decision<Self, PayIn>> {
        Ok(persist([Change::PaidIn { cents }]).reply_with(|account: &Self| account.balance))
    }
}

impl Decide<Take> for Account {
    async fn decide(
        &self,
        Take { cents }: Take,
        _: &mut Deciding<'_, Self>,
    ) -> anyhow::Result<Decision<Self, Take>> {
        Ok(match self.balance.checked_sub(cents) {
            Some(left) => persist([Change::Taken { cents }]).reply(left),
            None if cents > 1_000_000 => persist([Change::Suspicious { cents }]).refuse(No::TooMuch),
            None => Decision::refuse(No::TooLittle { balance: self.balance }),
        })
    }
}

impl Decide<Read> for Account {
    async fn decide(&self, _: Read, _: &mut Deciding<'_, Self>) -> anyhow::Result<Decision<Self, Read>> {
        Ok(Decision::reply(self.balance))
    }
}

impl Decide<Decree> for Account {
    async fn decide(
        &self,
        Decree { what }: Decree,
        _: &mut Deciding<'_, Self>,
    ) -> anyhow::Result<Decision<Self, Decree>> {
        Ok(persist([Change::PaidIn { cents: 1 }, what]).reply(()))
    }
}

impl Observe<Watch> for Account {
    async fn observe(
        &self,
        _: Watch,
        items: Sink<Watch>,
        _: &mut Deciding<'_, Self>,
    ) -> anyhow::Result<Opening<Bank>> {
        let _ = items.try_send(self.balance);
        items.finish();
        Watch::accept()
    }
}

/// A log in memory that counts, holds appends up, and fails when it is told to.
#[derive(Debug)]
pub struct Moody {
    pub inside: MemoryLog,
    /// Of the appends to come, each with whether it is done all the same.
    errors: Mutex<VecDeque<(AppendError, bool)>>,
    appends: Semaphore,
    pub reads: AtomicU64,
    compactions: AtomicU64,
}

impl Moody {
    pub fn new() -> Arc<Self> {
        let appends = Semaphore::new(Semaphore::MAX_PERMITS);
        Arc::new(Self {
            inside: MemoryLog::new(),
            errors: Mutex::default(),
            appends,
            reads: AtomicU64::new(0),
            compactions: AtomicU64::new(0),
        })
    }

    /// Lets no append pass, until `let_pass`.
    pub fn hold(&self) {
        self.appends.forget_permits(Semaphore::MAX_PERMITS);
    }

    pub fn let_pass(&self, appends: usize) {
        self.appends.add_permits(appends);
    }

    /// The next append fails so.
    pub fn fail(&self, error: AppendError) {
        self.errors.lock().unwrap().push_back((error, false));
    }

    /// The next append is done, and nobody is told.
    pub fn keep_silent(&self) {
        self.errors.lock().unwrap().push_back((AppendError::Unknown, true));
    }

    /// No append fails from now on.
    pub fn recover(&self) {
        self.errors.lock().unwrap().clear();
    }

    /// Everything that a query finds, on however many pages.
    pub async fn find(&self, mut query: Query) -> Vec<StateEvent> {
        let mut events = Vec::new();
        loop {
            let page = self.inside.read(query).await.unwrap();
            events.extend(page.events);
            if page.at_end {
                return events;
            }
            query = page.next;
        }
    }

    pub fn compactions(&self) -> u64 {
        self.compactions.load(Ordering::SeqCst)
    }

    pub fn reads(&self) -> u64 {
        self.reads.load(Ordering::SeqCst)
    }
}

impl EventLog for Moody {
    fn durability(&self) -> Durability {
        self.inside.durability()
    }
    fn limits(&self) -> LogLimits {
        self.inside.limits()
    }
    fn append(&self, append: Append) -> Underway<'_, Result<Appended, AppendError>> {
        Box::pin(async move {
            self.appends.acquire().await.unwrap().forget();
            let error = self.errors.lock().unwrap().pop_front();
            match error {
                Some((error, is_done)) => {
                    if is_done {
                        self.inside.append(append).await?;
                    }
                    Err(error)
                }
                None => self.inside.append(append).await,
            }
        })
    }
    fn read(&self, query: Query) -> Underway<'_, Result<Page, ReadError>> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.inside.read(query)
    }
    fn head(&self) -> watch::Receiver<Position> {
        self.inside.head()
    }
    fn last(&self, agent: &AgentKey) -> Underway<'_, Result<Sequence, ReadError>> {
        self.inside.last(agent)
    }
    fn answered(
        &self,
        agent: &AgentKey,
        key: &RequestKey,
    ) -> Underway<'_, Result<Option<Repeated>, ReadError>> {
        self.inside.answered(agent, key)
    }
    fn agents(&self) -> Underway<'_, Result<Vec<AgentKey>, ReadError>> {
        self.inside.agents()
    }
    fn save(&self, snapshot: Snapshot) -> Underway<'_, Result<(), SaveError>> {
        self.inside.save(snapshot)
    }
    fn snapshot(
        &self,
        agent: &AgentKey,
        at_most: Sequence,
    ) -> Underway<'_, Result<Option<Snapshot>, ReadError>> {
        self.inside.snapshot(agent, at_most)
    }
    fn compact(&self, compaction: Compaction) -> Underway<'_, Result<Compacted, CompactError>> {
        self.compactions.fetch_add(1, Ordering::SeqCst);
        self.inside.compact(compaction)
    }
    fn beginning(
        &self,
        agent: &AgentKey,
        answers_after: Option<&RequestKey>,
    ) -> Underway<'_, Result<Option<Beginning>, ReadError>> {
        self.inside.beginning(agent, answers_after)
    }
    fn begin(&self, beginning: Beginning) -> Underway<'_, Result<(), BeginError>> {
        self.inside.begin(beginning)
    }
    fn verify(&self) -> Underway<'_, Result<Vec<Damage>, ReadError>> {
        self.inside.verify()
    }
}

/// A town with one account.
pub struct Town {
    pub system: System,
    pub log: Arc<Moody>,
    pub account: AgentRef<Bank>,
}

impl Town {
    pub async fn open() -> Self {
        Self::on(&Moody::new(), |spec| spec, Recovery::Eager).await
    }

    /// A town whose account has the events of this log, and perhaps further properties.
    pub async fn on(
        log: &Arc<Moody>,
        with: impl Fn(EventSourcedSpec<Account>) -> EventSourcedSpec<Account>,
        recovery: Recovery,
    ) -> Self {
        let spec = with(EventSourcedSpec::new((), log.clone(), recovery));
        Self::with_agent(log, spec.agent("account").unwrap()).await
    }

    /// A town that records the lives of its agents in this log, where its account has its events, too.
    pub async fn recorded_in(log: &Arc<Moody>) -> Self {
        let spec = EventSourcedSpec::<Account>::in_system_log((), Recovery::Eager);
        Self::built(log, spec.agent("account").unwrap(), |builder| builder.event_log(log.clone())).await
    }

    /// As [`Town::recorded_in`], where so much of lives is kept.
    pub async fn keeping(log: &Arc<Moody>, lives: LifeRetention) -> Self {
        let spec = EventSourcedSpec::<Account>::in_system_log((), Recovery::Eager);
        let with = |builder: Builder| builder.event_log(log.clone()).keep_lives(lives);
        Self::built(log, spec.agent("account").unwrap(), with).await
    }

    async fn with_agent(log: &Arc<Moody>, agent: AgentSpec) -> Self {
        Self::built(log, agent, |builder| builder).await
    }

    async fn built(log: &Arc<Moody>, agent: AgentSpec, with: impl Fn(Builder) -> Builder) -> Self {
        let bank = DomainSpec::new("bank", Flags::new(Strategy::OneForOne, 3, 5)).unwrap().agent(agent);
        let clock = mistersmith::clock::Clock::seeded(1);
        let builder = with(System::builder("town").clock(clock)).domain(bank);
        let system = builder.start().await.unwrap();
        let account = system.find::<Bank>().unwrap();
        Self { system, log: log.clone(), account }
    }

    /// Ends it, as if its process had died; its log stays.
    pub async fn end(self) -> Arc<Moody> {
        self.system.stop().await;
        self.log
    }

    pub fn control(&self) -> Arc<dyn Control> {
        self.system.agents().into_iter().next().unwrap()
    }

    pub fn key(&self) -> AgentKey {
        self.control().id().key()
    }

    pub async fn settle(&self) {
        settled(self.system.clock()).await;
    }

    pub async fn pay_in(&self, cents: u64) -> u64 {
        self.account.ask(PayIn { cents }).await.unwrap()
    }

    pub async fn balance(&self) -> u64 {
        self.account.ask(Read).await.unwrap()
    }

    /// All events of the account.
    pub async fn events(&self) -> Vec<StateEvent> {
        self.log.inside.read(Query::of(self.key(), Sequence::START)).await.unwrap().events
    }

    /// Writes an event of the account behind its back.
    pub async fn write(&self, event_type: &str, data: &str) {
        let (event_type, data) = (event_type.parse().unwrap(), Json::parse(data).unwrap());
        let event = NewEvent::new(Timestamp::from_micros(1), event_type, data);
        let last = self.log.inside.last(&self.key()).await.unwrap();
        self.log.inside.append(Append::new(self.key(), last, [event])).await.unwrap();
    }
}
