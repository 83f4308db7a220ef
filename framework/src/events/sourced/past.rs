//! The past of an event-sourced agent for tools, which do not know its type.

use std::fmt;
use std::sync::Arc;

use super::replicas::{Rewoven, reweave};
use super::spec::Place;
use super::{AsOf, EventSourced, EventSourcedSpec, RecoverError, Recovered, recover};
use crate::events::{EventLog, Json, Sequence, Underway};
use crate::identity::AgentKey;

/// Makes the states that an agent had, from its log.
///
/// ```
/// # use std::sync::Arc;
/// # use mistersmith::events::*;
/// # use mistersmith::prelude::*;
/// # #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
/// # pub struct PayIn { pub cents: u64 }
/// # #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
/// # pub enum Request { PayIn(PayIn) }
/// # #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
/// # pub enum Response { Balance(u64) }
/// # pub struct Bank;
/// # replies! { Bank: PayIn => Balance(u64) }
/// # #[derive(Serialize, Deserialize)]
/// # enum Change { PaidIn { cents: u64 } }
/// # impl Event for Change {}
/// # #[derive(Clone, Serialize, Deserialize)]
/// # struct Account { balance: u64 }
/// # impl EventSourced for Account {
/// #     type Contract = Bank;
/// #     type Args = ();
/// #     type Event = Change;
/// #     type Snapshot = Self;
/// #     fn begin((): &()) -> Self { Account { balance: 0 } }
/// #     fn apply(&mut self, Change::PaidIn { cents }: &Change) -> anyhow::Result<()> {
/// #         self.balance += cents;
/// #         Ok(())
/// #     }
/// #     fn snapshot(&self) -> Self { self.clone() }
/// #     fn restore((): &(), snapshot: Self) -> anyhow::Result<Self> { Ok(snapshot) }
/// # }
/// # impl Decide<PayIn> for Account {
/// #     async fn decide(&self, PayIn { cents }: PayIn, _: &mut Deciding<'_, Self>) -> anyhow::Result<Decision<Self, PayIn>> {
/// #         Ok(persist([Change::PaidIn { cents }]).reply_with(|account: &Account| account.balance))
/// #     }
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> anyhow::Result<()> {
/// # let log: Arc<dyn EventLog> = Arc::new(MemoryLog::new());
/// # let account = EventSourcedSpec::<Account>::in_system_log((), Recovery::Eager).agent("account")?;
/// # let bank = DomainSpec::new("bank", Flags::new(Strategy::OneForOne, 3, 5))?.agent(account);
/// # let system = System::builder("town").event_log(Arc::clone(&log)).domain(bank).start().await?;
/// for cents in [500, 250] {
///     system.find::<Bank>()?.ask(PayIn { cents }).await?;
/// }
/// let account = system.agent("bank/account")?;
/// let past = PastStates::of(&*account).expect("it is event-sourced");
/// let then = past.as_of(&*log, &account.id().key(), AsOf::Sequence(Sequence::new(1))).await?;
/// assert_eq!(then.state.as_str(), r#"{"balance":500}"#);
/// # system.stop().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct PastStates(Arc<dyn Past>);

/// A state that an agent had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastState {
    /// The last event in it; [`Sequence::START`] when there is none.
    pub sequence: Sequence,
    /// The state, as its snapshot would be written.
    pub state: Json,
}

/// Why a state cannot be shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PastStateError {
    /// It cannot be made.
    #[error(transparent)]
    Recover(#[from] RecoverError),
    /// It has no form in JSON.
    #[error("the state has no form in JSON: {0}")]
    Unwritable(#[from] serde_json::Error),
}

trait Past: Send + Sync {
    fn log(&self) -> Option<Arc<dyn EventLog>>;

    fn as_of<'a>(
        &'a self,
        log: &'a dyn EventLog,
        agent: &'a AgentKey,
        as_of: AsOf,
    ) -> Underway<'a, Result<PastState, PastStateError>>;
}

impl<S: EventSourced> Past for EventSourcedSpec<S> {
    fn log(&self) -> Option<Arc<dyn EventLog>> {
        self.log.clone()
    }

    fn as_of<'a>(
        &'a self,
        log: &'a dyn EventLog,
        agent: &'a AgentKey,
        as_of: AsOf,
    ) -> Underway<'a, Result<PastState, PastStateError>> {
        Box::pin(async move {
            if let Some(Place { resolving, .. }) = &self.replica {
                let Rewoven { weave, sequence, .. } =
                    reweave(log, agent, &self.args, *resolving, as_of).await?;
                return Ok(PastState { sequence, state: Json::of(&weave.state().snapshot())? });
            }
            let Recovered { state, sequence, .. } = recover::<S>(log, agent, &self.args, as_of).await?;
            Ok(PastState { sequence, state: Json::of(&state.snapshot())? })
        })
    }
}

impl PastStates {
    pub(super) fn new<S: EventSourced>(spec: EventSourcedSpec<S>) -> Self {
        Self(Arc::new(spec))
    }

    /// Those of agents whose state is an `S`, for a log that no system has.
    #[must_use]
    pub fn made_with<S: EventSourced>(args: S::Args) -> Self {
        Self::new(EventSourcedSpec::<S>::in_system_log(args, super::Recovery::Lazy))
    }

    /// Those of this agent; `None` when it is not event-sourced.
    #[must_use]
    pub fn of(agent: &dyn crate::agent::Control) -> Option<Self> {
        agent.extra()?.downcast_ref().cloned()
    }

    /// The log that the agent has for itself; `None` when it is that of its system.
    #[must_use]
    pub fn log(&self) -> Option<Arc<dyn EventLog>> {
        self.0.log()
    }

    /// The state of `agent` as it was.
    ///
    /// # Errors
    /// When an event cannot be applied, the log cannot be read, or the state has no form in JSON.
    ///
    /// # Cancel safety
    /// Reading changes nothing.
    pub async fn as_of(
        &self,
        log: &dyn EventLog,
        agent: &AgentKey,
        as_of: AsOf,
    ) -> Result<PastState, PastStateError> {
        self.0.as_of(log, agent, as_of).await
    }
}

impl fmt::Debug for PastStates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PastStates")
    }
}
