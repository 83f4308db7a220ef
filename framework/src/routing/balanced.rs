//! Requests to a group: any healthy member will do, and one that does not take a request is passed over.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use super::call::Call;
use super::{AgentRef, AskError, CallError, Group, NotFound, Retry, Router, TellError};
use crate::contract::{Ask, Contract};
use crate::identity::InstanceId;
use crate::message::{Budget, scope};

/// A group of agents that answer contract `C`. Made by [`Router::load_balanced`]; cheap to clone.
///
/// A request goes to one healthy member, the less loaded of two in turn. When it was not delivered there (the
/// queue is full, the member is suspended, or has just gone) it goes to another that has not had it, as often as
/// the retries of its budget allow and until its deadline. A request that was delivered is never sent again: it
/// may have run. With an idempotency key it is, after an answer of [`CallError::Unknown`].
pub struct LoadBalanced<C: Contract> {
    router: Router,
    group: Group,
    limit: Option<Duration>,
    retries: u8,
    idempotency_key: Option<String>,
    contract: PhantomData<fn() -> C>,
}

impl<C: Contract> LoadBalanced<C> {
    pub(super) fn new(router: Router, group: Group) -> Self {
        let (limit, retries) = (None, Budget::RETRIES);
        Self { router, group, limit, retries, idempotency_key: None, contract: PhantomData }
    }

    /// The same group, with at most `limit` for each request, all attempts and all waiting included.
    #[must_use]
    pub fn within(mut self, limit: Duration) -> Self {
        self.limit = Some(limit);
        self
    }

    /// The same group, with so many further attempts for each request instead of [`Budget::RETRIES`].
    #[must_use]
    pub fn retries(mut self, retries: u8) -> Self {
        self.retries = retries;
        self
    }

    /// For one request: the key by which the members do a repeated request once. They have to share what they
    /// know of keys, for the repetition goes to another member.
    #[must_use]
    pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.idempotency_key = Some(key.into());
        self
    }

    /// The member that would get the next request; for a stream, or for several requests to the same one.
    ///
    /// # Errors
    /// [`NotFound`] when no member is healthy.
    pub fn pick(&self) -> Result<AgentRef<C>, NotFound> {
        self.router.choose(&self.group, &[]).ok_or_else(|| self.nobody())
    }

    /// Asks a member, and waits for the reply.
    ///
    /// # Errors
    /// [`CallError::NotFound`] when no member is healthy; otherwise what the last member said.
    ///
    /// # Cancel safety
    /// As [`AgentRef::ask`].
    pub async fn ask<R: Ask<Contract = C>>(&self, request: R) -> Result<R::Reply, AskError<R>> {
        let waiting = scope::with(|scope| scope.asking_path()).flatten();
        // Whoever waits for the asker would wait for itself.
        let waiting = waiting.iter().flat_map(|path| path.iter().map(|agent| agent.instance)).collect();
        self.attempt(request, waiting, async |call, request| call.ask(request).await).await
    }

    /// Sends to a member without waiting for an answer.
    ///
    /// # Errors
    /// As [`LoadBalanced::ask`]; the request comes back.
    ///
    /// # Cancel safety
    /// As [`AgentRef::tell`].
    pub async fn tell<R: Ask<Contract = C>>(&self, request: R) -> Result<(), TellError<R>> {
        self.attempt(request, Vec::new(), async |call, request| call.tell(request).await).await
    }

    /// Makes one attempt after the other, each with another member, none with those `passed_over`.
    async fn attempt<R: Ask<Contract = C>, T, N>(
        &self,
        mut request: R,
        mut passed_over: Vec<InstanceId>,
        send: impl AsyncFn(Call<'_, C>, R) -> Result<T, CallError<R, N>>,
    ) -> Result<T, CallError<R, N>> {
        let mut budget = self.budget();
        let Some(mut member) = self.router.choose::<C>(&self.group, &passed_over) else {
            return Err(CallError::NotFound { request, missing: self.nobody() });
        };
        loop {
            let kept = self.idempotency_key.is_some().then(|| request.clone());
            let call = Call::new(&member, budget, self.idempotency_key.clone());
            let error = match send(call, request).await {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            passed_over.push(member.id().instance);
            let now = self.router.clock().now();
            let (true, Some(left)) = (is_for_another(&error, kept.is_some()), budget.retry(now)) else {
                return Err(error);
            };
            let Some(next) = self.router.choose(&self.group, &passed_over) else { return Err(error) };
            request = kept.map_or_else(|| error.into_returned(), Ok)?;
            (budget, member) = (left, next);
        }
    }

    /// What a request may cost: no more than the message in hand.
    fn budget(&self) -> Budget {
        let own = Budget { retries: self.retries, ..self.router.budget(self.limit) };
        scope::with(|scope| own.within(scope.budget)).unwrap_or(own)
    }

    fn nobody(&self) -> NotFound {
        NotFound { contract: C::NAME, wanted: self.group.in_words() }
    }
}

/// Whether another member may be tried after this error: when the request was not delivered, or is done once
/// however often it is sent.
fn is_for_another<R, N>(error: &CallError<R, N>, has_key: bool) -> bool {
    match error.retry() {
        Retry::Later | Retry::Elsewhere => has_key || error.has_request(),
        Retry::WithIdempotencyKey => has_key,
        Retry::Never => false,
    }
}

impl<C: Contract> Clone for LoadBalanced<C> {
    fn clone(&self) -> Self {
        Self {
            router: self.router.clone(),
            group: self.group.clone(),
            limit: self.limit,
            retries: self.retries,
            idempotency_key: self.idempotency_key.clone(),
            contract: PhantomData,
        }
    }
}

impl<C: Contract> fmt::Debug for LoadBalanced<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LoadBalanced({} of {})", C::NAME, self.group)
    }
}
