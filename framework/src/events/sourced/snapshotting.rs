//! Snapshots on the way: when one is due, the agent gives its state away and goes on; the log keeps it beside it.

use std::sync::Arc;

use super::{EventSourced, Sourced};
use crate::agent::{Context, HandleInfo};
use crate::events::{Snapshot, Timestamp};

/// Private: it is time for a snapshot.
pub(super) struct TakeSnapshot;

impl<S: EventSourced> HandleInfo<TakeSnapshot> for Sourced<S> {
    async fn handle_info(&mut self, _: TakeSnapshot, context: &mut Context<Self>) -> anyhow::Result<()> {
        let Some(live) = &mut self.live else { return Ok(()) };
        live.snapshot = live.sequence;
        let state = match live.held.snapshot(&live.reminders) {
            Ok(state) => state,
            Err(error) => {
                tracing::warn!(agent = %context.id(), %error, "a snapshot cannot be written as JSON");
                return Ok(());
            }
        };
        let snapshot = Snapshot {
            agent: context.id().key(),
            sequence: live.sequence,
            timestamp: Timestamp::from(context.clock().wall()),
            version: S::SNAPSHOT_VERSION,
            causality: live.causality.clone(),
            state,
        };
        let log = Arc::clone(&self.log);
        let agent = context.id().clone();
        // Beside the agent: nobody waits for it, and without it there are only more events to read.
        let saving = context.spawn(async move {
            if let Err(error) = log.save(snapshot).await {
                tracing::warn!(%agent, %error, "a snapshot was not kept");
            }
        });
        if let Err(error) = saving {
            tracing::warn!(agent = %context.id(), %error, "a snapshot was not taken");
        }
        Ok(())
    }
}
