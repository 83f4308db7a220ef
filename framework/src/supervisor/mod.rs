//! Keeps children alive, by Erlang's rules.
//!
//! A [`SupervisorSpec`] says which children there are, in which order they start, and what happens when one ends.
//! [`Supervisor::start`] brings them up one after the other; from then on the supervisor restarts, gives up and
//! stops as Erlang's `supervisor` does. What is decided is decided by pure functions ([`verdict()`], [`plan()`],
//! [`Budget`], [`after_end`]), written to a [`History`], and carried out by one process per supervisor.
//!
//! ```
//! use mistersmith::clock::Clock;
//! use mistersmith::exit::Exit;
//! use mistersmith::supervisor::{ChildSpec, Flags, History, Strategy, Supervisor, SupervisorSpec};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> anyhow::Result<()> {
//! let flags = Flags::new(Strategy::OneForOne, 3, 5); // at most 3 restarts in 5 s
//! let branch = SupervisorSpec::new("branch", flags);
//! let root = SupervisorSpec::new("root", flags).child(ChildSpec::supervisor(branch));
//!
//! let root = Supervisor::start(root, &Clock::machine(), &History::default()).await.map_err(anyhow::Error::msg)?;
//! assert_eq!(root.count_children().await?.active, 1);
//! root.stop(Exit::Shutdown).await;
//! # Ok(())
//! # }
//! ```
//!
//! Children that come and go in any number are instances of a [dynamic supervisor](SupervisorSpec::dynamic). Work
//! that is spread by key lies in [`Partitions`], and work that is done once is a [task](Tasks). A running supervisor
//! takes a [new specification](Supervisor::upgrade), and [`SupervisorSpec::check`] says everything that is wrong with
//! one and with what is below it.
//!
//! Where this differs from Erlang, on purpose:
//!
//! * When a supervisor is killed or panics, everything below it is gone before it is started again; Erlang leaves
//!   orphans.
//! * There are no exit signals from strangers, which Erlang's supervisor would ignore. What a stranger can do is stop
//!   the ractor actor in front of a supervisor, as any ractor actor: its children are stopped in order, and it has
//!   ended with the stranger's reason, which its own supervisor deals with as with any exit.

mod backoff;
mod flags;
mod verdict;
mod budget;
mod plan;
mod step;
mod history;
mod past;
mod report;
mod start;
mod spec;
mod child_facts;
mod template;
mod supervisor_spec;
mod problem;
mod dynamic_spec;
mod children;
mod call;
mod call_error;
mod queue;
mod board;
mod left;
mod standing;
mod keeper;
mod starting;
mod stopping;
mod ending;
mod instances;
mod upgrading;
mod put_off;
mod answers;
mod front;
mod handle;
mod tree;
mod dynamic;
mod present;
mod partition;
mod task;
mod forecast;
mod in_order;
mod level;
mod dry_run;

pub use crate::engine::{Adopted, RactorChild};
pub use backoff::Backoff;
pub use budget::Budget;
pub use call::{ChildState, ChildStatus, Counts, Instance, Started};
pub use call_error::{
    ChildSpecError, ChildrenError, DeleteChildError, RestartChildError, StartChildError, StartInstanceError,
    TerminateChildError, UpgradeError,
};
pub use dry_run::{DryRun, DryRunError};
pub use dynamic::Dynamic;
pub use dynamic_spec::DynamicSpec;
pub use flags::{AutoShutdown, ChildType, Flags, Intensity, Restart, Shutdown, Strategy};
pub use forecast::{Ended, Forecast, Outcome, Restarted};
pub use handle::Supervisor;
pub use history::{Decision, Event, History, Names, Occupant, PutOff, What};
pub use partition::{NoPartitionError, PartitionKey, Partitions, ResizeError};
pub use past::{PastNode, PastTree, TooLongAgo};
pub use plan::{Member, Plan, plan};
pub use problem::{SpecProblem, SpecProblems};
pub use report::{Listener, Report};
pub use spec::{ChildId, ChildSpec};
pub use start::{Launched, Start, Starting, Under};
pub use step::{Family, Step, after_end, after_failure, waits_for};
pub use supervisor_spec::SupervisorSpec;
pub use task::{Outcomes, Task, TaskError, Tasks};
pub use tree::Node;
pub use verdict::{Verdict, shuts_down, verdict};
