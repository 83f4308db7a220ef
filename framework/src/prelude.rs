//! What is typed for a first agent, in one import: `use mistersmith::prelude::*;`.

pub use crate::agent::{Agent, AgentSpec, Context, Handle, HandleInfo, HandleStream};
pub use crate::contract::{Answer, Ask, Subscribe};
pub use crate::domain::DomainSpec;
pub use crate::replies;
pub use crate::routing::AgentRef;
pub use crate::supervisor::{Flags, Restart, Strategy};
pub use crate::system::System;
pub use schemars::JsonSchema;
pub use serde::{Deserialize, Serialize};
