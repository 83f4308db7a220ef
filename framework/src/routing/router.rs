//! Finds who is to get a request, by the four patterns, in the registry of one system.

use std::fmt;
use std::time::Duration;

use super::balance::{load, second_is_better};
use super::call::Call;
use super::{
    AgentRef, AskError, Broadcast, CallError, Group, LoadBalanced, Missed, NotFound, NotReached, Routed,
    RoutingPattern, Subject, SubjectPattern,
};
use crate::clock::Clock;
use crate::contract::{Ask, Contract};
use crate::identity::{AgentId, InstanceId};
use crate::message::Budget;
use crate::registry::Registry;

/// Routes requests to the agents of one system. Cheap to clone; it keeps nothing alive.
///
/// Had from [`System::router`](crate::system::System::router), and inside an agent from
/// [`Context::router`](crate::agent::Context::router).
#[derive(Clone)]
pub struct Router {
    registry: Registry,
    clock: Clock,
}

impl Router {
    /// A router to the agents of `registry`, which keeps its deadlines by `clock`.
    #[must_use]
    pub fn new(registry: Registry, clock: Clock) -> Self {
        Self { registry, clock }
    }

    /// The agent of this id, if it is registered and answers contract `C`, healthy or not.
    ///
    /// # Errors
    /// [`NotFound`].
    pub fn direct<C: Contract>(&self, id: &AgentId) -> Result<AgentRef<C>, NotFound> {
        let found = self.registry.by_id(id).and_then(|record| AgentRef::of(&record));
        found.ok_or_else(|| NotFound { contract: C::NAME, wanted: format!("id {id}") })
    }

    /// A healthy member of the group that answers contract `C`: the less loaded of two in turn.
    ///
    /// # Errors
    /// [`NotFound`].
    pub fn find<C: Contract>(&self, group: &Group) -> Result<AgentRef<C>, NotFound> {
        let found = self.choose(group, &[]);
        found.ok_or_else(|| NotFound { contract: C::NAME, wanted: group.in_words() })
    }

