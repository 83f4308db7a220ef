//! What a record of the registry points at: an agent under its own contract, where its type is not known.

use std::any::Any;
use std::fmt;

use super::AgentRef;
use crate::contract::Contract;
use crate::registry::Record;

/// A reference to an agent whose contract is not known here, as the [address](Record::address) of a record.
///
/// Whoever registers an agent puts one into the record; whoever looks for a contract takes the reference out.
pub struct Reach {
    typed: Box<dyn Any + Send + Sync>,
    contract: &'static str,
}

impl Reach {
    /// What leads to this agent.
    #[must_use]
    pub fn new<C: Contract>(agent: AgentRef<C>) -> Self {
        Self { typed: Box::new(agent), contract: C::NAME }
    }

    /// The agent, if `C` is its contract.
    #[must_use]
    pub fn typed<C: Contract>(&self) -> Option<AgentRef<C>> {
        self.typed.downcast_ref().cloned()
    }

    /// The agent of this record, if `C` is its contract.
    #[must_use]
    pub fn of<C: Contract>(record: &Record) -> Option<AgentRef<C>> {
        record.address_as::<Self>()?.typed()
    }
}

impl fmt::Debug for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reach({})", self.contract)
    }
}
