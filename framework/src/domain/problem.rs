//! Everything that can be wrong with the domains of a system, found before anything starts.

use std::collections::HashSet;

use super::{DomainSpec, start_order};
use crate::identity::{AgentName, DomainName};

/// Something that is wrong with a domain.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[non_exhaustive]
pub enum DomainProblem {
    /// Two domains of one name.
    #[error("domain {domain} is there twice; rename one of them")]
    DuplicateDomain {
        /// The name.
        domain: DomainName,
    },
    /// Two agents of one name.
    #[error("domain {domain} has agent {agent} twice; rename one of them, or give it instances")]
    DuplicateAgent {
        /// The domain.
        domain: DomainName,
        /// The name.
        agent: AgentName,
    },
    /// An agent of no instances.
    #[error("agent {domain}/{agent} has 0 instances; expected at least 1, or leave the agent out")]
    NoInstances {
        /// The domain.
        domain: DomainName,
        /// The agent.
        agent: AgentName,
    },
    /// More agents than the domain may have.
    #[error(
        "domain {domain} has {agents} agents, its limit is {limit}; raise the limit, or split the domain"
    )]
    TooManyAgents {
        /// The domain.
        domain: DomainName,
        /// How many it has, each instance counted.
        agents: u64,
        /// How many it may have.
        limit: u64,
    },
    /// A need that nobody meets.
    #[error("domain {domain} needs domain {need}, which is not there; add it, or drop the need")]
    MissingNeed {
        /// The domain.
        domain: DomainName,
        /// What it needs.
        need: DomainName,
    },
    /// Domains that need each other.
    #[error("domain {domain} is in a circle of needs; no order starts each domain after those it needs")]
    CircularNeeds {
        /// A domain of the circle, or one that needs it.
        domain: DomainName,
    },
    /// A period of no seconds.
    #[error("domain {domain} has a restart intensity with a period of 0 s; expected at least 1 s")]
    ZeroPeriod {
        /// The domain.
        domain: DomainName,
    },
}

/// Everything that is wrong with these domains, sorted; empty when nothing is.
#[must_use]
pub fn check(domains: &[DomainSpec]) -> Vec<DomainProblem> {
    let mut problems = Vec::new();
    let mut names = HashSet::new();
    for domain in domains {
        let name = domain.name.clone();
        if !names.insert(&domain.name) {
            problems.push(DomainProblem::DuplicateDomain { domain: name.clone() });
        }
        if domain.flags.intensity.period_seconds == 0 {
            problems.push(DomainProblem::ZeroPeriod { domain: name });
        }
        check_agents(domain, &mut problems);
    }
    for domain in domains {
        for need in domain.needs.iter().filter(|need| !names.contains(need)) {
            let (domain, need) = (domain.name.clone(), need.clone());
            problems.push(DomainProblem::MissingNeed { domain, need });
        }
    }
    let placed: HashSet<usize> = start_order(domains).into_iter().collect();
    for (position, domain) in domains.iter().enumerate() {
        let duplicate = domains[..position].iter().any(|before| before.name == domain.name);
        if !placed.contains(&position) && !duplicate {
            problems.push(DomainProblem::CircularNeeds { domain: domain.name.clone() });
        }
    }
    problems.sort();
    problems
}

fn check_agents(spec: &DomainSpec, problems: &mut Vec<DomainProblem>) {
    let mut names = HashSet::new();
    for agent in &spec.agents {
        let (domain, name) = (spec.name.clone(), agent.name.clone());
        if agent.instances == 0 {
            problems.push(DomainProblem::NoInstances { domain: domain.clone(), agent: name.clone() });
        }
        if !names.insert(&agent.name) {
            problems.push(DomainProblem::DuplicateAgent { domain, agent: name });
        }
    }
    let agents = spec.agents.iter().map(|agent| u64::from(agent.instances)).sum();
    let limit = spec.limits.agents;
    if limit != 0 && agents > limit {
        problems.push(DomainProblem::TooManyAgents { domain: spec.name.clone(), agents, limit });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::supervisor::{Flags, Strategy};

    #[test]
    fn all_problems_are_found_at_once_and_sorted() {
        let domain =
            |name, period| DomainSpec::new(name, Flags::new(Strategy::OneForOne, 3, period)).unwrap();
        let domains = [
            domain("till", 0).needs("bank").unwrap(),
            domain("a", 5).needs("b").unwrap(),
            domain("b", 5).needs("a").unwrap(),
            domain("till", 5),
        ];
        let texts: Vec<_> = check(&domains).iter().map(ToString::to_string).collect();
        assert_eq!(
            texts,
            [
                "domain till is there twice; rename one of them",
                "domain till needs domain bank, which is not there; add it, or drop the need",
                "domain a is in a circle of needs; no order starts each domain after those it needs",
                "domain b is in a circle of needs; no order starts each domain after those it needs",
                "domain till has a restart intensity with a period of 0 s; expected at least 1 s",
            ]
        );
    }
}
