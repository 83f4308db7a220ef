//! What travels between a node and its client: version 1, plain data, the same types on both sides.
//!
//! These are types of their own, not the library's: what a version of the interface promises does not change
//! when the library does. A field may be added within a version; none is taken away or given another meaning.

mod problem;
mod exit;
mod tree;
mod past;
mod dry_run;
mod agent;
mod event;
mod call;
mod contract;
mod health;
mod logged;

pub use agent::{ActionReport, AgentDetail, AgentEntry, AgentList, AgentReport};
pub use call::{CallReply, CallRequest, StreamLine};
pub use contract::{ContractList, ContractReport, RequestReport};
pub use dry_run::{DryRunReport, DryRunRequest, EndRequest, EndedReport, ForecastReport, OutcomeReport};
pub use event::{
    DecisionReport, EventKind, EventList, EventReport, NamesReport, OccupantReport, PutOffReport,
};
pub use exit::ExitReport;
pub use health::HealthReport;
pub use logged::{DroppedEvents, LoggedEvent, LoggedItem, LoggedQuery, StateQuery, StateReport};
pub use past::{PastMoment, PastProcess, PastReport};
pub use problem::{Problem, ProblemBody, ProblemCode};
pub use tree::{ChildReport, SupervisionReport, TreeNode, TreeReport};

mod request;
pub use request::{DrainReport, DrainRequest, KillReport, StageReport, SuspendRequest};

/// The version of the interface: the `1` in `/v1`.
pub const API_VERSION: u32 = 1;

/// The header that names the version: in every answer, and, if the client likes to be sure, in a request.
pub const VERSION_HEADER: &str = "mistersmith-api-version";
