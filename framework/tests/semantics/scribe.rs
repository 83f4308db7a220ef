//! An agent that does what it is told and writes down what it did, where the test can read it.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mistersmith::agent::{
    Agent, AgentSpec, Context, Control, Handle, HandleInfo, HandleStream, Later, MailboxLimits, Sink,
    WhenFull,
};
use mistersmith::clock::Clock;
use mistersmith::contract::{Answer, Ask, Opening, Subscribe};
use mistersmith::domain::DomainSpec;
use mistersmith::exit::Exit;
use mistersmith::identity::lifecycle::Change;
use mistersmith::replies;
use mistersmith::routing::AgentRef;
use mistersmith::supervisor::{Flags, Strategy};
use mistersmith::system::System;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

/// Declares plain data, with what every request has to be.
macro_rules! data {
    ($($item:item)+) => { $(
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
        $item
    )+ };
}

data! {
    /// Is written down.
    pub(crate) struct Note { pub(crate) text: String }
    /// Is written down, then waits for the gate.
    pub(crate) struct Hold { pub(crate) text: String }
    /// Ends badly, or not at all.
    pub(crate) struct Do { pub(crate) what: What }
    /// What came of it?
    pub(crate) enum What { Fail, Panic, Refuse, Stop, KillMyself, SuspendMyself, Block, TurnDeaf }
    /// Is answered on [`Release`].
    pub(crate) struct Defer;
    /// Answers all that was deferred.
    pub(crate) struct Release;
    /// Drops all that was deferred.
    pub(crate) struct Forget;
    /// Is answered by a task, when the gate opens.
    pub(crate) struct Beside;
    /// Is passed along the names; the last one says what is left of the budget.
    pub(crate) struct Relay { pub(crate) along: Vec<String>, pub(crate) from_a_task: bool }
    /// A chore.
    pub(crate) struct Set { pub(crate) chore: Chore }
    /// Something to be done beside or later, by its text.
    pub(crate) enum Chore {
        After(u64, String),
        CancelledAfter(u64, String),
        Every(u64, String),
        Task(String),
        DeafTask(String),
        Pass(u64),
        Say(String),
        Attach(Vec<String>),
        Hoard(u64),
        AskToDefer(String),
    }
    /// Items, sent by the test.
    pub(crate) struct Watch;
    pub(crate) enum Request {
        Note(Note), Hold(Hold), Do(Do), Defer(Defer), Release(Release), Forget(Forget), Beside(Beside),
        Relay(Relay), Set(Set), Watch(Watch),
    }
    pub(crate) enum Response { Done, Left(Left), Item(u64) }
    pub(crate) struct Sorry { pub(crate) why: String }
    pub(crate) struct Left { pub(crate) millis: Option<u64>, pub(crate) retries: u8 }
}

impl std::fmt::Display for Sorry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.why)
    }
}

pub(crate) struct Scribing;
replies! { Scribing refuses Sorry:
    Note => Done, Hold => Done, Do => Done, Defer => Done, Release => Done, Forget => Done, Beside => Done,
    Relay => Left(Left), Set => Done, Watch => stream Item(u64),
}

/// What a scribe shares with the test, over all its incarnations.
pub(crate) struct Book {
    written: Mutex<Vec<String>>,
    pub(crate) gate: Semaphore,
    /// One permit for each start that may get through.
    pub(crate) door: Semaphore,
    pub(crate) broken: AtomicUsize,
    pub(crate) sinks: Mutex<Vec<Sink<Watch>>>,
    /// Whom the next start asks before it is done.
    pub(crate) asked_first: Mutex<Option<AgentRef<Scribing>>>,
    /// What a scribe listens to that is deaf to all else, until the other end is dropped.
    pub(crate) bell: Mutex<Option<std::sync::mpsc::Receiver<()>>>,
}

impl Default for Book {
    fn default() -> Self {
        Self {
            written: Mutex::default(),
            gate: Semaphore::new(0),
            door: Semaphore::new(Semaphore::MAX_PERMITS),
            broken: AtomicUsize::new(0),
            sinks: Mutex::default(),
            asked_first: Mutex::default(),
            bell: Mutex::default(),
        }
    }
}

