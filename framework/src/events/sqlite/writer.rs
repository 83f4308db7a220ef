//! The thread that writes: whatever waits when a round is done goes into the next one, whoever it is from.

use std::io;
use std::sync::Arc;

use rusqlite::{Connection, Transaction};
use tokio::sync::watch;

use super::Shared;
use super::applier::Applier;
use super::commit::Commit;
use super::fault::Fault;
use super::intake::{Intake, Order, Taken};
use super::mark::Mark;
use super::record::{Number, unsigned};
use super::redo::{Frame, Redo};
use super::round::{Outcome, Round};
use super::{agents, beginning, compacting, index, redo, snapshots};
use crate::events::{
    Append, BeginError, Beginning, CompactError, Compacted, Compaction, NewEvent, Position, SaveError,
    Sequence, Snapshot,
};

/// After so many events the index is written: fewer make that dearer for each event, more make reopening slower after
/// the process has died, because each is read again.
const INDEX_AFTER: usize = 32_768;

/// So many events are read again after the log was closed, at most.
const REREAD: usize = 8_192;

/// How many bytes a page of the file has.
const PAGE: usize = 4096;

/// So many bytes of events are one round, or a single append if that is larger: it is written as a whole.
const ROUND: usize = 64 << 20;

/// However the writer ends, nobody waits for it after that.
struct Ending<'a>(&'a Intake);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// The thread's own: what is appended goes into the redo log, and everything else to the tables, through a connection that
/// writes while nothing is pending for them.
pub(super) struct Writer {
    pub(super) connection: Connection,
    pub(super) most_pages: Option<u32>,
    pub(super) redo: Redo,
    pub(super) applier: Applier,
    pub(super) mark: Mark,
    pub(super) shared: Arc<Shared>,
    pub(super) head: watch::Sender<Position>,
}

impl Writer {
    /// Writes until nobody can order any more.
    pub(super) fn run(mut self, intake: &Intake) {
        let _ending = Ending(intake);
        let mut before = 0;
        while let Some(mut taken) = intake.take(before) {
            before = taken.orders.len();
            self.carry_out(&mut taken);
        }
        self.index_from(REREAD);
        self.close();
    }

    /// Closes the tables, which takes the write-ahead log over into the file, and then the redo log.
    fn close(self) {
        let Self { connection, redo, applier, shared, .. } = self;
        let settled = shared.pending.settle();
        drop(applier);
        drop(connection);
        // What is not in the tables stays in the redo log, where it is found when the log is opened.
        if settled.is_ok()
            && redo.is_used()
            && let Err(error) = redo::forget(&shared.path)
        {
            tracing::warn!(%error, "the redo log of a log cannot be removed");
        }
    }

    fn carry_out(&mut self, taken: &mut Taken) {
        let round = &taken.round;
        let mut appends = Vec::with_capacity(taken.orders.len());
        for order in taken.orders.drain(..) {
            match order {
                Order::Append(append) => appends.push(append),
                Order::Save { snapshot, done } => {
                    self.append_all(&mut appends, round);
                    let _ = done.send(self.save(&snapshot));
                }
                Order::Compact { compaction, done } => {
                    self.append_all(&mut appends, round);
                    let _ = done.send(self.compact(&compaction));
                }
                Order::Begin { beginning, done } => {
                    self.append_all(&mut appends, round);
                    let _ = done.send(self.begin(&beginning));
                }
            }
        }
        self.append_all(&mut appends, round);
    }

    /// One round for all of them, or a few where they are large; each hears what came of it when that is certain.
    fn append_all(&mut self, appends: &mut Vec<Append>, round: &Round) {
        while !appends.is_empty() {
            let mut bytes = 0;
            let mut fits = |append: &Append| {
                bytes += append.events.iter().map(NewEvent::size).sum::<usize>();
                bytes <= ROUND
            };
            let first = appends.iter().take_while(|append| fits(append)).count().max(1);
            let rest = appends.split_off(first);
            self.append_round(appends, round);
            *appends = rest;
        }
        self.index_from(INDEX_AFTER);
    }

