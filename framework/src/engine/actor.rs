//! Runs a behaviour as a ractor actor.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::pin;
use std::sync::Arc;

use ractor::{Actor, ActorCell, ActorProcessingErr, ActorRef, SpawnErr, SupervisionEvent};

use super::lifeline::{Alive, Fate, Lifeline};
use super::process::{Stopper, Wake};
use super::{Behaviour, Launch, Myself, Parent, Process, ProcessId, Turn};
use crate::exit::{Exit, Fault, catch};

/// An exit on its way through ractor.
#[derive(Debug)]
pub(super) struct Carried(pub(super) Exit);

impl fmt::Display for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Carried {}

/// A start that did not lead to a process, on its way through ractor.
#[derive(Debug, thiserror::Error)]
#[error("not needed")]
pub(super) struct NotNeeded;

/// Starts a behaviour as a child of `parent`, and returns when its `init` has.
///
/// Dropping the future before that abandons the start.
pub(crate) async fn start<B: Behaviour>(
    parent: &Parent,
    args: B::Args,
    stopper: Option<Stopper>,
) -> Result<Launch, Exit> {
    let seed = Seed::under(parent, args);
    let fate = Arc::clone(&seed.fate);
    let spawned = Actor::spawn(None, Runner::<B>(PhantomData), seed).await;
    let stopper = stopper.map(Box::new);
    launched(spawned.map(|(actor, _)| Process { cell: actor.get_cell(), fate, stopper }).map_err(killed))
}

/// Starts a behaviour that nobody supervises: the root of a tree.
pub(crate) async fn start_root<B: Behaviour>(
    args: B::Args,
    stopper: Option<Stopper>,
) -> Result<Launch, Exit> {
    let fate = Arc::<Fate>::default();
    let alive = Alive::new(Arc::clone(&fate), None);
    let seed = Seed { args, fate: Arc::clone(&fate), alive, exits: None, parent: None };
    let spawned = Actor::spawn(None, Runner::<B>(PhantomData), seed).await;
    let stopper = stopper.map(Box::new);
    launched(spawned.map(|(actor, _)| Process { cell: actor.get_cell(), fate, stopper }).map_err(killed))
}

/// A start of ours fails by what we say. What ractor says itself is that the actor was killed meanwhile.
fn killed(error: SpawnErr) -> SpawnErr {
    match error {
        SpawnErr::StartupFailed(error) if !error.is::<NotNeeded>() && !error.is::<Carried>() => {
            SpawnErr::StartupFailed(Box::new(Carried(Exit::Killed)))
        }
        other => other,
    }
}

/// Why a stranger stopped a process before its first turn: nobody can tell. It is no polite exit, because the process
/// has not done what it was started for.
const UNTOLD: &str = "before its first turn, and ractor does not tell why";

/// What ractor's spawn came to, in our terms.
pub(super) fn launched(spawned: Result<Process, SpawnErr>) -> Result<Launch, Exit> {
    match spawned {
        Ok(process) => Ok(Launch::Running(process)),
        Err(SpawnErr::StartupFailed(error)) if error.is::<NotNeeded>() => Ok(Launch::Ignored),
        Err(SpawnErr::StartupFailed(error)) => Err(exit_of(error)),
        Err(other) => Err(Exit::error(other)),
    }
}

/// The exit that an error of ractor carries, or is.
pub(super) fn exit_of(error: ActorProcessingErr) -> Exit {
    match error.downcast::<Carried>() {
        Ok(carried) => carried.0,
        Err(error) => Exit::Error(Fault::of_box(error)),
    }
}

/// What a process starts from, and what it will report to.
pub(super) struct Seed<A> {
    args: A,
    pub(super) fate: Arc<Fate>,
    /// From here on, so that a start that comes to nothing is known to be gone, too.
    alive: Arc<Alive>,
    exits: Option<Arc<dyn super::Exits>>,
    /// Its supervisor's actor; `None` when nobody supervises it.
    pub(super) parent: Option<ActorCell>,
}

impl<A> Seed<A> {
    pub(super) fn under(parent: &Parent, args: A) -> Self {
        let exits = Some(Arc::clone(&parent.exits));
        let fate = Arc::<Fate>::default();
        parent.begun.note(&fate);
        let alive = Alive::new(Arc::clone(&fate), Some(parent.process.alive()));
        Self { args, fate, alive, exits, parent: Some(parent.process.cell.clone()) }
    }

    /// Splits into the arguments, what the process knows of itself, and its lifeline.
    pub(super) fn sprout(self, cell: ActorCell) -> (A, Myself, Lifeline) {
        let id = ProcessId::of(&cell);
        let lifeline = Lifeline::new(id, Arc::clone(&self.fate), Arc::clone(&self.alive), self.exits);
        (self.args, Myself { cell, fate: self.fate, alive: self.alive }, lifeline)
    }
}

