//! A request as tools see it: its name, its schemas, its layout.

use std::fmt;
use std::sync::OnceLock;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use super::layout::{self, Layout, LayoutError};
use super::{Ask, Contract, Fingerprint, LayoutHash, Subscribe, Wire};

/// Whether a request is answered once or by a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReplyKind {
    /// Exactly one reply.
    One,
    /// Any number of items.
    Stream,
}

impl fmt::Display for ReplyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::One => "one",
            Self::Stream => "stream",
        })
    }
}

/// One request of a contract as data: what a control API lists, and what nodes compare when they meet.
///
/// The layout is worked out when first asked for, then kept.
pub struct RequestInfo {
    name: &'static str,
    action: &'static str,
    kind: ReplyKind,
    request_schema: fn() -> Schema,
    reply_schema: fn() -> Schema,
    trace: fn() -> Result<Layout, LayoutError>,
    layout: OnceLock<Result<Layout, LayoutError>>,
}

impl RequestInfo {
    /// Of a request with one reply.
    #[must_use]
    pub const fn one<R: Ask>() -> Self {
        Self::new::<R, R::Reply, <R::Contract as Contract>::Refusal>(R::NAME, R::ACTION, ReplyKind::One)
    }

    /// Of a request with a stream of replies.
    #[must_use]
    pub const fn stream<R: Subscribe>() -> Self {
        Self::new::<R, R::Item, <R::Contract as Contract>::Refusal>(R::NAME, R::ACTION, ReplyKind::Stream)
    }

    const fn new<Q: Wire, A: Wire, N: Wire>(
        name: &'static str,
        action: &'static str,
        kind: ReplyKind,
    ) -> Self {
        Self {
            name,
            action,
            kind,
            request_schema: schema::<Q>,
            reply_schema: schema::<A>,
            trace: trace::<Q, A, N>,
            layout: OnceLock::new(),
        }
    }

    /// The name of the request's struct: `PlaceOrder`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The name in snake case, under which it travels: `place_order`.
    #[must_use]
    pub const fn action(&self) -> &'static str {
        self.action
    }

    /// Whether it is answered once or by a stream.
    #[must_use]
    pub const fn kind(&self) -> ReplyKind {
        self.kind
    }

    /// The JSON schema of its payload.
    #[must_use]
    pub fn request_schema(&self) -> Schema {
        (self.request_schema)()
    }

    /// The JSON schema of its reply, or of one item of its stream.
    #[must_use]
    pub fn reply_schema(&self) -> Schema {
        (self.reply_schema)()
    }

    /// How serde sees its payload, its reply and its contract's refusal, which may come instead of a reply.
    ///
    /// # Errors
    /// When one of them is no type for a wire; see [`LayoutError`].
    pub fn layout(&self) -> Result<&Layout, &LayoutError> {
        self.layout.get_or_init(self.trace).as_ref()
    }

    /// The digest of the layout: where it is equal on both sides, bincode may be used between them.
    ///
    /// # Errors
    /// When there is no [`layout`](Self::layout).
    pub fn layout_hash(&self) -> Result<LayoutHash, &LayoutError> {
        self.layout().map(Layout::hash)
    }

    /// The digest of the action, the kind and the layout. Words for people (documentation, descriptions in the
    /// schemas) are not in it.
    ///
    /// # Errors
    /// When there is no [`layout`](Self::layout).
    pub fn fingerprint(&self) -> Result<Fingerprint, &LayoutError> {
        self.layout().map(|layout| Fingerprint::of(&format!("{} {}\n{layout}", self.action, self.kind)))
    }
}

impl fmt::Debug for RequestInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestInfo")
            .field("name", &self.name)
            .field("action", &self.action)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

fn schema<T: JsonSchema>() -> Schema {
    SchemaGenerator::default().into_root_schema_for::<T>()
}

fn trace<Q: Wire, A: Wire, N: Wire>() -> Result<Layout, LayoutError> {
    let [request, reply, refusal] = [layout::of::<Q>()?, layout::of::<A>()?, layout::of::<N>()?];
    Ok(Layout::new(format!("request {request}\nreply {reply}\nrefusal {refusal}")))
}
