//! Which one of several agents of a name, and which start of it.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Clock;

/// Which one of the agents of a name this is. It is stable: it survives restarts, moves and upgrades.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct InstanceId(Uuid);

/// Which start of an instance this is. Each start is a new incarnation, one more than the last.
///
/// Messages, registrations and leases carry it. Where two incarnations of one instance meet, the older one is
/// fenced: what it sends is refused and what it holds is taken from it, so that an agent that was given up for
/// dead and is not can do no harm.
///
/// ```
/// use mistersmith::identity::Incarnation;
///
/// assert!(Incarnation::FIRST < Incarnation::FIRST.next());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Incarnation(u64);

impl InstanceId {
    /// A new instance, drawn from the randomness of the system.
    #[must_use]
    pub fn random(clock: &Clock) -> Self {
        Self(clock.uuid())
    }

    /// The instance that is known by `uuid`.
    #[must_use]
    pub const fn new(uuid: Uuid) -> Self {
        Self(uuid)
    }

    /// Its UUID.
    #[must_use]
    pub const fn as_uuid(&self) -> &Uuid {
        &self.0
    }
}

impl Incarnation {
    /// The first start of an instance: 1, so that 0 never fences anybody.
    pub const FIRST: Self = Self(1);

    /// The incarnation with this number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The start after this one. After the last number comes the last number again, which is fenced by itself.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl From<Uuid> for InstanceId {
    fn from(uuid: Uuid) -> Self {
        Self(uuid)
    }
}

impl FromStr for InstanceId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        text.parse().map(Self)
    }
}

impl fmt::Display for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InstanceId({})", self.0)
    }
}

impl fmt::Display for Incarnation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Incarnation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Incarnation({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_start_is_newer_than_the_last_and_none_is_older_than_the_first() {
        assert!(Incarnation::new(0) < Incarnation::FIRST);
        assert_eq!(Incarnation::FIRST.next().number(), 2);
        assert_eq!(Incarnation::new(u64::MAX).next(), Incarnation::new(u64::MAX));
    }

    #[tokio::test(start_paused = true)]
    async fn a_new_instance_is_drawn_from_the_systems_seed() {
        assert_eq!(InstanceId::random(&Clock::seeded(3)), InstanceId::random(&Clock::seeded(3)));
        assert_ne!(InstanceId::random(&Clock::seeded(3)), InstanceId::random(&Clock::seeded(4)));
    }

    #[test]
    fn both_travel_as_the_plain_value() {
        let uuid = "\"6f1cb7a4-96a5-4b1d-a2dd-ffa67ed52b44\"";
        assert_eq!(serde_json::to_string(&serde_json::from_str::<InstanceId>(uuid).unwrap()).unwrap(), uuid);
        assert_eq!(serde_json::to_string(&Incarnation::FIRST).unwrap(), "1");
    }
}
