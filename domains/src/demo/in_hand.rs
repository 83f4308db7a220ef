//! A note that an order is in hand: when its holder panics over it, the quarantine hears which order that was.

use mistersmith::agent::{Agent, Context};
use mistersmith::routing::AgentRef;
use mistersmith::system::System;

use super::quarantine::{Quarantining, Strike};

/// Who takes such notes at one station.
#[derive(Debug)]
pub(super) struct Notes {
    system: System,
    quarantine: AgentRef<Quarantining>,
}

impl Notes {
    pub(super) fn new<A: Agent>(context: &Context<A>) -> anyhow::Result<Self> {
        let system = super::pipeline::around(context)?;
        let quarantine = system.find::<Quarantining>()?;
        Ok(Self { system, quarantine })
    }

    /// The order of this line is in hand until the note is dropped.
    pub(super) fn take<A: Agent>(&self, line: u64, context: &Context<A>) -> InHand {
        let (agent, incarnation) = (context.id().to_string(), context.incarnation().number());
        let strike = Strike { line, agent, incarnation, after: self.system.history().newest() };
        InHand { quarantine: self.quarantine.clone(), strike }
    }
}

/// An order is in hand. Its asker learns of the panic after this was dropped, so that the quarantine knows first.
#[derive(Debug)]
pub(super) struct InHand {
    quarantine: AgentRef<Quarantining>,
    strike: Strike,
}

impl Drop for InHand {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // The quarantine is gone only when everything is.
            let _ = self.quarantine.try_tell(self.strike.clone());
        }
    }
}
