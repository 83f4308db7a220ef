//! A dry run: what would happen if children ended, told by the code that would make it happen.
//!
//! A dry run is a copy of a tree in which nothing runs. Each end changes it as it would change the tree, so that
//! several ends can be tried one after the other; all of them happen in one moment, so no restart grows old. Starts
//! are taken to succeed.

use std::time::Duration;

use super::children::Key;
use super::forecast::{Ended, Forecast, Outcome};
use super::level::Level;
use super::step::Step;
use super::{Supervisor, SupervisorSpec};
use crate::exit::Exit;

/// A tree in which ends of children can be tried without anything running.
///
/// ```
/// use mistersmith::exit::Exit;
/// use mistersmith::supervisor::{ChildSpec, Flags, Strategy, SupervisorSpec};
///
/// let below = |name: &str| SupervisorSpec::new(name, Flags::new(Strategy::OneForOne, 3, 5));
/// let root = SupervisorSpec::new("root", Flags::new(Strategy::RestForOne, 1, 5))
///     .child(ChildSpec::supervisor(below("data")))
///     .child(ChildSpec::supervisor(below("web")));
///
/// let mut dry_run = root.dry_run();
/// let first = dry_run.end("data", Exit::Killed)?;
/// assert_eq!(
///     first.to_string(),
///     "root/data ends: killed\n\
///      root starts it again (rest_for_one, at most 1 in 5 s)\n  \
///        stops: web\n  \
///        starts: data, web\n  \
///        left: 0 of 1 restarts"
/// );
/// assert!(dry_run.end("web", Exit::Killed)?.ends_the_system());
/// # Ok::<(), mistersmith::supervisor::DryRunError>(())
/// ```
#[derive(Clone, Debug)]
pub struct DryRun {
    now: Duration,
    /// The path of the supervisor at the top.
    path: String,
    top: Option<Level>,
    /// The paths of all children before anybody ended.
    at_first: Vec<String>,
}

/// Why an end could not be tried.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DryRunError {
    /// There is no such child.
    #[error("there is no child {wanted}; there are {}", .known.join(", "))]
    Unknown {
        /// What was asked for.
        wanted: String,
        /// The paths of all children.
        known: Vec<String>,
    },
    /// Several children are called that.
    #[error("{wanted} could be any of {}; say more of its path", .matching.join(", "))]
    Several {
        /// What was asked for.
        wanted: String,
        /// Their paths.
        matching: Vec<String>,
    },
    /// The child has no process that could end.
    #[error("{child} is down by then, so it cannot end")]
    Down {
        /// The path of the child.
        child: String,
    },
    /// The child has ended, and its next start waits.
    #[error(
        "{child} has ended, and its restart waits for the end of {}, killed and not yielding: it has no process that \
         could end",
        .orphans.join(", ")
    )]
    Waiting {
        /// The path of the child.
        child: String,
        /// Those who were killed and do not yield.
        orphans: Vec<String>,
    },
    /// The system has ended.
    #[error("the system has ended by then, and {wanted} with it")]
    SystemEnded {
        /// What was asked for.
        wanted: String,
    },
}

impl SupervisorSpec {
    /// A dry run of this supervisor before anything runs: all children up, and nothing spent.
    #[must_use]
    pub fn dry_run(&self) -> DryRun {
        DryRun::new(Duration::ZERO, self.name.to_string(), Level::of_spec(self))
    }
}

impl Supervisor {
    /// A dry run from the present state of this supervisor: who is down is down, and what was spent is spent. A
    /// restart that is under way counts as not yet made.
    #[must_use]
    pub fn dry_run(&self) -> DryRun {
        DryRun::new(self.now(), self.path().to_owned(), Level::of_running(self))
    }
}

impl DryRun {
    fn new(now: Duration, path: String, top: Level) -> Self {
        let mut dry_run = Self { now, path, top: Some(top), at_first: Vec::new() };
        dry_run.at_first = dry_run.children();
        dry_run
    }

    /// The paths of all children, in start order.
    #[must_use]
    pub fn children(&self) -> Vec<String> {
        self.keys().into_iter().map(|(path, _)| path).collect()
    }

