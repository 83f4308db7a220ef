//! The parts of the mailbox together, one forced interleaving after the other.

use std::pin::{Pin, pin};
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;
use std::task::{Context, Waker};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::*;
use crate::clock::Deadline;
use crate::message::ReplyTo;
use crate::replies;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct Note {
    pub(super) number: u32,
}
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) enum Request {
    Note(Note),
}
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) enum Response {
    Noted,
}
/// A contract of one request.
pub(super) struct Notes;
replies! { Notes: Note => Noted }

/// Counts how often the agent is woken.
type Bell = Arc<AtomicUsize>;
type Mailbox = super::Mailbox<Notes, Bell>;

const FIRST: Incarnation = Incarnation::new(1);
const SECOND: Incarnation = Incarnation::new(2);

fn mailbox(capacity: usize, when_full: WhenFull) -> Mailbox {
    let limits = MailboxLimits { capacity, when_full };
    let mailbox = Mailbox::new(limits, Arc::default(), Ledger::default(), Clock::seeded(1));
    assert!(mailbox.reopen());
    mailbox
}

fn open(capacity: usize, when_full: WhenFull) -> Mailbox {
    let mailbox = mailbox(capacity, when_full);
    assert_eq!(mailbox.open(FIRST, Bell::default()), Phase::Open);
    mailbox
}

fn send(mailbox: &Mailbox, number: u32) -> Result<(), Why> {
    let request = Request::Note(Note { number });
    let envelope = Envelope {
        deadline: Deadline::NONE,
        sender: None,
        reply: ReplyTo::Nobody,
        extra: None,
        retries: 0,
        request,
    };
    mailbox.accept(envelope).map_err(|undelivered| undelivered.why)
}

fn next(mailbox: &Mailbox, incarnation: Incarnation) -> Option<u32> {
    mailbox.next(incarnation).map(|envelope| match envelope.request {
        Request::Note(Note { number }) => number,
    })
}

fn is_ready<T>(future: Pin<&mut (impl Future<Output = T> + ?Sized)>) -> bool {
    future.poll(&mut Context::from_waker(Waker::noop())).is_ready()
}

#[tokio::test]
async fn an_agent_that_was_never_started_takes_nothing() {
    let limits = MailboxLimits::default();
    let mailbox = Mailbox::new(limits, Arc::default(), Ledger::default(), Clock::seeded(1));
    assert_eq!(send(&mailbox, 1), Err(Why::Gone));
}

#[tokio::test]
async fn an_incarnation_that_was_replaced_takes_nothing_and_its_leaving_disturbs_nobody() {
    let mailbox = open(9, WhenFull::Refuse);
    send(&mailbox, 1).unwrap();
    // It was stuck in a handler, was killed, did not yield, and was replaced; now it comes back to life.
    let bell = Bell::default();
    mailbox.open(SECOND, Arc::clone(&bell));
    assert_eq!(next(&mailbox, FIRST), None);
    assert!(mailbox.rest(FIRST));
    mailbox.leave(FIRST);
    assert_eq!(mailbox.phase(), Phase::Open);
    assert_eq!(next(&mailbox, SECOND), Some(1));
    assert!(mailbox.rest(SECOND));
    assert_eq!(bell.load(SeqCst), 0);
    send(&mailbox, 2).unwrap();
    assert_eq!(bell.load(SeqCst), 1, "the new incarnation is woken");
}

#[tokio::test]
async fn a_message_between_two_incarnations_is_handled_by_the_second() {
    let mailbox = open(9, WhenFull::Refuse);
    mailbox.leave(FIRST);
    send(&mailbox, 1).unwrap();
    assert_eq!(next(&mailbox, FIRST), None);
    mailbox.open(SECOND, Bell::default());
    assert_eq!(next(&mailbox, SECOND), Some(1));
}

/// Whoever was let in before the mailbox was closed finds its message sent back, whoever came later is refused.
#[test]
fn no_interleaving_of_senders_and_a_close_leaves_a_message_behind() {
    for _ in 0..500 {
        let mailbox = open(99, WhenFull::Refuse);
        let start = std::sync::Barrier::new(3);
        std::thread::scope(|threads| {
            for _ in 0..2 {
                threads.spawn(|| {
                    start.wait();
                    (0..9).for_each(|number| drop(send(&mailbox, number)));
                });
            }
            start.wait();
            mailbox.close();
        });
        assert_eq!((mailbox.queued(), mailbox.dead_letters()), (0, 18));
    }
}

