//! The read model of the ledger: what was paid into each account, which takes numbers in their order only, too.

use std::path::{Path, PathBuf};

use mistersmith::events::{Projection, StateEvent};
use rusqlite::{Connection, OptionalExtension as _};

use super::account::{Change, DOMAIN};

/// Keeps the last number of each account, and how often one was paid in, in the table `paid`.
#[derive(Debug)]
pub struct Paid;

/// Where the model of a log is.
#[must_use]
pub fn model_beside(log: &Path) -> PathBuf {
    log.with_extension("model")
}

impl Projection for Paid {
    type Model = Connection;

    fn takes(&self, event: &StateEvent) -> bool {
        event.agent.domain.as_str() == DOMAIN
    }

    fn begin(&self, model: &mut Connection) -> anyhow::Result<()> {
        Ok(model.execute_batch(
            "DROP TABLE IF EXISTS paid; CREATE TABLE paid(account TEXT PRIMARY KEY, last INTEGER, times INTEGER)",
        )?)
    }

    fn apply(&self, model: &mut Connection, event: &StateEvent) -> anyhow::Result<()> {
        let (account, Change::Paid { number }) = (event.agent.name.as_str(), event.read_as()?);
        let read = "SELECT last FROM paid WHERE account = ?1";
        let last: Option<i64> = model.query_row(read, [account], |row| row.get(0)).optional()?;
        let (last, number) = (last.unwrap_or(0), i64::try_from(number)?);
        anyhow::ensure!(number == last + 1, "expected {} of {account} next, got {number}", last + 1);
        let write =
            "INSERT INTO paid VALUES (?1, ?2, 1) ON CONFLICT DO UPDATE SET last = ?2, times = times + 1";
        model.execute(write, (account, number))?;
        Ok(())
    }
}
