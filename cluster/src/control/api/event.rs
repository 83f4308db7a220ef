//! The restart history as it travels: what supervisors did, with causes.

use mistersmith::supervisor::{Decision, Event, Names, Verdict, What};
use serde::{Deserialize, Serialize};

use super::ExitReport;

/// The answer of `GET /v1/restarts`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventList {
    /// Events, oldest first.
    pub events: Vec<EventReport>,
    /// The number of the newest event that there is; ask on with the last number of `events` until it is this.
    pub newest: u64,
}

/// Something that a supervisor did, with its cause.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventReport {
    /// Events are numbered from 1, without gaps; the oldest are forgotten first.
    pub number: u64,
    /// When, in seconds since the system began.
    pub at: f64,
    /// When, in milliseconds since the Unix epoch.
    pub wall_millis: u64,
    /// The supervisor, as a path from the root.
    pub supervisor: String,
    /// The number of the event that led to this one, if it is known.
    pub cause: Option<u64>,
    /// What was done.
    #[serde(flatten)]
    pub what: EventKind,
}

/// What a supervisor did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum EventKind {
    /// It came up.
    Up {
        /// How many children run.
        children: usize,
    },
    /// It could not come up.
    NotStarted {
        /// What failed, and why.
        exit: ExitReport,
    },
    /// A restart begins in which supervisors stop or start; their events follow, and then the decision as a whole.
    RestartBegins {
        /// The child that is started again.
        child: String,
        /// How it ended, or why it could not be started.
        exit: ExitReport,
    },
    /// It decided about a child that had ended, or could not be started again.
    Decided(DecisionReport),
    /// It gave up: a restart would have been one too many.
    GaveUp {
        /// The child whose restart was too many.
        child: String,
        /// How that child ended.
        exit: ExitReport,
    },
    /// A significant child ended for good, so it stops itself.
    AutoShutdown {
        /// The significant child.
        child: String,
        /// How that child ended.
        exit: ExitReport,
    },
    /// It has stopped in good order.
    Stopped {
        /// The reason it was given, or has.
        reason: ExitReport,
    },
    /// A child was started by a call.
    ChildStarted {
        /// The child.
        child: String,
    },
    /// A child was terminated by a call.
    ChildTerminated {
        /// The child.
        child: String,
    },
    /// A restart that was put off is carried out.
    Resumed(DecisionReport),
    /// A child was killed and has still not ended; its name is not given away until it has.
    Orphaned {
        /// The child.
        child: String,
    },
    /// It took a new specification.
    Upgraded {
        /// New children, which are down until they are started.
        added: NamesReport,
        /// Children that the new specification does not have, and that run on.
        kept: NamesReport,
    },
    /// A child that was killed and did not yield is gone at last.
    Yielded {
        /// The child.
        child: String,
    },
    /// Something that this version does not know.
    #[serde(other)]
    Other,
}

/// What was decided about one end of a child, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecisionReport {
    /// The child.
    pub child: String,
    /// Which incarnation of which agent that was, if it was an agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occupant: Option<OccupantReport>,
    /// How it ended, or why it could not be started.
    pub exit: ExitReport,
    /// Whether this is a further attempt after a restart that failed.
    pub retry: bool,
    /// What became of the child.
    pub verdict: Verdict,
    /// Who was stopped for it, in this order.
    pub stopped: NamesReport,
    /// Which temporary siblings were forgotten.
    pub forgotten: NamesReport,
    /// Who was started, in this order.
    pub started: NamesReport,
    /// Whose start failed, if one did; it is tried again.
    pub failed: Option<String>,
    /// What its starts wait for, if they were put off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub put_off: Option<PutOffReport>,
    /// How many restarts the supervisor may still make now.
    pub budget_left: u32,
    /// How long stopping and starting took, in seconds.
    pub took: f64,
}

/// What a restart waits for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PutOffReport {
    /// For so long at least, in seconds.
    pub delay: f64,
    /// Until these are gone, who were killed and do not yield.
    pub orphans: NamesReport,
}

