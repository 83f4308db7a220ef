//! Private messages of one incarnation: what its timers, tasks and attached streams send it, and it itself.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OwnedSemaphorePermit;

use super::{Agent, Context, HandleInfo};
use crate::engine::Waker;

/// A private message whose type is known to whoever delivers it only.
trait Deliver<A: Agent>: Send {
    fn deliver<'a>(self: Box<Self>, agent: &'a mut A, context: &'a mut Context<A>) -> Delivery<'a>;
}

pub(super) type Delivery<'a> = Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send + 'a>>;

struct Info<T> {
    info: T,
    /// Given back when its turn comes, so that its stream may go on.
    place: Option<OwnedSemaphorePermit>,
}

impl<A: HandleInfo<T>, T: Send + 'static> Deliver<A> for Info<T> {
    fn deliver<'a>(self: Box<Self>, agent: &'a mut A, context: &'a mut Context<A>) -> Delivery<'a> {
        drop(self.place);
        Box::pin(agent.handle_info(self.info, context))
    }
}

/// A tick of an interval; says when it was handled, so that the next one may come.
struct Tick<T> {
    info: T,
    handled: Arc<AtomicBool>,
}

impl<A: HandleInfo<T>, T: Send + 'static> Deliver<A> for Tick<T> {
    fn deliver<'a>(self: Box<Self>, agent: &'a mut A, context: &'a mut Context<A>) -> Delivery<'a> {
        self.handled.store(true, Ordering::Release);
        Box::pin(agent.handle_info(self.info, context))
    }
}

/// The queue of private messages. It ends with its incarnation. Not bounded: only the agent itself and what
/// belongs to it can send here, and what belongs to it is counted (tasks) or paced (intervals, streams).
pub(super) struct Infos<A: Agent>(Arc<Inner<A>>);

struct Inner<A: Agent> {
    queue: Mutex<VecDeque<Box<dyn Deliver<A>>>>,
    /// Whether there is anything in the queue: looked at between any two messages, so without the lock.
    any: AtomicBool,
    waker: Waker,
}

impl<A: Agent> Infos<A> {
    pub(super) fn new(waker: Waker) -> Self {
        Self(Arc::new(Inner { queue: Mutex::default(), any: AtomicBool::new(false), waker }))
    }

    pub(super) fn push<T: Send + 'static>(&self, info: T)
    where
        A: HandleInfo<T>,
    {
        self.append(Box::new(Info { info, place: None }));
    }

    /// As [`Infos::push`]; gives `place` back when its turn comes.
    pub(super) fn push_paced<T: Send + 'static>(&self, info: T, place: OwnedSemaphorePermit)
    where
        A: HandleInfo<T>,
    {
        self.append(Box::new(Info { info, place: Some(place) }));
    }

    /// As [`Infos::push`]; sets `handled` when its turn comes.
    pub(super) fn push_tick<T: Send + 'static>(&self, info: T, handled: Arc<AtomicBool>)
    where
        A: HandleInfo<T>,
    {
        self.append(Box::new(Tick { info, handled }));
    }

    fn append(&self, info: Box<dyn Deliver<A>>) {
        {
            let mut queue = self.queue();
            queue.push_back(info);
            self.0.any.store(true, Ordering::Release);
        }
        self.0.waker.wake();
    }

    fn queue(&self) -> MutexGuard<'_, VecDeque<Box<dyn Deliver<A>>>> {
        self.0.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next one, to be delivered.
    pub(super) fn pop(&self) -> Option<Waiting<A>> {
        if !self.0.any.load(Ordering::Acquire) {
            return None;
        }
        let mut queue = self.queue();
        let info = queue.pop_front();
        self.0.any.store(!queue.is_empty(), Ordering::Release);
        info.map(Waiting)
    }
}

/// A private message whose turn has come.
pub(super) struct Waiting<A: Agent>(Box<dyn Deliver<A>>);

impl<A: Agent> Waiting<A> {
    pub(super) fn deliver<'a>(self, agent: &'a mut A, context: &'a mut Context<A>) -> Delivery<'a> {
        self.0.deliver(agent, context)
    }
}

impl<A: Agent> Clone for Infos<A> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}
