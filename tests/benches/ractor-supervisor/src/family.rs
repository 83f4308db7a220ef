//! Children of ractor-supervisor's static supervisor; each has a name in ractor's registry, because it wants one.

use crate::child::{Child, Seats};
use crate::life::Life;
use crate::workloads::{Family, Strategy};
use ractor::{ActorRef, SpawnErr};
use ractor_supervisor::{
    ChildSpec, Restart, SpawnFn, Supervisor, SupervisorArguments, SupervisorMsg, SupervisorOptions,
    SupervisorStrategy,
};
use std::sync::Arc;
use std::time::Duration;

pub struct Supervised {
    supervisor: ActorRef<SupervisorMsg>,
    seats: Arc<Seats>,
}

impl Family for Supervised {
    async fn start(strategy: Strategy, children: usize, life: Arc<Life>) -> Self {
        let strategy = match strategy {
            Strategy::OneForOne => SupervisorStrategy::OneForOne,
            Strategy::OneForAll => SupervisorStrategy::OneForAll,
        };
        let window = Duration::from_secs(1);
        let options =
            SupervisorOptions { strategy, max_restarts: usize::MAX, max_window: window, reset_after: None };
        let seats = Seats::new(children, life);
        let arguments = SupervisorArguments { child_specs: specs(&seats), options };
        let (supervisor, _) = Supervisor::spawn("family".to_owned(), arguments).await.expect("it starts");
        Self { supervisor, seats }
    }

    fn crash(&self, child: usize, panics: bool) {
        self.seats.crash(child, panics);
    }

    async fn answers(&self, child: usize) -> bool {
        self.seats.answers(child).await
    }

    /// It kills them, and waits for none.
    async fn stop(self) {
        self.supervisor.stop(None);
    }
}

fn specs(seats: &Arc<Seats>) -> Vec<ChildSpec> {
    let spec = |(number, seat)| ChildSpec {
        id: format!("child-{number}"),
        restart: Restart::Permanent,
        spawn_fn: SpawnFn::new(move |supervisor, id| {
            let seat = crate::child::Seat::clone(&seat);
            async move {
                let (child, _) = Supervisor::spawn_linked(id, Child, seat, supervisor).await?;
                Ok::<_, SpawnErr>(child.get_cell())
            }
        }),
        backoff_fn: None,
        reset_after: None,
    };
    seats.all().enumerate().map(spec).collect()
}
