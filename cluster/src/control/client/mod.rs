//! The client of the control interface: finds a node, asks it, and says what went wrong in words that help.

mod error;
mod exchange;
mod items;
mod locate;

use std::net::SocketAddr;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::api::{
    AgentDetail, AgentList, CallReply, CallRequest, ContractList, DrainReport, DrainRequest, DryRunReport,
    DryRunRequest, EventList, HealthReport, KillReport, LoggedQuery, PastMoment, PastReport, StageReport,
    StateQuery, StateReport, SuspendRequest, TreeReport,
};
use super::token::Token;
use exchange::Wires;

pub use error::ClientError;
pub use items::Items;
pub use locate::Located;
pub(super) use locate::{Wanted, locate};

/// How long an answer may take that waits for nothing.
const AT_ONCE: Duration = Duration::from_secs(10);
/// What an answer that waits may take beyond what it was given, and a follower beyond the node's patience.
const MARGIN: Duration = Duration::from_secs(10);
/// How long a state may take that is made from its events.
const RECOVERY: Duration = Duration::from_secs(120);
/// How long a node lets a follower wait, with a margin.
const FOLLOW: Duration = Duration::from_secs(40);

/// A client of one node. Each request is a connection of its own, so there is nothing to close.
#[derive(Clone, Debug)]
pub struct ControlClient {
    wires: Wires,
}

/// The answer to a call.
#[derive(Debug)]
pub enum CallAnswer {
    /// One reply, as the agent's contract has it.
    One(Box<RawValue>),
    /// Items as they come.
    Stream(Items),
}

impl ControlClient {
    /// A client of the node at `address`; nothing is sent yet.
    #[must_use]
    pub fn new(address: SocketAddr, token: &Token) -> Self {
        Self { wires: Wires::new(address, token) }
    }

    /// A client of a node that was found, which has answered once.
    ///
    /// # Errors
    /// When its token cannot be read, it does not answer, or something else does.
    ///
    /// # Cancel safety
    /// Dropping the future leaves nothing behind.
    pub async fn connect(node: &Located) -> Result<Self, ClientError> {
        let token = Token::read(&node.token_file)
            .map_err(|source| ClientError::Token { node: Box::new(node.clone()), source })?;
        let client = Self::new(node.address, &token);
        match client.health().await {
            Err(ClientError::NotReached { source, .. }) => {
                Err(ClientError::Stale { node: Box::new(node.clone()), source })
            }
            other => other.map(|_| client),
        }
    }

