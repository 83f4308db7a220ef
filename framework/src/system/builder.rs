//! How a system is put together, checked as a whole, and started.

use std::sync::Arc;

use super::System;
use super::branch::{Branch, Branches, BranchesStart, DOMAINS};
use super::recorder::{Record, Recorded};
use super::recording::Recording;
use super::retention::LifeRetention;
use super::sweeper::Sweep;
use crate::agent::Surroundings;
use crate::clock::Clock;
use crate::domain::{DomainProblem, DomainSpec, check, start_order};
use crate::events::EventLog;
use crate::exit::Exit;
use crate::registry::{Heartbeat, Registry};
use crate::supervisor::{ChildSpec, DryRun, Flags, History, Strategy, Supervisor, SupervisorSpec};

/// A system that is to be. Made by [`System::builder`].
#[derive(Debug)]
pub struct Builder {
    name: String,
    clock: Clock,
    root: Flags,
    domains_flags: Flags,
    heartbeat: Heartbeat,
    history: usize,
    event_log: Option<Arc<dyn EventLog>>,
    lives: LifeRetention,
    domains: Vec<DomainSpec>,
}

/// Why a system did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// It cannot be as it was put together. Nothing was started.
    #[error("the system cannot start as it is put together:{}", lines(.0))]
    Invalid(Vec<DomainProblem>),
    /// Something in it did not start. What had been started was stopped again.
    #[error("the system did not start: {0}")]
    NotStarted(Exit),
}

/// The root with everything below it, and what it is put together from.
struct Assembled {
    root: SupervisorSpec,
    surroundings: Arc<Surroundings>,
    branches: Arc<Branches>,
    recording: Option<Arc<Recording>>,
}

fn lines(problems: &[DomainProblem]) -> String {
    problems.iter().map(|problem| format!("\n  - {problem}")).collect()
}

impl Builder {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            clock: Clock::machine(),
            root: Flags::new(Strategy::OneForAll, 3, 5),
            domains_flags: Flags::new(Strategy::RestForOne, 3, 5),
            heartbeat: Heartbeat::default(),
            history: History::CAPACITY,
            event_log: None,
            lives: LifeRetention::default(),
            domains: Vec::new(),
        }
    }

    /// With one more domain.
    #[must_use]
    pub fn domain(mut self, domain: DomainSpec) -> Self {
        self.domains.push(domain);
        self
    }

    /// On this clock instead of the machine's.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// With these flags of the root, instead of one_for_all, 3 restarts in 5 s.
    #[must_use]
    pub fn root(mut self, flags: Flags) -> Self {
        self.root = flags;
        self
    }

    /// With these flags of the domains' supervisor, instead of rest_for_one, 3 restarts in 5 s.
    #[must_use]
    pub fn domains(mut self, flags: Flags) -> Self {
        self.domains_flags = flags;
        self
    }

    /// With this rule for the health of agents.
    #[must_use]
    pub fn heartbeat(mut self, heartbeat: Heartbeat) -> Self {
        self.heartbeat = heartbeat;
        self
    }

    /// With a restart history of so many events, instead of [`History::CAPACITY`].
    #[must_use]
    pub fn history(mut self, events: usize) -> Self {
        self.history = events;
        self
    }

    /// With this event log: what happens to agents is recorded there ([`LifeChange`](crate::events::LifeChange)), in the
    /// background, and [event-sourced agents](crate::events::EventSourcedSpec::in_system_log) keep their events there.
    ///
    /// No agent waits for its life to be recorded, and none fails because it is not: what cannot be recorded is counted
    /// ([`System::recording`]) and told, and the system is not ready as long as its log takes no events.
    #[must_use]
    pub fn event_log(mut self, log: Arc<dyn EventLog>) -> Self {
        self.event_log = Some(log);
        self
    }

    /// With so much of the lives of its agents in its event log, instead of [`LifeRetention::default`].
    ///
    /// ```
    /// use mistersmith::system::{LifeRetention, System};
    ///
    /// let keep = LifeRetention { changes: Some(100), ..LifeRetention::default() };
    /// let builder = System::builder("shop").keep_lives(keep);
    /// # let _ = builder;
    /// ```
    #[must_use]
    pub fn keep_lives(mut self, lives: LifeRetention) -> Self {
        self.lives = lives;
        self
    }

    /// Everything that is wrong with it, sorted; empty when nothing is.
    #[must_use]
    pub fn check(&self) -> Vec<DomainProblem> {
        check(&self.domains)
    }

    /// What would follow if an agent or a domain ended, with everything up and nothing spent; nothing is started.
    ///
    /// ```
    /// use mistersmith::exit::Exit;
    /// use mistersmith::system::System;
    ///
    /// let mut dry_run = System::builder("shop").dry_run();
    /// let forecast = dry_run.end("registry", Exit::Killed)?;
    /// assert!(forecast.to_string().contains("starts: registry, domains"));
    /// # Ok::<(), mistersmith::supervisor::DryRunError>(())
    /// ```
    #[must_use]
    pub fn dry_run(&self) -> DryRun {
        self.assemble(&History::default()).root.dry_run()
    }

    /// The root with everything below it, and what it is put together from.
    fn assemble(&self, history: &History) -> Assembled {
        let registry = Registry::new(self.clock.clone(), self.heartbeat);
        let surroundings = Arc::new(Surroundings::new(&self.name, self.clock.clone(), registry));
        let mut specs: Vec<_> = self.domains.iter().cloned().map(Some).collect();
        let ordered = start_order(&self.domains).into_iter().filter_map(|position| specs[position].take());
        let list = ordered.map(|spec| Branch::new(spec, &surroundings)).collect();
        let branches = Branches::new(self.domains_flags, list);
        let mut root = SupervisorSpec::new("root", self.root)
            .child(ChildSpec::worker("registry", Sweep(Arc::clone(&surroundings))));
        let log = self.event_log.clone();
        let recording = log.map(|log| Recording::new(log, self.clock.clone()));
        if let Some(recording) = &recording {
            surroundings.leave(Arc::clone(&recording.log));
            surroundings.tell(Arc::<Recording>::clone(recording));
            let (recording, surroundings) = (Arc::clone(recording), Arc::clone(&surroundings));
            let (history, retention) = (history.clone(), self.lives);
            let record = Record { recording, surroundings, history, retention };
            root = root.child(ChildSpec::worker("event_log", Recorded(record)));
        }
        let root = root.child(ChildSpec::branch(DOMAINS, BranchesStart(Arc::clone(&branches))));
        Assembled { root, surroundings, branches, recording }
    }

    /// Checks everything, then starts everything in order. Returns when the last agent is up.
    ///
    /// # Errors
    /// [`StartError`]; nothing runs then.
    ///
    /// # Cancel safety
    /// Dropping the future kills what was started.
    pub async fn start(self) -> Result<System, StartError> {
        let problems = self.check();
        if !problems.is_empty() {
            return Err(StartError::Invalid(problems));
        }
        let history = History::new(self.history);
        let Assembled { root, surroundings, branches, recording } = self.assemble(&history);
        let system = System::new(surroundings, branches, history.clone(), recording);
        let started = Supervisor::start(root, &self.clock, &history).await.map_err(StartError::NotStarted)?;
        system.rooted(started);
        Ok(system)
    }
}
