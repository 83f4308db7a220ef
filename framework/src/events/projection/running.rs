//! The agent of a projection: reads the log page by page, has the model take each in one step, waits for what comes; and
//! is suspended, not restarted, where restarting could not help.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::Duration;

use tokio::sync::watch;

use super::batch::{Batch, Fixes};
use super::{
    ChangeError, Checkpoint, HowFar, Progress, Projecting, Projection, ProjectionSpec, ReadModelError,
    Rebuild, Standing, Step,
};
use crate::agent::{Agent, Context, Handle, HandleInfo};
use crate::contract::{Answer, Ask};
use crate::events::sourced::{NoLog, correction};
use crate::events::{EventLog, EventPlace, Poison, Position, Query, ReadError, Scope, StateEvent};
use crate::exit;
use crate::identity::lifecycle::{Change, Stage};

/// At most so many events are taken in one step.
const BATCH: usize = 256;

/// After which time what did not work is tried again.
const TRY_AGAIN: Duration = Duration::from_secs(1);

/// Runs one projection.
pub(super) struct ProjectionAgent<P: Projection> {
    spec: ProjectionSpec<P>,
    log: Arc<dyn EventLog>,
    head: watch::Receiver<Position>,
    /// Up to where the model goes, if that is known.
    at: Option<Checkpoint>,
    /// An event that is known to fail.
    fails: Option<(Position, Poison)>,
    fixes: Fixes,
    standing: Standing,
}

/// Private: there may be something to do.
struct Go;

/// Private: what did not work may work again.
struct TryAgain;

/// What comes next.
enum Next {
    /// There is more.
    More,
    /// There is nothing more at present.
    Wait,
}

/// Why it cannot go on.
struct Reason {
    text: String,
    place: Option<EventPlace>,
    /// Whether it may pass by itself.
    may_pass: bool,
}

/// An event that failed in the middle of a step.
#[derive(Debug, thiserror::Error)]
#[error("{poison}")]
struct Failed {
    position: Position,
    poison: Poison,
}

impl<P: Projection> Agent for ProjectionAgent<P> {
    type Contract = Projecting;
    type Args = ProjectionSpec<P>;

    async fn init(spec: ProjectionSpec<P>, context: &mut Context<Self>) -> anyhow::Result<Self> {
        let log = spec.log_in(context.surroundings()).ok_or(NoLog)?;
        context.send_self(Go);
        let head = log.head();
        let (at, fails, fixes, standing) = (None, None, Fixes::new(), Standing::Following);
        Ok(Self { spec, log, head, at, fails, fixes, standing })
    }

    fn stage_changed(&mut self, change: &Change) {
        let is_suspended = change.to.stage() == Stage::Suspended;
        if !is_suspended && matches!(self.standing, Standing::Suspended { .. }) {
            // Whoever resumed it may have done something about it.
            (self.standing, self.fails, self.at) = (Standing::Following, None, None);
        } else if is_suspended && self.standing == Standing::Following {
            self.standing = Standing::Suspended { reason: change.reason().to_owned(), place: None };
        }
        self.spec.handle.publish(self.progress());
        self.spec.handle.wake();
    }
}

impl<P: Projection> ProjectionAgent<P> {
    fn progress(&self) -> Progress {
        let position = match self.at {
            Some(at) => at.position,
            None => self.spec.handle.progress().position,
        };
        Progress { position, head: *self.head.borrow(), standing: self.standing.clone() }
    }

    /// Takes one step.
    async fn go(&mut self) -> Result<Next, Reason> {
        let at = match self.at {
            Some(at) if !self.spec.handle.is_to_rebuild() => at,
            _ => self.begin().await?,
        };
        let head = *self.head.borrow();
        if at.position > head {
            return Err(Reason::is_ahead(at.position, head));
        }
        let query = Query::all(at.position).limit(BATCH);
        let page = self.log.read(if self.spec.gaps { query.with_gaps() } else { query }).await?;
        let Scope::All { after: to, .. } = page.next.scope else { return Ok(Next::Wait) };
        let fails = self.fails.as_ref().map(|(position, _)| *position);
        let batch = Batch::of(page.events, to, fails, &self.fixes);
        if let Some(event) = batch.next_fails {
            self.fix(&event).await?;
            return Ok(Next::More);
        }
        if batch.to > at.position {
            let next = Checkpoint { position: batch.to, ..at };
            let projection = Arc::clone(&self.spec.projection);
            let work = move |model: &mut P::Model| apply_all(&*projection, model, &batch.events);
            self.change(Step { expected: Some(at), next, work: Box::new(work) }).await?;
        }
        Ok(if page.at_end && self.at.is_some_and(|at| at.position == to) { Next::Wait } else { Next::More })
    }

    /// Finds out up to where the model goes. One that was not begun, is of another version, or is to be made again, is
    /// begun.
    async fn begin(&mut self) -> Result<Checkpoint, Reason> {
        let found = self.spec.model.checkpoint().await?;
        let start = Checkpoint { version: P::VERSION, position: Position::START };
        let is_usable = |found: &Checkpoint| found.version == P::VERSION && !self.spec.handle.is_to_rebuild();
        if let Some(found) = found.filter(is_usable) {
            self.at = Some(found);
            return Ok(found);
        }
        self.spec.handle.begins_to_rebuild();
        let projection = Arc::clone(&self.spec.projection);
        let work = move |model: &mut P::Model| carefully(|| projection.begin(model));
        self.change(Step { expected: found, next: start, work: Box::new(work) }).await?;
        self.spec.handle.publish(self.progress());
        Ok(self.at.unwrap_or(start))
    }

