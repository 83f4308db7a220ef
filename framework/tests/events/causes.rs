//! The cause and the trace of an event come by themselves: with the message that was sent because of another event, or in
//! a trace.

#![allow(unreachable_pub, reason = "a contract is public, also in a test")]

use std::sync::Arc;
use std::time::Duration;

use mistersmith::agent::Agent;
use mistersmith::events::*;
use mistersmith::identity::{AgentKey, AgentName, DomainName};
use mistersmith::prelude::*;
use mistersmith::routing::{Group, Router};

/// Passes a number on until it is 0, each time to the one below.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Pass {
    pub left: u64,
    pub how: Vec<How>,
}

/// How it is passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum How {
    /// Once it is persisted.
    After,
    /// While it is decided.
    While,
    /// Without an event of its own, once it is decided.
    Silently,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Request {
    Pass(Pass),
}
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Response {
    Done,
}
pub struct Relay;
replies! { Relay: Pass => Done }

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Change {
    Passed { left: u64 },
}
impl Event for Change {}

#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Station;

impl EventSourced for Station {
    type Contract = Relay;
    type Args = ();
    type Event = Change;
    type Snapshot = Self;

    fn begin((): &()) -> Self {
        Self
    }
    fn apply(&mut self, _: &Change) -> anyhow::Result<()> {
        Ok(())
    }
    fn snapshot(&self) -> Self {
        Self
    }
    fn restore((): &(), snapshot: Self) -> anyhow::Result<Self> {
        Ok(snapshot)
    }
}

/// Where a number of this size is passed to.
fn station(left: u64) -> (DomainName, AgentName) {
    ("line".parse().unwrap(), format!("station-{left}").parse().unwrap())
}

async fn pass_on(router: Router, Pass { left, how }: Pass) {
    let Some(left) = left.checked_sub(1) else { return };
    let how = how[1..].to_vec();
    let (domain, name) = station(left);
    let next = router.find::<Relay>(&Group::Name(domain, name)).unwrap();
    next.ask(Pass { left, how }).await.unwrap();
}

impl Decide<Pass> for Station {
    async fn decide(
        &self,
        pass: Pass,
        deciding: &mut Deciding<'_, Self>,
    ) -> anyhow::Result<Decision<Self, Pass>> {
        let passed = Change::Passed { left: pass.left };
        let how = pass.how.first().copied();
        if how == Some(How::While) {
            pass_on(deciding.router(), pass).await;
            return Ok(persist([passed]).reply(()));
        }
        let decision = match how {
            Some(How::Silently) => Decision::reply(()),
            _ => persist([passed.clone(), passed]).reply(()),
        };
        Ok(decision.then_run(async move |router| pass_on(router, pass).await))
    }
}

/// An agent without events, which hands on what it gets.
pub struct Between;

impl Agent for Between {
    type Contract = Relay;
    type Args = ();
    async fn init((): (), _: &mut Context<Self>) -> anyhow::Result<Self> {
        Ok(Self)
    }
}

impl Handle<Pass> for Between {
    async fn handle(&mut self, pass: Pass, context: &mut Context<Self>) -> Answer<Pass> {
        let router = context.router();
        if pass.how[0] == How::After {
            return context.answer_later::<Pass>(async move {
                pass_on(router, pass).await;
                Ok(())
            })?;
        }
        pass_on(router, pass).await;
        Pass::respond(())
    }
}

/// A line of stations; number 1 has no events of its own.
struct Line {
    system: System,
    log: Arc<MemoryLog>,
}

impl Line {
    async fn open() -> Self {
        let log = Arc::new(MemoryLog::new());
        let mut line = DomainSpec::new("line", Flags::new(Strategy::OneForOne, 0, 1)).unwrap();
        for number in 0..4 {
            let name = station(number).1;
            line = line.agent(match number {
                1 => AgentSpec::new::<Between>(name.as_str(), ()).unwrap(),
                _ => {
                    let spec = EventSourcedSpec::<Station>::new((), log.clone(), Recovery::Lazy);
                    spec.agent(name.as_str()).unwrap()
                }
            });
        }
        Self { system: System::builder("railway").domain(line).start().await.unwrap(), log }
    }

    fn first(&self) -> AgentRef<Relay> {
        let (domain, name) = station(3);
        self.system.find_named::<Relay>(&domain, &name).unwrap()
    }

    /// Station 3 passes it on as the first of these says, station 2 as the second, and so on.
    async fn pass(&self, how: &[How]) {
        self.first().ask(Pass { left: 3, how: how.to_vec() }).await.unwrap();
    }

