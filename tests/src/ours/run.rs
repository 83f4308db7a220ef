//! Runs a scenario: one action after the other, each when everything has settled after the one before.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mistersmith::clock::{Clock, Hand};
use mistersmith::exit::Exit;
use mistersmith::supervisor::{History, Supervisor};

use super::answer::which;
use super::branch::{Branch, around, hear};
use super::call::ask;
use super::quiet::Quiet;
use super::settle::{Questions, settled};
use super::stage::Stage;
use super::translate;
use crate::scenario::{Action, Child, ClockKind, Options, Scenario, Step, SupBlock};

/// A running scenario.
pub(super) struct Run {
    pub(super) stage: Arc<Stage>,
    pub(super) quiet: Quiet,
    /// Moves the supervisors' clock, if nothing else does.
    pub(super) hand: Option<Hand>,
    pub(super) options: Options,
    /// The id of the root.
    pub(super) root: String,
    questions: Questions,
    /// Calls that nobody waits for.
    pending: Vec<Pending>,
}

/// A call that was asked, with its answer when it has come.
pub(super) struct Pending {
    label: String,
    answer: Arc<Mutex<Option<String>>>,
    /// Whether it is the root's parent that was asked.
    is_of_parent: bool,
}

/// The last line of a scenario that takes too long.
pub const WATCHDOG: &str = "!! the watchdog has ended the scenario";

/// What came of waiting for an answer.
enum Waited {
    Answer(String),
    /// A gate keeps it back.
    Held,
    /// It took too long.
    InVain,
}

impl Pending {
    /// It is the root's parent that is asked.
    pub(super) fn of_parent(self) -> Self {
        Self { is_of_parent: true, ..self }
    }

