//! Runs a scenario: one action after the other, each when everything has settled after the one before.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mistersmith::clock::{Clock, Hand};
use mistersmith::supervisor::{History, Supervisor};

use super::branch::{Branch, around, hear};
use super::call::{ask, shown, which};
use super::quiet::Quiet;
use super::settle::{Questions, settled};
use super::stage::Stage;
use super::translate;
use crate::scenario::{Action, ClockKind, Options, Scenario, Step, SupBlock};

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
    answer: Arc<Mutex<Option<(String, Duration)>>>,
}

impl Pending {
    fn take(&self) -> Option<(String, Duration)> {
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
        self.start(&scenario.root).await;
        for Step { action, text } in &scenario.steps {
            self.heading(&format!("> {text}"));
            if self.stage.timer.now() > Duration::from_millis(self.options.watchdog) {
                self.stage.note("!! watchdog".to_owned());
                break;
            }
            self.perform(action).await;
        }
        self.finish().await;
        let mut state = self.stage.state();
        for role in state.roles.values_mut() {
            role.puppet = None; // they hold the stage
        }
        state.record.text()
    }

    async fn start(&mut self, block: &SupBlock) {
        self.heading("> start");
        self.stage.cast(&block.id, None, &block.keys);
        let (stage, id) = (Arc::clone(&self.stage), block.id.clone());
        let specified = translate::supervisor(&self.stage, block);
        let pending = self.spawn("start".to_owned(), async move {
            let invalid = specified.as_ref().err().cloned();
            let branch = Branch { id, stage: Arc::clone(&stage), invalid };
            let listener = Arc::clone(&stage);
            let history =
                History::reporting_to(1, Arc::new(move |path, report| hear(&listener, path, report)));
            let start = async {
                let spec = specified.map_err(|reason| super::terms::exit_of(&reason))?;
                let root = Supervisor::start(spec, &stage.clock, &history).await?;
                stage.state().root = Some(root);
                Ok(())
            };
            let answer = match around(&branch, start).await {
                Ok(Some(())) => "ok".to_owned(),
                Ok(None) => "ignore".to_owned(),
                Err(exit) => format!("error {}", super::terms::term_of(&exit)),
            };
            stage.changed.notify_waiters();
            answer
        });
        self.settle().await;
        match pending.take() {
            Some((answer, _)) => self.stage.note(format!("= {answer}")),
            None => self.pending.push(pending),
        }
    }

    /// Begins a call; its answer is kept until somebody looks.
    #[expect(clippy::disallowed_methods, reason = "whoever asks is no process of the tree that is tested")]
    pub(super) fn spawn(
        &self,
        label: String,
        call: impl Future<Output = String> + Send + 'static,
    ) -> Pending {
        let answer = Arc::new(Mutex::new(None));
        let (given, timer) = (Arc::clone(&answer), self.stage.timer.clone());
        drop(tokio::spawn(async move {
            let text = call.await;
            *given.lock().unwrap_or_else(PoisonError::into_inner) = Some((text, timer.now()));
        }));
        Pending { label, answer }
    }

    /// Asks and waits for the answer, and until everything has settled. Returns when the answer came.
    pub(super) async fn call(&mut self, action: &Action) -> Duration {
        let (stage, asked) = (Arc::clone(&self.stage), action.clone());
        let pending = self.spawn(action.to_string(), async move { ask(&stage, &asked).await });
        let answer = self.answer(&pending).await;
        self.settle().await;
        match answer {
            Some((text, at)) => {
                self.stage.note(format!("= {text}"));
                at
            }
            None => {
                self.stage.note("!! timeout".to_owned());
                self.stage.timer.now()
            }
        }
    }

    /// Asks, and does not wait.
    pub(super) async fn call_later(&mut self, action: &Action) {
        let (stage, asked) = (Arc::clone(&self.stage), action.clone());
        let pending = self.spawn(action.to_string(), async move { ask(&stage, &asked).await });
        self.pending.push(pending);
        self.settle().await;
    }

    /// The answer, if it comes in time.
    pub(super) async fn answer(&self, pending: &Pending) -> Option<(String, Duration)> {
        let deadline = self.stage.timer.now() + Duration::from_millis(self.options.call_timeout);
        loop {
            self.quiet.reached().await;
            let answer = pending.take();
            if answer.is_some() || self.stage.timer.now() >= deadline {
                return answer;
            }
            self.stage.timer.sleep(Duration::from_millis(1)).await;
        }
    }

    /// Waits until the next action may come, and prints the answers that have come meanwhile.
    pub(super) async fn settle(&mut self) {
        let limit = Duration::from_millis(self.options.settle_timeout);
        let Self { stage, quiet, questions, .. } = self;
        if !settled(stage, quiet, questions, limit).await {
            stage.note("!! not quiescent".to_owned());
        }
        self.pending.retain(|pending| match pending.take() {
            Some((answer, _)) => {
                stage.note(format!("reply {} = {answer}", pending.label));
                false
            }
            None => true,
        });
    }

    pub(super) fn heading(&self, line: &str) {
        self.stage.state().record.heading(line);
    }

    async fn finish(&mut self) {
        self.heading("> final");
        let root = self.root.clone();
        self.children_of(&root).await;
    }

    /// Prints the children of a supervisor that is up, and of those below it.
    async fn children_of(&mut self, id: &str) {
        let Some(supervisor) = self.stage.state().supervisor(id) else { return };
        let (stage, names) = (Arc::clone(&self.stage), Arc::<Mutex<Vec<String>>>::default());
        let found = Arc::clone(&names);
        let pending = self.spawn(String::new(), async move {
            let Some((list, moment)) = which(&stage, &supervisor).await else { return String::new() };
            let ids = list.iter().rev().map(|child| child.id.as_str().to_owned());
            found.lock().unwrap_or_else(PoisonError::into_inner).extend(ids);
            shown(&list, &moment.roles)
        });
        let answer =
            self.answer(&pending).await.map_or_else(|| "!! timeout".to_owned(), |(answer, _)| answer);
        self.heading(&format!("children {id}: {answer}"));
        let names = std::mem::take(&mut *names.lock().unwrap_or_else(PoisonError::into_inner));
        for name in names {
            Box::pin(self.children_of(&name)).await;
        }
    }
}