/// One incarnation of an agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OccupantReport {
    /// The agent's id.
    pub agent: String,
    /// How often it had been started.
    pub incarnation: u64,
}

/// A list of children, of which the first are kept by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamesReport {
    /// The first ones.
    pub first: Vec<String>,
    /// How many there are in all.
    pub total: usize,
}

impl EventReport {
    /// The child that it is about, if it is about one.
    #[must_use]
    pub fn child(&self) -> Option<&str> {
        match &self.what {
            EventKind::Decided(DecisionReport { child, .. })
            | EventKind::Resumed(DecisionReport { child, .. })
            | EventKind::RestartBegins { child, .. }
            | EventKind::GaveUp { child, .. }
            | EventKind::AutoShutdown { child, .. }
            | EventKind::ChildStarted { child }
            | EventKind::ChildTerminated { child }
            | EventKind::Orphaned { child }
            | EventKind::Yielded { child } => Some(child),
            EventKind::Up { .. }
            | EventKind::NotStarted { .. }
            | EventKind::Stopped { .. }
            | EventKind::Upgraded { .. }
            | EventKind::Other => None,
        }
    }
}

impl From<&Event> for EventReport {
    fn from(event: &Event) -> Self {
        Self {
            number: event.number,
            at: event.at.as_secs_f64(),
            wall_millis: event.wall_millis,
            supervisor: event.supervisor.to_string(),
            cause: event.cause,
            what: EventKind::from(&event.what),
        }
    }
}

impl From<&What> for EventKind {
    fn from(what: &What) -> Self {
        match what {
            What::Up { children } => Self::Up { children: *children },
            What::NotStarted { exit } => Self::NotStarted { exit: exit.into() },
            What::RestartBegins { child, exit } => {
                Self::RestartBegins { child: child.to_string(), exit: exit.into() }
            }
            What::Decided(decision) => Self::Decided(decision.as_ref().into()),
            What::Resumed(decision) => Self::Resumed(decision.as_ref().into()),
            What::GaveUp { child, exit } => Self::GaveUp { child: child.to_string(), exit: exit.into() },
            What::AutoShutdown { child, exit } => {
                Self::AutoShutdown { child: child.to_string(), exit: exit.into() }
            }
            What::Stopped { reason } => Self::Stopped { reason: reason.into() },
            What::ChildStarted { child } => Self::ChildStarted { child: child.to_string() },
            What::ChildTerminated { child } => Self::ChildTerminated { child: child.to_string() },
            What::Upgraded { added, kept } => Self::Upgraded { added: added.into(), kept: kept.into() },
            What::Orphaned { child } => Self::Orphaned { child: child.to_string() },
            What::Yielded { child } => Self::Yielded { child: child.to_string() },
        }
    }
}

impl From<&Decision> for DecisionReport {
    fn from(decision: &Decision) -> Self {
        Self {
            child: decision.child.to_string(),
            occupant: decision.occupant.as_ref().map(|occupant| OccupantReport {
                agent: occupant.agent.to_string(),
                incarnation: occupant.incarnation,
            }),
            exit: (&decision.exit).into(),
            retry: decision.retry,
            verdict: decision.verdict,
            stopped: (&decision.stopped).into(),
            forgotten: (&decision.forgotten).into(),
            started: (&decision.started).into(),
            failed: decision.failed.as_ref().map(ToString::to_string),
            put_off: decision.put_off.as_ref().map(|put_off| PutOffReport {
                delay: put_off.delay.as_secs_f64(),
                orphans: (&put_off.orphans).into(),
            }),
            budget_left: decision.budget_left,
            took: decision.took.as_secs_f64(),
        }
    }
}

impl From<&Names> for NamesReport {
    fn from(names: &Names) -> Self {
        Self { first: names.first.iter().map(ToString::to_string).collect(), total: names.total }
    }
}
