//! The tree of a scenario: supervisors and workers, each with what was written about it.

use std::fmt;

use super::Keys;

/// A worker.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Worker {
    /// What it is called, in the whole tree.
    pub id: String,
    /// What was written about it.
    pub keys: Keys,
}

/// A supervisor.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SupBlock {
    /// What it is called, in the whole tree.
    pub id: String,
    /// What was written about it: its flags, and what it is as a child.
    pub keys: Keys,
    /// Its children in start order.
    pub children: Vec<Child>,
}

/// A child of a supervisor.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Child {
    /// A worker.
    Worker(Worker),
    /// A supervisor.
    Sup(SupBlock),
}

impl Child {
    /// What it is called.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Worker(worker) => &worker.id,
            Self::Sup(sup) => &sup.id,
        }
    }

    /// What was written about it.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        match self {
            Self::Worker(worker) => &worker.keys,
            Self::Sup(sup) => &sup.keys,
        }
    }

    pub(super) fn write(&self, f: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
        match self {
            Self::Worker(worker) => {
                writeln!(f, "{:1$}child {2}{3}", "", 2 * depth, worker.id, worker.keys)
            }
            Self::Sup(sup) => sup.write(f, depth),
        }
    }
}

impl SupBlock {
    pub(super) fn write(&self, f: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
        writeln!(f, "{:1$}sup {2}{3}", "", 2 * depth, self.id, self.keys)?;
        for child in &self.children {
            child.write(f, depth + 1)?;
        }
        writeln!(f, "{:1$}end", "", 2 * depth)
    }

    /// It and every supervisor below it, in the order in which they were written.
    #[must_use]
    pub fn sups(&self) -> Vec<&Self> {
        let mut sups = vec![self];
        for child in &self.children {
            if let Child::Sup(sup) = child {
                sups.extend(sup.sups());
            }
        }
        sups
    }
}