impl Book {
    pub(crate) fn write(&self, text: impl Into<String>) {
        self.written.lock().unwrap().push(text.into());
    }

    /// What was written since the test last read.
    pub(crate) fn read(&self) -> Vec<String> {
        std::mem::take(&mut self.written.lock().unwrap())
    }

    async fn wait(&self) {
        self.gate.acquire().await.unwrap().forget();
    }

    /// Lets nobody start until [`Book::open_door`].
    pub(crate) fn shut_door(&self) {
        self.door.forget_permits(Semaphore::MAX_PERMITS);
    }

    pub(crate) fn open_door(&self) {
        self.door.add_permits(1_000);
    }

    pub(crate) fn sink(&self) -> Sink<Watch> {
        self.sinks.lock().unwrap().pop().unwrap()
    }
}

/// Writes a line when it is dropped.
struct Line(Arc<Book>, String);

impl Drop for Line {
    fn drop(&mut self) {
        self.0.write(self.1.clone());
    }
}

pub(crate) struct Scribe {
    book: Arc<Book>,
    deferred: Vec<Later<Defer>>,
}

impl Agent for Scribe {
    type Contract = Scribing;
    type Args = Arc<Book>;

    async fn init(book: Arc<Book>, context: &mut Context<Self>) -> anyhow::Result<Self> {
        book.door.acquire().await?.forget();
        anyhow::ensure!(book.broken.load(SeqCst) == 0, "the pen is broken");
        let asked_first = book.asked_first.lock().unwrap().take();
        if let Some(sibling) = asked_first {
            sibling.ask(note("from a start")).await?;
        }
        book.write(format!("incarnation {}", context.incarnation()));
        Ok(Self { book, deferred: Vec::new() })
    }

    async fn terminate(&mut self, exit: &Exit, _: &mut Context<Self>) -> anyhow::Result<()> {
        self.book.write(format!("ends: {exit}"));
        Ok(())
    }

    fn stage_changed(&mut self, change: &Change) {
        self.book.write(format!("{}: {}", change.to.stage(), change.reason()));
    }
}

impl Handle<Note> for Scribe {
    async fn handle(&mut self, Note { text }: Note, _: &mut Context<Self>) -> Answer<Note> {
        self.book.write(text);
        Note::respond(())
    }
}

impl Handle<Hold> for Scribe {
    async fn handle(&mut self, Hold { text }: Hold, _: &mut Context<Self>) -> Answer<Hold> {
        self.book.write(text.clone());
        let _dropped = Line(Arc::clone(&self.book), format!("{text} let go"));
        self.book.wait().await;
        Hold::respond(())
    }
}

impl Handle<Do> for Scribe {
    async fn handle(&mut self, Do { what }: Do, context: &mut Context<Self>) -> Answer<Do> {
        self.book.write(format!("{what:?}"));
        let myself = || myself(context);
        match what {
            What::Fail => anyhow::bail!("told to fail"),
            What::Panic => panic!("told to panic"),
            What::Refuse => return Do::refuse(Sorry { why: "no ink".to_owned() }),
            What::KillMyself => assert!(myself().kill()),
            What::SuspendMyself => myself().suspend("tired")?,
            What::Block => {
                let until = context.clock().now() + Duration::from_millis(2);
                while context.clock().now() < until {}
            }
            What::TurnDeaf => {
                let bell = self.book.bell.lock().unwrap().take().unwrap();
                while bell.recv().is_ok() {}
                // It was killed long ago: this goes nowhere.
                let _ = context.myself().try_tell(note("from one that is gone"));
            }
            What::Stop => context.stop(Exit::Normal),
        }
        Do::respond(())
    }
}

fn myself(context: &Context<Scribe>) -> Arc<dyn Control> {
    System::around(context).unwrap().agent(&context.id().to_string()).unwrap()
}

impl Handle<Defer> for Scribe {
    async fn handle(&mut self, Defer: Defer, context: &mut Context<Self>) -> Answer<Defer> {
        let (later, answer) = context.defer::<Defer>();
        self.deferred.push(later);
        answer
    }
}