    fn take(&self) -> Option<String> {
        self.answer.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Run {
    pub(super) fn new(options: Options, quiet: Quiet, root: &str) -> Self {
        let (clock, hand) = match options.clock {
            ClockKind::Real => (Clock::seeded(1), None),
            ClockKind::Virtual => {
                let (clock, hand) = Clock::by_hand(1);
                (clock, Some(hand))
            }
        };
        let stage = Stage::new(clock, options.reports);
        let root = root.to_owned();
        Self { stage, quiet, hand, options, root, questions: Questions::default(), pending: Vec::new() }
    }

    /// Runs everything; returns the trace.
    pub(super) async fn trace(mut self, scenario: &Scenario) -> String {
        let stage = Arc::clone(&self.stage);
        let longest = Duration::from_millis(self.options.watchdog);
        let in_time = tokio::select! {
            biased;
            () = self.all(scenario) => true,
            () = stage.timer.sleep(longest) => false,
        };
        let mut state = stage.state();
        if !in_time {
            state.record.closing(WATCHDOG);
        }
        state.seats.clear();
        state.record.text()
    }

    async fn all(&mut self, scenario: &Scenario) {
        self.start(&scenario.root).await;
        for Step { action, text } in &scenario.steps {
            self.heading(&format!("> {text}"));
            self.perform(action, text).await;
        }
        self.finish().await;
    }

    async fn start(&mut self, block: &SupBlock) {
        self.heading("> start");
        self.stage.specify(&Child::Sup(block.clone()), None);
        let (stage, id) = (Arc::clone(&self.stage), block.id.clone());
        let specified = translate::supervisor(&self.stage, block).map_err(translate::Refused::reason);
        let pending = self.spawn("start".to_owned(), async move {
            let invalid = specified.as_ref().err().cloned();
            let branch = Branch { id, stage: Arc::clone(&stage), invalid };
            let listener = Arc::clone(&stage);
            let history =
                History::reporting_to(1, Arc::new(move |path, report| hear(&listener, path, report)));
            let start = async {
                let Ok(spec) = specified else { return Err(Exit::Killed) }; // not reached: it is invalid
                Supervisor::start(spec, &stage.clock, &history).await.map(drop)
            };
            let answer = match around(&branch, start).await {
                Ok(Some(())) => {
                    let info = stage.state().roles.get(&branch.id).is_some_and(|role| role.passes_info);
                    if info { "ok info".to_owned() } else { "ok".to_owned() }
                }
                Ok(None) => "ignore".to_owned(),
                Err(exit) => format!("error {}", super::terms::term_of(&exit)),
            };
            stage.changed.notify_waiters();
            answer
        });
        self.answered(pending.of_parent()).await;
    }

    pub(super) fn forget_what_the_parent_was_asked(&mut self) {
        self.pending.retain(|pending| !pending.is_of_parent);
    }

    /// Begins a call; its answer is kept until somebody looks.
    #[expect(clippy::disallowed_methods, reason = "whoever asks is no process of the tree that is tested")]
    pub(super) fn spawn(
        &self,
        label: String,
        call: impl Future<Output = String> + Send + 'static,
    ) -> Pending {
        let answer = Arc::new(Mutex::new(None));
        let given = Arc::clone(&answer);
        drop(tokio::spawn(async move {
            let text = call.await;
            *given.lock().unwrap_or_else(PoisonError::into_inner) = Some(text);
        }));
        Pending { label, answer, is_of_parent: false }
    }

    /// Begins a call of a supervisor.
    pub(super) fn ask(&self, label: &str, action: &Action) -> Pending {
        let (stage, action) = (Arc::clone(&self.stage), action.clone());
        self.spawn(label.to_owned(), async move { ask(&stage, &action).await })
    }

    /// Waits for the answer and until everything has settled. An answer that a gate keeps back comes later.
    pub(super) async fn answered(&mut self, pending: Pending) {
        let last = match self.answer(&pending, true).await {
            Waited::Answer(answer) => vec![format!("= {answer}")],
            Waited::InVain => vec!["!! no answer in time".to_owned()],
            Waited::Held => {
                self.pending.push(pending);
                Vec::new()
            }
        };
        self.settle(last).await;
    }

    /// Does not wait for the answer, but until everything has settled.
    pub(super) async fn not_waited_for(&mut self, pending: Pending) {
        self.pending.push(pending);
        self.settle(Vec::new()).await;
    }

    /// The answer, if it comes; `gives_way` if it need not be waited for while a gate keeps it back.
    async fn answer(&mut self, pending: &Pending, gives_way: bool) -> Waited {
        let deadline = self.stage.timer.now() + Duration::from_millis(self.options.call_timeout);
        loop {
            self.quiet.reached().await;
            if let Some(answer) = pending.take() {
                return Waited::Answer(answer);
            }
            if gives_way
                && !self.stage.state().gates.is_empty()
                && settled(&self.stage, &self.quiet, &mut self.questions, Duration::ZERO).await
            {
                return Waited::Held;
            }
            if self.stage.timer.now() >= deadline {
                return Waited::InVain;
            }
            self.stage.timer.sleep(Duration::from_millis(1)).await;
        }
    }

    /// Waits until the next action may come. Prints what is said last of this one, and the answers that have come
    /// meanwhile.
    pub(super) async fn settle(&mut self, last: Vec<String>) {
        let limit = Duration::from_millis(self.options.settle_timeout);
        let Self { stage, quiet, questions, .. } = self;
        let trouble = !settled(stage, quiet, questions, limit).await;
        last.into_iter().for_each(|line| stage.note(line));
        if trouble {
            stage.note("!! not quiescent".to_owned());
        }
        self.pending.retain(|pending| match pending.take() {
            Some(answer) => {
                stage.note(format!("reply {} = {answer}", pending.label));
                false
            }
            None => true,
        });
    }

    pub(super) fn heading(&self, line: &str) {
        self.stage.state().record.heading(line);
    }

    fn closing(&self, line: &str) {
        self.stage.state().record.closing(line);
    }

    async fn finish(&mut self) {
        self.heading("> final");
        let root = self.root.clone();
        self.children_of(&root).await;
        self.stage.state().record.forget();
    }

    /// Prints the children of a supervisor that is up, and of those below it.
    async fn children_of(&mut self, id: &str) {
        let supervisor = self.stage.state().supervisor(id);
        let Some(supervisor) = supervisor else { return };
        let (stage, sup, names) =
            (Arc::clone(&self.stage), id.to_owned(), Arc::<Mutex<Vec<String>>>::default());
        let found = Arc::clone(&names);
        let pending = self.spawn(String::new(), async move {
            // Of one that ends meanwhile there is nothing to tell.
            let Ok((shown, names)) = which(&stage, &supervisor, &sup).await else { return String::new() };
            *found.lock().unwrap_or_else(PoisonError::into_inner) = names;
            shown
        });
        let shown = match self.answer(&pending, false).await {
            Waited::Answer(shown) if shown.is_empty() => return,
            Waited::Answer(shown) => shown,
            Waited::Held | Waited::InVain => "!! no answer in time".to_owned(),
        };
        self.closing(&format!("children {id}: {shown}"));
        let names = std::mem::take(&mut *names.lock().unwrap_or_else(PoisonError::into_inner));
        for name in names {
            Box::pin(self.children_of(&name)).await;
        }
    }
}
