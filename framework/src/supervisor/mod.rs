//! Keeps children alive, by Erlang's rules.

mod flags;

pub use flags::{AutoShutdown, ChildType, Flags, Intensity, Restart, Shutdown, Strategy};
