//! An agent: a process with an identity, a lifecycle and a contract.
//!
//! What is written for one is a state, how it is built, and one handler for each request of its contract. The
//! rest is here: a bounded mailbox that survives restarts, deadlines that travel with messages, timers, streams,
//! tasks, limits, and a life that is announced.
//!
//! ```
//! use mistersmith::agent::{Agent, Context, Handle};
//! use mistersmith::contract::{Answer, Ask};
//! use mistersmith::replies;
//! use schemars::JsonSchema;
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
//! pub struct Add { pub amount: i64 }
//!
//! #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
//! pub enum Request { Add(Add) }
//! #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
//! pub enum Response { Total(i64) }
//!
//! pub struct Counter;
//! replies! { Counter: Add => Total(i64) }
//!
//! struct Tally { total: i64 }
//!
//! impl Agent for Tally {
//!     type Contract = Counter;
//!     type Args = i64;
//!     async fn init(start: i64, _: &mut Context<Self>) -> anyhow::Result<Self> {
//!         Ok(Tally { total: start })
//!     }
//! }
//!
//! impl Handle<Add> for Tally {
//!     async fn handle(&mut self, Add { amount }: Add, _: &mut Context<Self>) -> Answer<Add> {
//!         self.total += amount;
//!         Add::respond(self.total)
//!     }
//! }
//! ```
//!
//! What is promised of mailboxes, restarts, stops and deadlines is on one page: `docs/semantics.md`.

mod limits;
mod meter;
mod owed;
mod mailbox;
mod info;
mod sink;
mod later;
mod timer;
mod tasks;
mod listening;
mod surroundings;
mod context;
mod seat;
mod life;
mod process;
mod json_items;
mod control;
mod spec;

use std::any::Any;
use std::sync::Arc;

use crate::contract::{Answer, Ask, Contract, Dispatch, Opening, Subscribe};
use crate::exit::Exit;
use crate::identity::lifecycle::Change;

pub use context::{Context, NotNeeded};
pub use control::{CallJsonError, Control, ControlError, Facts, JsonAnswer};
pub use json_items::{JsonItemError, JsonItems};
pub use later::Later;
pub use limits::{Limits, MemoryExceeded, TooManyTasks, Usage};
pub use listening::LifeListener;
pub use mailbox::{MailboxLimits, WhenFull};
pub use sink::{Cancelled, NoCredit, Sink};
pub use spec::AgentSpec;
pub(crate) use spec::Made;
pub use surroundings::Surroundings;
pub use timer::Timer;

/// The state of an agent, and how it is built.
///
/// It also implements [`Handle`] or [`HandleStream`] for each request of its contract, and [`HandleInfo`] for
/// each kind of private message it sends itself.
pub trait Agent: Sized + Send + 'static {
    /// The requests it answers.
    type Contract: Contract + Dispatch<Self, Context<Self>>;

    /// What every incarnation is built from.
    type Args: Clone + Send + Sync + 'static;

    /// Builds the state of a new incarnation. Runs before the start counts as done: what it cannot do without,
    /// it gets here.
    ///
    /// # Errors
    /// The start fails with this error; what its supervisor does then depends on whether it was the first one.
    /// [`NotNeeded`] says that no process is needed, which is no failure.
    fn init(
        args: Self::Args,
        context: &mut Context<Self>,
    ) -> impl Future<Output = anyhow::Result<Self>> + Send;

    /// Cleans up before the agent ends: after a stop and after an error, not after a panic or a kill. It has the
    /// time that the child specification gives for a shutdown.
    ///
    /// # Errors
    /// The error becomes the agent's exit.
    fn terminate(
        &mut self,
        exit: &Exit,
        context: &mut Context<Self>,
    ) -> impl Future<Output = anyhow::Result<()>> + Send {
        let _ = (exit, context);
        async { Ok(()) }
    }

    /// What tools find here that look for more than its contract has, each by the type that it knows; nothing unless the
    /// agent says otherwise. An event-sourced agent has its [`PastStates`](crate::events::PastStates) here.
    #[must_use]
    fn extra(args: &Self::Args) -> Option<Arc<dyn Any + Send + Sync>> {
        let _ = args;
        None
    }

    /// Hears that it has entered another stage of its life: that it works, or that somebody suspended, resumed or
    /// drains it. Called between two messages; not for the end, of which [`terminate`](Self::terminate) hears.
    fn stage_changed(&mut self, change: &Change) {
        let _ = change;
    }
}

/// Handles a request with one reply.
pub trait Handle<R: Ask>: Agent {
    /// Handles it. Requests of one agent are handled one after the other.
    ///
    /// Ends with [`R::respond`](Ask::respond), [`R::refuse`](Ask::refuse) or [`R::answer`](Ask::answer), or
    /// defers the reply with [`Context::defer`] or [`Context::answer_later`].
    ///
    /// # Errors
    /// A fault of the agent, which ends it; whoever asked learns that the outcome is unknown. What the asker did
    /// wrong is a refusal, not an error.
    fn handle(&mut self, request: R, context: &mut Context<Self>) -> impl Future<Output = Answer<R>> + Send;
}

/// Handles a request with a stream of items.
pub trait HandleStream<R: Subscribe>: Agent {
    /// Opens the stream, or refuses to: [`R::accept`](Subscribe::accept), [`R::reject`](Subscribe::reject).
    /// Items may be sent from here on, as long as the reader has credits.
    ///
    /// # Errors
    /// A fault of the agent, which ends it.
    fn handle_stream(
        &mut self,
        request: R,
        items: Sink<R>,
        context: &mut Context<Self>,
    ) -> impl Future<Output = anyhow::Result<Opening<R::Contract>>> + Send;
}

/// Handles a private message: a timer's, a task's, or one the agent sent itself (Erlang's `handle_info`).
pub trait HandleInfo<T>: Agent {
    /// Handles it, between two requests.
    ///
    /// # Errors
    /// A fault of the agent, which ends it.
    fn handle_info(
        &mut self,
        info: T,
        context: &mut Context<Self>,
    ) -> impl Future<Output = anyhow::Result<()>> + Send;
}

impl<A: Handle<R>, R: Ask> crate::contract::Serve<R, Context<A>> for A {
    fn serve(&mut self, request: R, with: &mut Context<A>) -> impl Future<Output = Answer<R>> + Send {
        self.handle(request, with)
    }
}

impl<A: HandleStream<R>, R: Subscribe<Contract = A::Contract>> crate::contract::ServeStream<R, Context<A>>
    for A
{
    async fn serve_stream(
        &mut self,
        request: R,
        with: &mut Context<A>,
    ) -> anyhow::Result<Opening<R::Contract>> {
        let items = with.take_sink::<R>();
        self.handle_stream(request, items, with).await
    }
}
