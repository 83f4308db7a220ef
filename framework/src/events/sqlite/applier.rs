//! The thread that takes over into the tables what is in the redo log: many rounds at a time, in one transaction.

use std::sync::Arc;
use std::thread::JoinHandle;

use rusqlite::Connection;

use super::fault::Fault;
use super::redo::Frame;
use super::{Shared, agents, record};
use crate::events::Sequence;

/// The thread; dropping it applies what is pending, if that can be done, and waits for its end.
pub(super) struct Applier {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Applier {
    /// Begins to apply what is pending, with a connection that writes.
    pub(super) fn start(shared: Arc<Shared>, mut connection: Connection) -> std::io::Result<Self> {
        let theirs = Arc::clone(&shared);
        let work = move || {
            let _ending = Ending(&theirs);
            while let Some(frames) = theirs.pending.take() {
                let applied = apply(&mut connection, frames.iter().map(|frame| &**frame));
                if let Err(fault) = &applied {
                    tracing::warn!(
                        ?fault,
                        "what was appended to a log is in its redo log, and cannot be applied"
                    );
                }
                theirs.pending.done(applied.map(|()| frames.len()));
            }
        };
        let thread = super::spawn("event-log-applier", work)?;
        Ok(Self { shared, thread: Some(thread) })
    }
}

impl Drop for Applier {
    fn drop(&mut self) {
        self.shared.pending.close();
        super::join(self.thread.take());
    }
}

/// However the thread ends, nobody waits for it after that.
struct Ending<'a>(&'a Shared);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.pending.end();
    }
}

/// Writes rounds into the tables, all or none.
pub(super) fn apply<'a>(
    connection: &mut Connection,
    frames: impl Iterator<Item = &'a Frame>,
) -> Result<(), Fault> {
    let transaction = connection.transaction()?;
    {
        let mut insertion = record::insertion(&transaction)?;
        for frame in frames {
            let addition = frame.addition()?;
            for (number, agent) in &addition.agents {
                agents::write(&transaction, *number, agent, Sequence::START)?;
            }
            for event in &addition.events {
                event.insert(&mut insertion)?;
            }
        }
    }
    transaction.commit()?;
    Ok(())
}
