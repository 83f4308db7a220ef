//! Who still lives: a chain of shared tokens from which the end of a whole subtree is known.
//!
//! Every process holds its [`Alive`] inside its state, behind everything else, and every `Alive` holds its
//! parent's. So a token is dropped when the state of its process and of all processes below are dropped,
//! whichever way they ended, and nobody has to count.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::Notify;

use super::{Exits, ProcessId};
use crate::exit::Exit;

/// What is known about one process from outside, as long as anybody asks.
#[derive(Default)]
pub(super) struct Fate {
    stop: AtomicBool,
    fenced: AtomicBool,
    /// Boxed, because most processes that there are have not ended.
    exit: OnceLock<Box<Exit>>,
    gone: AtomicBool,
    changed: Notify,
}

impl Fate {
    /// Notes that the process was asked to stop.
    pub(super) fn ask_stop(&self) {
        self.stop.store(true, Ordering::Release);
    }

    /// Whether it was asked to stop.
    pub(super) fn is_stopping(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    /// Notes that nothing of it counts any more.
    pub(super) fn fence(&self) {
        self.fenced.store(true, Ordering::Release);
    }

    /// Whether nothing of it counts any more.
    pub(super) fn is_fenced(&self) -> bool {
        self.fenced.load(Ordering::Acquire)
    }

    /// Notes how it ended; the first word counts.
    pub(super) fn end(&self, exit: Exit) {
        if self.exit.get().is_none() && self.exit.set(Box::new(exit)).is_ok() {
            self.changed.notify_waiters();
        }
    }

    /// How it ended, if that is known.
    pub(super) fn exit(&self) -> Option<&Exit> {
        self.exit.get().map(Box::as_ref)
    }

    /// Whether it and all below it are gone.
    pub(super) fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Acquire)
    }

    /// Waits until it is known how it ended, or it is gone. Cancel safe.
    pub(super) async fn ended(&self) {
        loop {
            let changed = self.changed.notified();
            if self.exit().is_some() || self.is_gone() {
                return;
            }
            changed.await;
        }
    }

    /// Waits until it and all below it are gone. Cancel safe.
    pub(super) async fn gone(&self) {
        loop {
            let changed = self.changed.notified();
            if self.is_gone() {
                return;
            }
            changed.await;
        }
    }
}

/// Held by everything that belongs to a process: its state, its tasks, and its children.
pub(crate) struct Alive {
    fate: Arc<Fate>,
    _parent: Option<Arc<Alive>>,
}

impl Alive {
    pub(super) fn new(fate: Arc<Fate>, parent: Option<Arc<Self>>) -> Arc<Self> {
        Arc::new(Self { fate, _parent: parent })
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.fate.gone.store(true, Ordering::Release);
        self.fate.changed.notify_waiters();
    }
}

impl fmt::Debug for Alive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Alive")
    }
}

/// What may be left of one incarnation of a process, of its tasks and of everything below it.
#[derive(Clone)]
pub(crate) struct Remains(pub(super) Arc<Fate>);

impl Remains {
    /// Whether nothing is left.
    pub(crate) fn are_gone(&self) -> bool {
        self.0.is_gone()
    }

    /// Waits until nothing is left. Cancel safe.
    pub(crate) async fn gone(&self) {
        self.0.gone().await;
    }

    /// They do not yield: nothing that they still do counts.
    pub(crate) fn fence(&self) {
        self.0.fence();
    }
}

impl fmt::Debug for Remains {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Remains(gone: {})", self.are_gone())
    }
}

/// Which process was begun last below a parent: known also of a start that failed, or that nobody waited for. Clones
/// are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Begun(Arc<Mutex<Option<Remains>>>);

impl Begun {
    pub(super) fn note(&self, fate: &Arc<Fate>) {
        *self.lock() = Some(Remains(Arc::clone(fate)));
    }

    /// What may be left of it.
    pub(crate) fn remains(&self) -> Option<Remains> {
        self.lock().clone()
    }

    /// It is nobody's concern any more.
    pub(crate) fn forget(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> MutexGuard<'_, Option<Remains>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The last field of a process' state: when it is dropped, the rest of the state has been.
pub(super) struct Lifeline {
    id: ProcessId,
    fate: Arc<Fate>,
    alive: Option<Arc<Alive>>,
    exits: Option<Arc<dyn Exits>>,
    silent: bool,
}

impl Lifeline {
    pub(super) fn new(
        id: ProcessId,
        fate: Arc<Fate>,
        alive: Arc<Alive>,
        exits: Option<Arc<dyn Exits>>,
    ) -> Self {
        Self { id, fate, alive: Some(alive), exits, silent: false }
    }

    pub(super) fn fate(&self) -> &Fate {
        &self.fate
    }

    /// Leaves it to ractor's event to say how the process ended: only ractor knows the reason.
    pub(super) fn leave_to_ractor(mut self) {
        self.silent = true;
    }
}

/// Reports the exit. A process that is gone without a word was killed, or its task was aborted.
impl Drop for Lifeline {
    fn drop(&mut self) {
        drop(self.alive.take());
        if self.silent {
            return;
        }
        self.fate.end(Exit::Killed);
        if let (Some(exits), Some(exit)) = (&self.exits, self.fate.exit()) {
            exits.ended(self.id, exit.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_gone_when_its_last_descendant_is() {
        let fate = Arc::new(Fate::default());
        let parent = Alive::new(Arc::clone(&fate), None);
        let child = Alive::new(Arc::new(Fate::default()), Some(Arc::clone(&parent)));
        let grandchild = Alive::new(Arc::new(Fate::default()), Some(Arc::clone(&child)));
        drop(parent);
        drop(child);
        assert!(!fate.is_gone());
        drop(grandchild);
        assert!(fate.is_gone());
    }

    #[test]
    fn the_first_word_about_an_exit_counts() {
        let fate = Fate::default();
        fate.end(Exit::Shutdown);
        fate.end(Exit::Killed);
        assert!(matches!(fate.exit(), Some(Exit::Shutdown)));
    }
}