    /// What would follow if a child ended like this. `wanted` is its path, or the end of its path (`orders/intake`,
    /// `intake`) if that is enough to know it by. A supervisor that ends politely stops what is below it; with any
    /// other exit of it, all that is killed.
    ///
    /// # Errors
    /// When there is no such child, several are meant, or it does not run by then; nothing has changed in that case.
    pub fn end(&mut self, wanted: &str, exit: Exit) -> Result<Forecast, DryRunError> {
        let (child, keys) = self.find(wanted)?;
        let Some(top) = self.top.as_mut().filter(|top| top.is_up(&keys)) else {
            let orphans = self.top.as_ref().map(|top| top.awaited(&self.path, &keys)).unwrap_or_default();
            return Err(match orphans.is_empty() {
                true => DryRunError::Down { child },
                false => DryRunError::Waiting { child, orphans },
            });
        };
        let ended = end(top, &self.path, self.now, &keys, exit);
        let forecast = ended.ok_or(DryRunError::Down { child })?;
        if forecast.ends_the_system() {
            self.top = None;
        }
        Ok(forecast)
    }

    fn keys(&self) -> Vec<(String, Vec<Key>)> {
        let mut keys = Vec::new();
        if let Some(top) = &self.top {
            top.keys(&self.path, &[], &mut keys);
        }
        keys
    }

    fn find(&self, wanted: &str) -> Result<(String, Vec<Key>), DryRunError> {
        if self.top.is_none() {
            return Err(DryRunError::SystemEnded { wanted: wanted.to_owned() });
        }
        let mut known = self.keys();
        let is_meant = |path: &str| path.strip_suffix(wanted).is_some_and(|before| before.ends_with('/'));
        if let Some(exact) = known.iter().position(|(path, _)| path == wanted) {
            return Ok(known.swap_remove(exact));
        }
        let matching: Vec<_> = known.iter().filter(|(path, _)| is_meant(path)).cloned().collect();
        let paths = |keys: Vec<(String, _)>| keys.into_iter().map(|(path, _)| path).collect();
        match <[_; 1]>::try_from(matching) {
            Ok([one]) => Ok(one),
            Err(none) if none.is_empty() => {
                // One that went down with a supervisor that is not started again is known, too.
                let gone = self.at_first.iter().find(|path| *path == wanted || is_meant(path));
                Err(match gone {
                    Some(child) => DryRunError::Down { child: child.clone() },
                    None => DryRunError::Unknown { wanted: wanted.to_owned(), known: paths(known) },
                })
            }
            Err(several) => Err(DryRunError::Several { wanted: wanted.to_owned(), matching: paths(several) }),
        }
    }
}

/// Ends the child at the end of `keys` below `level`; what is done about it there, and above it.
fn end(level: &mut Level, path: &str, now: Duration, keys: &[Key], exit: Exit) -> Option<Forecast> {
    let (&key, further) = keys.split_first()?;
    if further.is_empty() {
        let with_it = level.end(key, path);
        return dealt_with(level, path, now, key, exit, with_it);
    }
    let (below_path, below) = level.below(key, path)?;
    let mut forecast = end(below, &below_path, now, further, exit)?;
    if forecast.ends_the_system() {
        // It was only the supervisor below that has ended, with all of its children: a polite exit, here.
        level.end(key, path);
        forecast.goes_on(dealt_with(level, path, now, key, Exit::Shutdown, Vec::new())?);
    }
    Some(forecast)
}

/// What is done about a child that has ended and is down.
fn dealt_with(
    level: &mut Level,
    path: &str,
    now: Duration,
    key: Key,
    exit: Exit,
    with_it: Vec<String>,
) -> Option<Forecast> {
    let child = level.id(key)?;
    let outcome = match level.decide(now, key, &exit) {
        Step::Stay(verdict) => level.stays_down(key, verdict),
        Step::Restart(plan) => Outcome::Restarted(level.carry_out(&plan, key, path, now)),
        Step::ShutDown(_) => Outcome::AutoShutdown(Ended { stopped: level.stop_all(path), then: None }),
        Step::GiveUp => Outcome::GaveUp(Ended { stopped: level.stop_all(path), then: None }),
    };
    Some(Forecast { supervisor: path.to_owned(), flags: level.flags, child, exit, with_it, outcome })
}
