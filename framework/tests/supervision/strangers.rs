//! A stranger who stops the actor in front of a supervisor: its children are stopped in order, and it has ended with
//! the stranger's reason. (Erlang's supervisor would ignore the signal; trace 14.)

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use mistersmith::exit::Exit;
use mistersmith::supervisor::{ChildSpec, RactorChild, Restart, What};
use mistersmith::testing::eventually;
use ractor::{Actor, ActorProcessingErr, ActorRef};

use crate::tree::{OneForOne, Tree, children, flags, spec};

/// A ractor actor through which strangers find its supervisor, and that stops it at once if it is impatient.
#[derive(Default)]
struct Door {
    impatient: Arc<AtomicBool>,
}

struct Knock;
impl ractor::Message for Knock {}

impl Actor for Door {
    type Msg = Knock;
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, _: ActorRef<Knock>, (): ()) -> Result<(), ActorProcessingErr> {
        Ok(())
    }

    async fn post_start(&self, door: ActorRef<Knock>, (): &mut ()) -> Result<(), ActorProcessingErr> {
        if self.impatient.swap(false, Ordering::AcqRel) {
            door.try_get_supervisor().ok_or("nobody")?.stop(Some("moved house".to_owned()));
        }
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_stranger_who_stops_a_supervisor_ends_it_in_good_order_and_with_the_strangers_reason() {
    for (reason, exit, back) in [
        (Some("moved house"), Exit::Stopped { reason: "moved house".to_owned() }, " +a +b"),
        (Some("shutdown"), Exit::Shutdown, ""),
        (None, Exit::Normal, ""),
    ] {
        let (trace, [a, b]) = children(["a", "b"]);
        let door = RactorChild::new(|| (Door::default(), ()));
        let found = door.adopted();
        let below = spec("s", flags(OneForOne, 1), &[a.child(), ChildSpec::worker("door", door), b.child()]);
        let below = ChildSpec::supervisor(below).restart(Restart::Transient);
        let tree = Tree::start(&trace, flags(OneForOne, 1), &[below]).await;
        assert_eq!(tree.trace().await, ""); // everybody has had a first turn
        found.get().unwrap().try_get_supervisor().unwrap().stop(reason.map(str::to_owned));
        let decided = eventually(&tree.history, |event| {
            matches!(event.what, What::Decided(_)) && &*event.supervisor == "root"
        })
        .await;
        let What::Decided(decision) = decided.what else { unreachable!("it was asked for") };
        assert_eq!((decision.child.as_str(), decision.exit), ("s", exit));
        assert_eq!(tree.trace().await, format!("-b -a{back}"));
        tree.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_stranger_who_comes_before_the_first_turn_is_no_polite_end_although_ractor_does_not_tell_the_reason()
 {
    let (trace, [a]) = children(["a"]);
    let impatient = Arc::new(AtomicBool::new(true));
    let door = RactorChild::new(move || (Door { impatient: Arc::clone(&impatient) }, ()));
    // While `a` starts, the door stops the supervisor, which is not up yet.
    let below = spec("s", flags(OneForOne, 1), &[ChildSpec::worker("door", door), a.child()]);
    let below = ChildSpec::supervisor(below).restart(Restart::Transient);
    let tree = Tree::start(&trace, flags(OneForOne, 1), &[below]).await;
    let decided = eventually(&tree.history, |event| matches!(event.what, What::Decided(_))).await;
    let What::Decided(decision) = decided.what else { unreachable!("it was asked for") };
    let told = decision.exit.to_string();
    assert!(decision.exit.is_abnormal() && told.contains("from outside: before its first turn"), "{told}");
    assert_eq!(tree.trace().await, "-a +a");
    tree.stop().await;
}
