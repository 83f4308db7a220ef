//! Any ractor actor can be a supervised child, and is supervised like every other child.

use std::sync::{Arc, Mutex};

use mistersmith::clock::Clock;
use mistersmith::exit::Exit;
use mistersmith::supervisor::{
    Adopted, ChildSpec, ChildState, ChildType, Dynamic, Event, Flags, History, RactorChild, Restart,
    Strategy, Supervisor, SupervisorSpec, What,
};
use mistersmith::testing::settled;
use ractor::{Actor, ActorCell, ActorProcessingErr, ActorRef, ActorStatus};

struct Worker;

enum Order {
    Fail,
    Panic,
}
impl ractor::Message for Order {}

impl Actor for Worker {
    type Msg = Order;
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, _: ActorRef<Order>, (): ()) -> Result<(), ActorProcessingErr> {
        Ok(())
    }

    async fn handle(&self, _: ActorRef<Order>, order: Order, (): &mut ()) -> Result<(), ActorProcessingErr> {
        match order {
            Order::Fail => Err("the disk is full".into()),
            Order::Panic => panic!("order 17 has no price"),
        }
    }
}

async fn supervised(restart: Restart) -> (Supervisor, History, Adopted<Order>) {
    let worker = RactorChild::new(|| (Worker, ()));
    let (adopted, history) = (worker.adopted(), History::default());
    let spec = SupervisorSpec::new("root", Flags::new(Strategy::OneForOne, 5, 5))
        .child(ChildSpec::worker("worker", worker).restart(restart));
    let supervisor = Supervisor::start(spec, &Clock::machine(), &history).await.expect("it starts");
    (supervisor, history, adopted)
}

async fn next_exit(history: &History) -> Exit {
    let mut seen = 0;
    loop {
        for Event { number, what, .. } in history.after(seen).await {
            seen = number;
            if let What::Decided(decision) = what {
                return decision.exit;
            }
        }
    }
}

#[tokio::test]
async fn one_of_many_is_found_by_its_instance_through_its_incarnations() {
    let (clock, history) = (Clock::machine(), History::default());
    let spec = SupervisorSpec::dynamic("workers", Flags::new(Strategy::OneForOne, 5, 5))
        .template(ChildSpec::template("worker", ChildType::Worker), |(): &()| {
            RactorChild::new(|| (Worker, ()))
        });
    let workers = Dynamic::start(spec, &clock, &history).await.unwrap();
    let [one, other] = [(), ()].map(|()| workers.start_child(()));
    let (one, other) = (one.await.unwrap().unwrap(), other.await.unwrap().unwrap());
    let worker = |instance| workers.adopted::<Order>(instance).unwrap().get().unwrap();
    let (first, neighbour) = (worker(one), worker(other).get_id());
    assert_ne!(first.get_id(), neighbour);
    assert!(first.cast(Order::Fail).is_ok());
    assert_eq!(next_exit(&history).await.to_string(), "error: the disk is full");
    assert_ne!(worker(one).get_id(), first.get_id());
    assert_eq!(worker(other).get_id(), neighbour);
    assert!(workers.adopted::<()>(one).is_none(), "its messages are of another type");
    workers.terminate_child(one).await.unwrap();
    assert!(workers.adopted::<Order>(one).is_none(), "it is not there any more");
    workers.stop(Exit::Shutdown).await;
}

#[tokio::test]
async fn its_error_is_the_exit() {
    let (supervisor, history, worker) = supervised(Restart::Permanent).await;
    let first = worker.get().unwrap();
    assert!(first.cast(Order::Fail).is_ok());
    assert_eq!(next_exit(&history).await.to_string(), "error: the disk is full");
    assert_ne!(worker.get().unwrap().get_id(), first.get_id());
    supervisor.stop(Exit::Shutdown).await;
}

#[tokio::test]
async fn its_panic_is_the_exit_with_message_and_place() {
    let (supervisor, history, worker) = supervised(Restart::Permanent).await;
    assert!(worker.get().unwrap().cast(Order::Panic).is_ok());
    let Exit::Panic(panic) = next_exit(&history).await else { panic!("expected a panic") };
    assert_eq!(panic.message(), "order 17 has no price");
    assert!(panic.location().unwrap().file.contains("ractor_child.rs"));
    supervisor.stop(Exit::Shutdown).await;
}

#[tokio::test]
async fn a_kill_from_outside_is_abnormal() {
    let (supervisor, history, worker) = supervised(Restart::Transient).await;
    worker.get().unwrap().kill();
    assert!(matches!(next_exit(&history).await, Exit::Killed));
    assert_eq!(supervisor.which_children().await.unwrap()[0].state, ChildState::Running);
    supervisor.stop(Exit::Shutdown).await;
}

#[tokio::test]
async fn a_stop_from_outside_is_an_exit_with_its_reason() {
    for (reason, restarted) in [(None, false), (Some("shutdown"), false), (Some("moved house"), true)] {
        let (supervisor, history, worker) = supervised(Restart::Transient).await;
        worker.get().unwrap().stop(reason.map(str::to_owned));
        let exit = next_exit(&history).await;
        assert_eq!(exit.is_abnormal(), restarted, "{exit}");
        let state = supervisor.which_children().await.unwrap()[0].state;
        assert_eq!(state == ChildState::Running, restarted);
        supervisor.stop(Exit::Shutdown).await;
    }
}

/// An actor that links another one to itself.
struct Nest(Arc<Mutex<Option<ActorCell>>>);

impl Actor for Nest {
    type Msg = Order;
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, myself: ActorRef<Order>, (): ()) -> Result<(), ActorProcessingErr> {
        let hatched = Actor::spawn_linked(None, Worker, (), myself.get_cell()).await?.0;
        let before = self.0.lock().expect("nobody panics here").replace(hatched.get_cell());
        let before = before.map(|before| before.get_status());
        assert!(before.is_none_or(|before| before == ActorStatus::Stopped), "it lives on: {before:?}");
        Ok(())
    }

    async fn handle(
        &self,
        myself: ActorRef<Order>,
        order: Order,
        (): &mut (),
    ) -> Result<(), ActorProcessingErr> {
        Worker.handle(myself, order, &mut ()).await
    }
}

#[tokio::test(start_paused = true)]
async fn what_it_has_linked_to_itself_is_killed_before_it_is_started_again() {
    for order in [Order::Fail, Order::Panic] {
        let hatched = Arc::<Mutex<Option<ActorCell>>>::default();
        let nest = RactorChild::new(move || (Nest(Arc::clone(&hatched)), ()));
        let (adopted, history) = (nest.adopted(), History::default());
        let spec = SupervisorSpec::new("root", Flags::new(Strategy::OneForOne, 1, 5))
            .child(ChildSpec::worker("nest", nest));
        let supervisor = Supervisor::start(spec, &Clock::machine(), &history).await.unwrap();
        settled(&Clock::machine()).await;
        adopted.get().unwrap().cast(order).unwrap();
        next_exit(&history).await;
        assert_eq!(supervisor.which_children().await.unwrap()[0].state, ChildState::Running);
        supervisor.stop(Exit::Shutdown).await;
    }
}