impl Handle<Release> for Scribe {
    async fn handle(&mut self, Release: Release, _: &mut Context<Self>) -> Answer<Release> {
        self.deferred.drain(..).for_each(|later| later.reply(()));
        Release::respond(())
    }
}

impl Handle<Forget> for Scribe {
    async fn handle(&mut self, Forget: Forget, _: &mut Context<Self>) -> Answer<Forget> {
        self.deferred.clear();
        Forget::respond(())
    }
}

impl Handle<Beside> for Scribe {
    async fn handle(&mut self, Beside: Beside, context: &mut Context<Self>) -> Answer<Beside> {
        let book = Arc::clone(&self.book);
        context.answer_later(async move {
            book.wait().await;
            Ok(())
        })?
    }
}

impl Handle<Relay> for Scribe {
    async fn handle(&mut self, relay: Relay, context: &mut Context<Self>) -> Answer<Relay> {
        let mut along = relay.along;
        if along.is_empty() {
            let budget = context.budget();
            let left = budget.deadline.left(context.clock().now());
            let millis = left.map(|left| u64::try_from(left.as_millis()).unwrap());
            return Relay::respond(Left { millis, retries: budget.retries });
        }
        let next = named(&System::around(context).unwrap(), &along.remove(0));
        let relayed = async move {
            let relay = Relay { along, from_a_task: false };
            next.ask(relay).await.map_err(|error| Sorry { why: error.to_string() })
        };
        if relay.from_a_task { context.answer_later(relayed)? } else { Relay::answer(relayed.await) }
    }
}

impl Handle<Set> for Scribe {
    async fn handle(&mut self, Set { chore }: Set, context: &mut Context<Self>) -> Answer<Set> {
        let book = Arc::clone(&self.book);
        let millis = Duration::from_millis;
        match chore {
            Chore::After(pause, text) => drop(context.send_after(millis(pause), text)),
            Chore::CancelledAfter(pause, text) => context.send_after(millis(pause), text).cancel(),
            Chore::Every(period, text) => drop(context.send_interval(millis(period), text)),
            Chore::Say(text) => context.send_self(text),
            Chore::Attach(texts) => {
                let mut texts = texts.into_iter().inspect(move |text| book.write(format!("read {text}")));
                context.attach(always_ready(move || texts.next()))?;
            }
            Chore::AskToDefer(name) => {
                named(&System::around(context).unwrap(), &name)
                    .ask(Defer)
                    .await
                    .map_err(anyhow::Error::msg)?;
            }
            Chore::Hoard(bytes) => context.account_memory(bytes)?,
            Chore::DeafTask(text) => context.spawn(async move {
                let _dropped = Line(Arc::clone(&book), format!("{text} let go"));
                let bell = book.bell.lock().unwrap().take().unwrap();
                while bell.recv().is_ok() {}
            })?,
            // The paused clock is moved at the first poll; the handler does not wait.
            Chore::Pass(time) => {
                let mut passes = std::pin::pin!(tokio::time::advance(millis(time)));
                let looks = &mut std::task::Context::from_waker(std::task::Waker::noop());
                assert!(passes.as_mut().poll(looks).is_pending());
            }
            Chore::Task(text) => context.spawn(async move {
                let _dropped = Line(Arc::clone(&book), format!("{text} let go"));
                book.wait().await;
                book.write(text);
            })?,
        }
        Set::respond(())
    }
}

/// A stream that is always ready.
fn always_ready(
    next: impl FnMut() -> Option<String> + Send + Unpin + 'static,
) -> impl futures_core::Stream<Item = String> + Send + 'static {
    struct Ready<F>(F);
    impl<F: FnMut() -> Option<String> + Unpin> futures_core::Stream for Ready<F> {
        type Item = String;
        fn poll_next(
            mut self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<String>> {
            std::task::Poll::Ready((self.0)())
        }
    }
    Ready(next)
}

impl HandleStream<Watch> for Scribe {
    async fn handle_stream(
        &mut self,
        Watch: Watch,
        items: Sink<Watch>,
        _: &mut Context<Self>,
    ) -> anyhow::Result<Opening<Scribing>> {
        if self.book.gate.is_closed() {
            return Watch::reject(Sorry { why: "nothing to see".to_owned() });
        }
        self.book.sinks.lock().unwrap().push(items);
        Watch::accept()
    }
}

