//! A request with what a hop has to know of it, in 48 bytes and the request itself.

use std::sync::Arc;

use super::{Budget, Cause, ReplyTo, WaitPath};
use crate::clock::Deadline;
use crate::contract::Contract;
use crate::identity::AgentId;

/// A message.
#[derive(Debug)]
pub struct Envelope<C: Contract> {
    /// Until when an answer is worth something.
    pub deadline: Deadline,
    /// The agent that sent it; `None` for a sender that is no agent.
    pub sender: Option<Arc<AgentId>>,
    /// Where the answer goes.
    pub reply: ReplyTo<C>,
    /// What most messages do not have.
    pub extra: Option<Arc<Extra>>,
    /// How many further attempts may be made.
    pub retries: u8,
    /// What is asked.
    pub request: C::Request,
}

/// What most messages do not have.
#[derive(Clone, Debug, Default)]
pub struct Extra {
    /// Who waits for the answer.
    pub wait_path: Option<Arc<WaitPath>>,
    /// The trace it belongs to, as a W3C `traceparent`.
    pub trace: Option<Arc<str>>,
    /// Proof of who asks: a token that the receiver checks.
    pub credentials: Option<String>,
    /// With it, a repeated message is done once.
    pub idempotency_key: Option<String>,
    /// The event that led to it.
    pub cause: Option<Arc<Cause>>,
}

impl Extra {
    /// What goes on with that for which nobody waits: the trace, and the event that led to it; nothing, if there is neither.
    pub(crate) fn going_on(&self) -> Option<Arc<Self>> {
        let (trace, cause) = (self.trace.clone(), self.cause.clone());
        (trace.is_some() || cause.is_some()).then(|| Arc::new(Self { trace, cause, ..Self::default() }))
    }
}

impl<C: Contract> Envelope<C> {
    /// What it may still cost.
    pub fn budget(&self) -> Budget {
        Budget { deadline: self.deadline, retries: self.retries }
    }

    /// Who waits for the answer.
    #[must_use]
    pub fn wait_path(&self) -> Option<&Arc<WaitPath>> {
        self.extra.as_ref()?.wait_path.as_ref()
    }

    /// The event that led to it, if it is known.
    #[must_use]
    pub fn cause(&self) -> Option<&Arc<Cause>> {
        self.extra.as_ref()?.cause.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Never;

    struct Nothing;

    impl Contract for Nothing {
        const NAME: &'static str = "Nothing";
        type Request = ();
        type Response = ();
        type Refusal = Never;
        fn requests() -> &'static [crate::contract::RequestInfo] {
            &[]
        }
        fn name_of((): &()) -> &'static str {
            "nothing"
        }
        fn serialize_request<S: serde::Serializer>((): &(), serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_unit()
        }
        fn deserialize_request<'de, D: serde::Deserializer<'de>>(_: &str, _: D) -> Result<(), D::Error> {
            Ok(())
        }
        fn serialize_response<S: serde::Serializer>((): &(), serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_unit()
        }
        fn deserialize_response<'de, D: serde::Deserializer<'de>>(_: &str, _: D) -> Result<(), D::Error> {
            Ok(())
        }
    }

    #[test]
    fn the_fixed_part_takes_at_most_48_bytes() {
        assert!(size_of::<Envelope<Nothing>>() <= 48, "{}", size_of::<Envelope<Nothing>>());
    }
}
