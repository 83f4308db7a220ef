//! Entries in the books of a few accounts: what the tests of queries play with.

use mistersmith::events::*;
use mistersmith::identity::AgentKey;

/// Agent number `number`, one of less than ten.
pub(super) fn agent(number: usize) -> AgentKey {
    let id = format!("bank/account-{number}@1.0.0#6f1cb7a4-96a5-4b1d-a2dd-ffa67ed52b4{number}");
    id.parse::<mistersmith::identity::AgentId>().unwrap().key()
}

pub(super) fn place(number: usize, sequence: u64) -> EventPlace {
    EventPlace { agent: agent(number), sequence: Sequence::new(sequence) }
}

pub(super) fn event(event_type: &str, data: &str) -> NewEvent {
    NewEvent::new(Timestamp::from_micros(7), event_type.parse().unwrap(), Json::parse(data).unwrap())
}

pub(super) fn paid_in(cents: u64) -> NewEvent {
    event("PaidIn@2", &format!(r#"{{"cents":{cents}}}"#))
}

pub(super) async fn append(log: &dyn EventLog, number: usize, event: NewEvent) {
    let last = log.last(&agent(number)).await.unwrap();
    log.append(Append::new(agent(number), last, [event])).await.unwrap();
}