/// The actor that runs a behaviour.
struct Runner<B>(PhantomData<fn() -> B>);

/// A behaviour that runs. Fields are dropped in this order: the behaviour before the lifeline.
struct Running<B> {
    behaviour: B,
    link: Link,
    lifeline: Lifeline,
}

/// The link to the supervisor's actor, through which ractor kills this one with it, and tells of ends that this
/// one cannot tell itself.
///
/// ractor tells the supervisor of every start and every end, and each time wakes it for nothing: what it has to
/// know, our lifelines tell it. So a process links itself in its first turn, when its start has been told, and
/// unlinks when its exit is known. Before the first turn, the supervisor's keeper kills it, if need be.
enum Link {
    /// Not yet made.
    Due(ActorCell),
    /// Made.
    Made(ActorCell),
    /// There is nobody to be linked to.
    Nobody,
}

impl Link {
    /// Links, if that is due; `false` when the supervisor is no more.
    fn make(&mut self, myself: &ActorRef<Wake>, fate: &Fate) -> bool {
        let Self::Due(parent) = self else { return true };
        let parent = parent.clone();
        myself.link(parent.clone());
        if fate.is_stopping() {
            // A kill at this moment may have found nothing to unlink.
            myself.unlink(parent);
            *self = Self::Nobody;
            return true;
        }
        let stands = parent.get_status() < ractor::ActorStatus::Draining;
        *self = Self::Made(parent);
        stands
    }

    /// Unlinks, if that is to be done; whether it was linked.
    fn cut(&mut self, myself: &ActorRef<Wake>) -> bool {
        match std::mem::replace(self, Self::Nobody) {
            Self::Made(parent) => {
                myself.unlink(parent);
                true
            }
            Self::Due(_) | Self::Nobody => false,
        }
    }
}

/// Empty once the process has ended, whatever ractor still does with the actor. In a box, because ractor moves an
/// actor's state a dozen times before the first message.
struct Slot<B>(Option<Box<Running<B>>>);

impl<B: Behaviour> Slot<B> {
    /// Ends the process: cleans up unless it panicked, drops the state, reports the exit. Returns what ractor is
    /// to be told.
    async fn end(&mut self, myself: &ActorRef<Wake>, exit: Exit) -> Result<(), ActorProcessingErr> {
        let Some(mut running) = self.0.take() else { return Ok(()) };
        let exit = match exit {
            Exit::Panic(_) => exit,
            exit => cleaned_up(&mut running.behaviour, exit).await,
        };
        running.lifeline.fate().end(exit.clone());
        running.link.cut(myself);
        drop(running);
        match exit {
            Exit::Error(_) | Exit::Panic(_) => {
                let_next_begin().await;
                Err(Box::new(Carried(exit)))
            }
            _ => Ok(()),
        }
    }

    /// Lets the behaviour take a turn.
    async fn turn(&mut self, actor: ActorRef<Wake>) -> Result<(), ActorProcessingErr> {
        let Some(running) = self.0.as_mut() else { return Ok(()) };
        if !running.link.make(&actor, running.lifeline.fate()) {
            actor.kill();
            return Ok(());
        }
        let turned = {
            let turn = pin!(running.behaviour.turn());
            catch(turn).await
        };
        let exit = match turned {
            Ok(Turn::Wait) => return Ok(()),
            Ok(Turn::Again) => {
                let _ = actor.cast(Wake);
                return Ok(());
            }
            Ok(Turn::End(exit)) => exit,
            Err(panic) => Exit::Panic(panic),
        };
        Box::pin(self.end(&actor, exit)).await?;
        actor.stop(None);
        Ok(())
    }
}

/// Lets whoever was told of an end start the next incarnation first. What is left of this one is ractor's: it takes the
/// actor out of its lists, which costs as much as half a start.
pub(super) async fn let_next_begin() {
    tokio::task::yield_now().await;
}

async fn cleaned_up<B: Behaviour>(behaviour: &mut B, exit: Exit) -> Exit {
    let cleaned = {
        let cleaning = pin!(behaviour.terminate(&exit));
        catch(cleaning).await
    };
    match cleaned {
        Ok(Ok(())) => exit,
        Ok(Err(error)) => Exit::error(error),
        Err(panic) => Exit::Panic(panic),
    }
}

impl<B: Behaviour> Actor for Runner<B> {
    type Msg = Wake;
    type State = Slot<B>;
    type Arguments = Seed<B::Args>;

