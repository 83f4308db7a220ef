//! A running dynamic supervisor, as others hold it: its instances are started from arguments and known by number.

use std::any::TypeId;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::call::{ChildStatus, Counts, Instance};
use super::call_error::{
    ChildSpecError, ChildrenError, StartInstanceError, TerminateChildError, UpgradeError,
};
use super::queue::Call;
use super::{Adopted, ChildSpec, DynamicSpec, History, Supervisor};
use crate::clock::Clock;
use crate::exit::Exit;

/// A running supervisor of instances that are each started from an `A`. Cheap to clone; dropping it stops nothing.
///
/// It has the calls that make sense for instances; the rest is found at its [`Supervisor`].
pub struct Dynamic<A = ChildSpec> {
    supervisor: Supervisor,
    from: PhantomData<fn(A)>,
}

impl Supervisor {
    /// As a dynamic supervisor whose instances are started from an `A` ([`ChildSpec`] if it has no template); `None`
    /// when it is none.
    #[must_use]
    pub fn dynamic<A: Send + Sync + 'static>(&self) -> Option<Dynamic<A>> {
        let fits = self.board.arguments() == Some(TypeId::of::<A>());
        fits.then(|| Dynamic { supervisor: self.clone(), from: PhantomData })
    }
}

impl<A: Send + Sync + 'static> Dynamic<A> {
    /// Starts a dynamic supervisor that has no parent.
    ///
    /// # Errors
    /// When the specification is wrong.
    ///
    /// # Cancel safety
    /// Dropping the future leaves nothing behind.
    pub async fn start(spec: DynamicSpec<A>, clock: &Clock, history: &History) -> Result<Self, Exit> {
        let supervisor = Supervisor::start(spec.into(), clock, history).await?;
        Ok(Self { supervisor, from: PhantomData })
    }

    /// Starts an instance. `None` when its start said that it is not needed: nothing is kept of it then.
    ///
    /// # Errors
    /// When there are as many as there may be, or it does not start; nothing is kept of it then.
    ///
    /// # Cancel safety
    /// It is started, whether or not somebody waits for the answer.
    pub async fn start_child(&self, arguments: A) -> Result<Option<Instance>, StartInstanceError> {
        let call = |reply| Call::StartInstance(Arc::new(arguments), reply);
        self.supervisor.call(call).await?
    }

    /// As [`Dynamic::start_child`], without waiting for the answer.
    pub(super) fn ask_start(
        &self,
        arguments: Arc<A>,
    ) -> oneshot::Receiver<Result<Option<Instance>, StartInstanceError>> {
        self.supervisor.ask(|reply| Call::StartInstance(arguments, reply)).0
    }

    /// Stops an instance by its shutdown policy, returns when it is gone, and forgets it.
    ///
    /// # Errors
    /// When there is no such instance (any more).
    ///
    /// # Cancel safety
    /// As [`Dynamic::start_child`].
    pub async fn terminate_child(&self, instance: Instance) -> Result<(), TerminateChildError> {
        let call = |reply| Call::TerminateInstance(instance, reply);
        self.supervisor.call(call).await?
    }

    /// The specification of an instance.
    ///
    /// # Errors
    /// When there is no such instance (any more).
    ///
    /// # Cancel safety
    /// Nothing is changed by it.
    pub async fn child_spec(&self, instance: Instance) -> Result<Arc<ChildSpec>, ChildSpecError> {
        let spec = self.supervisor.call(|reply| Call::GetInstanceSpec(instance, reply)).await?;
        spec.ok_or(ChildSpecError::NotFound)
    }

    /// Where the running actor of an instance is found that is a [`RactorChild`](super::RactorChild), through all its
    /// incarnations. `None` when there is no such instance (any more), or its messages are no `M`. Waits for nobody.
    ///
    /// ```
    /// use mistersmith::clock::Clock;
    /// use mistersmith::exit::Exit;
    /// use mistersmith::supervisor::{
    ///     ChildSpec, ChildType, Dynamic, Flags, History, RactorChild, Strategy, SupervisorSpec,
    /// };
    /// use ractor::{Actor, ActorProcessingErr, ActorRef, RpcReplyPort};
    ///
    /// struct Session;
    ///
    /// struct WhoseIsIt(RpcReplyPort<String>);
    /// impl ractor::Message for WhoseIsIt {} // by hand, because feature `cluster` is on
    ///
    /// impl Actor for Session {
    ///     type Msg = WhoseIsIt;
    ///     type State = String;
    ///     type Arguments = String;
    ///     async fn pre_start(&self, _: ActorRef<WhoseIsIt>, user: String) -> Result<String, ActorProcessingErr> {
    ///         Ok(user)
    ///     }
    ///     async fn handle(
    ///         &self,
    ///         _: ActorRef<WhoseIsIt>,
    ///         WhoseIsIt(reply): WhoseIsIt,
    ///         user: &mut String,
    ///     ) -> Result<(), ActorProcessingErr> {
    ///         Ok(reply.send(user.clone())?)
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> anyhow::Result<()> {
    /// let session = ChildSpec::template("session", ChildType::Worker);
    /// let sessions = SupervisorSpec::dynamic("sessions", Flags::new(Strategy::OneForOne, 3, 5))
    ///     .template(session, |user: &String| {
    ///         let user = user.clone();
    ///         RactorChild::new(move || (Session, user.clone()))
    ///     });
    /// let sessions = Dynamic::start(sessions, &Clock::machine(), &History::default()).await.map_err(anyhow::Error::msg)?;
    ///
    /// let ada = sessions.start_child("ada".to_owned()).await?.expect("it is started");
    /// let session = sessions.adopted::<WhoseIsIt>(ada).expect("it is a ractor actor of these messages");
    /// let running = session.get().expect("it was started");
    /// assert_eq!(running.call(WhoseIsIt, None).await?.unwrap(), "ada");
    /// sessions.stop(Exit::Shutdown).await;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn adopted<M: 'static>(&self, Instance(key): Instance) -> Option<Adopted<M>> {
        let spec = self.supervisor.board.children().get(key).map(|child| Arc::clone(&child.spec))?;
        Some(*spec.start.adopted()?.downcast().ok()?)
    }

    /// All instances, newest first.
    ///
    /// # Errors
    /// When the supervisor has ended.
    ///
    /// # Cancel safety
    /// As [`Dynamic::child_spec`].
    pub async fn which_children(&self) -> Result<Vec<ChildStatus>, ChildrenError> {
        self.supervisor.which_children().await
    }

    /// How many instances there are.
    ///
    /// # Errors
    /// When the supervisor has ended.
    ///
    /// # Cancel safety
    /// As [`Dynamic::child_spec`].
    pub async fn count_children(&self) -> Result<Counts, ChildrenError> {
        self.supervisor.count_children().await
    }

    /// As [`Supervisor::stop`]: all instances are asked at once, and each has its own time.
    ///
    /// # Cancel safety
    /// It stops, whether or not somebody waits.
    pub async fn stop(&self, reason: Exit) -> Exit {
        self.supervisor.stop(reason).await
    }

    /// As [`Supervisor::upgrade`]: instances take the new template and keep their processes and arguments.
    ///
    /// # Errors
    /// Everything that is wrong with the new specification; nothing has changed then.
    ///
    /// # Cancel safety
    /// As [`Dynamic::start_child`].
    pub async fn upgrade(&self, spec: DynamicSpec<A>) -> Result<(), UpgradeError> {
        self.supervisor.upgrade(spec).await
    }
}

impl<A> Dynamic<A> {
    /// It as any other supervisor.
    #[must_use]
    pub fn supervisor(&self) -> &Supervisor {
        &self.supervisor
    }
}

impl<A> Clone for Dynamic<A> {
    fn clone(&self) -> Self {
        Self { supervisor: self.supervisor.clone(), from: PhantomData }
    }
}

impl<A> fmt::Debug for Dynamic<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dynamic({})", self.supervisor.path())
    }
}
