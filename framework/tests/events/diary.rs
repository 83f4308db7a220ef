//! An agent that is reminded, and a system with it: what the tests of reminders play with.

#![allow(unreachable_pub, reason = "a contract is public, also in a test")]

use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::Duration;

use mistersmith::agent::Control;
use mistersmith::clock::Clock;
use mistersmith::events::*;
use mistersmith::prelude::*;
use mistersmith::testing::settled;

use super::moody::Moody;

/// Be reminded of this, so many seconds from now.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Remember {
    pub what: String,
    pub seconds: u64,
    /// After how many seconds more it need not be.
    pub skip_after: Option<u64>,
    /// How often it comes again, each time as many seconds later.
    pub again: u64,
}

/// Be not reminded of this.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Forget {
    pub what: String,
}

/// What have you been reminded of?
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Heard;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Request {
    Remember(Remember),
    Forget(Forget),
    Heard(Heard),
}
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Response {
    Done,
    These(Vec<String>),
}
pub struct Diary;
replies! { Diary: Remember => Done, Forget => Done, Heard => These(Vec<String>) }

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Change {
    Heard { what: String },
}
impl Event for Change {}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pages(pub Vec<String>);

impl EventSourced for Pages {
    type Contract = Diary;
    type Args = ();
    type Event = Change;
    type Snapshot = Self;

    fn begin((): &()) -> Self {
        Self::default()
    }
    fn apply(&mut self, Change::Heard { what }: &Change) -> anyhow::Result<()> {
        self.0.push(what.clone());
        Ok(())
    }
    async fn remind(
        &self,
        reminder: &Reminder,
        _: &mut Deciding<'_, Self>,
    ) -> anyhow::Result<Persisting<Change>> {
        let (seconds, again): (u64, u64) = reminder.payload.read()?;
        let heard = persist([Change::Heard { what: reminder.name.clone() }]);
        let Some(left) = again.checked_sub(1) else { return Ok(heard) };
        let due = reminder.due.after(Duration::from_secs(seconds));
        Ok(heard.remind(Reminder { due, payload: Json::of(&(seconds, left))?, ..reminder.clone() }))
    }
    fn snapshot(&self) -> Self {
        self.clone()
    }
    fn restore((): &(), snapshot: Self) -> anyhow::Result<Self> {
        Ok(snapshot)
    }
}

impl Decide<Remember> for Pages {
    async fn decide(
        &self,
        Remember { what, seconds, skip_after, again }: Remember,
        deciding: &mut Deciding<'_, Self>,
    ) -> anyhow::Result<Decision<Self, Remember>> {
        let when_late = match skip_after {
            Some(seconds) => WhenLate::SkipAfter(Duration::from_secs(seconds)),
            None => WhenLate::Fire,
        };
        let reminder = Reminder::after(what, Duration::from_secs(seconds), deciding.clock(), when_late);
        Ok(persist([]).remind(reminder.payload(Json::of(&(seconds, again))?)).reply(()))
    }
}

impl Decide<Forget> for Pages {
    async fn decide(
        &self,
        Forget { what }: Forget,
        _: &mut Deciding<'_, Self>,
    ) -> anyhow::Result<Decision<Self, Forget>> {
        Ok(persist([]).cancel_reminder(what).reply(()))
    }
}

impl Decide<Heard> for Pages {
    async fn decide(&self, _: Heard, _: &mut Deciding<'_, Self>) -> anyhow::Result<Decision<Self, Heard>> {
        Ok(Decision::reply(self.0.clone()))
    }
}

/// A system with one diary.
pub(super) struct Desk {
    pub(super) system: System,
    pub(super) log: Arc<Moody>,
    pub(super) diary: AgentRef<Diary>,
}

impl Desk {
    pub(super) async fn open(log: &Arc<Moody>, clock: &Clock, recovery: Recovery) -> Self {
        Self::with_snapshots(log, clock, recovery, 3).await
    }

    pub(super) async fn with_snapshots(
        log: &Arc<Moody>,
        clock: &Clock,
        recovery: Recovery,
        every: u64,
    ) -> Self {
        let spec = EventSourcedSpec::<Pages>::new((), log.clone(), recovery);
        Self::with_diary(log, clock, spec.snapshot_every(NonZeroU64::new(every).unwrap())).await
    }

    /// A desk whose diary is made like this.
    pub(super) async fn with_diary(log: &Arc<Moody>, clock: &Clock, spec: EventSourcedSpec<Pages>) -> Self {
        let desk = DomainSpec::new("desk", Flags::new(Strategy::OneForOne, 9, 5)).unwrap();
        let desk = desk.agent(spec.agent("diary").unwrap());
        let system = System::builder("home").clock(clock.clone()).domain(desk).start().await.unwrap();
        let diary = system.find::<Diary>().unwrap();
        Self { system, log: log.clone(), diary }
    }

    pub(super) async fn new() -> (Self, Clock) {
        let clock = Clock::seeded(1);
        (Self::open(&Moody::new(), &clock, Recovery::Eager).await, clock)
    }

    pub(super) fn control(&self) -> Arc<dyn Control> {
        self.system.agents().into_iter().next().unwrap()
    }

    pub(super) async fn remember(&self, what: &str, seconds: u64) {
        self.ask(what, seconds, None, 0).await;
    }

    pub(super) async fn ask(&self, what: &str, seconds: u64, skip_after: Option<u64>, again: u64) {
        self.diary.ask(Remember { what: what.to_owned(), seconds, skip_after, again }).await.unwrap();
    }

    /// What was heard, once so many seconds have passed.
    pub(super) async fn heard_after(&self, seconds: u64) -> Vec<String> {
        let clock = self.system.clock();
        clock.sleep(Duration::from_millis(1_000 * seconds + 1)).await;
        settled(clock).await;
        self.diary.ask(Heard).await.unwrap()
    }

    /// What the log has of it.
    pub(super) async fn recovered(&self) -> Recovered<Pages> {
        let key = self.control().id().key();
        recover::<Pages>(&self.log.inside, &key, &(), AsOf::Now).await.unwrap()
    }

    pub(super) async fn events(&self) -> Vec<StateEvent> {
        self.log.inside.read(Query::of(self.control().id().key(), Sequence::START)).await.unwrap().events
    }
}
