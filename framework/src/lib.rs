//! OTP for Rust, on ractor: supervised agents with Erlang's restart rules, found by what they can do.
//!
//! ```
//! use mistersmith::prelude::*;
//!
//! #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
//! pub struct Add { pub amount: i64 }
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
//!     type Args = i64; // a restart starts it again from these
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
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> anyhow::Result<()> {
//! let counting = DomainSpec::new("counting", Flags::new(Strategy::OneForOne, 3, 5))?
//!     .agent(AgentSpec::new::<Tally>("tally", 10)?);
//! let shop = System::builder("shop").domain(counting).start().await?;
//!
//! let tally = shop.find::<Counter>()?;
//! assert_eq!(tally.ask(Add { amount: 3 }).await?, 13); // an i64, not an enum to match on
//! shop.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! The rooms, each using only those above it:
//!
//! * [`clock`]: time and randomness belong to the system
//! * [`contract`]: what may be said: requests, replies, streams, refusals, as plain data
//! * [`exit`]: how a process ends, and what counts as abnormal
//! * `engine`: (private) a process is a state and a mailbox; the only room that names ractor
//! * [`supervisor`]: keeps children alive, by Erlang's rules; decides with pure functions, remembers why
//! * [`identity`]: who an agent is, and the one table of its life
//! * [`message`]: a message on its way, its budget, and whoever carries it
//! * [`registry`]: find an agent by who it is, what it can do and how it is
//! * [`routing`]: references, and the four patterns by which an agent is reached
//! * [`agent`]: the `Agent` trait, its bounded mailbox, its context, timers, streams and limits
//! * [`events`]: state that survives: event sourcing, and the logs that keep it
//! * [`domain`]: a supervised group of agents as a value, checked before anything starts
//! * [`system`]: one tree of domains, as a value
//! * [`config`]: YAML, environment and flags become one checked value
//! * `testing` (feature `test-util`): a runtime for tests of many agents
//!
//! What is promised of mailboxes, restarts, stops and deadlines is on one page: `docs/semantics.md`.

pub mod clock;
pub mod contract;
pub mod exit;
mod engine;
pub mod supervisor;
pub mod identity;
pub mod message;
pub mod registry;
pub mod routing;
pub mod agent;
pub mod events;
pub mod domain;
pub mod system;
pub mod config;
pub mod prelude;
#[cfg(feature = "test-util")]
pub mod testing;
#[cfg(doctest)]
mod book;