    fn append_round(&mut self, appends: &mut Vec<Append>, round: &Round) {
        match self.commit(appends) {
            Ok(outcomes) => round.answer(appends.drain(..).zip(outcomes)),
            Err(fault) => {
                let fault = self.told(fault);
                round.answer(appends.drain(..).map(|append| (append, Err(fault.clone().into()))));
            }
        }
    }

    /// Writes the index if so many events are not in it; nothing is written to a damaged log.
    fn index_from(&mut self, events: usize) {
        if self.shared.catalogue().waiting() >= events
            && self.refuse_if_damaged().is_ok()
            && let Err(fault) = self.write_index()
        {
            // The events are safe; finding them again takes longer. The next commit tries again.
            tracing::warn!(?fault, "the index of a log could not be written");
        }
    }

    fn commit(&mut self, appends: &[Append]) -> Result<Vec<Outcome>, Fault> {
        self.refuse_if_damaged()?;
        self.shared.pending.retry()?;
        self.refuse_if_full()?;
        let (outcomes, addition, added) = {
            let catalogue = self.shared.catalogue();
            let mut commit = Commit::new(&self.connection, &catalogue);
            let outcomes: Result<Vec<_>, _> = appends.iter().map(|append| commit.take(append)).collect();
            let (addition, added) = commit.done();
            (outcomes?, addition, added)
        };
        if added.events.is_empty() {
            return Ok(outcomes);
        }
        let mut frame = Frame::of(&addition)?;
        self.redo.append(&mut frame, &self.shared.pending)?;
        let last = {
            // At once for who reads: an event is not seen before its agent is known, nor the other way round.
            let mut catalogue = self.shared.catalogue_to_change();
            self.shared.pending.push(frame);
            catalogue.add(added);
            catalogue.last
        };
        self.tell(last);
        Ok(outcomes)
    }

    /// Tells of the last position, which was committed.
    fn tell(&mut self, last: Position) {
        // Before anybody hears of it. Where it cannot be written, nobody could tell later that something is missing.
        if let Err(error) = self.mark.set(last) {
            tracing::error!(%error, "the mark beside a log cannot be written; losses could not be told");
        }
        self.head.send_replace(last);
    }

    fn begin(&mut self, beginning: &Beginning) -> Result<(), BeginError> {
        self.begun(beginning).map_err(|fault| self.told(fault))?
    }

    fn begun(&mut self, beginning: &Beginning) -> Result<Result<(), BeginError>, Fault> {
        self.refuse_if_damaged()?;
        self.write_index()?;
        let transaction = self.connection.unchecked_transaction()?;
        let begun = match beginning::write(&transaction, &self.shared.catalogue(), beginning)? {
            Ok(begun) => begun,
            Err(error) => return Ok(Err(error)),
        };
        self.commit_change(transaction)?;
        if let Some(begun) = begun {
            let agent = beginning.agent().clone();
            self.shared.catalogue_to_change().begin(agent, beginning.after, begun);
            self.tell(begun.0);
        }
        Ok(Ok(()))
    }

    fn save(&mut self, snapshot: &Snapshot) -> Result<(), SaveError> {
        self.kept(snapshot).map_err(|fault| self.told(fault))?
    }

    fn kept(&self, snapshot: &Snapshot) -> Result<Result<(), SaveError>, Fault> {
        self.refuse_if_damaged()?;
        self.shared.pending.settle()?;
        let Snapshot { agent, sequence, .. } = snapshot;
        let known = self.shared.catalogue().number(agent);
        let last = match known {
            Some(number) => index::last(&self.connection, &self.shared.catalogue(), number)?,
            None => Sequence::START,
        };
        match known {
            Some(number) if *sequence <= last => {
                let transaction = self.connection.unchecked_transaction()?;
                snapshots::write(&transaction, number, snapshot)?;
                self.commit_change(transaction).map(Ok)
            }
            _ => Ok(Err(SaveError::Ahead { agent: agent.clone(), sequence: *sequence, last })),
        }
    }

    fn compact(&mut self, compaction: &Compaction) -> Result<Compacted, CompactError> {
        self.dropped(compaction).map_err(|fault| self.told(fault))?
    }

