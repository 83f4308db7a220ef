//! On whose behalf the running code works, so that what it sends inherits sender, budget, wait path,
//! trace and cause.
//!
//! An agent sets it around its handlers, message by message; it lies in a cell of the thread while the agent is
//! polled, so that no signature has to carry it and no call can forget it.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::mem;
use std::pin::Pin;
use std::sync::Arc;

use super::{Budget, Cause, Extra, WaitPath};
use crate::engine::Fence;
use crate::identity::AgentId;

/// On whose behalf.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    /// The agent whose code runs.
    pub(crate) agent: Arc<AgentId>,
    /// What the message in hand may still cost.
    pub(crate) budget: Budget,
    /// What the message in hand has that most have not: who waits for it, its trace, and which event led to it.
    pub(crate) extra: Option<Arc<Extra>>,
    /// Whether the agent itself waits for what this code asks: true in a handler, false in a task beside it.
    pub(crate) waits: bool,
    /// Whether the code belongs to an incarnation that does not count any more.
    pub(crate) fence: Fence,
}

impl Scope {
    /// What runs for `agent` beside its handlers.
    pub(crate) fn beside(agent: Arc<AgentId>, fence: Fence) -> Self {
        Self { agent, budget: Budget::UNLIMITED, extra: None, waits: false, fence }
    }

    /// No message is in hand any more.
    pub(crate) fn step_beside(&mut self) {
        (self.budget, self.extra, self.waits) = (Budget::UNLIMITED, None, false);
    }

    /// Who waits, once the running code asks somebody.
    pub(crate) fn asking_path(&self) -> Option<WaitPath> {
        let above = || self.extra.as_ref()?.wait_path.clone();
        self.waits.then(|| WaitPath::new(Arc::clone(&self.agent), above()))
    }

    /// The trace of what runs.
    pub(crate) fn trace(&self) -> Option<Arc<str>> {
        self.extra.as_ref()?.trace.clone()
    }

    /// The event that led to what runs.
    pub(crate) fn cause(&self) -> Option<Arc<Cause>> {
        self.extra.as_ref()?.cause.clone()
    }
}

thread_local! {
    static CURRENT: RefCell<Option<Scope>> = const { RefCell::new(None) };
}

/// Runs `work` on behalf of `scope`, which is lent to it for each poll and comes back as the work has left it.
pub(crate) fn run<'a, F: Future>(
    scope: &'a mut Option<Scope>,
    mut work: Pin<&'a mut F>,
) -> impl Future<Output = F::Output> {
    poll_fn(move |context| {
        let _lent = Lent::new(scope);
        work.as_mut().poll(context)
    })
}

/// A scope that has changed places with the one of the running code, until it is dropped.
struct Lent<'a>(&'a mut Option<Scope>);

impl<'a> Lent<'a> {
    fn new(scope: &'a mut Option<Scope>) -> Self {
        CURRENT.with_borrow_mut(|current| mem::swap(current, scope));
        Self(scope)
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        CURRENT.with_borrow_mut(|current| mem::swap(current, self.0));
    }
}

/// Changes the scope of the running code: called between two messages.
pub(crate) fn enter(budget: Budget, extra: Option<&Arc<Extra>>, waits: bool) {
    CURRENT.with_borrow_mut(|current| {
        if let Some(current) = current {
            current.budget = budget;
            current.extra = extra.cloned();
            current.waits = waits;
        }
    });
}

/// What the running code sends from here on, it sends because of this event; until the next message.
pub(crate) fn enter_cause(cause: Cause) {
    CURRENT.with_borrow_mut(|current| {
        if let Some(current) = current {
            let (wait_path, trace) = match &current.extra {
                Some(extra) => (extra.wait_path.clone(), extra.trace.clone()),
                None => (None, None),
            };
            let cause = Some(Arc::new(cause));
            current.extra = Some(Arc::new(Extra { wait_path, trace, cause, ..Extra::default() }));
        }
    });
}

/// Looks at the scope of the running code; `None` when it is not an agent's.
pub(crate) fn with<T>(look: impl FnOnce(&Scope) -> T) -> Option<T> {
    CURRENT.with_borrow(|current| current.as_ref().map(look))
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use super::*;
    use crate::clock::Clock;
    use crate::identity::InstanceId;

    fn scope(name: &str) -> Option<Scope> {
        let instance = InstanceId::random(&Clock::seeded(1));
        let id = format!("shop/{name}@1.0.0#{}", instance.as_uuid());
        Some(Scope::beside(Arc::new(id.parse().unwrap()), Fence::default()))
    }

    fn whose() -> Option<String> {
        with(|scope| scope.agent.name.to_string())
    }

    #[tokio::test]
    async fn work_that_waits_leaves_the_thread_to_others() {
        let (mut till, mut stock) = (scope("till"), scope("stock"));
        let waits = async || {
            tokio::task::yield_now().await;
            whose()
        };
        let (one, other) = (pin!(waits()), pin!(waits()));
        let both = tokio::join!(run(&mut till, one), run(&mut stock, other));
        assert_eq!(both, (Some("till".to_owned()), Some("stock".to_owned())));
        assert_eq!(whose(), None);
    }

    #[tokio::test]
    async fn what_was_changed_lasts_and_a_panic_leaves_nothing_behind() {
        let mut till = scope("till");
        let panics = pin!(async {
            enter(Budget { retries: 1, ..Budget::UNLIMITED }, None, true);
            panic!("till is on fire");
        });
        assert!(crate::exit::catch(pin!(run(&mut till, panics))).await.is_err());
        assert_eq!(whose(), None);
        assert!(till.is_some_and(|till| till.waits && till.budget.retries == 1));
    }
}
