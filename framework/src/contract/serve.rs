//! Who serves a request, and how it gets there.

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
#[derive(Clone, Debug)]
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
