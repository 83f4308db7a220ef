//! One request and its answer over a connection of their own.

use std::net::SocketAddr;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::{Method, Request, Response, StatusCode, header};
use hyper_util::rt::TokioIo;
use mistersmith::clock::Clock;
use serde::de::DeserializeOwned;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::ClientError;
use crate::control::api::{API_VERSION, ProblemBody, VERSION_HEADER};
use crate::control::token::Token;

/// How long a connection may take to come about.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// The largest answer that is read as a whole.
const MOST_BYTES: usize = 256 * 1024 * 1024;

/// Where a node is, and what is said to be let in.
#[derive(Clone, Debug)]
pub(super) struct Wires {
    address: SocketAddr,
    token: Token,
    clock: Clock,
}

/// An answer whose body is still to be read.
#[derive(Debug)]
pub(super) struct Exchange {
    wires: Wires,
    response: Response<Incoming>,
    /// The task that moves the bytes; ends with the exchange.
    _connection: JoinSet<()>,
}

impl Wires {
    pub(super) fn new(address: SocketAddr, token: &Token) -> Self {
        Self { address, token: token.clone(), clock: Clock::machine() }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) async fn get(&self, path: &str, limit: Duration) -> Result<Exchange, ClientError> {
        self.ask(Method::GET, path, "", limit).await
    }

    pub(super) async fn post(
        &self,
        path: &str,
        body: &str,
        limit: Duration,
    ) -> Result<Exchange, ClientError> {
        self.ask(Method::POST, path, body, limit).await
    }

    /// Something that is no answer of a node.
    pub(super) fn broken(&self, reason: impl ToString) -> ClientError {
        ClientError::Broken { address: self.address, reason: reason.to_string() }
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        body: &str,
        limit: Duration,
    ) -> Result<Exchange, ClientError> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, self.address.to_string())
            .header(header::AUTHORIZATION, self.token.bearer())
            .header(VERSION_HEADER, API_VERSION)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(body.to_owned())))
            .map_err(|error| self.broken(error))?;
        let connecting = self.within(CONNECT_WITHIN, TcpStream::connect(self.address));
        let not_reached = |source| ClientError::NotReached { address: self.address, source };
        let stream = connecting.await?.map_err(not_reached)?;
        let shaken = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = shaken.map_err(|error| self.broken(error))?;
        let mut task = JoinSet::new();
        // Its errors are seen by whoever sends and reads.
        task.spawn(async { drop(connection.await) });
        let response = self.within(limit, sender.send_request(request)).await?;
        let response = response.map_err(|error| self.broken(error))?;
        Ok(Exchange { wires: self.clone(), response, _connection: task })
    }

    async fn within<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Result<T, ClientError> {
        let late = |_| ClientError::TooLate { address: self.address, after: limit };
        self.clock.timeout(limit, work).await.map_err(late)
    }
}

impl Exchange {
    /// Whether the answer is a stream of lines.
    pub(super) fn is_lines(&self) -> bool {
        let content = self.response.headers().get(header::CONTENT_TYPE);
        self.response.status() == StatusCode::OK
            && content.is_some_and(|content| content.as_bytes().starts_with(b"application/x-ndjson"))
    }

    /// Reads the answer, or the problem in its place.
    pub(super) async fn read<T: DeserializeOwned>(self, limit: Duration) -> Result<T, ClientError> {
        let (wires, status) = (self.wires.clone(), self.response.status());
        let bytes = self.bytes(limit).await?;
        if status == StatusCode::OK {
            return serde_json::from_slice(&bytes).map_err(|error| wires.broken(error));
        }
        Err(problem(&wires, status, &bytes))
    }

    /// Reads the answer whatever its status is.
    pub(super) async fn read_any<T: DeserializeOwned>(self, limit: Duration) -> Result<T, ClientError> {
        let (wires, status) = (self.wires.clone(), self.response.status());
        let bytes = self.bytes(limit).await?;
        serde_json::from_slice(&bytes).map_err(|_| problem(&wires, status, &bytes))
    }

    /// The next piece of the body; `None` after the last one.
    pub(super) async fn piece(&mut self) -> Option<Result<Bytes, ClientError>> {
        loop {
            match self.response.body_mut().frame().await? {
                Ok(frame) => match frame.into_data() {
                    Ok(data) => return Some(Ok(data)),
                    Err(_) => continue,
                },
                Err(error) => return Some(Err(self.broken(error))),
            }
        }
    }

    pub(super) fn broken(&self, reason: impl ToString) -> ClientError {
        self.wires.broken(reason)
    }

    async fn bytes(self, limit: Duration) -> Result<Bytes, ClientError> {
        let reading = Limited::new(self.response.into_body(), MOST_BYTES).collect();
        let body = self.wires.within(limit, reading).await?;
        Ok(body.map_err(|error| self.wires.broken(error))?.to_bytes())
    }
}

fn problem(wires: &Wires, status: StatusCode, bytes: &[u8]) -> ClientError {
    match serde_json::from_slice::<ProblemBody>(bytes) {
        Ok(body) => body.error.into(),
        Err(_) => wires.broken(format!("status {status}, without a reason that a node would give")),
    }
}
