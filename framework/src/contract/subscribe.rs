//! A request that is answered by a stream of items, and how it opens.

use std::fmt;

use super::definition::Listed;
use super::{Contract, Wire};

/// A request that is answered by a stream of items of one type.
///
/// Written by [`replies!`](crate::replies) for `Watch => stream Changed(Change)`. Whoever serves it ends with
/// [`accept`](Subscribe::accept) or [`reject`](Subscribe::reject); the items come afterwards.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a request with a stream of replies",
    note = "list it in the `replies!` of its contract: `replies! {{ Counter: {Self} => stream Changed(i64) }}`"
)]
pub trait Subscribe: Wire + Listed {
    /// The contract this request belongs to.
    type Contract: Contract;

    /// One item of the stream.
    type Item: Wire;

    /// The struct's name in snake case: `watch`.
    const ACTION: &'static str;

    /// The request as the contract's enum has it.
    fn into_request(self) -> <Self::Contract as Contract>::Request;

    /// The request in the contract's enum; nothing when it is another one.
    fn from_request(request: <Self::Contract as Contract>::Request) -> Option<Self>;

    /// An item as the contract's enum has it.
    fn into_response(item: Self::Item) -> <Self::Contract as Contract>::Response;

    /// The item in a response; nothing when it is another variant than this request is paired with.
    fn from_response(response: <Self::Contract as Contract>::Response) -> Option<Self::Item>;

    /// Accepts the subscriber: items follow.
    ///
    /// # Errors
    /// None of its own: it is a result so that it can end a handler.
    fn accept() -> anyhow::Result<Opening<Self::Contract>> {
        Ok(Opening::Accepted)
    }

    /// Refuses the subscriber: a value for it, which ends nobody.
    ///
    /// # Errors
    /// None of its own: it is a result so that it can end a handler.
    fn reject(refusal: <Self::Contract as Contract>::Refusal) -> anyhow::Result<Opening<Self::Contract>> {
        Ok(Opening::Refused(refusal))
    }
}

/// How a stream opens, or does not.
pub enum Opening<C: Contract> {
    /// Items follow.
    Accepted,
    /// There will be no items.
    Refused(C::Refusal),
}

// Not derived: the contract itself needs neither.
impl<C: Contract> Clone for Opening<C> {
    fn clone(&self) -> Self {
        match self {
            Self::Accepted => Self::Accepted,
            Self::Refused(refusal) => Self::Refused(refusal.clone()),
        }
    }
}

impl<C: Contract> fmt::Debug for Opening<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted => f.write_str("Accepted"),
            Self::Refused(refusal) => f.debug_tuple("Refused").field(refusal).finish(),
        }
    }
}
