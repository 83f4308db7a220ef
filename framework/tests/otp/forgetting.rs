//! What a supervisor keeps of its children, and what it forgets: temporary ones, with everything they were made of.

use std::sync::{Arc, Weak};

use mistersmith::exit::Exit;
use mistersmith::supervisor::{ChildSpec, RactorChild, Restart};
use ractor::{Actor, ActorProcessingErr, ActorRef};

use crate::sight::is_up;
use crate::tree::{OneForAll, OneForOne, RestForOne, Tree, children, flags, temporary};

/// Does nothing, with what it is started with.
pub(crate) struct Idle;

pub(crate) enum Never {}
impl ractor::Message for Never {}

impl Actor for Idle {
    type Msg = Never;
    type State = ();
    type Arguments = Arc<Vec<u8>>;

    async fn pre_start(&self, _: ActorRef<Never>, _: Arc<Vec<u8>>) -> Result<(), ActorProcessingErr> {
        Ok(())
    }
}

/// A child that is started with a mebibyte, and whether anybody still holds that.
fn with_a_mebibyte(restart: Restart) -> (ChildSpec, Weak<Vec<u8>>) {
    let data = Arc::new(vec![0; 1 << 20]);
    let held = Arc::downgrade(&data);
    let child = RactorChild::new(move || (Idle, Arc::clone(&data)));
    (ChildSpec::worker("child", child).restart(restart), held)
}

/// What a temporary child was started with is dropped when it ends, by itself or by a call. What another one is
/// started with is kept for its restarts. (Erlang's supervisor drops it as soon as the child is up.)
#[tokio::test(start_paused = true)]
async fn do_not_save_start_parameters_for_temporary_children() {
    let (trace, []) = children([]);
    let tree = Tree::start(&trace, flags(OneForOne, 1), &[]).await;
    for (restart, kept) in [(Restart::Temporary, false), (Restart::Transient, true)] {
        let (child, held) = with_a_mebibyte(restart);
        tree.root.start_child(child).await.unwrap();
        assert!(held.upgrade().is_some());
        tree.root.terminate_child("child").await.unwrap();
        assert_eq!(held.upgrade().is_some(), kept, "{restart}");
    }
    tree.stop().await;
}

/// A temporary child is forgotten however it ends, under every strategy, so that its id can be used anew; others
/// stay listed, and run again if their restart type says so.
#[tokio::test(start_paused = true)]
async fn do_not_save_child_specs_for_temporary_children() {
    for strategy in [OneForOne, OneForAll, RestForOne] {
        for (restart, kill, normal, abnormal, terminated) in [
            (Restart::Permanent, "child", "child", "child", "child=down"),
            (Restart::Transient, "child", "child=down", "child", "child=down"),
            (Restart::Temporary, "", "", "", ""),
        ] {
            for (end, list) in [kill, normal, abnormal, terminated].into_iter().enumerate() {
                let (trace, [child]) = children(["child"]);
                let spec = child.child().restart(restart);
                let tree = Tree::start(&trace, flags(strategy, 1), std::slice::from_ref(&spec)).await;
                match end {
                    0 => child.kill(),
                    1 => child.end(Exit::Normal),
                    2 => child.crash("abnormal"),
                    _ => tree.root.terminate_child("child").await.unwrap(),
                }
                tree.trace().await;
                assert_eq!(tree.list().await, list, "{strategy} {restart} {end}");
                let again = tree.root.start_child(spec).await;
                assert_eq!(again.is_ok(), restart == Restart::Temporary, "{strategy} {restart} {end}");
                tree.stop().await;
            }
        }
    }
}

/// A temporary sibling that is stopped in the restart of its group is gone for good; the supervisor is not.
#[tokio::test(start_paused = true)]
async fn temporary_bystander() {
    for strategy in [OneForAll, RestForOne] {
        let (trace, [child1, child2]) = children(["child1", "child2"]);
        let tree = Tree::start(&trace, flags(strategy, 1), &[child1.child(), temporary(&child2)]).await;
        child1.end(Exit::Normal);
        assert_eq!(tree.trace().await, "child1!normal -child2 +child1");
        assert_eq!(tree.list().await, "child1");
        assert!(is_up(&tree));
        tree.stop().await;
    }
}
