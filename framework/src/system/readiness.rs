//! Whether a system is ready to do its work and, when it is not, why.

use serde::Serialize;

use super::branch::{Branch, Branches};
use super::why;
use crate::message::Address;
use crate::registry::{Health, Registry};
use crate::supervisor::{ChildState, History, Node, Supervisor};

/// Whether a system is ready, and why not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Readiness {
    /// Whether every domain runs, every agent in it is healthy, and the event log, if there is one, takes events.
    pub ready: bool,
    /// Why it is not, a line each; empty when it is.
    pub reasons: Vec<String>,
    /// What is not as it was specified because somebody wanted that, a line each: agents that were ended by hand.
    pub notes: Vec<String>,
}

impl Readiness {
    pub(super) fn of(
        domains: Option<&Supervisor>,
        branches: &Branches,
        registry: &Registry,
        history: &History,
    ) -> Self {
        let (mut reasons, mut notes) = (Vec::new(), Vec::new());
        match domains {
            None => reasons.push(match why::gave_up(history, "root/domains") {
                Some(story) => format!("the domains are down: {story}"),
                None => "the domains are down".to_owned(),
            }),
            Some(domains) => {
                let gave_up =
                    |branch: &Branch| why::gave_up(history, &format!("{}/{}", domains.path(), branch.name()));
                let tree = domains.tree();
                for branch in branches.list().iter() {
                    notes.extend(notes_of(branch));
                    let node = tree.children.iter().find(|node| node.id.as_str() == branch.name().as_str());
                    match node {
                        None => reasons.push(format!("domain {} is not there", branch.name())),
                        Some(_) if branch.is_degraded() => reasons.push(format!(
                            "domain {} is degraded: {}; it stays down until it is restored",
                            branch.name(),
                            gave_up(branch).unwrap_or_else(|| "it gave up".to_owned())
                        )),
                        Some(node) if node.state != ChildState::Running => {
                            let why = gave_up(branch).unwrap_or_else(|| why::down(node));
                            reasons.push(format!("domain {} is down: {why}", node.id));
                        }
                        Some(node) => reasons.extend(reasons_of(node, branch)),
                    }
                }
            }
        }
        // An agent outside, which only says that it is there, is not part of this system's work.
        let own = registry.list().into_iter().filter(|record| record.address_as::<Address>().is_none());
        for record in own {
            let (id, health) = (&record.id, record.health());
            if health != Health::Healthy {
                reasons.push(format!("agent {}/{} is not fit: {health}", id.domain, id.name));
            }
        }
        Self { ready: reasons.is_empty(), reasons, notes }
    }
}

impl Readiness {
    /// With one more reason, if there is one.
    pub(super) fn add(&mut self, reason: Option<String>) {
        self.reasons.extend(reason);
        self.ready = self.reasons.is_empty();
    }
}

fn reasons_of(domain: &Node, branch: &Branch) -> Vec<String> {
    // Whom somebody has ended by hand, nobody misses.
    let down = domain
        .children
        .iter()
        .filter(|agent| agent.state != ChildState::Running && branch.ended(&agent.id).is_none());
    down.map(|agent| format!("agent {}/{} is down: {}", domain.id, agent.id, why::down(agent))).collect()
}

fn notes_of(branch: &Branch) -> Vec<String> {
    let seats = branch.seats();
    let ended = seats.iter().filter_map(|seat| Some((seat.child.id(), seat.ended.as_ref()?)));
    ended
        .map(|(agent, why)| {
            format!("agent {}/{agent} was ended by hand ({why}); no restart brings it back", branch.name())
        })
        .collect()
}
