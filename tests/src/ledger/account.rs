//! An account that takes numbers in their order only.

use mistersmith::events::{Decide, Deciding, Decision, Event, EventSourced, persist};
use mistersmith::identity::{AgentKey, AgentName, DomainName, InstanceId, NameError};
use mistersmith::prelude::{Deserialize, JsonSchema, Serialize};
use mistersmith::replies;

/// The domain of all accounts.
pub(super) const DOMAIN: &str = "ledger";

/// The system of all accounts.
pub(super) const SYSTEM: &str = "crash";

/// Pay in this number.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PayIn {
    /// The number.
    pub number: u64,
}

/// What an account is asked.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Request {
    /// Pay in.
    PayIn(PayIn),
}

/// What an account answers.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Response {
    /// This was the number.
    Paid(u64),
}

/// The contract of accounts.
#[derive(Debug)]
pub struct Count;
replies! { Count: PayIn => Paid(u64) }

/// What happens to an account.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Change {
    /// A number was paid in.
    Paid {
        /// The number.
        number: u64,
    },
}

impl Event for Change {}

/// An account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The number that was paid in last.
    pub last: u64,
}

impl EventSourced for Account {
    type Contract = Count;
    type Args = ();
    type Event = Change;
    type Snapshot = Self;

    fn begin((): &()) -> Self {
        Self::default()
    }

    fn apply(&mut self, Change::Paid { number }: &Change) -> anyhow::Result<()> {
        anyhow::ensure!(*number == self.last + 1, "expected {} next, got {number}", self.last + 1);
        self.last = *number;
        Ok(())
    }

    fn snapshot(&self) -> Self {
        self.clone()
    }

    fn restore((): &(), snapshot: Self) -> anyhow::Result<Self> {
        Ok(snapshot)
    }
}

impl Decide<PayIn> for Account {
    async fn decide(
        &self,
        PayIn { number }: PayIn,
        _: &mut Deciding<'_, Self>,
    ) -> anyhow::Result<Decision<Self, PayIn>> {
        Ok(persist([Change::Paid { number }]).reply(number))
    }
}

/// What account number `number` is called.
pub(super) fn name(number: usize) -> String {
    format!("account-{number}")
}

/// What the state of account number `number` is kept under.
///
/// # Errors
/// Never: these are names.
pub fn key(number: usize) -> Result<AgentKey, NameError> {
    let (domain, name) = (DomainName::new(DOMAIN)?, AgentName::new(name(number))?);
    let instance = InstanceId::of(SYSTEM, &domain, &name, 1);
    Ok(AgentKey { domain, name, instance })
}
