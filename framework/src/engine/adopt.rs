//! Lets any ractor actor be a supervised child, with the actor itself unchanged.

use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};

use ractor::{Actor, ActorCell, ActorProcessingErr, ActorRef, SupervisionEvent};

use super::actor::{Carried, Seed, launched};
use super::lifeline::Lifeline;
use super::{Launch, Parent, Process};
use crate::exit::{Exit, catch};

/// Starts an incarnation of the actor, whatever its type is.
type Launcher<M> = dyn Fn(&Parent, &Adopted<M>) -> Launching + Send + Sync;

type Launching = Pin<Box<dyn Future<Output = Result<Launch, Exit>> + Send>>;

/// A ractor actor as a child: what makes it, and where its present incarnation is found.
///
/// It is supervised as any other child: its panics and errors are exits with their cause, `stop` from outside is
/// an exit with that reason, a kill is abnormal, and its state is gone before it is started again. Actors that it has
/// linked to itself are killed with it, as by ractor; they are not waited for.
///
/// ```
/// use mistersmith::supervisor::RactorChild;
/// use ractor::{Actor, ActorProcessingErr, ActorRef};
///
/// struct Printer;
///
/// struct Print(String);
/// impl ractor::Message for Print {} // by hand, because feature `cluster` is on
///
/// impl Actor for Printer {
///     type Msg = Print;
///     type State = ();
///     type Arguments = ();
///     async fn pre_start(&self, _: ActorRef<Print>, _: ()) -> Result<(), ActorProcessingErr> {
///         Ok(())
///     }
/// }
///
/// let printer = RactorChild::new(|| (Printer, ()));
/// assert!(printer.adopted().get().is_none()); // nobody has started it yet
/// ```
pub struct RactorChild<M> {
    launcher: Arc<Launcher<M>>,
    adopted: Adopted<M>,
}

/// Where the present incarnation of an adopted actor is found. Cheap to clone.
pub struct Adopted<M>(Arc<Mutex<Option<ActorRef<M>>>>);

impl<M: ractor::Message> RactorChild<M> {
    /// A child whose actor and arguments are made by `make` at every start.
    pub fn new<A>(make: impl Fn() -> (A, A::Arguments) + Send + Sync + 'static) -> Self
    where
        A: Actor<Msg = M>,
    {
        let launcher = move |parent: &Parent, adopted: &Adopted<M>| -> Launching {
            let (actor, arguments) = make();
            let (seed, above) = (Seed::under(parent, arguments), parent.process.cell.clone());
            Box::pin(launch(actor, seed, above, adopted.clone()))
        };
        Self { launcher: Arc::new(launcher), adopted: Adopted(Arc::default()) }
    }
}

impl<M> RactorChild<M> {
    /// Where to find the running actor.
    #[must_use]
    pub fn adopted(&self) -> Adopted<M> {
        self.adopted.clone()
    }

    pub(crate) async fn launch(&self, parent: &Parent) -> Result<Launch, Exit> {
        (self.launcher)(parent, &self.adopted).await
    }
}

async fn launch<A: Actor>(
    actor: A,
    seed: Seed<A::Arguments>,
    above: ActorCell,
    adopted: Adopted<A::Msg>,
) -> Result<Launch, Exit> {
    let fate = Arc::clone(&seed.fate);
    let spawned = Actor::spawn_linked(None, Wrapped(actor), seed, above).await;
    launched(spawned.map(|(actor, _)| {
        adopted.set(actor.clone());
        Process { cell: actor.get_cell(), fate, stopper: None }
    }))
}

impl<M> Adopted<M> {
    /// The running actor; `None` before its first start. After an end it is the one that ended, until the next.
    #[must_use]
    pub fn get(&self) -> Option<ActorRef<M>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, actor: ActorRef<M>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(actor);
    }
}

impl<M> Clone for Adopted<M> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<M> fmt::Debug for Adopted<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Adopted({:?})", self.get().map(|actor| actor.get_id()))
    }
}

impl<M> fmt::Debug for RactorChild<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RactorChild({:?})", self.adopted)
    }
}

/// The actor as it is, and around it what tells us of its end.
struct Wrapped<A>(A);

