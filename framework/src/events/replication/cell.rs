//! Parts of all agents, halved again and again by their hashes, and what is in one of them in short.

use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::events::VectorClock;
use crate::identity::AgentKey;

/// Hexadecimal digits of the smallest cells: four thousand million of them.
const DEPTH: u8 = 8;

/// What our hashes are of, so that they are nobody else's.
const NAMESPACE: Uuid = Uuid::from_u128(0x2f0c_6f5e_9a2b_4c1d_8e67_31d4_57a9_0b13);

/// A part of all agents: those whose hash begins with so many hexadecimal digits, and these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "(u8, u32)", into = "(u8, u32)")]
pub struct Cell {
    depth: u8,
    prefix: u32,
}

/// Why two numbers name no cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected at most 8 hexadecimal digits and a number of so many, got {depth} digits and {prefix:#x}")]
pub struct CellError {
    /// How many digits.
    pub depth: u8,
    /// The number that they spell.
    pub prefix: u32,
}

/// What is in a cell, in short: equal for equal versions of the same agents, and for nothing else that will be met.
///
/// It is no proof against somebody who searches for two contents with one digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
pub struct Digest {
    /// How many agents there are.
    pub agents: u64,
    /// The sum of their hashes, each of an agent and its version: 128 bits, written as a UUID is.
    pub fingerprint: Uuid,
}

impl Cell {
    /// All agents.
    pub const ROOT: Self = Self { depth: 0, prefix: 0 };

    /// The sixteen cells that it consists of; nothing of the smallest.
    pub fn parts(self) -> Option<impl Iterator<Item = Self>> {
        let (depth, first) = (self.depth + 1, self.prefix << 4);
        (self.depth < DEPTH).then(|| (0..16).map(move |digit| Self { depth, prefix: first | digit }))
    }

    /// Whether `agent` belongs to it.
    #[must_use]
    pub fn contains(self, agent: &AgentKey) -> bool {
        self.hashes().contains(&hash(agent))
    }

    /// The hashes of the agents in it.
    pub(super) fn hashes(self) -> RangeInclusive<u128> {
        let free = 128 - 4 * u32::from(self.depth);
        let first = u128::from(self.prefix).checked_shl(free).unwrap_or(0);
        first..=first | u128::MAX.checked_shr(128 - free).unwrap_or(0)
    }
}

impl TryFrom<(u8, u32)> for Cell {
    type Error = CellError;

    fn try_from((depth, prefix): (u8, u32)) -> Result<Self, CellError> {
        let fits = depth <= DEPTH && u64::from(prefix) < 1 << (4 * u32::from(depth));
        if fits { Ok(Self { depth, prefix }) } else { Err(CellError { depth, prefix }) }
    }
}

impl From<Cell> for (u8, u32) {
    fn from(cell: Cell) -> Self {
        (cell.depth, cell.prefix)
    }
}

impl Digest {
    /// With one more agent, whose hash this is.
    pub(super) fn and(self, leaf: u128) -> Self {
        let fingerprint = Uuid::from_u128(self.fingerprint.as_u128().wrapping_add(leaf));
        Self { agents: self.agents + 1, fingerprint }
    }
}

/// Where an agent belongs.
pub(super) fn hash(agent: &AgentKey) -> u128 {
    Uuid::new_v5(&NAMESPACE, agent.to_string().as_bytes()).as_u128()
}

/// What stands for an agent in this version.
pub(super) fn leaf(agent: &AgentKey, version: &VectorClock) -> u128 {
    let mut bytes = agent.to_string().into_bytes();
    for (replica, count) in version.iter() {
        let name = replica.as_str().as_bytes();
        // With its length, so that no two versions are written the same.
        bytes.extend((name.len() as u64).to_le_bytes());
        bytes.extend(name);
        bytes.extend(count.to_le_bytes());
    }
    Uuid::new_v5(&NAMESPACE, &bytes).as_u128()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_cell_are_the_cell_without_gap_or_overlap() {
        let mut cell = Cell::ROOT;
        assert_eq!(cell.hashes(), 0..=u128::MAX);
        while let Some(parts) = cell.parts() {
            let parts: Vec<_> = parts.collect();
            assert_eq!(parts.len(), 16);
            assert_eq!(parts[0].hashes().start(), cell.hashes().start());
            assert_eq!(parts[15].hashes().end(), cell.hashes().end());
            for pair in parts.windows(2) {
                assert_eq!(*pair[0].hashes().end() + 1, *pair[1].hashes().start());
            }
            cell = parts[11];
        }
        assert_eq!(<(u8, u32)>::from(cell), (8, 0xbbbb_bbbb));
    }

    #[test]
    fn what_is_no_cell_is_refused() {
        for (depth, prefix) in [(0, 1), (1, 16), (9, 0), (255, 7)] {
            assert_eq!(Cell::try_from((depth, prefix)), Err(CellError { depth, prefix }));
        }
        assert!(serde_json::from_str::<Cell>("[1,15]").is_ok());
        assert!(serde_json::from_str::<Cell>("[1,16]").is_err());
    }
}
