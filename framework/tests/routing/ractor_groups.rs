//! Plain ractor code finds the agents of a domain in a process group, watches them, and can stop them.

use mistersmith::exit::Exit;
use mistersmith::identity::Incarnation;
use mistersmith::supervisor::What;
use ractor::pg::GroupChangeMessage;
use ractor::{Actor, ActorProcessingErr, ActorRef, SupervisionEvent, pg};
use tokio::sync::mpsc;

use crate::shop::{Desk, Who, clerk, control, named, open, settled};

/// A ractor actor that passes on who joins and who leaves.
struct Onlooker;

#[derive(Debug, PartialEq)]
enum Seen {
    Joined(usize),
    Left(usize),
}

impl Actor for Onlooker {
    type Msg = ();
    type State = mpsc::Sender<Seen>;
    type Arguments = mpsc::Sender<Seen>;

    async fn pre_start(
        &self,
        _: ActorRef<()>,
        seen: mpsc::Sender<Seen>,
    ) -> Result<mpsc::Sender<Seen>, ActorProcessingErr> {
        Ok(seen)
    }

    async fn handle_supervisor_evt(
        &self,
        _: ActorRef<()>,
        event: SupervisionEvent,
        seen: &mut mpsc::Sender<Seen>,
    ) -> Result<(), ActorProcessingErr> {
        if let SupervisionEvent::ProcessGroupChanged(change) = event {
            let change = match change {
                GroupChangeMessage::Join(_, _, cells) => Seen::Joined(cells.len()),
                GroupChangeMessage::Leave(_, _, cells) => Seen::Left(cells.len()),
            };
            seen.send(change).await?;
        }
        Ok(())
    }
}

fn members(scope: &str) -> Vec<ractor::ActorCell> {
    pg::get_scoped_members(&scope.to_owned(), &"floor".to_owned())
}

#[tokio::test(start_paused = true)]
async fn the_members_of_a_domain_are_listed_watched_and_stopped_by_ractor_code() {
    let scope = "ractor_groups";
    let shop = open(scope, [clerk("till", &Desk::default()), clerk("stock", &Desk::default())]).await;
    assert_eq!(members(scope).len(), 2);

    let (sender, mut seen) = mpsc::channel(8);
    let (onlooker, ended) = Actor::spawn(None, Onlooker, sender).await.unwrap();
    pg::monitor_scope(scope.to_owned(), onlooker.get_cell());
    members(scope)[0].stop(Some("moved house".to_owned()));
    let mut changes = [seen.recv().await.unwrap(), seen.recv().await.unwrap()];
    changes.sort_by_key(|change| matches!(change, Seen::Left(_)));
    assert_eq!(changes, [Seen::Joined(1), Seen::Left(1)], "it was started again: an exit like any other");

    settled(&shop).await;
    assert_eq!(members(scope).len(), 2);
    let started: Vec<_> = ["till", "stock"].map(|name| control(&shop, name, 0).facts().incarnation).to_vec();
    assert!(started.contains(&Incarnation::new(2)) && started.contains(&Incarnation::FIRST), "{started:?}");
    named(&shop, "till").ask(Who).await.unwrap();

    shop.stop().await;
    assert_eq!(members(scope).len(), 0);
    onlooker.stop(None);
    ended.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_reason_of_whoever_stops_an_agent_is_known_however_many_turns_it_has_had() {
    let scope = "ractor_groups_reason";
    let shop = open(scope, [clerk("till", &Desk::default())]).await;
    for asked in 0..4_u64 {
        for _ in 0..asked {
            named(&shop, "till").ask(Who).await.unwrap();
        }
        settled(&shop).await;
        let before = shop.history().newest();
        members(scope)[0].stop(Some(format!("asked {asked} times")));
        let events = shop.history().after(before).await;
        let What::Decided(decision) = &events[0].what else { panic!("{events:?}") };
        assert_eq!(decision.exit, Exit::Stopped { reason: format!("asked {asked} times") });
        settled(&shop).await;
    }
    shop.stop().await;
}

#[tokio::test(start_paused = true)]
async fn two_systems_of_one_process_do_not_share_groups() {
    let one = open("scope_one", [clerk("till", &Desk::default())]).await;
    let other = open("scope_other", [clerk("till", &Desk::default())]).await;
    assert_eq!((members("scope_one").len(), members("scope_other").len()), (1, 1));
    assert_ne!(members("scope_one")[0].get_id(), members("scope_other")[0].get_id());
    one.stop().await;
    assert_eq!((members("scope_one").len(), members("scope_other").len()), (0, 1));
    other.stop().await;
}
