//! Something that happens around every start of a child, whatever the child is.

use std::sync::Arc;

use crate::engine::Launch;
use crate::supervisor::{ChildSpec, Launched, Occupant, Start, Starting, SupervisorSpec, Under};

/// What happens around the starts of a child; see [`around`].
pub trait AroundStart: Send + Sync + 'static {
    /// One start, of which `start` is the child's own part. It is done when it is awaited, and not at all when it
    /// is dropped; [`not_needed`] can be returned in its place, or an exit.
    fn start<'a>(&'a self, start: Starting<'a>) -> Starting<'a>;
}

/// The same child, with this happening around each of its starts. What is wrong with the specification of a
/// supervisor is found when it starts, and not with that of the supervisor above.
#[must_use]
pub fn around(mut child: ChildSpec, around: impl AroundStart) -> ChildSpec {
    child.start = Arc::new(Around { around, inner: child.start });
    child
}

/// What a start returns that says that the child is not needed.
#[must_use]
pub fn not_needed() -> Launched {
    Launch::Ignored.into()
}

struct Around<A> {
    around: A,
    inner: Arc<dyn Start>,
}

impl<A: AroundStart> Start for Around<A> {
    fn start<'a>(&'a self, under: &'a Under) -> Starting<'a> {
        self.around.start(Box::pin(async { self.inner.start(under).await }))
    }

    fn retire(&self) {
        self.inner.retire();
    }

    fn below(&self) -> Option<SupervisorSpec> {
        self.inner.below()
    }

    fn respecify(&self, spec: &SupervisorSpec) {
        self.inner.respecify(spec);
    }

    fn fence(&self) {
        self.inner.fence();
    }

    fn stays_retired(&self) -> bool {
        self.inner.stays_retired()
    }

    fn occupant(&self) -> Option<Occupant> {
        self.inner.occupant()
    }

    fn facts(&self) -> serde_json::Map<String, serde_json::Value> {
        self.inner.facts()
    }
}
