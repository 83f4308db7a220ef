//! A dry run as it travels: ends that are tried, and what would follow.

use mistersmith::exit::Exit;
use mistersmith::supervisor::{ChildId, DryRun, DryRunError, Ended, Flags, Forecast, Outcome, Restarted};
use serde::{Deserialize, Serialize};

use super::{ExitReport, Problem, ProblemCode};

/// The body of `POST /v1/dry-run`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DryRunRequest {
    /// What ends, one after the other, in the same second.
    pub ends: Vec<EndRequest>,
}

/// One end that is tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndRequest {
    /// Who ends: an agent, a domain or a supervisor, by name or by the end of its path in the tree.
    pub child: String,
    /// How: `normal`, `shutdown`, `killed`, `error`, `panic` or `stopped`; `error:disk is full` with a text.
    pub exit: String,
}

/// The answer of `POST /v1/dry-run`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DryRunReport {
    /// What would follow from each end.
    pub forecasts: Vec<ForecastReport>,
    /// Why the end behind those cannot be, if one cannot: it may have ended with another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Problem>,
}

/// What would follow from one end, up to where it is dealt with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ForecastReport {
    /// The supervisor that decides, as a path from the root.
    pub supervisor: String,
    /// By which rules it decides.
    pub flags: Flags,
    /// The child that ends.
    pub child: String,
    /// How it ends.
    pub exit: ExitReport,
    /// What is below it, which is gone before anything else happens.
    pub with_it: Vec<String>,
    /// What is done about it.
    #[serde(flatten)]
    pub outcome: OutcomeReport,
    /// All of it for people, with what follows above; only of the end itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub story: Option<String>,
}

/// What a supervisor would do about the end of a child.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[non_exhaustive]
pub enum OutcomeReport {
    /// It stays down.
    StaysDown,
    /// It stays down, and its specification is forgotten.
    Forgotten,
    /// It is started again, if every start succeeds.
    Restarted {
        /// What stops, in this order.
        stopped: Vec<String>,
        /// The temporary siblings that are forgotten.
        forgotten: Vec<String>,
        /// What starts, in this order.
        started: Vec<String>,
        /// How long the starts wait, in seconds: at least and at most.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wait: Option<[f64; 2]>,
        /// Those who were killed and do not yield: the starts wait for their end.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        orphans: Vec<String>,
        /// How many restarts the supervisor may still make then.
        budget_left: u32,
    },
    /// A restart would be one too many: its supervisor gives up.
    GaveUp(EndedReport),
    /// It was significant: its supervisor shuts itself down.
    AutoShutdown(EndedReport),
    /// Something that this version does not know.
    #[serde(other)]
    Other,
}

/// The end of a supervisor by its own decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EndedReport {
    /// What stops, in this order.
    pub stopped: Vec<String>,
    /// What its own supervisor does about it; nothing for the root, with which the system ends.
    pub then: Option<Box<ForecastReport>>,
}

impl DryRunReport {
    /// Tries ends one after the other, up to the first that cannot be. `path_of` knows other names of a child than
    /// its path.
    pub(in crate::control) fn of(
        dry_run: &mut DryRun,
        ends: impl IntoIterator<Item = (String, Exit)>,
        path_of: impl Fn(&str) -> Result<String, Problem>,
    ) -> Self {
        let mut report = Self { forecasts: Vec::new(), refused: None };
        for (child, exit) in ends {
            let told = path_of(&child).and_then(|path| Ok(dry_run.end(&path, exit)?));
            match told {
                Ok(forecast) => {
                    let story = Some(forecast.to_string());
                    report.forecasts.push(ForecastReport { story, ..ForecastReport::from(&forecast) });
                }
                Err(problem) => {
                    report.refused = Some(problem);
                    break;
                }
            }
        }
        report
    }
}

impl From<DryRunError> for Problem {
    fn from(error: DryRunError) -> Self {
        let message = error.to_string();
        match error {
            DryRunError::Unknown { known, .. } => Self::new(ProblemCode::UnknownChild, message).known(known),
            DryRunError::Several { matching, .. } => {
                Self::new(ProblemCode::AmbiguousChild, message).known(matching)
            }
            _ => Self::new(ProblemCode::NotRunning, message),
        }
    }
}

impl From<&Forecast> for ForecastReport {
    fn from(forecast: &Forecast) -> Self {
        let Forecast { supervisor, flags, child, exit, with_it, outcome } = forecast;
        Self {
            supervisor: supervisor.clone(),
            flags: *flags,
            child: child.to_string(),
            exit: exit.into(),
            with_it: with_it.clone(),
            outcome: outcome.into(),
            story: None,
        }
    }
}

impl From<&Outcome> for OutcomeReport {
    fn from(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::StaysDown => Self::StaysDown,
            Outcome::Forgotten => Self::Forgotten,
            Outcome::Restarted(restarted) => {
                let Restarted { stopped, forgotten, started, wait, orphans, budget_left } = restarted.clone();
                let forgotten = forgotten.iter().map(ChildId::to_string).collect();
                Self::Restarted { stopped, forgotten, started, wait, orphans, budget_left }
            }
            Outcome::GaveUp(ended) => Self::GaveUp(ended.into()),
            Outcome::AutoShutdown(ended) => Self::AutoShutdown(ended.into()),
        }
    }
}

impl From<&Ended> for EndedReport {
    fn from(Ended { stopped, then }: &Ended) -> Self {
        let then = then.as_deref().map(|then| Box::new(ForecastReport::from(then)));
        Self { stopped: stopped.clone(), then }
    }
}
