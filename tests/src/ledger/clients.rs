//! The clients: each asks its account for one number after the other, and says what was acknowledged.

use std::io::Write;
use std::num::NonZeroU64;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use mistersmith::events::{
    Compaction, Durability, EventLog, EventSourcedSpec, ProjectionHandle, ProjectionSpec, Recovery, Sequence,
    SqliteLog, SqliteOptions, SqliteReadModel, Timestamp,
};
use mistersmith::identity::AgentName;
use mistersmith::prelude::{DomainSpec, Flags, Strategy, System};
use mistersmith::routing::AgentRef;
use tokio::task::JoinSet;

use super::account::{Account, Count, DOMAIN, PayIn, SYSTEM, key, name};
use super::paid::{Paid, model_beside};

/// How many accounts there are, each with one client.
pub const ACCOUNTS: usize = 8;

/// After how many events an account is written down as a whole; every fourth time, what is before it is dropped.
const SNAPSHOT: u64 = 25;

/// Pays in until it is killed: client number `n` goes on after `acknowledged[n]`, so it repeats what it was never
/// answered. Writes a line `CLIENT NUMBER` for each answer.
///
/// # Errors
/// When anything does not work as it should.
///
/// # Cancel safety
/// It is made to be killed.
pub async fn run(log: &Path, durability: Durability, acknowledged: Vec<u64>) -> anyhow::Result<()> {
    let model = Arc::new(SqliteReadModel::open(model_beside(log))?);
    let log: Arc<dyn EventLog> = Arc::new(SqliteLog::open(log, SqliteOptions::new(durability))?);
    let every = NonZeroU64::new(SNAPSHOT).context("it is not zero")?;
    let mut ledger = DomainSpec::new(DOMAIN, Flags::new(Strategy::OneForOne, 0, 1))?;
    for number in 0..ACCOUNTS {
        // Half of them recover when they start, half when they are used.
        let recovery = if number % 2 == 0 { Recovery::Eager } else { Recovery::Lazy };
        let spec = EventSourcedSpec::<Account>::new((), Arc::clone(&log), recovery).snapshot_every(every);
        ledger = ledger.agent(spec.agent(name(number))?);
    }
    let paid = ProjectionSpec::new(Paid, model, Arc::clone(&log));
    let reached = paid.handle();
    let views = DomainSpec::new("views", Flags::new(Strategy::OneForOne, 0, 1))?.agent(paid.agent("paid")?);
    let system = System::builder(SYSTEM).domain(ledger).domain(views).start().await?;
    let mut clients = JoinSet::new();
    for (number, last) in acknowledged.into_iter().enumerate() {
        let account = system.find_named::<Count>(&DOMAIN.parse()?, &AgentName::new(name(number))?)?;
        clients.spawn(pay_in((Arc::clone(&log), reached.clone()), number, account, last));
    }
    while let Some(ended) = clients.join_next().await {
        ended??;
    }
    Ok(())
}

async fn pay_in(
    (log, model): (Arc<dyn EventLog>, ProjectionHandle),
    client: usize,
    account: AgentRef<Count>,
    last: u64,
) -> anyhow::Result<()> {
    for number in last + 1.. {
        let asking = account.within(Duration::from_secs(10)).idempotency_key(format!("{client}-{number}"));
        anyhow::ensure!(asking.ask(PayIn { number }).await? == number, "another number was answered");
        // One write for a whole line: a line that is there was acknowledged, and one that is not, perhaps.
        std::io::stdout().lock().write_all(format!("{client} {number}\n").as_bytes())?;
        if number.is_multiple_of(4 * SNAPSHOT) {
            // What is dropped, the model has seen.
            let head = *log.head().borrow();
            model.reached(head).await;
            let up_to = Sequence::new(number - SNAPSHOT);
            let keep_answers_since = Timestamp::default();
            log.compact(Compaction { agent: key(client)?, up_to, keep_answers_since }).await?;
        }
    }
    Ok(())
}
