//! A request with exactly one reply, and what may come of it.

use super::definition::Listed;
use super::{Contract, Wire};

/// A request that is answered by exactly one reply of one type.
///
/// Written by [`replies!`](crate::replies). Whoever serves it answers with [`respond`](Ask::respond),
/// [`refuse`](Ask::refuse) or [`answer`](Ask::answer) of the same request, so that the reply of another one
/// does not compile.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a request with one reply",
    note = "list it in the `replies!` of its contract: `replies! {{ Counter: {Self} => Total(i64) }}`",
    note = "a request listed as `=> stream ...` is subscribed to, not asked"
)]
pub trait Ask: Wire + Listed {
    /// The contract this request belongs to.
    type Contract: Contract;

    /// What it is answered with.
    type Reply: Wire;

    /// The struct's name in snake case: `add`.
    const ACTION: &'static str;

    /// The request as the contract's enum has it.
    fn into_request(self) -> <Self::Contract as Contract>::Request;

    /// The request in the contract's enum; nothing when it is another one.
    fn from_request(request: <Self::Contract as Contract>::Request) -> Option<Self>;

    /// A reply to it as the contract's enum has it.
    fn into_response(reply: Self::Reply) -> <Self::Contract as Contract>::Response;

    /// The reply in a response; nothing when it is another variant than this request is paired with.
    fn from_response(response: <Self::Contract as Contract>::Response) -> Option<Self::Reply>;

    /// Answers with a reply.
    ///
    /// # Errors
    /// None of its own: it is a result so that it can end a handler.
    fn respond(reply: Self::Reply) -> Answer<Self> {
        Ok(Outcome::Reply(reply))
    }

    /// Answers with a "no": a value for the asker, which ends nobody.
    ///
    /// # Errors
    /// None of its own: it is a result so that it can end a handler.
    fn refuse(refusal: <Self::Contract as Contract>::Refusal) -> Answer<Self> {
        Ok(Outcome::Refusal(refusal))
    }

    /// Answers with what a method of your own returned.
    ///
    /// # Errors
    /// None of its own: it is a result so that it can end a handler.
    fn answer(result: Result<Self::Reply, <Self::Contract as Contract>::Refusal>) -> Answer<Self> {
        result.map_or_else(Self::refuse, Self::respond)
    }
}

/// What came of a request.
#[derive(Clone, Debug)]
pub enum Outcome<R: Ask> {
    /// It was done, and this is its reply.
    Reply(R::Reply),
    /// It was refused.
    Refusal(<R::Contract as Contract>::Refusal),
    /// The reply will come later, from whoever took it on.
    Later,
}

/// What a handler returns: an outcome, or a fault of the agent, which ends it.
pub type Answer<R> = anyhow::Result<Outcome<R>>;
