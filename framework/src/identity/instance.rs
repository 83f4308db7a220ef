//! Which one of several agents of a name, and which start of it.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{AgentName, DomainName};
use crate::clock::Clock;

/// Which one of the agents of a name this is. It is stable: it survives restarts, moves and upgrades.
///
/// The agents of a system have the one that follows from where they stand ([`InstanceId::of`]), so that what was
/// stored under it is found again at the next boot. The [random](InstanceId::random) one is for an agent that
/// stands in no system and says of itself who it is.
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

    /// The agent that stands at this place: instance number `number`, counted from 1, of the agent `name` of
    /// `domain` in the system called `system`.
    ///
    /// It is the UUID of version 5 (RFC 9562, section 5.5) of `system/domain/name/number` in
    /// [`InstanceId::NAMESPACE`], and nothing else: neither the version of the agent nor the machine, the process or
    /// the time is in it. No two places have the same text, because neither names nor numbers hold a slash.
    ///
    /// ```
    /// use mistersmith::identity::{AgentName, DomainName, InstanceId};
    ///
    /// let (data, cache) = (DomainName::new("data")?, AgentName::new("cache")?);
    /// let first = InstanceId::of("shop", &data, &cache, 1);
    /// assert_eq!(first.to_string(), "13bd7e74-c1f4-5540-b6b6-dd7d2d26f10f");
    /// assert_ne!(first, InstanceId::of("shop", &data, &cache, 2));
    /// # Ok::<(), mistersmith::identity::NameError>(())
    /// ```
    #[must_use]
    pub fn of(system: &str, domain: &DomainName, name: &AgentName, number: u32) -> Self {
        let place = format!("{system}/{domain}/{name}/{number}");
        Self(Uuid::new_v5(&Self::NAMESPACE, place.as_bytes()))
    }

    /// The namespace of the instances of agents. Drawn once, at random; never to be changed, for everything that is
    /// stored by agents is stored under what follows from it.
    pub const NAMESPACE: Uuid = Uuid::from_u128(0xc0407ab8bd1d4aca852eaba65cb1509b);

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
    fn each_place_has_an_instance_of_its_own_and_always_the_same() {
        let of = |system, domain, name, number| {
            InstanceId::of(system, &DomainName::new(domain).unwrap(), &AgentName::new(name).unwrap(), number)
        };
        let here = of("shop", "data", "cache", 1);
        assert_eq!(here, of("shop", "data", "cache", 1));
        assert_eq!(
            (here.as_uuid().get_version_num(), here.as_uuid().get_variant()),
            (5, uuid::Variant::RFC4122)
        );
        for elsewhere in [
            of("shop-2", "data", "cache", 1),
            of("shop", "data-2", "cache", 1),
            of("shop", "data", "cache-2", 1),
            of("shop", "data", "cache", 2),
        ] {
            assert_ne!(here, elsewhere);
        }
    }

    #[test]
    fn both_travel_as_the_plain_value() {
        let uuid = "\"6f1cb7a4-96a5-4b1d-a2dd-ffa67ed52b44\"";
        assert_eq!(serde_json::to_string(&serde_json::from_str::<InstanceId>(uuid).unwrap()).unwrap(), uuid);
        assert_eq!(serde_json::to_string(&Incarnation::FIRST).unwrap(), "1");
    }
}
