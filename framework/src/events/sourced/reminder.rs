//! Reminders: what an event-sourced agent is to hear at a time to come. Events set, cancel and end them, and this is what
//! those say, and what is due; nothing is done here.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::events::{EventType, EventTypeError, Json, Sequence, StateEvent, Timestamp};

/// What kind of event sets, cancels or ends a reminder.
const NAME: &str = "mistersmith.reminder";

/// Something that the agent is to be reminded of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reminder {
    /// Its name among those of its agent; a new one of the same name replaces it.
    pub name: String,
    /// When it is due, by the clock of the system that the agent runs in then.
    pub due: Timestamp,
    /// What is done when nobody could be reminded in time.
    pub when_late: WhenLate,
    /// What it is about.
    pub payload: Json,
}

/// What is done with a reminder when its agent was not there in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WhenLate {
    /// It fires as soon as the agent is there.
    Fire,
    /// It is passed over when it would be later than this.
    SkipAfter(Duration),
}

/// What is done about a reminder that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Ending {
    Fired,
    Skipped,
    Cancelled,
}

/// What an event says of a reminder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ReminderChange {
    Set(Reminder),
    Ended { name: String, how: Ending },
}

/// The reminders of an agent that are to come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reminders {
    by_name: BTreeMap<String, (Reminder, Sequence)>,
    by_due: BTreeSet<(Timestamp, String)>,
}

/// A reminder that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) reminder: Reminder,
    /// The event that set it.
    pub(super) set_by: Sequence,
    /// Whether it fires or is passed over.
    pub(super) how: Ending,
}

impl Reminder {
    /// At this time; about nothing.
    #[must_use]
    pub fn at(name: impl Into<String>, due: Timestamp, when_late: WhenLate) -> Self {
        Self { name: name.into(), due, when_late, payload: Json::null() }
    }

    /// So long from now.
    #[must_use]
    pub fn after(name: impl Into<String>, pause: Duration, clock: &Clock, when_late: WhenLate) -> Self {
        Self::at(name, Timestamp::from(clock.wall()).after(pause), when_late)
    }

    /// About this.
    #[must_use]
    pub fn payload(self, payload: Json) -> Self {
        Self { payload, ..self }
    }

    /// What is done about it at `now`, when it is due.
    fn ending(&self, now: Timestamp) -> Ending {
        match self.when_late {
            WhenLate::SkipAfter(pause) if now > self.due.after(pause) => Ending::Skipped,
            WhenLate::SkipAfter(_) | WhenLate::Fire => Ending::Fired,
        }
    }
}

impl Reminders {
    /// Those that are to come, by their names.
    pub fn iter(&self) -> impl Iterator<Item = &Reminder> {
        self.by_name.values().map(|(reminder, _)| reminder)
    }

    /// When the next one is due.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        self.by_due.first().map(|(due, _)| *due)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// Those that are due at `now`, the earliest first, at most so many.
    pub(super) fn due(&self, now: Timestamp, most: usize) -> Vec<Due> {
        let due = self.by_due.iter().take_while(|(due, _)| *due <= now).take(most);
        let due = due.filter_map(|(_, name)| self.by_name.get(name));
        due.map(|(reminder, set_by)| Due {
            reminder: reminder.clone(),
            set_by: *set_by,
            how: reminder.ending(now),
        })
        .collect()
    }

    /// Takes up what event number `sequence` says.
    pub(super) fn note(&mut self, change: ReminderChange, sequence: Sequence) {
        let name = match &change {
            ReminderChange::Set(Reminder { name, .. }) | ReminderChange::Ended { name, .. } => name,
        };
        if let Some((before, _)) = self.by_name.remove(name) {
            self.by_due.remove(&(before.due, before.name));
        }
        if let ReminderChange::Set(reminder) = change {
            self.by_due.insert((reminder.due, reminder.name.clone()));
            self.by_name.insert(reminder.name.clone(), (reminder, sequence));
        }
    }

    /// Takes up what an event says, if it is about a reminder.
    ///
    /// # Errors
    /// When it is, and cannot be read.
    pub(super) fn note_event(&mut self, event: &StateEvent) -> Result<(), serde_json::Error> {
        if event.event_type.name.as_str() == NAME {
            self.note(event.data.read()?, event.sequence);
        }
        Ok(())
    }
}