    /// Has the model take a step. An event that fails is noted, and so is that somebody else was faster: the next step
    /// begins with what the model says then.
    async fn change(&mut self, step: Step<P::Model>) -> Result<(), Reason> {
        let next = step.next;
        self.at = None;
        match self.spec.model.change(step).await {
            Ok(()) => self.at = Some(next),
            Err(error @ ChangeError::Outdated { .. }) => tracing::warn!(%error, "a read model was changed"),
            Err(ChangeError::Unavailable(error)) => return Err(error.into()),
            Err(ChangeError::Undone(error)) => match error.downcast::<Failed>() {
                Ok(Failed { position, poison }) => self.fails = Some((position, poison)),
                Err(error) => return Err(Reason::lasting(format!("the model cannot be begun: {error:#}"))),
            },
        }
        Ok(())
    }

    /// Does about an event that fails what its agent's corrections say.
    async fn fix(&mut self, event: &StateEvent) -> Result<(), Reason> {
        let Some((_, poison)) = &self.fails else { return Ok(()) };
        let mut corrections = correction::of_kept(&*self.log, &event.agent).await?;
        match corrections.remove(&event.sequence) {
            Some(correction) if !self.fixes.contains_key(&event.position) => {
                self.fixes.insert(event.position, correction.instead);
                self.fails = None;
                Ok(())
            }
            _ => Err(Reason { text: poison.to_string(), place: Some(event.place()), may_pass: false }),
        }
    }

    /// Stops. What is asked of the agent is refused until it is resumed; its handle knows why.
    fn park(&mut self, reason: Reason, context: &mut Context<Self>) {
        tracing::error!(agent = %context.id(), reason = %reason.text, "a projection is suspended");
        let Reason { text, place, may_pass } = reason;
        self.standing = Standing::Suspended { reason: text.clone(), place };
        context.suspend(&text);
        if may_pass {
            context.send_after(TRY_AGAIN, TryAgain);
        }
    }
}

impl<P: Projection> HandleInfo<Go> for ProjectionAgent<P> {
    async fn handle_info(&mut self, _: Go, context: &mut Context<Self>) -> anyhow::Result<()> {
        // Before anything is read: what comes meanwhile is a change that is still to be noticed.
        self.head.borrow_and_update();
        let is_suspended = matches!(self.standing, Standing::Suspended { .. });
        if is_suspended && self.spec.handle.is_to_rebuild() {
            context.resume();
        }
        let next = if is_suspended { Ok(Next::Wait) } else { self.go().await };
        let is_more = matches!(next, Ok(Next::More));
        if let Err(reason) = next {
            self.park(reason, context);
        }
        self.spec.handle.publish(self.progress());
        if is_more {
            context.send_self(Go);
            return Ok(());
        }
        let (mut head, handle) = (self.head.clone(), self.spec.handle.clone());
        Ok(context.spawn_info(async move {
            let grown = async {
                if head.changed().await.is_err() {
                    std::future::pending::<()>().await; // the log is closed
                }
            };
            tokio::select! {
                () = grown => {}
                () = handle.woken() => {}
            }
            Go
        })?)
    }
}

impl<P: Projection> HandleInfo<TryAgain> for ProjectionAgent<P> {
    async fn handle_info(&mut self, _: TryAgain, context: &mut Context<Self>) -> anyhow::Result<()> {
        context.resume();
        Ok(())
    }
}

impl<P: Projection> Handle<HowFar> for ProjectionAgent<P> {
    async fn handle(&mut self, _: HowFar, _: &mut Context<Self>) -> Answer<HowFar> {
        HowFar::respond(self.progress())
    }
}

impl<P: Projection> Handle<Rebuild> for ProjectionAgent<P> {
    async fn handle(&mut self, _: Rebuild, _: &mut Context<Self>) -> Answer<Rebuild> {
        self.spec.handle.rebuild();
        Rebuild::respond(())
    }
}

fn apply_all<P: Projection>(
    projection: &P,
    model: &mut P::Model,
    events: &[StateEvent],
) -> anyhow::Result<()> {
    for event in events.iter().filter(|event| !correction::is_ours(event)) {
        let apply = || if projection.takes(event) { projection.apply(model, event) } else { Ok(()) };
        if let Err(error) = carefully(apply) {
            let (place, event_type, reason) = (event.place(), event.event_type.clone(), format!("{error:#}"));
            let poison = Poison { place, event_type, reason };
            return Err(Failed { position: event.position, poison }.into());
        }
    }
    Ok(())
}

/// Does something; a panic counts as an error.
fn carefully(work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
    let work = pin!(async { work() });
    let caught = pin!(exit::catch(work));
    match caught.poll(&mut std::task::Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done.unwrap_or_else(|panic| Err(anyhow::Error::msg(panic.to_string()))),
        Poll::Pending => Err(anyhow::Error::msg("it waits, and nothing in it can")),
    }
}

impl Reason {
    fn lasting(text: String) -> Self {
        Self { text, place: None, may_pass: false }
    }

    fn is_ahead(position: Position, head: Position) -> Self {
        Self::lasting(format!(
            "the model has seen events up to position {position}, and the log ends at {head}: it is of another log, or \
             the log has lost events; rebuild the model, or restore the log"
        ))
    }
}

impl From<ReadError> for Reason {
    fn from(error: ReadError) -> Self {
        let may_pass = matches!(error, ReadError::Unavailable { .. });
        Self { text: error.to_string(), place: None, may_pass }
    }
}

impl From<ReadModelError> for Reason {
    fn from(error: ReadModelError) -> Self {
        Self { text: error.to_string(), place: None, may_pass: true }
    }
}