/// Its state. Dropped in this order.
struct WrappedState<S> {
    state: Option<S>,
    lifeline: Option<Lifeline>,
    myself: ActorCell,
    /// Its supervisor's actor, which ractor links it to.
    parent: Option<ActorCell>,
}

impl<S> WrappedState<S> {
    /// Passes on what the actor returned; an error or a panic ends it here.
    async fn judge<T>(
        &mut self,
        outcome: Result<Result<T, ActorProcessingErr>, crate::exit::Panic>,
    ) -> Result<T, ActorProcessingErr> {
        let exit = match outcome {
            Ok(Ok(done)) => return Ok(done),
            Ok(Err(error)) => super::actor::exit_of(error),
            Err(panic) => Exit::Panic(panic),
        };
        // As ractor would, but before anybody hears of the end.
        self.myself.get_children().iter().for_each(ActorCell::kill);
        self.state = None;
        if let Some(lifeline) = self.lifeline.take() {
            lifeline.fate().end(exit.clone());
            // The lifeline tells how it ended. ractor's event would say the same, and wake the supervisor's actor
            // for nothing, in the very moment when the next incarnation is to be started.
            if let Some(parent) = self.parent.take() {
                self.myself.unlink(parent);
            }
            drop(lifeline);
            super::actor::let_next_begin().await;
        }
        Err(Box::new(Carried(exit)))
    }
}

impl<A: Actor> Actor for Wrapped<A> {
    type Msg = A::Msg;
    type State = WrappedState<A::State>;
    type Arguments = Seed<A::Arguments>;

    async fn pre_start(
        &self,
        myself: ActorRef<A::Msg>,
        seed: Self::Arguments,
    ) -> Result<Self::State, ActorProcessingErr> {
        let mut seed = seed;
        let parent = seed.parent.take();
        let cell = myself.get_cell();
        let (arguments, _, lifeline) = seed.sprout(cell.clone());
        match catch(pin!(self.0.pre_start(myself, arguments))).await {
            Ok(Ok(state)) => {
                Ok(WrappedState { state: Some(state), lifeline: Some(lifeline), myself: cell, parent })
            }
            Ok(Err(error)) => Err(error),
            Err(panic) => Err(Box::new(Carried(Exit::Panic(panic)))),
        }
    }

    async fn post_start(
        &self,
        myself: ActorRef<A::Msg>,
        wrapped: &mut Self::State,
    ) -> Result<(), ActorProcessingErr> {
        let Some(state) = wrapped.state.as_mut() else { return Ok(()) };
        let outcome = catch(pin!(self.0.post_start(myself, state))).await;
        wrapped.judge(outcome).await
    }

    async fn handle(
        &self,
        myself: ActorRef<A::Msg>,
        message: A::Msg,
        wrapped: &mut Self::State,
    ) -> Result<(), ActorProcessingErr> {
        let Some(state) = wrapped.state.as_mut() else { return Ok(()) };
        let outcome = catch(pin!(self.0.handle(myself, message, state))).await;
        wrapped.judge(outcome).await
    }

    async fn handle_supervisor_evt(
        &self,
        myself: ActorRef<A::Msg>,
        event: SupervisionEvent,
        wrapped: &mut Self::State,
    ) -> Result<(), ActorProcessingErr> {
        let Some(state) = wrapped.state.as_mut() else { return Ok(()) };
        let outcome = catch(pin!(self.0.handle_supervisor_evt(myself, event, state))).await;
        wrapped.judge(outcome).await
    }

    async fn post_stop(
        &self,
        myself: ActorRef<A::Msg>,
        wrapped: &mut Self::State,
    ) -> Result<(), ActorProcessingErr> {
        let Some(state) = wrapped.state.as_mut() else { return Ok(()) };
        let outcome = catch(pin!(self.0.post_stop(myself.clone(), state))).await;
        wrapped.judge(outcome).await?;
        wrapped.state = None;
        // ractor tells nobody of the end of an actor that has dropped its link.
        let linked = myself.try_get_supervisor().is_some();
        match wrapped.lifeline.take() {
            Some(lifeline) if lifeline.fate().is_stopping() || !linked => lifeline.fate().end(Exit::Shutdown),
            Some(lifeline) => lifeline.leave_to_ractor(),
            None => {}
        }
        Ok(())
    }
}
