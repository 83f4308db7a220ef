//! How updates that knew nothing of each other become one state: chosen for each agent, and the same on its replicas.

use std::fmt;

use super::EventSourced;

/// How the updates of an agent with replicas become one state where they knew nothing of each other.
///
/// Every replica has all events in the end, and each of these is a function of the events alone: which of them came
/// first, in which order they arrived, and who asks makes no difference. All replicas of an agent have to choose the
/// same.
///
/// ```
/// use std::collections::BTreeSet;
/// use mistersmith::events::{Event, EventSourced, Resolution};
/// # use mistersmith::prelude::*;
/// # use mistersmith::events::{Decide, Deciding, Decision};
/// # #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
/// # pub struct Put { pub item: String }
/// # #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
/// # pub enum Request { Put(Put) }
/// # #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
/// # pub enum Response { Done }
/// # pub struct Shop;
/// # replies! { Shop: Put => Done }
/// # #[derive(Serialize, Deserialize)]
/// # pub enum Change { Put { item: String } }
/// # impl Event for Change {}
/// # impl Decide<Put> for Basket {
/// #     async fn decide(&self, Put { item }: Put, _: &mut Deciding<'_, Self>) -> anyhow::Result<Decision<Self, Put>> {
/// #         Ok(mistersmith::events::persist([Change::Put { item }]).reply(()))
/// #     }
/// # }
///
/// #[derive(Clone, Default)]
/// struct Basket(BTreeSet<String>);
/// # impl EventSourced for Basket {
/// #     type Contract = Shop;
/// #     type Args = ();
/// #     type Event = Change;
/// #     type Snapshot = BTreeSet<String>;
/// #     fn begin(_: &()) -> Self { Self::default() }
/// #     fn apply(&mut self, Change::Put { item }: &Change) -> anyhow::Result<()> {
/// #         self.0.insert(item.clone());
/// #         Ok(())
/// #     }
/// #     fn snapshot(&self) -> BTreeSet<String> { self.0.clone() }
/// #     fn restore(_: &(), items: BTreeSet<String>) -> anyhow::Result<Self> { Ok(Self(items)) }
/// # }
///
/// let all_items = Resolution::Merge(|one: &Basket, other: &Basket| Basket(&one.0 | &other.0));
/// # let _ = all_items;
/// ```
pub enum Resolution<S: EventSourced> {
    /// There is one state, and it has all events: causes before effects, and what knew nothing of each other in an
    /// order that is the same everywhere, by how much was known and then by the name of the replica. Where two events
    /// write the same thing, the later one of that order stays.
    ///
    /// An event may come to another state than the one that it was decided in, with concurrent events before it:
    /// [`apply`](EventSourced::apply) has to take it all the same.
    LastWriter,
    /// Each event is applied in the state that it was decided in. Where histories meet, their states become one by
    /// this function.
    ///
    /// It should be associative, commutative and idempotent, as a set's union is: then it does not matter how often
    /// and in which grouping replicas have met. `testing::merge_laws` checks that. A function that breaks the laws still
    /// gives every replica the same state; only that state depends on the names of the replicas.
    Merge(fn(&S, &S) -> S),
    /// Each event is applied in the state that it was decided in, and where histories have parted there are several
    /// states, the siblings. Whoever decides is shown [all of them](super::Deciding::siblings), until an event that
    /// was decided in sight of them: this function makes one state of them, and of that event.
    Siblings(fn(&[S], &S::Event) -> anyhow::Result<S>),
}

// Not derived: the state itself needs none of it.
impl<S: EventSourced> Clone for Resolution<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: EventSourced> Copy for Resolution<S> {}

impl<S: EventSourced> fmt::Debug for Resolution<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LastWriter => "LastWriter",
            Self::Merge(_) => "Merge",
            Self::Siblings(_) => "Siblings",
        })
    }
}

/// A resolution, and what it needs to know of the state: how there are two of it where there was one.
pub(super) struct Resolving<S: EventSourced> {
    pub(super) resolution: Resolution<S>,
    copy: fn(&S) -> S,
}

impl<S: EventSourced> Resolving<S> {
    pub(super) fn new(resolution: Resolution<S>) -> Self
    where
        S: Clone,
    {
        Self { resolution, copy: S::clone }
    }

    pub(super) fn copy(&self, state: &S) -> S {
        (self.copy)(state)
    }

    /// The state after an event that was decided in sight of these states, which are in the order of their turns.
    /// Without an event, the state that it would have been applied in.
    pub(super) fn grown(&self, begin: &S, mut seen: Vec<S>, event: Option<&S::Event>) -> anyhow::Result<S> {
        let mut state = match (self.resolution, seen.len()) {
            (Resolution::Siblings(resolve), 2..) => match event {
                Some(event) => return resolve(&seen, event),
                // One of them would be lost, and nobody has said which.
                None => anyhow::bail!(
                    "it was decided in sight of {} siblings: correct it with an event that makes one state of them",
                    seen.len()
                ),
            },
            (Resolution::Merge(_), 2..) => self.merged(&seen).unwrap_or_else(|| self.copy(begin)),
            _ => seen.pop().unwrap_or_else(|| self.copy(begin)),
        };
        if let Some(event) = event {
            state.apply(event)?;
        }
        Ok(state)
    }

    /// What the states become together; `None` where they stay apart, or there are none.
    pub(super) fn merged(&self, states: &[S]) -> Option<S> {
        let (Resolution::Merge(merge), [first, rest @ ..]) = (self.resolution, states) else { return None };
        Some(rest.iter().fold(self.copy(first), |merged, state| merge(&merged, state)))
    }
}

impl<S: EventSourced> Clone for Resolving<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: EventSourced> Copy for Resolving<S> {}
