//! The agents whose states can be made from a log alone, because their code is in this program.

use mistersmith::agent::AgentSpec;
use mistersmith::config::DomainSettings;
use mistersmith::events::PastStates;
use mistersmith::identity::AgentKey;

use crate::bank;
use crate::roster::ROSTER;
use crate::settings::SetupError;

/// What makes the states of this agent from its events; `None` when its code is not here, or it is not event-sourced.
///
/// # Errors
/// When a domain has a name that is none: a mistake in its code.
pub fn of(agent: &AgentKey) -> Result<Option<PastStates>, SetupError> {
    if agent.domain.as_str() == bank::DOMAIN {
        return Ok(bank::past_states(agent.name.as_str()));
    }
    let Some(entry) = ROSTER.iter().find(|entry| entry.name == agent.domain.as_str()) else {
        return Ok(None);
    };
    let domain = (entry.domain)(&DomainSettings::default())?;
    let spec = domain.agents().iter().find(|spec| *spec.name() == agent.name);
    Ok(spec.and_then(AgentSpec::extra).and_then(|extra| extra.downcast_ref().cloned()))
}
