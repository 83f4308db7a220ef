//! A small world for tests of logs: numbered accounts, and events that say which they are.

use std::sync::Arc;

use uuid::Uuid;

use crate::events::{
    Answered, Append, AppendError, Appended, EventLog, EventType, Json, NewEvent, Page, Position, Query,
    RecordedAnswer, Replica, RequestKey, Sequence, Snapshot, StateEvent, Timestamp, VectorClock,
};
use crate::identity::{AgentKey, AgentName, DomainName, InstanceId};

/// The key of account number `number`.
///
/// # Panics
/// Never.
#[must_use]
pub fn account(number: u32) -> AgentKey {
    AgentKey {
        domain: DomainName::new("bank").expect("it is a name"),
        name: AgentName::new("account").expect("it is a name"),
        instance: InstanceId::new(Uuid::from_u128(u128::from(number) + 1)),
    }
}

/// Event number `number`: of the type `Even` or `Odd`, written at second `number`, with everything an event can have.
///
/// # Panics
/// Never.
#[must_use]
pub fn event(number: u64) -> NewEvent {
    let name = if number.is_multiple_of(2) { "Even" } else { "Odd" };
    let event_type = EventType::first(name).expect("it is a name");
    let data = Json::of(&number).expect("a number is JSON");
    let mut event = NewEvent::new(Timestamp::from_micros(number * 1_000_000), event_type, data);
    event.causality = VectorClock::new().advanced(&Replica::new("here"));
    event.metadata.trace = Some(format!("00-{number:032x}-0000000000000001-01"));
    event.metadata.by = Some("a test".to_owned());
    event.metadata.replica = Some(Replica::new("here"));
    event
}

/// A log, with what tests do with it again and again.
#[derive(Clone, Debug)]
pub struct Ledger(pub Arc<dyn EventLog>);

impl Ledger {
    /// Appends the events of these numbers to an account after all that it has.
    ///
    /// # Panics
    /// When they are not taken.
    ///
    /// # Cancel safety
    /// Dropping the future gives up waiting.
    pub async fn write(&self, number: u32, events: impl IntoIterator<Item = u64>) -> Appended {
        let last = self.last(number).await;
        self.append(number, last, events.into_iter().map(event)).await.expect("nobody else writes")
    }

    /// Appends events to an account after event `expected`.
    ///
    /// # Errors
    /// As the log.
    ///
    /// # Cancel safety
    /// Dropping the future gives up waiting.
    pub async fn append(
        &self,
        number: u32,
        expected: u64,
        events: impl IntoIterator<Item = NewEvent>,
    ) -> Result<Appended, AppendError> {
        self.0.append(Append::new(account(number), Sequence::new(expected), events)).await
    }

    /// The sequence of the last event of an account.
    ///
    /// # Panics
    /// When the log does not answer.
    ///
    /// # Cancel safety
    /// Reading changes nothing.
    pub async fn last(&self, number: u32) -> u64 {
        self.0.last(&account(number)).await.expect("the log answers").number()
    }

    /// All events that a query finds, page after page.
    ///
    /// # Panics
    /// When they cannot be read.
    ///
    /// # Cancel safety
    /// Reading changes nothing.
    pub async fn read(&self, query: Query) -> Vec<StateEvent> {
        let (mut events, mut next) = (Vec::new(), query);
        loop {
            let page: Page = self.0.read(next).await.expect("the log can be read");
            events.extend(page.events);
            if page.at_end {
                return events;
            }
            next = page.next;
        }
    }

    /// The numbers of all events in the log, in order.
    ///
    /// # Panics
    /// When they cannot be read.
    ///
    /// # Cancel safety
    /// Reading changes nothing.
    pub async fn numbers(&self) -> Vec<u64> {
        numbers(&self.read(Query::all(Position::START)).await)
    }

    /// Keeps a snapshot of an account after one of its events.
    ///
    /// # Panics
    /// When it is not kept.
    ///
    /// # Cancel safety
    /// Dropping the future gives up waiting.
    pub async fn save(&self, number: u32, sequence: u64) {
        self.0.save(snapshot(number, sequence)).await.expect("the snapshot is kept");
    }
}

/// The numbers of events, in order.
pub(super) fn numbers(events: &[StateEvent]) -> Vec<u64> {
    events.iter().map(|event| event.data.read().expect("it is a number")).collect()
}

/// A snapshot of an account after one of its events.
pub(super) fn snapshot(number: u32, sequence: u64) -> Snapshot {
    Snapshot {
        agent: account(number),
        sequence: Sequence::new(sequence),
        timestamp: Timestamp::from_micros(sequence),
        version: std::num::NonZeroU32::MIN,
        causality: VectorClock::new().advanced(&Replica::new("here")),
        state: Json::of(&format!("{number} after {sequence}")).expect("text is JSON"),
    }
}

/// Event number `number`, which answers a request with this key.
pub(super) fn answering(number: u64, action: &str, key: &str) -> NewEvent {
    let mut event = event(number);
    let key = RequestKey::new(action, key).expect("it is a key");
    let answer = RecordedAnswer::Reply(Json::of(&number).expect("a number is JSON"));
    event.metadata.answered = Some(Answered { key, answer });
    event
}
