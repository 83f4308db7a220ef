//! The recount: what a run has done, read from its files alone. Nothing that the program remembers goes in here.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;

use super::folder::Folder;
use super::journal::read_whole_lines;

/// What the files of a run say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Recount {
    /// Lines of the input, a header not counted.
    pub lines: u64,
    /// Rows of the results.
    pub results: u64,
    /// Rows of the rejects.
    pub rejects: u64,
    /// Rows of the rejects by kind.
    pub rejects_by_kind: BTreeMap<String, u64>,
    /// Lines that are acknowledged.
    pub acknowledged: u64,
    /// Lines with more than one row, orders with more than one result, lines acknowledged twice.
    pub doubled: u64,
    /// Lines that are acknowledged and have no row.
    pub missing: u64,
    /// Rows and acknowledgements that are of no line of the input, or of another order than stands there.
    pub foreign: u64,
    /// Lines that are not acknowledged.
    pub unacknowledged: u64,
}

/// The rows of both files.
#[derive(Default)]
struct Rows {
    /// How many rows a line has.
    of_line: HashMap<u64, u64>,
    /// The order id of a line's result.
    order_of: HashMap<u64, String>,
}

impl Recount {
    /// Counts.
    pub(super) fn of(folder: &Folder) -> anyhow::Result<Self> {
        let mut count = Self::default();
        let mut rows = Rows::default();
        let mut orders = HashSet::new();
        for (line, rest) in rows_of(&folder.results())? {
            let order = first(&rest).to_owned();
            count.results += 1;
            count.doubled += u64::from(!orders.insert(order.clone()));
            *rows.of_line.entry(line).or_default() += 1;
            rows.order_of.insert(line, order);
        }
        for (line, rest) in rows_of(&folder.rejects())? {
            count.rejects += 1;
            *count.rejects_by_kind.entry(first(&rest).to_owned()).or_default() += 1;
            *rows.of_line.entry(line).or_default() += 1;
        }
        let mut acknowledged = HashSet::new();
        for (line, _) in rows_of(&folder.acknowledgements())? {
            count.doubled += u64::from(!acknowledged.insert(line));
        }
        count.acknowledged = acknowledged.len() as u64;
        count.go_through(folder, &mut rows, &mut acknowledged)?;
        count.foreign += (rows.of_line.len() + acknowledged.len()) as u64;
        Ok(count)
    }

    /// Strikes off, line by line of the input, what there is of it.
    fn go_through(
        &mut self,
        folder: &Folder,
        rows: &mut Rows,
        acknowledged: &mut HashSet<u64>,
    ) -> anyhow::Result<()> {
        let unreadable = || format!("cannot read {}", folder.input.display());
        let mut lines = folder.lines().with_context(unreadable)?;
        while let Some(line) = lines.next().with_context(unreadable)? {
            self.lines += 1;
            let kept = rows.of_line.remove(&line.number).unwrap_or_default();
            let is_acknowledged = acknowledged.remove(&line.number);
            self.doubled += u64::from(kept > 1);
            self.missing += u64::from(is_acknowledged && kept == 0);
            self.unacknowledged += u64::from(!is_acknowledged);
            if let Some(order) = rows.order_of.get(&line.number) {
                let bytes = line.bytes.unwrap_or_default();
                self.foreign += u64::from(first(&String::from_utf8_lossy(&bytes)) != order);
            }
        }
        Ok(())
    }

    /// Whether nothing that is acknowledged is missing, and nothing is doubled or made up.
    #[must_use]
    pub fn is_consistent(&self) -> bool {
        self.doubled == 0 && self.missing == 0 && self.foreign == 0
    }

    /// Whether it is consistent and every line is acknowledged, as a result or as a reject.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.is_consistent() && self.unacknowledged == 0 && self.results + self.rejects == self.lines
    }
}

/// The rows that begin with a line number, each with what follows it.
fn rows_of(path: &Path) -> anyhow::Result<Vec<(u64, String)>> {
    let mut rows = Vec::new();
    let unreadable = || format!("cannot read {}", path.display());
    let file = File::open(path).with_context(unreadable)?;
    read_whole_lines(&file, |row| {
        let (line, rest) = row.split_once(',').unwrap_or((row, ""));
        rows.extend(line.parse().ok().map(|line| (line, rest.to_owned())));
    })
    .with_context(unreadable)?;
    Ok(rows)
}

fn first(columns: &str) -> &str {
    columns.split(',').next().unwrap_or_default().trim()
}
