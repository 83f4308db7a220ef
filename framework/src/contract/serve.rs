//! Who serves a request, and how it gets there.

use std::fmt;

use super::{Answer, Ask, Contract, Opening, Outcome, Subscribe};

/// Serves a request with one reply; `X` is what the runtime lends for it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not serve the request `{R}`",
    label = "no handler for `{R}`",
    note = "the contract lists `{R}`, so whoever offers the contract must answer it",
    note = "a handler ends with `{R}::respond(...)`, `{R}::refuse(...)` or `{R}::answer(...)`"
)]
pub trait Serve<R: Ask, X>: Send {
    /// Serves it.
    ///
    /// # Errors
    /// A fault of the one who serves, which ends it. What the asker did wrong is a refusal, not an error.
    ///
    /// # Cancel safety
    /// Dropping the future abandons the handler at the await it is in; what it changed stays changed.
    fn serve(&mut self, request: R, with: &mut X) -> impl Future<Output = Answer<R>> + Send;
}

/// Serves a request with a stream of replies; `X` is what the runtime lends for it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not serve the stream `{R}`",
    label = "no handler for `{R}`",
    note = "the contract lists `{R}`, so whoever offers the contract must answer it",
    note = "a handler ends with `{R}::accept()` or `{R}::reject(...)`"
)]
pub trait ServeStream<R: Subscribe, X>: Send {
    /// Opens the stream, or refuses to.
    ///
    /// # Errors
    /// A fault of the one who serves, which ends it. What the asker did wrong is a refusal, not an error.
    ///
    /// # Cancel safety
    /// Dropping the future abandons the handler at the await it is in; what it changed stays changed.
    fn serve_stream(
        &mut self,
        request: R,
        with: &mut X,
    ) -> impl Future<Output = anyhow::Result<Opening<R::Contract>>> + Send;
}

/// Hands any request of a contract to the method of `H` that serves it; written by
/// [`replies!`](crate::replies) for every `H` that serves them all.
#[diagnostic::on_unimplemented(
    message = "`{H}` does not serve every request of `{Self}`",
    note = "each request listed in the contract's `replies!` needs its handler"
)]
pub trait Dispatch<H, X>: Contract {
    /// Serves a request.
    ///
    /// # Errors
    /// A fault of the one who serves, which ends it.
    ///
    /// # Cancel safety
    /// Dropping the future abandons the handler at the await it is in; what it changed stays changed.
    fn dispatch(
        handler: &mut H,
        request: Self::Request,
        with: &mut X,
    ) -> impl Future<Output = anyhow::Result<Dispatched<Self>>> + Send;
}

/// What came of a request of any kind.
pub enum Dispatched<C: Contract> {
    /// It was done, and this is its reply.
    Response(C::Response),
    /// It was refused.
    Refusal(C::Refusal),
    /// The reply will come later, from whoever took it on.
    Later,
    /// It is a stream: items follow.
    Streaming,
}

// Not derived: the contract itself needs neither.
impl<C: Contract> Clone for Dispatched<C> {
    fn clone(&self) -> Self {
        match self {
            Self::Response(response) => Self::Response(response.clone()),
            Self::Refusal(refusal) => Self::Refusal(refusal.clone()),
            Self::Later => Self::Later,
            Self::Streaming => Self::Streaming,
        }
    }
}

impl<C: Contract> fmt::Debug for Dispatched<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Response(response) => f.debug_tuple("Response").field(response).finish(),
            Self::Refusal(refusal) => f.debug_tuple("Refusal").field(refusal).finish(),
            Self::Later => f.write_str("Later"),
            Self::Streaming => f.write_str("Streaming"),
        }
    }
}

impl<R: Ask> From<Outcome<R>> for Dispatched<R::Contract> {
    fn from(outcome: Outcome<R>) -> Self {
        match outcome {
            Outcome::Reply(reply) => Self::Response(R::into_response(reply)),
            Outcome::Refusal(refusal) => Self::Refusal(refusal),
            Outcome::Later => Self::Later,
        }
    }
}

impl<C: Contract> From<Opening<C>> for Dispatched<C> {
    fn from(opening: Opening<C>) -> Self {
        match opening {
            Opening::Accepted => Self::Streaming,
            Opening::Refused(refusal) => Self::Refusal(refusal),
        }
    }
}
