//! A dynamic supervisor as a value: its flags, what its instances have in common, and how many there may be.

use std::fmt;
use std::marker::PhantomData;

use super::start::Start;
use super::supervisor_spec::{Instances, Kind};
use super::template::Template;
use super::{ChildId, ChildSpec, Flags, SpecProblem, SupervisorSpec};

/// A supervisor of instances that come and go: Erlang's `simple_one_for_one` and Elixir's `DynamicSupervisor`.
///
/// It starts without children. Each instance is started from an `A`: from a whole [`ChildSpec`], or, if there is a
/// [template](DynamicSpec::template), from the arguments that distinguish it.
///
/// ```
/// use mistersmith::clock::Clock;
/// use mistersmith::exit::Exit;
/// use mistersmith::supervisor::{
///     ChildSpec, ChildType, Dynamic, Flags, History, Restart, Strategy, SupervisorSpec,
/// };
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> anyhow::Result<()> {
/// let flags = Flags::new(Strategy::OneForOne, 3, 5);
/// let session = ChildSpec::template("session", ChildType::Supervisor).restart(Restart::Transient);
/// let sessions = SupervisorSpec::dynamic("sessions", flags)
///     .template(session, move |user: &String| SupervisorSpec::new(user, flags))
///     .max_children(1_000);
///
/// let sessions = Dynamic::start(sessions, &Clock::machine(), &History::default()).await.map_err(anyhow::Error::msg)?;
/// let ada = sessions.start_child("ada".to_owned()).await?.expect("no session says that it is not needed");
/// assert_eq!(sessions.count_children().await?.active, 1);
/// sessions.terminate_child(ada).await?;
/// sessions.stop(Exit::Shutdown).await;
/// # Ok(())
/// # }
/// ```
pub struct DynamicSpec<A = ChildSpec> {
    spec: SupervisorSpec,
    from: PhantomData<fn(A)>,
}

impl SupervisorSpec {
    /// A supervisor of instances that come and go, each started from a [`ChildSpec`] of its own.
    pub fn dynamic(name: impl Into<ChildId>, flags: Flags) -> DynamicSpec {
        let kind = Kind::Dynamic(Instances { template: None, limit: None });
        DynamicSpec { spec: Self { kind, ..Self::new(name, flags) }, from: PhantomData }
    }
}

impl DynamicSpec {
    /// With what all instances have in common, and how one is made from its arguments: `make` is called once for
    /// each instance, and what it makes is started again at each restart.
    ///
    /// The arguments of a temporary instance are dropped as soon as it is made.
    #[must_use]
    pub fn template<A, S>(
        mut self,
        template: ChildSpec,
        make: impl Fn(&A) -> S + Send + Sync + 'static,
    ) -> DynamicSpec<A>
    where
        A: Send + Sync + 'static,
        S: Start,
    {
        if let Kind::Dynamic(instances) = &mut self.spec.kind {
            instances.template = Some(Template::new(template, make));
        }
        DynamicSpec { spec: self.spec, from: PhantomData }
    }
}

impl<A> DynamicSpec<A> {
    /// With at most so many instances, those that are being restarted included. Without it there is no limit.
    #[must_use]
    pub fn max_children(mut self, most: usize) -> Self {
        if let Kind::Dynamic(instances) = &mut self.spec.kind {
            instances.limit = Some(most);
        }
        self
    }

    /// Everything that is wrong with it; empty when nothing is.
    #[must_use]
    pub fn check(&self) -> Vec<SpecProblem> {
        self.spec.check()
    }
}

impl<A> From<DynamicSpec<A>> for SupervisorSpec {
    fn from(spec: DynamicSpec<A>) -> Self {
        spec.spec
    }
}

impl<A> Clone for DynamicSpec<A> {
    fn clone(&self) -> Self {
        Self { spec: self.spec.clone(), from: PhantomData }
    }
}

impl<A> PartialEq for DynamicSpec<A> {
    fn eq(&self, other: &Self) -> bool {
        self.spec == other.spec
    }
}

impl<A> fmt::Debug for DynamicSpec<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.spec.fmt(f)
    }
}