    /// The same in a trace.
    async fn pass_in(&self, trace: &str, how: &[How]) {
        let first = self.first();
        let limited = first.within(Duration::from_secs(9)).trace(trace);
        limited.ask(Pass { left: 3, how: how.to_vec() }).await.unwrap();
    }

    fn key(&self, left: u64) -> AgentKey {
        let (_, name) = station(left);
        let agents = self.system.agents();
        agents.iter().map(|agent| agent.id().key()).find(|key| key.name == name).unwrap()
    }

    async fn events(&self, left: u64) -> Vec<StateEvent> {
        self.log.read(Query::of(self.key(left), Sequence::START)).await.unwrap().events
    }

    /// The traces of a station's events, each as often as it comes in a row.
    async fn traces(&self, left: u64) -> Vec<(Option<String>, usize)> {
        let mut traces: Vec<(Option<String>, usize)> = Vec::new();
        for trace in self.events(left).await.into_iter().map(|event| event.metadata.trace) {
            match traces.last_mut() {
                Some((last, times)) if *last == trace => *times += 1,
                _ => traces.push((trace, 1)),
            }
        }
        traces
    }

    /// The causes of a station's events, each by its station's number and its own.
    async fn causes(&self, left: u64) -> Vec<Option<(u64, u64)>> {
        let events = self.events(left).await;
        let number = |agent: &AgentKey| (0..4).find(|left| self.key(*left) == *agent).unwrap();
        let cause = |event: StateEvent| {
            event.metadata.cause.map(|cause| (number(&cause.agent), cause.sequence.number()))
        };
        events.into_iter().map(cause).collect()
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_sent_once_an_event_is_persisted_carries_it_as_its_cause() {
    let line = Line::open().await;
    line.pass(&[How::After; 3]).await;
    assert_eq!(line.causes(3).await, [None, None]);
    assert_eq!(line.causes(2).await, [Some((3, 2)), Some((3, 2))], "the last event of the decision");
    // Station 1 has no events: it hands on what led to the message, from a task beside it.
    assert_eq!(line.causes(0).await, [Some((2, 2)), Some((2, 2))]);
}

#[tokio::test(start_paused = true)]
async fn a_cause_goes_on_with_what_is_sent_while_its_message_is_handled() {
    for how in [How::While, How::Silently] {
        let line = Line::open().await;
        line.pass(&[How::After, how, How::While]).await;
        assert_eq!(line.causes(0).await, [Some((3, 2)), Some((3, 2))], "{how:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_without_a_cause_leads_to_events_without_one() {
    let line = Line::open().await;
    line.pass(&[How::After, How::After, How::While]).await;
    line.pass(&[How::While, How::While, How::While]).await;
    assert_eq!(
        line.causes(2).await,
        [Some((3, 2)), Some((3, 2)), None],
        "the cause of one message is not the next one's"
    );
    assert_eq!(line.causes(0).await.last(), Some(&None));
}

/// A trace, as the caller says it.
const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[tokio::test(start_paused = true)]
async fn a_callers_trace_stands_in_the_events_of_all_that_is_done_for_the_call() {
    for how in [How::After, How::While] {
        let line = Line::open().await;
        line.pass_in(TRACE, &[how; 3]).await;
        for number in [3, 2, 0] {
            let traces = line.traces(number).await;
            assert!(matches!(&traces[..], [(Some(trace), _)] if trace == TRACE), "{number}: {traces:?}");
        }
    }
    let line = Line::open().await;
    line.pass_in(TRACE, &[How::Silently, How::Silently, How::While]).await;
    assert_eq!(line.traces(0).await, [(Some(TRACE.to_owned()), 2)], "without an event on the way");
}

#[tokio::test(start_paused = true)]
async fn a_trace_ends_with_its_call() {
    let line = Line::open().await;
    line.pass_in(TRACE, &[How::After; 3]).await;
    line.pass(&[How::After; 3]).await;
    for number in [3, 2, 0] {
        assert_eq!(line.traces(number).await, [(Some(TRACE.to_owned()), 2), (None, 2)], "{number}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_trace_that_is_empty_or_too_long_is_none() {
    for (trace, is_kept) in [("t".repeat(256), true), ("t".repeat(257), false), (String::new(), false)] {
        let line = Line::open().await;
        line.pass_in(&trace, &[How::After; 3]).await;
        assert_eq!(line.traces(0).await, [(is_kept.then_some(trace), 2)]);
    }
}
