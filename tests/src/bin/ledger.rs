//! `ledger LOG DURABILITY ACKNOWLEDGED...`: accounts that count, in a process that is made to be killed.

use std::path::PathBuf;

use anyhow::Context as _;
use mistersmith::events::Durability;
use mistersmith_tests::ledger;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let log: PathBuf = arguments.next().context("expected the path of a log")?.into();
    let durability = match arguments.next().as_deref() {
        Some("process-death") => Durability::ProcessDeath,
        Some("power-loss") => Durability::PowerLoss,
        other => anyhow::bail!("expected process-death or power-loss, got {other:?}"),
    };
    let acknowledged = arguments.map(|number| number.parse()).collect::<Result<_, _>>()?;
    ledger::run(&log, durability, acknowledged).await
}
