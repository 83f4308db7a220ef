//! The writer: keeps results and rejects in files, each line once, and answers when they are on the disk.
//!
//! A process because there must be one: it owns the files. What it has kept it learns from the files themselves,
//! so that it is no different after a restart.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use mistersmith::agent::{Agent, Context, Handle, HandleInfo, Later};
use mistersmith::contract::{Answer, Ask};
use mistersmith::replies;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::folder::Folder;
use super::journal::Journal;
use super::price::Priced;
use super::rejection::{Kind, Rejection};

/// How long the writer gathers what one flush takes to the disk.
const GATHER: Duration = Duration::from_millis(5);

/// Keep this; repeated with the same idempotency key, it is kept once.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Keep {
    pub(super) line: u64,
    pub(super) entry: Entry,
}

/// What has become of a line.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) enum Entry {
    Result(Priced),
    Reject(Rejection),
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) enum Request {
    Keep(Keep),
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) enum Response {
    Kept,
}

pub(super) struct Writing;
replies! { Writing refuses Rejection: Keep => Kept }

pub(super) struct Writer {
    results: Journal,
    rejects: Journal,
    /// The idempotency keys of all that is kept: line numbers, as the first column of both files has them.
    keys: HashSet<String>,
    /// The line of every order id that has a result.
    orders: HashMap<String, u64>,
    gathered: Gathered,
}

/// What waits for the next flush.
#[derive(Default)]
struct Gathered {
    results: String,
    rejects: String,
    askers: Vec<Later<Keep>>,
}

/// The time to flush has come.
struct Flush;

impl Agent for Writer {
    type Contract = Writing;
    type Args = Arc<Folder>;

    async fn init(folder: Arc<Folder>, _: &mut Context<Self>) -> anyhow::Result<Self> {
        let (mut keys, mut orders) = (HashSet::new(), HashMap::new());
        let results = Journal::open(&folder.results(), |row| {
            let mut columns = row.split(',');
            let (key, order) = (columns.next().unwrap_or_default(), columns.next().unwrap_or_default());
            if let Ok(line) = key.parse() {
                keys.insert(key.to_owned());
                orders.insert(order.to_owned(), line);
            }
        })?;
        let rejects = Journal::open(&folder.rejects(), |row| {
            keys.extend(row.split(',').next().map(str::to_owned));
        })?;
        Ok(Self { results, rejects, keys, orders, gathered: Gathered::default() })
    }
}

impl Handle<Keep> for Writer {
    async fn handle(&mut self, Keep { line, entry }: Keep, context: &mut Context<Self>) -> Answer<Keep> {
        let Some(key) = context.idempotency_key() else {
            return Keep::refuse(Kind::NoKey.because("expected an idempotency key: it may be a repetition"));
        };
        if !self.keys.contains(key) {
            if let Err(rejection) = self.gather(line, entry) {
                return Keep::refuse(rejection);
            }
            self.keys.insert(key.to_owned());
        }
        // Also for what is known: it may have been gathered only, and be lost with the writer.
        let (asker, answer) = context.defer::<Keep>();
        if self.gathered.askers.is_empty() {
            context.send_after(GATHER, Flush);
        }
        self.gathered.askers.push(asker);
        answer
    }
}

impl HandleInfo<Flush> for Writer {
    async fn handle_info(&mut self, Flush: Flush, _: &mut Context<Self>) -> anyhow::Result<()> {
        let Gathered { results, rejects, askers } = std::mem::take(&mut self.gathered);
        for (journal, rows) in [(&mut self.results, results), (&mut self.rejects, rejects)] {
            if !rows.is_empty() {
                journal.append(&rows)?;
                journal.sync()?;
            }
        }
        askers.into_iter().for_each(|asker| asker.reply(()));
        Ok(())
    }
}

impl Writer {
    fn gather(&mut self, line: u64, entry: Entry) -> Result<(), Rejection> {
        // Writing to a string cannot fail.
        match entry {
            Entry::Reject(rejection) => {
                let _ = writeln!(self.gathered.rejects, "{line},{rejection}");
            }
            Entry::Result(Priced { order, packs, total }) => {
                if let Some(first) = self.orders.get(&order.id) {
                    let detail = format!("order {} has a result already, from line {first}", order.id);
                    return Err(Kind::Duplicate.because(detail));
                }
                let _ = writeln!(
                    self.gathered.results,
                    "{line},{},{},{},{},{packs},{total},{}",
                    order.id, order.customer, order.sku, order.quantity, order.currency
                );
                self.orders.insert(order.id, line);
            }
        }
        Ok(())
    }
}