    async fn pre_start(
        &self,
        actor: ActorRef<Wake>,
        seed: Seed<B::Args>,
    ) -> Result<Slot<B>, ActorProcessingErr> {
        let mut seed = seed;
        let link = seed.parent.take().map_or(Link::Nobody, Link::Due);
        let (args, myself, lifeline) = seed.sprout(actor.get_cell());
        match catch(pin!(B::init(args, myself))).await {
            Ok(Ok(Some(behaviour))) => {
                let _ = actor.cast(Wake); // for the first turn, in which it links itself
                Ok(Slot(Some(Box::new(Running { behaviour, link, lifeline }))))
            }
            Ok(Ok(None)) => Err(Box::new(NotNeeded)),
            Ok(Err(exit)) => Err(Box::new(Carried(exit))),
            Err(panic) => Err(Box::new(Carried(Exit::Panic(panic)))),
        }
    }

    /// Boxed as a whole, because ractor keeps three copies of this future in every idle actor and moves it twice a
    /// turn.
    fn handle(
        &self,
        actor: ActorRef<Wake>,
        _wake: Wake,
        slot: &mut Slot<B>,
    ) -> impl Future<Output = Result<(), ActorProcessingErr>> + Send {
        Box::pin(slot.turn(actor))
    }

    /// Reached through the actor's stop port. If nobody of ours asked, the reason is known to ractor only: the
    /// lifeline stays silent, and the supervisor hears it from ractor's event.
    async fn post_stop(&self, actor: ActorRef<Wake>, slot: &mut Slot<B>) -> Result<(), ActorProcessingErr> {
        let Some(running) = slot.0.as_mut() else { return Ok(()) };
        if matches!(running.link, Link::Due(_)) && !running.lifeline.fate().is_stopping() {
            // ractor tells the reason only to a supervisor that is linked, and links nobody who is stopping.
            let exit = Exit::Stopped { reason: UNTOLD.to_owned() };
            return Box::pin(slot.end(&actor, exit)).await;
        }
        // Somebody else may have dropped the link, and then ractor tells nobody.
        let linked = matches!(running.link, Link::Made(_)) && actor.try_get_supervisor().is_some();
        if running.lifeline.fate().is_stopping() || !linked {
            return Box::pin(slot.end(&actor, Exit::Shutdown)).await;
        }
        let Some(mut running) = slot.0.take() else { return Ok(()) };
        match Box::pin(cleaned_up(&mut running.behaviour, Exit::Shutdown)).await {
            exit @ (Exit::Error(_) | Exit::Panic(_)) => {
                running.lifeline.fate().end(exit.clone());
                Err(Box::new(Carried(exit)))
            }
            _ => {
                let Running { behaviour, lifeline, .. } = *running;
                drop(behaviour);
                lifeline.leave_to_ractor();
                Ok(())
            }
        }
    }

    async fn handle_supervisor_evt(
        &self,
        _: ActorRef<Wake>,
        event: SupervisionEvent,
        slot: &mut Slot<B>,
    ) -> Result<(), ActorProcessingErr> {
        if let (Some(running), Some((id, exit))) = (slot.0.as_mut(), exit_in(event)) {
            running.behaviour.linked_exit(id, exit);
        }
        Ok(())
    }
}

/// The exit that ractor tells of, if that is what it tells. The state in the event is dropped here.
fn exit_in(event: SupervisionEvent) -> Option<(ProcessId, Exit)> {
    match event {
        SupervisionEvent::ActorTerminated(cell, state, reason) => {
            drop(state);
            Some((ProcessId::of(&cell), exit_of_reason(reason)))
        }
        SupervisionEvent::ActorFailed(cell, error) => Some((ProcessId::of(&cell), exit_of(error))),
        _ => None,
    }
}

/// ractor carries reasons as text. Its own words for a kill and for an aborted task are abnormal; `normal`,
/// `shutdown`, a drain and no reason are polite; any other reason is somebody's, and abnormal.
fn exit_of_reason(reason: Option<String>) -> Exit {
    match reason.as_deref() {
        None | Some("normal" | "Drained") => Exit::Normal,
        Some("shutdown") => Exit::Shutdown,
        Some("killed" | "actor_task_cancelled") => Exit::Killed,
        Some(_) => Exit::Stopped { reason: reason.unwrap_or_default() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kill_and_an_aborted_task_are_abnormal_although_ractor_calls_them_terminated() {
        for reason in ["killed", "actor_task_cancelled", "disk is full"] {
            assert!(exit_of_reason(Some(reason.to_owned())).is_abnormal(), "{reason}");
        }
        for reason in [None, Some("normal"), Some("shutdown"), Some("Drained")] {
            assert!(!exit_of_reason(reason.map(str::to_owned)).is_abnormal(), "{reason:?}");
        }
    }

    #[test]
    fn a_wake_up_is_boxed_without_an_allocation() {
        assert_eq!(size_of::<Wake>(), 0);
    }
}