    fn dropped(&mut self, compaction: &Compaction) -> Result<Result<Compacted, CompactError>, Fault> {
        self.refuse_if_damaged()?;
        self.write_index()?;
        let Compaction { agent, up_to, .. } = compaction;
        let number = self.shared.catalogue().number(agent);
        let needed = match number {
            Some(number) => {
                let last = index::last(&self.connection, &self.shared.catalogue(), number)?;
                let oldest = snapshots::oldest(&self.connection, number, agent, *up_to)?;
                oldest.filter(|snapshot| snapshot.sequence <= last)
            }
            None => None,
        };
        let (Some(number), Some(needed)) = (number, needed) else {
            return Ok(Err(CompactError::NoSnapshot { agent: agent.clone(), up_to: *up_to }));
        };
        let before = {
            let catalogue = self.shared.catalogue();
            (catalogue.compacted(number), catalogue.dropped)
        };
        let range = (before.0, *up_to);
        let positions = index::positions(&self.connection, number, None, range, usize::MAX)?;
        let dropped = positions.iter().copied().max().unwrap_or_default();
        // Readers hear of it first: what they do not find then is known to be dropped, not lost.
        let since = ((*up_to).max(before.0), before.1.and(dropped, needed.is_of_life()));
        self.shared.catalogue_to_change().set_dropped(number, since);
        let compacted = self.drop_events(number, compaction, &positions, needed.sequence);
        if compacted.is_err() {
            self.shared.catalogue_to_change().set_dropped(number, before);
        }
        compacted.map(Ok)
    }

    fn drop_events(
        &mut self,
        number: Number,
        compaction: &Compaction,
        positions: &[Position],
        needed: Sequence,
    ) -> Result<Compacted, Fault> {
        let transaction = self.connection.unchecked_transaction()?;
        let compacted = compacting::carry_out(&transaction, positions, number, compaction, needed)?;
        let catalogue = self.shared.catalogue();
        agents::write(&transaction, number, &compaction.agent, catalogue.compacted(number))?;
        catalogue.dropped.write(&transaction, catalogue.indexed)?;
        drop(catalogue);
        self.commit_change(transaction)?;
        Ok(compacted)
    }

    /// Commits a change of the tables that is no event.
    fn commit_change(&self, transaction: Transaction<'_>) -> Result<(), Fault> {
        let changes = self.shared.catalogue().changes.another(&transaction)?;
        transaction.commit()?;
        self.shared.catalogue_to_change().changes = changes;
        Ok(())
    }

    /// Writes the index, of what is in the tables: of everything, therefore.
    fn write_index(&mut self) -> Result<(), Fault> {
        self.shared.pending.settle()?;
        let transaction = self.connection.unchecked_transaction()?;
        index::flush(&transaction, &self.shared.catalogue())?;
        transaction.commit()?;
        self.shared.catalogue_to_change().all_indexed();
        Ok(())
    }

    /// The fault with its file.
    fn told(&self, fault: Fault) -> Fault {
        self.shared.told(fault, &self.connection)
    }

    /// Where the file may be so large only: whether it is, with what is pending.
    fn refuse_if_full(&self) -> Result<(), Fault> {
        let Some(most) = self.most_pages else { return Ok(()) };
        let count = |pragma: &str| -> rusqlite::Result<u64> {
            self.connection.prepare_cached(pragma)?.query_row([], |row| row.get::<_, i64>(0)).map(unsigned)
        };
        let used = count("PRAGMA page_count")?.saturating_sub(count("PRAGMA freelist_count")?);
        let pending = self.shared.pending.bytes().div_ceil(PAGE) as u64;
        if used + pending < u64::from(most) {
            return Ok(());
        }
        let full =
            format!("it may have {most} pages of {PAGE} bytes, and has {used}, and {pending} are pending");
        Err(Fault::Full(Arc::new(io::Error::new(io::ErrorKind::StorageFull, full))))
    }

    fn refuse_if_damaged(&self) -> Result<(), Fault> {
        match &self.shared.catalogue().damage {
            Some(damage) => Err(Fault::Damaged(damage.clone())),
            None => Ok(()),
        }
    }
}