    /// Where the node is.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.wires.address()
    }

    /// The supervision tree as it is now.
    ///
    /// # Errors
    /// [`ClientError`]; so it is with all requests.
    ///
    /// # Cancel safety
    /// What was asked may be done, whether or not somebody waits for the answer. So it is with all requests.
    pub async fn tree(&self) -> Result<TreeReport, ClientError> {
        self.get("/v1/tree", AT_ONCE).await
    }

    /// The supervision tree as it was when an event happened, or so long ago.
    ///
    /// # Errors
    /// As [`tree`](Self::tree); [`ProblemCode::NotKept`](super::api::ProblemCode::NotKept) when that is not known any
    /// more.
    ///
    /// # Cancel safety
    /// As [`tree`](Self::tree).
    pub async fn past(&self, at: PastMoment) -> Result<PastReport, ClientError> {
        let query = match at {
            PastMoment::Event(number) => format!("event={number}"),
            PastMoment::Ago(ago) => format!("seconds_ago={}", ago.as_secs_f64()),
        };
        self.get(&format!("/v1/past?{query}"), AT_ONCE).await
    }

    /// What would follow if these ended one after the other; nothing happens. The first end that cannot be is an
    /// error, a later one is [`refused`](DryRunReport::refused) behind what came before it.
    ///
    /// # Errors
    /// As [`tree`](Self::tree).
    ///
    /// # Cancel safety
    /// As [`tree`](Self::tree).
    pub async fn dry_run(&self, request: &DryRunRequest) -> Result<DryRunReport, ClientError> {
        self.post("/v1/dry-run", request, AT_ONCE).await
    }

    /// All agents.
    ///
    /// # Errors
    /// As [`tree`](Self::tree).
    ///
    /// # Cancel safety
    /// As [`tree`](Self::tree).
    pub async fn agents(&self) -> Result<AgentList, ClientError> {
        self.get("/v1/agents", AT_ONCE).await
    }

    /// One agent, named as [`System::agent`](mistersmith::system::System::agent) has it: `name`, `domain/name`,
    /// `domain/name#2` of several instances, a full id, or the beginning of its instance's UUID.
    ///
    /// # Errors
    /// As [`tree`](Self::tree).
    ///
    /// # Cancel safety
    /// As [`tree`](Self::tree).
    pub async fn agent(&self, selector: &str) -> Result<AgentDetail, ClientError> {
        self.get(&agent_path(selector, ""), AT_ONCE).await
    }

    /// What the event log has of an agent: each item is a [`LoggedEvent`](super::api::LoggedEvent).
    ///
    /// # Errors
    /// As [`tree`](Self::tree).
    ///
    /// # Cancel safety
    /// As [`tree`](Self::tree).
    pub async fn events(&self, selector: &str, query: &LoggedQuery) -> Result<Items, ClientError> {
        let LoggedQuery { after, up_to, since_micros, until_micros, event_type, follow } = query;
        let number = |name: &str, number: &Option<u64>| number.map(|number| format!("&{name}={number}"));
        let more = [
            number("after", after),
            number("up_to", up_to),
            number("since_micros", since_micros),
            number("until_micros", until_micros),
            event_type.as_deref().map(|kind| format!("&type={}", encoded(kind))),
        ];
        let more: String = more.into_iter().flatten().collect();
        let path = agent_path(selector, &format!("/events?follow={follow}{more}"));
        let exchange = self.wires.get(&path, AT_ONCE).await?;
        if exchange.is_lines() {
            return Ok(Items::new(exchange));
        }
        // It is a problem, or no answer of a node.
        let broken = self.wires.broken("expected lines of JSON");
        exchange.read::<serde::de::IgnoredAny>(AT_ONCE).await.and(Err(broken))
    }

    /// The state of an event-sourced agent as it is, or was.
    ///
    /// # Errors
    /// As [`tree`](Self::tree).
    ///
    /// # Cancel safety
    /// As [`tree`](Self::tree).
    pub async fn state(&self, selector: &str, query: StateQuery) -> Result<StateReport, ClientError> {
        let moment = match (query.up_to, query.until_micros) {
            (Some(sequence), _) => format!("?up_to={sequence}"),
            (None, Some(micros)) => format!("?until_micros={micros}"),
            (None, None) => String::new(),
        };
        self.get(&agent_path(selector, &format!("/state{moment}")), RECOVERY).await
    }

    /// Kills the present incarnation of an agent; its supervisor decides what follows.
    ///
    /// # Errors
    /// As [`tree`](Self::tree).
    ///
    /// # Cancel safety
    /// As [`tree`](Self::tree).
    pub async fn kill(&self, selector: &str) -> Result<KillReport, ClientError> {
        self.post(&agent_path(selector, "/kill"), &(), AT_ONCE).await
    }

    /// Lets an agent finish what waits for it, then ends it for good.
    ///
    /// # Errors
    /// As [`tree`](Self::tree).
    ///
    /// # Cancel safety
    /// As [`tree`](Self::tree); the agent may be left draining.
    pub async fn drain(&self, selector: &str, request: &DrainRequest) -> Result<DrainReport, ClientError> {
        let limit = Duration::from_millis(request.limit_ms.unwrap_or(30_000)).saturating_add(MARGIN);
        self.post(&agent_path(selector, "/drain"), request, limit).await
    }

    /// Lets an agent take no new messages until it is resumed.
    ///
    /// # Errors
    /// As [`tree`](Self::tree).
    ///
    /// # Cancel safety
    /// As [`tree`](Self::tree).
    pub async fn suspend(&self, selector: &str, reason: &str) -> Result<StageReport, ClientError> {
        let request = SuspendRequest { reason: reason.to_owned() };
        self.post(&agent_path(selector, "/suspend"), &request, AT_ONCE).await
    }

    /// Lets a suspended agent go on.
    ///
    /// # Errors
    /// As [`tree`](Self::tree).
    ///
    /// # Cancel safety
    /// As [`tree`](Self::tree).
    pub async fn resume(&self, selector: &str) -> Result<StageReport, ClientError> {
        self.post(&agent_path(selector, "/resume"), &(), AT_ONCE).await
    }

    /// Asks an agent.
    ///
    /// # Errors
    /// As [`tree`](Self::tree); an agent's refusal is a [`ClientError::Problem`].
    ///
    /// # Cancel safety
    /// As [`tree`](Self::tree).
    pub async fn call(&self, request: &CallRequest) -> Result<CallAnswer, ClientError> {
        let limit = Duration::from_millis(request.timeout_ms.unwrap_or(30_000)).saturating_add(MARGIN);
        let exchange = self.wires.post("/v1/call", &self.json(request)?, limit).await?;
        if exchange.is_lines() {
            return Ok(CallAnswer::Stream(Items::new(exchange)));
        }
        let reply: CallReply = exchange.read(limit).await?;
        Ok(CallAnswer::One(reply.reply))
    }

    /// The events of the restart history with a number above `since`, at most a thousand at a time. With `follow`
    /// the node waits for one, for about 25 seconds, when there is none.
    ///
    /// # Errors
    /// As [`tree`](Self::tree).
    ///
    /// # Cancel safety
    /// No event is lost: ask again with the same number.
    pub async fn restarts(&self, since: u64, follow: bool) -> Result<EventList, ClientError> {
        let limit = if follow { FOLLOW } else { AT_ONCE };
        self.get(&format!("/v1/restarts?since={since}&follow={follow}"), limit).await
    }

    /// Whether the system is ready, and why not.
    ///
    /// # Errors
    /// As [`tree`](Self::tree). A system that is not ready is no error.
    ///
    /// # Cancel safety
    /// As [`tree`](Self::tree).
    pub async fn health(&self) -> Result<HealthReport, ClientError> {
        self.wires.get("/v1/health", AT_ONCE).await?.read_any(AT_ONCE).await
    }

    /// Everything that can be asked, with schemas.
    ///
    /// # Errors
    /// As [`tree`](Self::tree).
    ///
    /// # Cancel safety
    /// As [`tree`](Self::tree).
    pub async fn contracts(&self) -> Result<ContractList, ClientError> {
        self.get("/v1/contracts", AT_ONCE).await
    }

    async fn get<T: DeserializeOwned>(&self, path: &str, limit: Duration) -> Result<T, ClientError> {
        self.wires.get(path, limit).await?.read(limit).await
    }

    async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
        limit: Duration,
    ) -> Result<T, ClientError> {
        let body = self.json(body)?;
        // Nothing to say is an empty body.
        let body = if body == "null" { "" } else { body.as_str() };
        self.wires.post(path, body, limit).await?.read(limit).await
    }

    fn json(&self, body: &impl Serialize) -> Result<String, ClientError> {
        serde_json::to_string(body)
            .map_err(|error| self.wires.broken(format!("the request is no JSON: {error}")))
    }
}

/// The path of an agent, or of what is done to it. Everything but letters, digits, `_` and `-` is encoded, so
/// that no selector can mean another path.
fn agent_path(selector: &str, action: &str) -> String {
    format!("/v1/agents/{}{action}", encoded(selector))
}

fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selector_is_one_segment_of_the_path_whatever_is_in_it() {
        assert_eq!(agent_path("shop/till", "/kill"), "/v1/agents/shop%2Ftill/kill");
        assert_eq!(agent_path("../call?a#b", ""), "/v1/agents/%2E%2E%2Fcall%3Fa%23b");
        assert_eq!(agent_path("ä", ""), "/v1/agents/%C3%A4");
    }
}
