//! The life of an agent: seven stages, one table of what may follow what, and a cell that keeps to it.
//!
//! The table is [`TRANSITIONS`]. The guard at run time ([`Lifecycle`]), the tests and the [`diagram`] in the
//! documentation are made from it, so they cannot disagree.
//!
//! ```
//! use mistersmith::identity::lifecycle::{AgentState, Lifecycle, Stage};
//!
//! let mut lifecycle = Lifecycle::new();
//! let refused = lifecycle.advance(AgentState::Suspended { reason: "maintenance".into() });
//! assert_eq!(
//!     refused.unwrap_err().to_string(),
//!     "an unregistered agent cannot become suspended; it can become registering or terminated"
//! );
//! assert_eq!(lifecycle.state().stage(), Stage::Unregistered);
//! ```

mod stage;
mod state;
mod cell;

pub use cell::{Change, IllegalTransition, Lifecycle};
pub use stage::{Stage, TRANSITIONS, diagram};
pub use state::AgentState;