impl HandleInfo<String> for Scribe {
    async fn handle_info(&mut self, text: String, context: &mut Context<Self>) -> anyhow::Result<()> {
        self.book.write(text.clone());
        if let Some(name) = text.strip_prefix("ask ") {
            let asked =
                named(&System::around(context).unwrap(), name).within(SECOND).ask(note("hello")).await;
            self.book.write(format!("{asked:?}"));
        }
        anyhow::ensure!(text != "fail", "told to fail");
        assert!(text != "panic", "told to panic");
        if text.starts_with("hold") {
            self.book.wait().await;
        }
        Ok(())
    }
}

pub(crate) const SECOND: Duration = Duration::from_secs(1);

pub(crate) fn note(text: impl ToString) -> Note {
    Note { text: text.to_string() }
}

pub(crate) fn hold(text: &str) -> Hold {
    Hold { text: text.to_owned() }
}

pub(crate) fn set(chore: Chore) -> Set {
    Set { chore }
}

pub(crate) fn capacity(capacity: usize, when_full: WhenFull) -> MailboxLimits {
    MailboxLimits { capacity, when_full }
}

pub(crate) fn scribe(name: &str, book: &Arc<Book>) -> AgentSpec {
    AgentSpec::new::<Scribe>(name, Arc::clone(book)).unwrap()
}

pub(crate) fn office(agents: impl IntoIterator<Item = AgentSpec>) -> DomainSpec {
    let office = DomainSpec::new("office", Flags::new(Strategy::OneForOne, 100, 5)).unwrap();
    agents.into_iter().fold(office, DomainSpec::agent)
}

pub(crate) async fn start(domain: DomainSpec) -> System {
    System::builder("house").clock(Clock::seeded(1)).domain(domain).start().await.unwrap()
}

pub(crate) fn named(house: &System, name: &str) -> AgentRef<Scribing> {
    house.find_named(&"office".parse().unwrap(), &name.parse().unwrap()).unwrap()
}

/// One scribe with its book and its handles, in a house of its own.
pub(crate) struct Office {
    pub(crate) house: System,
    pub(crate) book: Arc<Book>,
    pub(crate) scribe: AgentRef<Scribing>,
    pub(crate) control: Arc<dyn Control>,
}

impl Office {
    pub(crate) async fn open() -> Self {
        Self::of(|spec| spec).await
    }

    pub(crate) async fn of(shape: impl FnOnce(AgentSpec) -> AgentSpec) -> Self {
        let book = Arc::<Book>::default();
        let house = start(office([shape(scribe("scribe", &book))])).await;
        let (scribe, control) = (named(&house, "scribe"), house.agent("office/scribe").unwrap());
        book.read();
        Self { house, book, scribe, control }
    }

    /// Returns when everything has happened that can without time passing, and some time before a second has.
    pub(crate) async fn settle(&self) {
        self.house.clock().sleep(Duration::from_millis(1)).await;
    }

    /// Has the scribe hold a message in hand, and the test a handle on the answer.
    pub(crate) async fn busy(&self) -> JoinHandle<Asked<Hold>> {
        let waiting = self.ask(hold("held"));
        self.settle().await;
        assert_eq!(self.book.read(), ["held"]);
        waiting
    }

    /// Asks from beside the test. The answer is there when the handle is.
    pub(crate) fn ask<R: Ask<Contract = Scribing>>(&self, request: R) -> JoinHandle<Asked<R>> {
        let scribe = self.scribe.clone();
        spawn(async move { scribe.ask(request).await })
    }

    pub(crate) fn go_on(&self) {
        self.book.gate.add_permits(1);
    }
}

pub(crate) type Asked<R> = Result<<R as Ask>::Reply, mistersmith::routing::AskError<R>>;

#[expect(clippy::disallowed_methods, reason = "a test asks from beside, as a stranger does")]
pub(crate) fn spawn<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    tokio::spawn(work)
}