    /// Sends to every registered agent whose subject matches, healthy or not, and waits for none of them: one
    /// with a full queue misses it, and holds nobody up. An agent between two incarnations is not registered.
    ///
    /// ```
    /// # use mistersmith::clock::Clock;
    /// # use mistersmith::registry::{Heartbeat, Registry};
    /// # use mistersmith::routing::{Router, SubjectPattern};
    /// # use serde::{Serialize, Deserialize};
    /// # use schemars::JsonSchema;
    /// # #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)] pub struct Reload;
    /// # #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)] pub enum Request { Reload(Reload) }
    /// # #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)] pub enum Response { Done }
    /// # pub struct Reloading;
    /// # mistersmith::replies! { Reloading: Reload => Done }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let clock = Clock::machine();
    /// # let router = Router::new(Registry::new(clock.clone(), Heartbeat::default()), clock);
    /// let told = router.broadcast(&"agents.security.*".parse()?, Reload);
    /// for missed in &told.missed {
    ///     eprintln!("{} was not told: {}", missed.agent, missed.why);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn broadcast<R: Ask>(&self, pattern: &SubjectPattern, request: R) -> Broadcast {
        self.spread(pattern, &request, Budget::UNLIMITED)
    }

    /// Asks one healthy instance of the agent of this subject, and waits at most `limit` for its reply.
    ///
    /// # Errors
    /// As [`LoadBalanced::ask`].
    ///
    /// # Cancel safety
    /// As [`AgentRef::ask`].
    pub async fn request_reply<R: Ask>(
        &self,
        subject: &Subject,
        request: R,
        limit: Duration,
    ) -> Result<R::Reply, AskError<R>> {
        let Subject { domain, name } = subject.clone();
        self.load_balanced::<R::Contract>(Group::Name(domain, name)).within(limit).ask(request).await
    }

    /// A group whose members that answer contract `C` share the load.
    #[must_use]
    pub fn load_balanced<C: Contract>(&self, group: Group) -> LoadBalanced<C> {
        LoadBalanced::new(self.clone(), group)
    }

    /// Sends a request by a pattern; `limit` is for everything that is to be done about it.
    ///
    /// # Errors
    /// As [`LoadBalanced::ask`]; a broadcast is never an error, it says who was reached.
    ///
    /// # Cancel safety
    /// As [`AgentRef::ask`].
    pub async fn route<R: Ask>(
        &self,
        pattern: &RoutingPattern,
        request: R,
        limit: Duration,
    ) -> Result<Routed<R>, AskError<R>> {
        let reply = match pattern {
            RoutingPattern::Direct(id) => match self.direct::<R::Contract>(id) {
                Ok(agent) => agent.within(limit).ask(request).await?,
                Err(missing) => return Err(CallError::NotFound { request, missing }),
            },
            RoutingPattern::Broadcast(pattern) => {
                return Ok(Routed::Sent(self.spread(pattern, &request, self.budget(Some(limit)))));
            }
            RoutingPattern::RequestReply(subject) => self.request_reply(subject, request, limit).await?,
            RoutingPattern::LoadBalanced(group) => {
                self.load_balanced::<R::Contract>(group.clone()).within(limit).ask(request).await?
            }
        };
        Ok(Routed::Reply(reply))
    }

    /// One of the healthy members that answer contract `C` and are not `passed_over`.
    pub(super) fn choose<C: Contract>(
        &self,
        group: &Group,
        passed_over: &[InstanceId],
    ) -> Option<AgentRef<C>> {
        if passed_over.is_empty()
            && let Some(chosen) = self.choose_of_two(group)
        {
            return Some(chosen);
        }
        self.choose_of_all(group, passed_over)
    }

    /// Costs the same however many members there are; nothing when the one in turn answers another contract.
    fn choose_of_two<C: Contract>(&self, group: &Group) -> Option<AgentRef<C>> {
        let first = group.pick(&self.registry)?;
        let sample = first.pulse.sample();
        if load(sample) > 0
            && let Some(second) = group.pick(&self.registry)
            && second_is_better(sample, second.pulse.sample())
            && let Some(chosen) = AgentRef::of(&second)
        {
            return Some(chosen);
        }
        AgentRef::of(&first)
    }

    /// Looks at every member: one of those with the least to do.
    fn choose_of_all<C: Contract>(&self, group: &Group, passed_over: &[InstanceId]) -> Option<AgentRef<C>> {
        let members = group.fit(&self.registry);
        let left = members.iter().filter(|member| !passed_over.contains(&member.id.instance));
        let mut left: Vec<_> =
            left.filter_map(|member| Some((load(member.pulse.sample()), AgentRef::of(member)?))).collect();
        let least = left.iter().map(|(load, _)| *load).min()?;
        left.retain(|(load, _)| *load == least);
        Some(left.swap_remove(self.clock.pick(left.len())).1)
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(super) fn budget(&self, limit: Option<Duration>) -> Budget {
        let deadline = limit.map(|limit| self.clock.deadline(limit)).unwrap_or_default();
        Budget { deadline, ..Budget::UNLIMITED }
    }

    fn spread<R: Ask>(&self, pattern: &SubjectPattern, request: &R, budget: Budget) -> Broadcast {
        let mut broadcast = Broadcast::default();
        for record in self.registry.list() {
            if !pattern.means(&record.id) {
                continue;
            }
            let agent = AgentId::clone(&record.id);
            let Some(receiver) = AgentRef::<R::Contract>::of(&record) else {
                let why = NotReached::OtherContract { contract: record.contract.to_string() };
                broadcast.missed.push(Missed { agent, why });
                continue;
            };
            match Call::new(&receiver, budget, None).offer(request.clone().into_request()) {
                Ok(()) => broadcast.reached.push(agent),
                Err(undelivered) => {
                    broadcast.missed.push(Missed { agent, why: NotReached::NotDelivered(undelivered.why) });
                }
            }
        }
        broadcast
    }
}

impl fmt::Debug for Router {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Router").field("registry", &self.registry).finish_non_exhaustive()
    }
}