/// The type of the events of reminders.
pub(super) fn event_type() -> Result<EventType, EventTypeError> {
    EventType::first(NAME)
}

/// A snapshot of an agent that has reminders; one of an agent without any is its state alone.
#[derive(Serialize, Deserialize)]
struct WithReminders<T> {
    #[serde(rename = "mistersmith.reminders")]
    reminders: Vec<(Reminder, Sequence)>,
    state: T,
}

/// How a text begins that is such a snapshot.
const MARK: &str = r#"{"mistersmith.reminders":"#;

/// A state and its reminders as they stand in a snapshot.
///
/// # Errors
/// When JSON has no form for the state.
pub(super) fn write_snapshot<T: Serialize>(
    state: T,
    reminders: &Reminders,
) -> Result<Json, serde_json::Error> {
    if reminders.is_empty() {
        return Json::of(&state);
    }
    Json::of(&WithReminders { reminders: reminders.by_name.values().cloned().collect(), state })
}

/// What a snapshot holds.
///
/// # Errors
/// When it holds something else.
pub(super) fn read_snapshot<T: DeserializeOwned>(
    snapshot: &Json,
) -> Result<(T, Reminders), serde_json::Error> {
    if !snapshot.as_str().starts_with(MARK) {
        return Ok((snapshot.read()?, Reminders::default()));
    }
    let WithReminders { reminders: written, state } = snapshot.read()?;
    let mut reminders = Reminders::default();
    for (reminder, sequence) in written {
        reminders.note(ReminderChange::Set(reminder), sequence);
    }
    Ok((state, reminders))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reminder(name: &str, due: u64, when_late: WhenLate) -> Reminder {
        Reminder::at(name, Timestamp::from_micros(due), when_late)
    }

    fn set(reminders: &mut Reminders, reminder: Reminder) {
        reminders.note(ReminderChange::Set(reminder), Sequence::new(1));
    }

    fn due(reminders: &Reminders, now: u64) -> Vec<(String, Ending)> {
        let due = reminders.due(Timestamp::from_micros(now), 10);
        due.into_iter().map(|due| (due.reminder.name, due.how)).collect()
    }

    #[test]
    fn the_earliest_comes_first_and_one_that_is_too_late_is_passed_over_where_that_is_wanted() {
        let mut reminders = Reminders::default();
        let soon = WhenLate::SkipAfter(Duration::from_micros(5));
        for (name, at, when_late) in [("b", 20, soon), ("a", 30, WhenLate::Fire), ("c", 10, soon)] {
            set(&mut reminders, reminder(name, at, when_late));
        }
        let named = |due: Vec<(&str, Ending)>| -> Vec<_> {
            due.into_iter().map(|(name, how)| (name.to_owned(), how)).collect()
        };
        assert_eq!(due(&reminders, 9), []);
        assert_eq!(due(&reminders, 15), named(vec![("c", Ending::Fired)]), "no later than it may be");
        let all = vec![("c", Ending::Skipped), ("b", Ending::Skipped), ("a", Ending::Fired)];
        assert_eq!(due(&reminders, 99), named(all));
    }

    #[test]
    fn one_of_the_same_name_replaces_the_other_and_one_that_ended_is_gone() {
        let mut reminders = Reminders::default();
        set(&mut reminders, reminder("a", 10, WhenLate::Fire));
        set(&mut reminders, reminder("a", 20, WhenLate::Fire));
        assert_eq!((reminders.next_due(), reminders.iter().count()), (Some(Timestamp::from_micros(20)), 1));
        let ended = ReminderChange::Ended { name: "a".to_owned(), how: Ending::Cancelled };
        reminders.note(ended, Sequence::new(3));
        assert_eq!(reminders, Reminders::default());
    }

    #[test]
    fn a_snapshot_holds_reminders_and_without_any_it_is_the_state_alone() {
        let mut reminders = Reminders::default();
        assert_eq!(write_snapshot(7, &reminders).unwrap().as_str(), "7");
        set(&mut reminders, reminder("a", 10, WhenLate::SkipAfter(Duration::from_secs(1))));
        let written = write_snapshot(7, &reminders).unwrap();
        assert_eq!(read_snapshot::<u8>(&written).unwrap(), (7, reminders));
    }
}
