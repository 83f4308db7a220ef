//! How an agent comes to hear of its reminders: one timer for the next that is due, whatever their number.

use std::time::Duration;

use super::live::{Circumstances, Live};
use super::reminder::{Due, Ending, ReminderChange};
use super::serving::{Reason, TRY_AGAIN};
use super::{Deciding, EventSourced, Reminders, Sourced};
use crate::agent::{Context, HandleInfo, Timer};
use crate::events::{Append, AppendError, EventPlace, Metadata, NewEvent, Timestamp};

/// At most so many reminders are ended in one append, and so many events or a few more written.
const BATCH: usize = 64;

/// After which time an agent looks at the clock again, which somebody may have set.
const LONGEST: Duration = Duration::from_secs(3600);

/// What an agent without reminders has of all this.
#[derive(Default)]
pub(super) struct Alarm {
    /// The timer that is set, and when the reminder is due that it is set for.
    timer: Option<(Timestamp, Timer)>,
    pub(super) is_suspended: bool,
}

/// Private: a reminder may be due.
struct Ring;

/// What became of the reminders that were due.
enum Rung<S: EventSourced> {
    /// Their ends are in the log.
    Persisted(Live<S>),
    /// Another writer was faster.
    Outdated,
    /// They are not in the log.
    NotPersisted(AppendError),
}

impl<S: EventSourced> Sourced<S> {
    /// Sets the timer for the next reminder, if it is not set for that.
    pub(super) fn arm(&mut self, reminders: &Reminders, context: &mut Context<Self>) {
        let next = reminders.next_due();
        if next == self.alarm.timer.as_ref().map(|(due, _)| *due) {
            return;
        }
        if let Some((_, timer)) = self.alarm.timer.take() {
            timer.cancel();
        }
        let Some(due) = next else { return };
        let now = Timestamp::from(context.clock().wall());
        let left = Duration::from_micros(due.as_micros().saturating_sub(now.as_micros()));
        self.alarm.timer = Some((due, context.send_after(left.min(LONGEST), Ring)));
    }

    /// Ends the reminders that are due, each with what follows from it.
    async fn ring(
        &self,
        mut live: Live<S>,
        due: Vec<Due>,
        context: &mut Context<Self>,
    ) -> anyhow::Result<Rung<S>> {
        let (log, agent) = (&*self.log, context.id().key());
        let mut new: Vec<NewEvent> = Vec::new();
        for Due { reminder, set_by, how } in due {
            let cause = Some(EventPlace { agent: agent.clone(), sequence: set_by });
            let with = Circumstances {
                log,
                upcasts: &self.upcasts,
                agent: agent.clone(),
                timestamp: Timestamp::from(context.clock().wall()),
                replica: None,
                metadata: Metadata { cause, ..Metadata::default() },
                key: None,
            };
            let ended = ReminderChange::Ended { name: reminder.name.clone(), how };
            live.take(&[], vec![ended], &with, &mut new)?;
            if how == Ending::Fired {
                let mut deciding = Deciding::new(context, log, live.sequence, live.held.siblings());
                let follows = live.held.state().remind(&reminder, &mut deciding).await?;
                live.take(&follows.events, follows.reminders, &with, &mut new)?;
            }
            if new.len() >= 2 * BATCH {
                break;
            }
        }
        match log.append(Append::new(agent, live.sequence, new)).await {
            Ok(appended) => {
                live.sequence = appended.sequence;
                Ok(Rung::Persisted(live))
            }
            Err(AppendError::Conflict { .. }) => Ok(Rung::Outdated),
            Err(fault @ (AppendError::Unknown | AppendError::TooLarge(_))) => Err(fault.into()),
            Err(error) => Ok(Rung::NotPersisted(error)),
        }
    }

    /// It cannot be done now; it is tried again as long as the agent is there.
    fn ring_later(&self, context: &mut Context<Self>) {
        context.send_after(TRY_AGAIN, Ring);
    }
}

impl<S: EventSourced> HandleInfo<Ring> for Sourced<S> {
    async fn handle_info(&mut self, _: Ring, context: &mut Context<Self>) -> anyhow::Result<()> {
        if self.alarm.is_suspended {
            self.ring_later(context);
            return Ok(());
        }
        self.alarm.timer = None;
        let live = match self.recovered(context).await {
            Ok(live) => live,
            Err(reason) => {
                self.park(reason, context);
                self.ring_later(context);
                return Ok(());
            }
        };
        let due = live.reminders.due(Timestamp::from(context.clock().wall()), BATCH);
        if due.is_empty() {
            self.note(live, context);
            return Ok(());
        }
        match self.ring(live, due, context).await? {
            // What else is due has its turn after the messages that wait: the timer for it is set to now.
            Rung::Persisted(live) => self.note(live, context),
            Rung::Outdated => context.send_self(Ring),
            Rung::NotPersisted(error) => {
                self.park(Reason::of_append(&error), context);
                self.ring_later(context);
            }
        }
        Ok(())
    }
}
