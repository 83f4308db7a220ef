//! Everything that can be wrong with a specification, found all at once and before anything starts.

use std::collections::HashSet;
use std::fmt;
use std::time::Duration;

use super::supervisor_spec::Kind;
use super::template::Template;
use super::{AutoShutdown, ChildId, ChildSpec, Flags, Restart, Strategy, SupervisorSpec};

/// Something that is wrong with a specification.
///
/// Problems come in the order in which Erlang's checks would stop at the first of them: the flags, then child
/// after child in start order, and of one child its id, what it starts, its significance, its times.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SpecProblem {
    /// A dynamic supervisor with a strategy for siblings that know each other.
    #[error(
        "the strategy of a dynamic supervisor is {strategy}; its instances are strangers, so use one_for_one"
    )]
    NotOneForOne {
        /// The strategy.
        strategy: Strategy,
    },
    /// A period of no seconds.
    #[error("the period of the restart intensity is 0 s; expected at least 1 s")]
    ZeroPeriod,
    /// A dynamic supervisor that is to end with its instances.
    #[error(
        "a dynamic supervisor has auto_shutdown {auto_shutdown}; no instance is significant, so use never"
    )]
    DynamicAutoShutdown {
        /// The flag.
        auto_shutdown: AutoShutdown,
    },
    /// A backoff whose numbers make no sense.
    #[error("the backoff of restarts makes no sense; expected {expected}")]
    Backoff {
        /// What would make sense.
        expected: &'static str,
    },
    /// A child without a name.
    #[error("a child has an empty id; give it a name that no sibling has")]
    EmptyId,
    /// A template where a child is expected.
    #[error(
        "child {id} is a template and starts nothing; give it to a dynamic supervisor, or use ChildSpec::worker"
    )]
    TemplateAsChild {
        /// The child.
        id: ChildId,
    },
    /// A child where a template is expected.
    #[error(
        "the template {id} starts something of its own; use ChildSpec::template, instances are made from arguments"
    )]
    ChildAsTemplate {
        /// The template.
        id: ChildId,
    },
    /// A child of a dynamic supervisor that is not started as an instance.
    #[error("child {id} is specified below a dynamic supervisor; start it as an instance")]
    ChildOfDynamic {
        /// The child.
        id: ChildId,
    },
    /// A significant child where significance has no effect.
    #[error(
        "child {id} is significant, but its supervisor's auto_shutdown is never; set one or clear the other"
    )]
    SignificantWithoutAutoShutdown {
        /// The child.
        id: ChildId,
    },
    /// A significant child that never ends for good.
    #[error("child {id} is significant and permanent; a significant child is transient or temporary")]
    SignificantAndPermanent {
        /// The child.
        id: ChildId,
    },
    /// A child that has no time to start.
    #[error("child {id} is given 0 s to start; give it some time, or no limit")]
    NoTimeToStart {
        /// The child.
        id: ChildId,
    },
    /// Two children of one id.
    #[error("child {id} is specified twice; expected ids that differ")]
    DuplicateChild {
        /// The id.
        id: ChildId,
    },
    /// Partitions of which there are none.
    #[error("there are 0 partitions; expected at least 1")]
    NoPartitions,
    /// Partitions that are to end with one of them.
    #[error(
        "the supervisor of partitions has auto_shutdown {auto_shutdown}; no partition is significant, so use never"
    )]
    PartitionsAutoShutdown {
        /// The flag.
        auto_shutdown: AutoShutdown,
    },
    /// Something is wrong below a child.
    #[error("{id}: {problem}")]
    Below {
        /// The child.
        id: ChildId,
        /// What is wrong there.
        #[source]
        problem: Box<SpecProblem>,
    },
    /// A running supervisor cannot get another name.
    #[error("the supervisor is called {name}, and its new specification {new}; expected the same name")]
    Renamed {
        /// What it is called.
        name: ChildId,
        /// What it was to be called.
        new: ChildId,
    },
    /// A running supervisor cannot become dynamic, or static, or start its instances from other arguments.
    #[error("the new specification is for another kind of supervisor; expected {expected}")]
    OtherKind {
        /// What the supervisor is.
        expected: &'static str,
    },
}

/// All that is wrong with a specification, as an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecProblems(pub Vec<SpecProblem>);

