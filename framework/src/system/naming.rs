//! One way of naming an agent wherever a person does: by name, by number, by its place in the tree, by id.

use std::sync::Arc;

use super::System;
use super::branch::{Branch, Seat};
use crate::agent::Control;
use crate::identity::AgentId;

/// No agent answers to what was given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownAgent {
    /// None does.
    #[error("no agent answers to \"{wanted}\"; there are: {}", .known.join(", "))]
    None {
        /// What was given.
        wanted: String,
        /// The agents there are.
        known: Vec<String>,
    },
    /// Several do.
    #[error("\"{wanted}\" means several agents: {}; say which", .matching.join(", "))]
    Several {
        /// What was given.
        wanted: String,
        /// What means one of them each.
        matching: Vec<String>,
    },
}

impl System {
    /// The agent that `wanted` means:
    ///
    /// | for one | what it is |
    /// |---|---|
    /// | `till` | its name, if no other domain has an agent of that name |
    /// | `sales/till` | its domain and its name |
    /// | `till#2`, `sales/till#2` | the second instance of several |
    /// | `till-2`, `sales/till-2`, `root/domains/sales/till-2` | what a tree calls it, or its whole path there |
    /// | `cdbc` | the beginning of its instance's UUID, four characters at least |
    /// | `sales/till@1.0.0#cdbc8b0f-…` | its id |
    ///
    /// What means an agent by its name means none by the beginning of a UUID.
    ///
    /// # Errors
    /// When none is meant, or several are; the error lists them.
    pub fn agent(&self, wanted: &str) -> Result<Arc<dyn Control>, UnknownAgent> {
        let seats = self.seats();
        let means: [fn(&Seat, &str) -> bool; 3] = [is_exactly, is_named, begins_with];
        let matching: Vec<&Seat> = means
            .iter()
            .map(|means| seats.iter().filter(|seat| means(seat, wanted)).collect())
            .find(|matching: &Vec<_>| !matching.is_empty())
            .unwrap_or_default();
        match matching[..] {
            [seat] => Ok(Arc::clone(&seat.control)),
            [] => {
                let mut known: Vec<_> = seats.iter().map(|seat| short(seat.control.id())).collect();
                known.dedup();
                Err(UnknownAgent::None { wanted: wanted.to_owned(), known })
            }
            _ => Err(UnknownAgent::Several { wanted: wanted.to_owned(), matching: told_apart(&matching) }),
        }
    }

    /// The path of an agent in the tree, as a [`DryRun`](crate::supervisor::DryRun) takes it; `None` when it is not
    /// here.
    #[must_use]
    pub fn path(&self, agent: &Arc<dyn Control>) -> Option<String> {
        Some(format!("{ROOT}/{}/{}", agent.id().domain, self.child_id(agent)?))
    }

    /// A copy of every seat, in start order.
    fn seats(&self) -> Vec<Seat> {
        let list = self.branches().list();
        list.iter().flat_map(|branch: &Arc<Branch>| branch.seats().clone()).collect()
    }
}

/// Where the domains are.
const ROOT: &str = "root/domains";

fn short(id: &AgentId) -> String {
    format!("{}/{}", id.domain, id.name)
}

/// By what nobody else is called.
fn is_exactly(seat: &Seat, wanted: &str) -> bool {
    let id = seat.control.id();
    wanted == id.to_string()
        || wanted.strip_prefix(ROOT).and_then(|below| below.strip_prefix('/')).is_some_and(|below| {
            below.split_once('/').is_some_and(|(domain, child)| {
                domain == id.domain.as_str() && child == seat.child.id().as_str()
            })
        })
}

/// By its name, its number, or what its supervisor calls it, alone or behind its domain.
fn is_named(seat: &Seat, wanted: &str) -> bool {
    let id = seat.control.id();
    let (domain, name) = wanted.split_once('/').map_or((None, wanted), |(domain, name)| (Some(domain), name));
    let is_called = match name.split_once('#') {
        Some((name, number)) => name == id.name.as_str() && number == seat.number.to_string(),
        // The first of several is called by the name of all, which means them all.
        None => name == id.name.as_str() || name == seat.child.id().as_str(),
    };
    is_called && domain.is_none_or(|domain| domain == id.domain.as_str())
}

/// By the beginning of its instance's UUID.
fn begins_with(seat: &Seat, wanted: &str) -> bool {
    let uuid = seat.control.id().instance.as_uuid().to_string();
    wanted.len() >= 4 && uuid.starts_with(&wanted.to_lowercase())
}

/// The shortest texts of one kind that mean one of them each.
fn told_apart(seats: &[&Seat]) -> Vec<String> {
    let kinds: [fn(&Seat) -> String; 3] = [
        |seat| short(seat.control.id()),
        |seat| format!("{}#{}", short(seat.control.id()), seat.number),
        |seat| seat.control.id().to_string(),
    ];
    let texts = kinds.map(|kind| seats.iter().map(|seat| kind(seat)).collect::<Vec<_>>());
    let differ = |texts: &Vec<String>| (1..texts.len()).all(|at| !texts[..at].contains(&texts[at]));
    let last = texts[2].clone();
    texts.into_iter().find(differ).unwrap_or(last)
}
