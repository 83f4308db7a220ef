//! The process in front of a supervisor: the ractor actor its children are linked to.
//!
//! It never blocks and only appends: what ractor tells of children goes into the keeper's queue, and stopping it
//! is asking the keeper. Killing it kills the children (they are linked to it) and the keeper (a task of it).

use std::collections::HashSet;
use std::pin::pin;
use std::sync::{Arc, OnceLock};

use super::board::Board;
use super::keeper::Keeper;
use super::put_off::Waiting;
use super::queue::{Item, Queue};
use super::report::Life;
use super::standing::Standing;
use super::start::{Start, Under};
use super::supervisor_spec::Current;
use super::{ChildId, History, Supervisor};
use crate::clock::Clock;
use crate::engine::{Behaviour, Exits, Joins, Myself, Parent, ProcessId, Task, Turn, spawn};
use crate::exit::{Exit, catch};

/// What a supervisor is started from.
pub(super) struct Seed {
    pub(super) current: Current,
    pub(super) board: Arc<Board>,
    pub(super) queue: Queue,
    pub(super) items: tokio::sync::mpsc::UnboundedReceiver<Item>,
    pub(super) clock: Clock,
    pub(super) history: History,
    pub(super) path: Arc<str>,
    /// Whether nobody supervises it.
    pub(super) is_root: bool,
    /// The event that led to its start, if there is one.
    pub(super) cause: Option<u64>,
}

/// A supervisor's actor.
pub(super) struct Front {
    queue: Queue,
    outcome: Arc<OnceLock<Exit>>,
    standing: Standing,
    keeper: Task,
    _life: Life,
    _retire: Option<Retire>,
}

/// Nobody starts a root again, nor what is below it: when it is gone, whichever way, its children retire.
struct Retire(Current, Arc<Board>);

impl Drop for Retire {
    fn drop(&mut self) {
        let spec = self.0.get();
        spec.retire();
        let specified: HashSet<&ChildId> = spec.children.iter().map(|child| &child.id).collect();
        for child in self.1.specs().iter().filter(|child| !specified.contains(&child.id)) {
            child.start.retire();
        }
    }
}

impl Behaviour for Front {
    type Args = Seed;

    async fn init(seed: Seed, myself: Myself) -> Result<Option<Self>, Exit> {
        let retire = seed.is_root.then(|| Retire(seed.current.clone(), Arc::clone(&seed.board)));
        let mut life =
            Life::begin(&seed.history, &seed.path, myself.clone(), || Supervisor::beginning(&seed, &myself));
        let parent = Parent {
            process: myself.clone(),
            exits: Arc::new(seed.queue.clone()),
            begun: seed.board.begun(),
            joins: Joins::default(),
        };
        let under = Under {
            parent,
            clock: seed.clock,
            history: seed.history,
            path: seed.path,
            board: Arc::clone(&seed.board),
            child: ChildId::from(""),
            cause: seed.cause,
        };
        let standing = Standing::new(myself.waker());
        let mut keeper = Keeper {
            board: seed.board,
            current: seed.current,
            under,
            items: seed.items,
            queue: seed.queue.clone(),
            standing: standing.clone(),
            waiting: Waiting::default(),
            joining: None,
        };
        let spec = keeper.current.get();
        if let Err(exit) = keeper.come_up(&spec).await {
            life.has_failed(&exit);
            return Err(exit);
        }
        drop(spec);
        life.is_up();
        let outcome = Arc::new(OnceLock::new());
        let (waker, result) = (myself.waker(), Arc::clone(&outcome));
        let keeper = spawn(myself.alive(), async move {
            let exit = catch(pin!(keeper.serve())).await.unwrap_or_else(Exit::Panic);
            let _ = result.set(exit);
            waker.wake();
        });
        Ok(Some(Self { queue: seed.queue, outcome, standing, keeper, _life: life, _retire: retire }))
    }

    /// Woken by the keeper, when it is done, or wants a sign of life.
    async fn turn(&mut self) -> Turn {
        self.standing.show();
        self.outcome.get().cloned().map_or(Turn::Wait, Turn::End)
    }

    /// When somebody outside stops the actor, the children are still stopped in order.
    async fn terminate(&mut self, exit: &Exit) -> anyhow::Result<()> {
        self.standing.stop();
        self.queue.push(Item::Stop(exit.clone()));
        self.keeper.finished().await;
        Ok(())
    }

    fn linked_exit(&mut self, id: ProcessId, exit: Exit) {
        self.queue.ended(id, exit);
    }
}