#[tokio::test]
async fn a_drain_that_ends_with_the_agent_was_none() {
    let mailbox = open(9, WhenFull::Refuse);
    send(&mailbox, 1).unwrap();
    assert!(mailbox.drain());
    let mut drained = pin!(mailbox.drained());
    assert!(!is_ready(drained.as_mut()));
    mailbox.leave(FIRST);
    assert!(!is_ready(drained.as_mut()), "it is being started again");
    mailbox.close();
    assert!(!drained.await);
    assert_eq!(mailbox.dead_letters(), 1);
}

#[tokio::test]
async fn senders_that_wait_for_room_are_turned_away_when_nothing_is_taken_any_more() {
    for turn_away in [
        |mailbox: &Mailbox| assert!(mailbox.suspend("lunch")),
        |mailbox: &Mailbox| assert!(mailbox.drain()),
        |mailbox: &Mailbox| mailbox.close(),
    ] {
        let mailbox = open(1, WhenFull::Wait);
        send(&mailbox, 1).unwrap();
        assert_eq!(send(&mailbox, 2), Err(Why::Overloaded { wait: true }));
        let (mut first, mut second) = (mailbox.room(), mailbox.room());
        assert!(!is_ready(first.as_mut()) && !is_ready(second.as_mut()));
        turn_away(&mailbox);
        assert!(is_ready(first.as_mut()) && is_ready(second.as_mut()));
    }
}

#[tokio::test]
async fn more_room_is_seen_by_who_waits_for_it() {
    let mailbox = open(1, WhenFull::Wait);
    send(&mailbox, 1).unwrap();
    let mut room = mailbox.room();
    assert!(!is_ready(room.as_mut()));
    mailbox.set_limits(MailboxLimits { capacity: 2, when_full: WhenFull::Wait });
    assert!(is_ready(room.as_mut()));
    assert_eq!(send(&mailbox, 2), Ok(()));
}

#[tokio::test]
async fn a_second_suspension_does_not_change_what_the_first_said() {
    let mailbox = open(9, WhenFull::Refuse);
    assert!(mailbox.suspend("lunch"));
    assert!(!mailbox.suspend("theft"));
    assert_eq!(send(&mailbox, 1), Err(Why::Suspended { reason: "lunch".to_owned() }));
}

#[tokio::test]
async fn a_suspended_reader_dozes_although_something_waits() {
    let mailbox = open(9, WhenFull::Refuse);
    send(&mailbox, 1).unwrap();
    assert!(mailbox.suspend("lunch"));
    assert_eq!(next(&mailbox, FIRST), None);
    assert!(mailbox.rest(FIRST), "or it would turn round and round");
    assert!(mailbox.resume());
    assert_eq!(next(&mailbox, FIRST), Some(1));
}

#[tokio::test]
async fn shedding_keeps_the_newest_and_the_count() {
    let mailbox = open(2, WhenFull::ShedOldest);
    (1..=5).for_each(|number| send(&mailbox, number).unwrap());
    assert_eq!((mailbox.queued(), mailbox.dead_letters()), (2, 3));
    assert_eq!(std::iter::from_fn(|| next(&mailbox, FIRST)).collect::<Vec<_>>(), [4, 5]);
}

#[tokio::test]
async fn what_the_rate_refuses_takes_no_place() {
    let mailbox = open(9, WhenFull::Refuse);
    mailbox.ledger.set_limits(super::super::Limits { messages_per_second: 10, ..Default::default() });
    let sent = (0..9).filter(|&number| send(&mailbox, number).is_ok()).count();
    assert_eq!(sent, 2); // the one that was due, and a tenth of a second's worth
    assert_eq!(mailbox.queued(), sent);
}

#[tokio::test]
async fn a_mailbox_of_no_capacity_takes_nothing_and_one_that_sheds_holds_the_newest() {
    assert_eq!(send(&open(0, WhenFull::Refuse), 1), Err(Why::Overloaded { wait: false }));
    assert_eq!(send(&open(0, WhenFull::Wait), 1), Err(Why::Overloaded { wait: true }));
    let mailbox = open(0, WhenFull::ShedOldest);
    (1..=3).for_each(|number| send(&mailbox, number).unwrap());
    assert_eq!((next(&mailbox, FIRST), next(&mailbox, FIRST)), (Some(3), None));
}
