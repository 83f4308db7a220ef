//! The process that looks at the health of every agent, once per heartbeat interval.
//!
//! It is a process of its own because it has a pace of its own, and because discovery without it would lie: when
//! it fails, the root restarts everything.

use std::sync::Arc;

use crate::agent::Surroundings;
use crate::engine::{self, Behaviour, Myself, Task, Turn};
use crate::exit::Exit;
use crate::supervisor::{Start, Starting, Under};

/// Looks at the health of all agents.
pub(super) struct Sweeper {
    surroundings: Arc<Surroundings>,
    _ticks: Task,
}

impl Behaviour for Sweeper {
    type Args = Arc<Surroundings>;

    async fn init(surroundings: Arc<Surroundings>, myself: Myself) -> Result<Option<Self>, Exit> {
        let (waker, around) = (myself.waker(), Arc::clone(&surroundings));
        let ticks = engine::spawn(myself.alive(), async move {
            loop {
                around.clock.sleep(around.registry.heartbeat().interval).await;
                waker.wake();
            }
        });
        Ok(Some(Self { surroundings, _ticks: ticks }))
    }

    async fn turn(&mut self) -> Turn {
        self.surroundings.registry.look();
        Turn::Wait
    }

    async fn terminate(&mut self, _: &Exit) -> anyhow::Result<()> {
        Ok(())
    }
}

/// The sweeper as a child.
pub(super) struct Sweep(pub(super) Arc<Surroundings>);

impl Start for Sweep {
    fn start<'a>(&'a self, under: &'a Under) -> Starting<'a> {
        Box::pin(async {
            Ok(engine::start::<Sweeper>(&under.parent, Arc::clone(&self.0), None).await?.into())
        })
    }
}