impl fmt::Display for SpecProblems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, problem) in self.0.iter().enumerate() {
            write!(f, "{}{problem}", if number == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

impl std::error::Error for SpecProblems {}

impl SpecProblems {
    /// An error if there are problems.
    pub(super) fn in_all(problems: Vec<SpecProblem>) -> Result<(), Self> {
        if problems.is_empty() { Ok(()) } else { Err(Self(problems)) }
    }
}

impl SupervisorSpec {
    /// Everything that is wrong with it and with the supervisors below it; empty when nothing is.
    ///
    /// ```
    /// use mistersmith::supervisor::{ChildSpec, Flags, Strategy, SupervisorSpec};
    ///
    /// let below = SupervisorSpec::new("below", Flags::new(Strategy::OneForOne, 3, 0));
    /// let child = ChildSpec::supervisor(below.clone()).significant(true);
    /// let twice = ChildSpec::supervisor(below);
    /// let root = SupervisorSpec::new("root", Flags::new(Strategy::OneForOne, 3, 5)).child(child).child(twice);
    /// let problems: Vec<String> = root.check().iter().map(ToString::to_string).collect();
    /// assert_eq!(problems, [
    ///     "below: the period of the restart intensity is 0 s; expected at least 1 s",
    ///     "child below is significant, but its supervisor's auto_shutdown is never; set one or clear the other",
    ///     "child below is significant and permanent; a significant child is transient or temporary",
    ///     "below: the period of the restart intensity is 0 s; expected at least 1 s",
    ///     "child below is specified twice; expected ids that differ",
    /// ]);
    /// ```
    #[must_use]
    pub fn check(&self) -> Vec<SpecProblem> {
        let mut problems = self.flags.check(self.is_dynamic());
        if let Kind::Dynamic(instances) = &self.kind {
            problems.extend(instances.template.iter().flat_map(Template::check));
            let misplaced = self.children.iter().map(|child| child.id.clone());
            problems.extend(misplaced.map(|id| SpecProblem::ChildOfDynamic { id }));
            return problems;
        }
        let mut seen = HashSet::new();
        for child in &self.children {
            problems.extend(child.check(self.flags.auto_shutdown));
            if !seen.insert(&child.id) {
                problems.push(SpecProblem::DuplicateChild { id: child.id.clone() });
            }
        }
        problems
    }
}

impl Flags {
    fn check(&self, dynamic: bool) -> Vec<SpecProblem> {
        let Self { strategy, intensity, auto_shutdown, backoff } = *self;
        let mut problems = Vec::new();
        if dynamic && strategy != Strategy::OneForOne {
            problems.push(SpecProblem::NotOneForOne { strategy });
        }
        if intensity.period_seconds == 0 {
            problems.push(SpecProblem::ZeroPeriod);
        }
        if dynamic && auto_shutdown != AutoShutdown::Never {
            problems.push(SpecProblem::DynamicAutoShutdown { auto_shutdown });
        }
        let backoff = backoff.and_then(|backoff| backoff.check());
        problems.extend(backoff.map(|expected| SpecProblem::Backoff { expected }));
        problems
    }
}

impl Template {
    fn check(&self) -> Vec<SpecProblem> {
        let mut problems = self.child.check(AutoShutdown::Never);
        let id = || self.child.id.clone();
        let unfilled =
            problems.iter().position(|problem| *problem == SpecProblem::TemplateAsChild { id: id() });
        match unfilled {
            Some(expected) => drop(problems.remove(expected)),
            None => problems.push(SpecProblem::ChildAsTemplate { id: id() }),
        }
        problems
    }
}

impl ChildSpec {
    /// Everything that is wrong with it below a supervisor with this flag.
    pub(super) fn check(&self, auto_shutdown: AutoShutdown) -> Vec<SpecProblem> {
        let id = || self.id.clone();
        let mut problems = Vec::new();
        if self.id.as_str().is_empty() {
            problems.push(SpecProblem::EmptyId);
        }
        problems.extend(self.start.problems(&self.id));
        if self.significant && auto_shutdown == AutoShutdown::Never {
            problems.push(SpecProblem::SignificantWithoutAutoShutdown { id: id() });
        }
        if self.significant && self.restart == Restart::Permanent {
            problems.push(SpecProblem::SignificantAndPermanent { id: id() });
        }
        if self.start_timeout == Some(Duration::ZERO) {
            problems.push(SpecProblem::NoTimeToStart { id: id() });
        }
        problems
    }
}
