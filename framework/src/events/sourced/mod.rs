//! Agents whose state is made of events: a handler decides, the framework persists, and only then is there an answer.
//!
//! What is written for one is a state, how an event changes it, and one decision for each request of its contract.
//! The state that a handler sees is read-only: nothing but an event can change it, so nothing that changed it is ever
//! missing in the log.
//!
//! ```
//! use std::sync::Arc;
//!
//! use mistersmith::events::{
//!     Decide, Deciding, Decision, Event, EventSourced, EventSourcedSpec, MemoryLog, Recovery, persist,
//! };
//! use mistersmith::prelude::*;
//!
//! # #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
//! pub struct PayIn { pub cents: u64 }
//! # #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
//! pub enum Request { PayIn(PayIn) }
//! # #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
//! pub enum Response { Balance(u64) }
//! pub struct Bank;
//! replies! { Bank: PayIn => Balance(u64) }
//!
//! #[derive(Serialize, Deserialize)]
//! enum Change { PaidIn { cents: u64 } }
//! impl Event for Change {}
//!
//! #[derive(Clone, Serialize, Deserialize)]
//! struct Account { balance: u64 }
//!
//! impl EventSourced for Account {
//!     type Contract = Bank;
//!     type Args = ();
//!     type Event = Change;
//!     type Snapshot = Self;
//!
//!     fn begin((): &()) -> Self { Account { balance: 0 } }
//!     fn apply(&mut self, Change::PaidIn { cents }: &Change) -> anyhow::Result<()> {
//!         self.balance += cents;
//!         Ok(())
//!     }
//!     fn snapshot(&self) -> Self { self.clone() }
//!     fn restore((): &(), snapshot: Self) -> anyhow::Result<Self> { Ok(snapshot) }
//! }
//!
//! impl Decide<PayIn> for Account {
//!     async fn decide(&self, PayIn { cents }: PayIn, _: &mut Deciding<'_, Self>) -> anyhow::Result<Decision<Self, PayIn>> {
//!         Ok(persist([Change::PaidIn { cents }]).reply_with(|account: &Account| account.balance))
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> anyhow::Result<()> {
//! let log = Arc::new(MemoryLog::new()); // or a `SqliteLog`, which outlives the process
//! let account = EventSourcedSpec::<Account>::new((), log, Recovery::Eager);
//! let bank = DomainSpec::new("bank", Flags::new(Strategy::OneForOne, 3, 5))?.agent(account.agent("account")?);
//! let system = System::builder("town").domain(bank).start().await?;
//! assert_eq!(system.find::<Bank>()?.ask(PayIn { cents: 500 }).await?, 500);
//! # system.stop().await;
//! # Ok(())
//! # }
//! ```

mod form;
pub(in crate::events) mod correction;
mod snapshots;
mod snapshotting;
mod recover_error;
mod recovery;
mod value_history;
mod reminder;
mod resolution;
mod weave;
mod lineage;
mod pressed;
mod replicas;
mod converged_history;
mod decision;
mod deciding;
mod held;
mod live;
mod remaking;
mod serving;
mod reminding;
mod spec;
mod past;

use std::num::NonZeroU32;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::agent::{Context, Sink};
use crate::contract::{Ask, Contract, Dispatch, Opening, Subscribe};

pub use converged_history::ConvergedHistory;
pub use correction::{CorrectError, Correction, Replacement, correct};
pub use deciding::Deciding;
pub use decision::{Decision, Persisting, persist};
pub use form::{Event, FormError};
pub use past::{PastState, PastStateError, PastStates};
pub use recover_error::{Poison, RecoverError, TooEarly};
pub use recovery::{AsOf, Recovered, recover};
pub use reminder::{Reminder, Reminders, WhenLate};
pub use replicas::{RecoveredReplica, recover_replica};
pub use resolution::Resolution;
pub(in crate::events) use serving::NoLog;
pub use serving::Sourced;
pub use snapshots::{SnapshotFault, UselessSnapshot};
pub use spec::{EventSourcedSpec, Recovery};
pub use value_history::{ValueChange, ValueHistory};

/// A state that is made of events.
pub trait EventSourced: Sized + Send + Sync + 'static {
    /// The requests that its agent answers.
    type Contract: Contract + Dispatch<Sourced<Self>, Context<Sourced<Self>>>;

    /// What every incarnation is made with, beside the events.
    type Args: Clone + Send + Sync + 'static;

    /// The changes that it can go through.
    type Event: Event;

    /// What it can be made from again without its events; `Self`, if that can be written down.
    type Snapshot: Serialize + DeserializeOwned;

    /// The version of the form of the snapshot. One of another version is passed over, and the events are read instead.
    ///
    /// Where those were compacted, nothing can be read instead: the agent is suspended
    /// ([`RecoverError::Snapshot`]). So in an agent whose events are compacted leave the version as it is, and let
    /// [`restore`](Self::restore) read the old form, too.
    const SNAPSHOT_VERSION: NonZeroU32 = NonZeroU32::MIN;

    /// The state before any event.
    fn begin(args: &Self::Args) -> Self;

    /// Changes the state as the event says. Depends on nothing else, so that it does the same at every replay: no clock,
    /// no chance, no look at the world. What is allowed was decided before; this is what happened.
    ///
    /// # Errors
    /// When the event makes no sense in this state. While deciding, nothing is persisted then, and the agent ends; when
    /// it is read from the log, the agent is suspended until somebody does something about it.
    fn apply(&mut self, event: &Self::Event) -> anyhow::Result<()>;

    /// Decides what follows from a reminder that is due: it was set by [`Persisting::remind`].
    ///
    /// What it decides is persisted together with the event that ends the reminder, so both happen once, or neither. It may
    /// be called again for the same reminder: when another writer was faster, or the agent ended before that was persisted.
    ///
    /// # Errors
    /// A fault of the agent, which ends it; the reminder is still due then. An agent that sets reminders implements this:
    /// without, they are faults.
    ///
    /// # Cancel safety
    /// Dropped when the agent is killed; nothing has happened then.
    fn remind(
        &self,
        reminder: &Reminder,
        deciding: &mut Deciding<'_, Self>,
    ) -> impl Future<Output = anyhow::Result<Persisting<Self::Event>>> + Send {
        let error = format!(
            "reminder {:?} of {} is due; implement `EventSourced::remind`",
            reminder.name,
            deciding.id()
        );
        async move { Err(anyhow::Error::msg(error)) }
    }

    /// The state as it can be written down.
    fn snapshot(&self) -> Self::Snapshot;

    /// The state that was written down.
    ///
    /// # Errors
    /// When it cannot be made again; an older snapshot or the events are read then. Where there are neither any more, the
    /// agent is suspended ([`RecoverError::Snapshot`]).
    fn restore(args: &Self::Args, snapshot: Self::Snapshot) -> anyhow::Result<Self>;
}

/// Decides what a request with one reply leads to.
pub trait Decide<R: Ask<Contract = Self::Contract>>: EventSourced {
    /// Decides. May be called again for the same request, in another state: when another writer was faster.
    ///
    /// # Errors
    /// A fault of the agent, which ends it; nothing is persisted. What the asker did wrong is a refusal, not an error.
    ///
    /// # Cancel safety
    /// Dropped when the agent is killed; nothing has happened then.
    fn decide(
        &self,
        request: R,
        deciding: &mut Deciding<'_, Self>,
    ) -> impl Future<Output = anyhow::Result<Decision<Self, R>>> + Send;
}

/// Opens a stream of items about the state, which is all persisted.
pub trait Observe<R: Subscribe<Contract = Self::Contract>>: EventSourced {
    /// Opens the stream, or refuses to: [`R::accept`](Subscribe::accept), [`R::reject`](Subscribe::reject).
    ///
    /// # Errors
    /// A fault of the agent, which ends it.
    ///
    /// # Cancel safety
    /// Dropped when the agent is killed.
    fn observe(
        &self,
        request: R,
        items: Sink<R>,
        deciding: &mut Deciding<'_, Self>,
    ) -> impl Future<Output = anyhow::Result<Opening<R::Contract>>> + Send;
}
