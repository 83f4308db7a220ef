//! What would follow if a child ended, as a value: who stops, who starts, what is left, and what the parent does.

use std::fmt;

use serde::Serialize;

use super::{ChildId, Flags};
use crate::exit::Exit;

/// What would follow from one end of a child, up to where it is dealt with. It displays as a readable story.
///
/// Processes are named by their paths from the root, each one behind what was below it where they stop, and behind
/// what is below it where they start.
#[derive(Clone, Debug, Serialize)]
pub struct Forecast {
    /// The supervisor that decides, as a path from the root.
    pub supervisor: String,
    /// By which rules it decides.
    pub flags: Flags,
    /// The child that ends.
    pub child: ChildId,
    /// How it ends.
    pub exit: Exit,
    /// What is below it, which is gone before anything else happens: in this order, or at once if it is killed.
    pub with_it: Vec<String>,
    /// What is done about it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What a supervisor would do about the end of a child.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It stays down; its specification is kept.
    StaysDown,
    /// It stays down, and its specification is forgotten.
    Forgotten,
    /// It is started again.
    Restarted(Restarted),
    /// A restart would be one too many: its supervisor gives up.
    GaveUp(Ended),
    /// It was significant: its supervisor shuts itself down.
    AutoShutdown(Ended),
}

/// A restart that would be carried out, if every start succeeds.
#[derive(Clone, Debug, Serialize)]
pub struct Restarted {
    /// What stops, in this order.
    pub stopped: Vec<String>,
    /// The temporary siblings that are forgotten.
    pub forgotten: Vec<ChildId>,
    /// What starts, in this order.
    pub started: Vec<String>,
    /// How long the starts wait, in seconds: at least and at most, as chance will have it. Nothing when they do not
    /// wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait: Option<[f64; 2]>,
    /// Those who were killed and do not yield: the starts wait for their end.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub orphans: Vec<String>,
    /// How many restarts the supervisor may still make then.
    pub budget_left: u32,
}

/// The end of a supervisor by its own decision.
#[derive(Clone, Debug, Serialize)]
pub struct Ended {
    /// What stops, in this order.
    pub stopped: Vec<String>,
    /// What its parent does about it; `None` for the root, with which the system ends.
    pub then: Option<Box<Forecast>>,
}

impl Forecast {
    /// What follows in the end, behind all supervisors that end by their own decision.
    #[must_use]
    pub fn last(&self) -> &Self {
        match &self.outcome {
            Outcome::GaveUp(Ended { then: Some(then), .. })
            | Outcome::AutoShutdown(Ended { then: Some(then), .. }) => then.last(),
            _ => self,
        }
    }

    /// Whether the system ends.
    #[must_use]
    pub fn ends_the_system(&self) -> bool {
        matches!(self.last().outcome, Outcome::GaveUp(_) | Outcome::AutoShutdown(_))
    }

    /// Adds what is done about the end of the last supervisor of this story.
    pub(super) fn goes_on(&mut self, with: Self) {
        if let Outcome::GaveUp(Ended { then, .. }) | Outcome::AutoShutdown(Ended { then, .. }) =
            &mut self.outcome
        {
            match then {
                Some(then) => then.goes_on(with),
                None => *then = Some(Box::new(with)),
            }
        }
    }

    fn tell(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { supervisor, flags, child, exit, .. } = self;
        writeln!(f, "{supervisor}/{child} ends: {exit}")?;
        self.list(f, "with it", &self.with_it)?;
        let rules = format!("{}, at most {}", flags.strategy, flags.intensity);
        match &self.outcome {
            Outcome::StaysDown => write!(f, "{supervisor} leaves it down"),
            Outcome::Forgotten => write!(f, "{supervisor} leaves it down, and forgets it"),
            Outcome::Restarted(Restarted { stopped, forgotten, started, wait, orphans, budget_left }) => {
                writeln!(f, "{supervisor} starts it again ({rules})")?;
                self.list(f, "stops", stopped)?;
                let forgotten: Vec<_> = forgotten.iter().map(ToString::to_string).collect();
                self.list(f, "forgets", &forgotten)?;
                if let Some([least, most]) = wait {
                    writeln!(f, "  waits: {least} s to {most} s")?;
                }
                self.list(f, "waits for the end of what was killed and does not yield", orphans)?;
                self.list(f, "starts", started)?;
                write!(f, "  left: {budget_left} of {} restarts", flags.intensity.restarts)
            }
            Outcome::GaveUp(ended) => {
                writeln!(f, "{supervisor} gives up: one more restart would be one too many ({rules})")?;
                self.tell_end(f, ended)
            }
            Outcome::AutoShutdown(ended) => {
                writeln!(f, "{supervisor} shuts itself down, because {child} is significant")?;
                self.tell_end(f, ended)
            }
        }
    }

    fn tell_end(&self, f: &mut fmt::Formatter<'_>, Ended { stopped, then }: &Ended) -> fmt::Result {
        self.list(f, "stops", stopped)?;
        match then {
            Some(then) => then.tell(f),
            None => write!(f, "{} ends with shutdown, and the system with it", self.supervisor),
        }
    }

    /// A line of names, as seen from the supervisor; none for no names.
    fn list(&self, f: &mut fmt::Formatter<'_>, what: &str, names: &[String]) -> fmt::Result {
        if names.is_empty() {
            return Ok(());
        }
        let below = |name: &'_ String| {
            let short = name.strip_prefix(&self.supervisor).and_then(|name| name.strip_prefix('/'));
            short.unwrap_or(name).to_owned()
        };
        writeln!(f, "  {what}: {}", names.iter().map(below).collect::<Vec<_>>().join(", "))
    }
}

impl fmt::Display for Forecast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tell(f)
    }
}
