//! Our supervisor over bare ractor actors: what restarting costs without anything that makes an agent.

use std::sync::Arc;

use mistersmith::clock::Clock;
use mistersmith::exit::Exit;
use mistersmith::supervisor::{ChildSpec, Flags, History, RactorChild, Supervisor, SupervisorSpec};

use super::child::{Child, Seats};
use super::life::Life;
use super::workloads::{Family, Strategy};

pub(crate) struct Adopted {
    supervisor: Supervisor,
    seats: Arc<Seats>,
}

/// As many restarts as happen.
pub(crate) fn flags(strategy: Strategy) -> Flags {
    let strategy = match strategy {
        Strategy::OneForOne => mistersmith::supervisor::Strategy::OneForOne,
        Strategy::OneForAll => mistersmith::supervisor::Strategy::OneForAll,
    };
    Flags::new(strategy, u32::MAX, 1)
}

impl Family for Adopted {
    async fn start(strategy: Strategy, children: usize, life: Arc<Life>) -> Self {
        let seats = Seats::new(children, life);
        let mut spec = SupervisorSpec::new("family", flags(strategy));
        for (number, seat) in seats.all().enumerate() {
            let child = RactorChild::new(move || (Child, seat.clone()));
            spec = spec.child(ChildSpec::worker(format!("child-{number}"), child));
        }
        let supervisor = Supervisor::start(spec, &Clock::machine(), &History::default()).await;
        Self { supervisor: supervisor.expect("it starts"), seats }
    }

    fn crash(&self, child: usize, panics: bool) {
        self.seats.crash(child, panics);
    }

    async fn answers(&self, child: usize) -> bool {
        self.seats.answers(child).await
    }

    async fn stop(self) {
        self.supervisor.stop(Exit::Shutdown).await;
    }
}
