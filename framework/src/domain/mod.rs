//! A domain as a value: a supervised group of agents, with what it needs from others and what it may use.
//!
//! Everything that is wrong with the domains of a system is found before anything starts, and all at once.
//!
//! ```
//! use mistersmith::domain::{DomainSpec, check};
//! use mistersmith::supervisor::{Flags, Strategy};
//!
//! let flags = Flags::new(Strategy::OneForOne, 3, 5);
//! let billing = DomainSpec::new("billing", flags)?.needs("storage")?;
//! let problems = check(&[billing]);
//! assert_eq!(
//!     problems[0].to_string(),
//!     "domain billing needs domain storage, which is not there; add it, or drop the need"
//! );
//! # Ok::<(), mistersmith::identity::NameError>(())
//! ```

mod limits;
mod spec;
mod order;
mod problem;

pub use limits::DomainLimits;
pub use order::start_order;
pub use problem::{DomainProblem, check};
pub use spec::{DomainSpec, OnGiveUp};
