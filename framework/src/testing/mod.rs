//! Tests of many agents without waiting: a runtime to spawn them in, faults by script, and probes that say when.
//!
//! Nothing here sleeps for real. A test runs on paused time (`#[tokio::test(start_paused = true)]`), draws from a
//! seed, and waits for events: a [`Probe`] that something is reported to, a [`Trace`] of what supervised children
//! did, an event of a [history](eventually).
//!
//! ```
//! use mistersmith::testing::{AgentRegistryAgent, MultiAgentTestRuntime, TestAgent, TestMessage};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut test_runtime = MultiAgentTestRuntime::new();
//! let registry = test_runtime.spawn_agent(AgentRegistryAgent::new()).await?;
//! let agent_a = test_runtime.spawn_agent(TestAgent::new("A")).await?;
//! let agent_b = test_runtime.spawn_agent(TestAgent::new("B")).await?;
//!
//! let discovered = registry.discover("test.capability").await?;
//! assert_eq!(discovered.len(), 2);
//!
//! agent_a.send_to(agent_b.id(), TestMessage::Ping).await?;
//! assert_eq!(agent_b.received_count(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! Any [`AgentSpec`](crate::agent::AgentSpec) can be spawned, too. For restarts there are two kinds of scripted
//! children: [`ScriptedAgent`], which starts, answers and ends as it is told, and [`Scripted`], which is no agent
//! at all, so that a tree of supervisors can be tested by itself. Where a script is not enough, every move of a
//! [`Puppet`] is a future of the test's own, and [`around`] puts one around the starts of any child.
//!
//! What is here panics when a test cannot go on: it is for tests, and needs the feature `test-util`.

mod probe;
mod script;
mod trace;
mod puppet;
mod around;
mod scripted;
mod waiting;
mod spawn;
mod test_agent;
mod registry_agent;
mod scripted_agent;
mod runtime;
mod merge_laws;
pub mod event_log;

pub use around::{AroundStart, around, not_needed};
pub use merge_laws::{BrokenLaw, merge_laws};
pub use probe::Probe;
pub use puppet::{Play, Playing, Puppet};
pub use registry_agent::{AgentRegistryAgent, Discover, Discovery, SpawnedRegistry};
pub use runtime::{MultiAgentTestRuntime, SpawnError};
pub use script::{OnStart, OnStop};
pub use scripted::Scripted;
pub use scripted_agent::{Act, Perform, Report, ScriptedAgent, Scripting, SpawnedScript};
pub use spawn::{Spawn, Spawned};
pub use test_agent::{Receive, SendTo, SpawnedTestAgent, TestAgent, TestContract, TestMessage};
pub use trace::Trace;
pub use waiting::{PATIENCE, eventually, settled};
