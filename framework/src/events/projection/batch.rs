//! Which events of a page are applied in one step: those before the one that is known to fail. Nothing is done here.

use std::collections::BTreeMap;

use crate::events::{Position, Replacement, StateEvent};

/// What is done about events that could not be applied: another one instead, or nothing.
pub(super) type Fixes = BTreeMap<Position, Option<Replacement>>;

/// Events that are applied in one step.
#[derive(Debug, PartialEq)]
pub(super) struct Batch {
    pub(super) events: Vec<StateEvent>,
    /// Up to where the model goes then.
    pub(super) to: Position,
    /// The event that is known to fail, where it is the next one.
    pub(super) next_fails: Option<StateEvent>,
}

impl Batch {
    /// Of a page that ends at `to`: what is before `fails`, as it was fixed.
    pub(super) fn of(page: Vec<StateEvent>, to: Position, fails: Option<Position>, fixes: &Fixes) -> Self {
        let mut batch = Self { events: Vec::with_capacity(page.len()), to, next_fails: None };
        for event in page {
            if Some(event.position) == fails {
                batch.to = Position::new(event.position.number() - 1);
                batch.next_fails = Some(event).filter(|_| batch.events.is_empty());
                return batch;
            }
            match fixes.get(&event.position) {
                None => batch.events.push(event),
                Some(None) => {}
                Some(Some(Replacement { event_type, data })) => {
                    let (event_type, data) = (event_type.clone(), data.clone());
                    batch.events.push(StateEvent { event_type, data, ..event });
                }
            }
        }
        batch
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::{EventType, Json, NewEvent, Sequence, Timestamp};
    use crate::identity::AgentId;

    fn event(position: u64) -> StateEvent {
        let id = "bank/account@1.0.0#6f1cb7a4-96a5-4b1d-a2dd-ffa67ed52b44".parse::<AgentId>().unwrap();
        let (event_type, data) = (EventType::first("Opened").unwrap(), Json::of(&position).unwrap());
        NewEvent::new(Timestamp::from_micros(1), event_type, data).at(
            id.key(),
            Sequence::new(position),
            Position::new(position),
        )
    }

    fn data(batch: &Batch) -> Vec<u64> {
        batch.events.iter().map(|event| event.data.read().unwrap()).collect()
    }

    fn batch(fails: Option<u64>, fixes: &Fixes) -> Batch {
        Batch::of([1, 2, 4].map(event).into(), Position::new(5), fails.map(Position::new), fixes)
    }

    #[test]
    fn a_batch_is_the_page_up_to_the_event_that_fails() {
        let none = Fixes::new();
        let whole = batch(None, &none);
        assert_eq!((data(&whole), whole.to.number(), whole.next_fails), (vec![1, 2, 4], 5, None));
        let before = batch(Some(4), &none);
        assert_eq!((data(&before), before.to.number(), before.next_fails), (vec![1, 2], 3, None));
        let nothing = batch(Some(1), &none);
        assert_eq!((data(&nothing), nothing.to.number(), nothing.next_fails), (vec![], 0, Some(event(1))));
    }

    #[test]
    fn what_was_fixed_is_passed_over_or_replaced() {
        let instead =
            Replacement { event_type: EventType::first("Opened").unwrap(), data: Json::of(&9).unwrap() };
        let fixes = [(Position::new(1), None), (Position::new(2), Some(instead))].into();
        assert_eq!(data(&batch(None, &fixes)), [9, 4]);
        let fails = batch(Some(2), &[(Position::new(1), None)].into());
        assert_eq!(
            (data(&fails), fails.next_fails),
            (vec![], Some(event(2))),
            "nothing is to be done before it"
        );
    }
}
