//! Agents that are no processes of this node, as long as they keep saying that they are there.
//!
//! Each has a pulse that always has work and makes progress only when it is heard, so the registry judges it by
//! the same rule as any other agent: unhealthy after so many looks without progress.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mistersmith::clock::Clock;
use mistersmith::identity::lifecycle::Stage;
use mistersmith::identity::{AgentId, Capability, Incarnation, InstanceId, Version};
use mistersmith::message::Address;
use mistersmith::registry::{Pulse, Record, Registration, Registry};

use super::contract::agent_registry::{Refusal, Register};

/// The contract that a record of such an agent names: no Rust type can be called so.
pub(super) const CONTRACT: &str = "external";

/// Everybody who has registered from outside. It outlives the registry agent's incarnations.
#[derive(Clone, Debug, Default)]
pub(super) struct Externals(Arc<Mutex<BTreeMap<InstanceId, External>>>);

#[derive(Debug)]
struct External {
    declared: Declared,
    registration: Registration,
    heard_at: Duration,
}

/// What it says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Declared {
    id: AgentId,
    capabilities: Vec<Capability>,
    address: Address,
}

impl Externals {
    /// Hears of one: registers it, or notes that it is still there, or that it has changed.
    pub(super) fn hear(
        &self,
        request: Register,
        limit: u32,
        registry: &Registry,
        clock: &Clock,
    ) -> Result<(AgentId, Incarnation), Refusal> {
        let declared = declare(request, clock)?;
        let instance = declared.id.instance;
        let mut all = self.all();
        let Some(known) = all.get_mut(&instance) else {
            if all.len() >= limit as usize {
                return Err(Refusal::Full { limit });
            }
            let registration = register(&declared, Incarnation::FIRST, registry)?;
            let heard = (declared.id.clone(), registration.record().incarnation);
            all.insert(instance, External { declared, registration, heard_at: clock.now() });
            return Ok(heard);
        };
        let (before, incarnation) = (&known.declared.id, known.registration.record().incarnation);
        if (&before.domain, &before.name) != (&declared.id.domain, &declared.id.name) {
            return Err(Refusal::Taken { instance, owner: before.to_string() });
        }
        if known.declared != declared {
            known.registration = register(&declared, incarnation.next(), registry)?;
            known.declared = declared;
        }
        known.heard_at = clock.now();
        let record = known.registration.record();
        record.pulse.advance();
        Ok((known.declared.id.clone(), record.incarnation))
    }

    /// Takes one out.
    pub(super) fn forget(&self, instance: InstanceId) -> Result<AgentId, Refusal> {
        let known = self.all().remove(&instance).ok_or(Refusal::NotRegistered { instance })?;
        Ok(known.declared.id)
    }

    /// Takes out those that were not heard of for so long.
    pub(super) fn forget_silent(&self, now: Duration, silence: Duration) {
        self.all().retain(|_, known| {
            let stays = now.saturating_sub(known.heard_at) < silence;
            if !stays {
                tracing::warn!(agent = %known.declared.id, ?silence, "not heard of, taken out of the registry");
            }
            stays
        });
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<InstanceId, External>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn declare(request: Register, clock: &Clock) -> Result<Declared, Refusal> {
    let Register { domain, name, instance, version, mut capabilities, subject, queue_group } = request;
    let subject = subject.unwrap_or_else(|| format!("agents.{domain}.{name}"));
    if !is_subject(&subject) {
        return Err(Refusal::Subject { subject });
    }
    capabilities.sort();
    capabilities.dedup();
    let instance = instance.unwrap_or_else(|| InstanceId::random(clock));
    let version = version.unwrap_or(Version::new(1, 0, 0));
    let id = AgentId { domain, name, instance, version };
    Ok(Declared { id, capabilities, address: Address::Nats { subject, queue_group } })
}

/// Whether somebody can answer under it: tokens joined by dots, no wildcard, nothing that ends a line.
fn is_subject(subject: &str) -> bool {
    let fits = |c: char| c.is_ascii_graphic() && !matches!(c, '*' | '>');
    subject.len() <= 255 && subject.split('.').all(|token| !token.is_empty() && token.chars().all(fits))
}

fn register(
    declared: &Declared,
    incarnation: Incarnation,
    registry: &Registry,
) -> Result<Registration, Refusal> {
    let pulse = Arc::new(Pulse::default());
    let address = Arc::new(declared.address.clone());
    let record = Record::new(declared.id.clone(), incarnation, CONTRACT, address, pulse)
        .with_capabilities(declared.capabilities.iter().cloned())
        .with_stage(Stage::Active);
    let registration = registry.register(record).map_err(|_| {
        let instance = declared.id.instance;
        let owner = registry.by_instance(instance).map_or_else(String::new, |owner| owner.id.to_string());
        Refusal::Taken { instance, owner }
    })?;
    // One message that is never handled: from now on only being heard is progress.
    registration.record().pulse.arrive();
    Ok(registration)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_has_tokens_and_no_wildcards() {
        for (subject, is) in [
            ("agents.data.store", true),
            ("one", true),
            ("agents.*", false),
            ("agents.>", false),
            ("agents..store", false),
            ("agents. store", false),
            ("", false),
        ] {
            assert_eq!(is_subject(subject), is, "{subject}");
        }
    }
}
