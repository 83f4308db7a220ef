//! What every request must pass before it is looked at: its host, its token, its version, its size, and room.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hyper::body::{Frame, SizeHint};
use tokio::sync::OwnedSemaphorePermit;

use super::Shared;
use super::answer::{No, check_length};
use crate::control::api::{API_VERSION, Problem, ProblemCode, VERSION_HEADER};

/// Lets a request through, or answers it with a problem; names the version in every answer.
pub(super) async fn guard(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let mut response = match pass(&shared, request, next).await {
        Ok(response) => response,
        Err(no) => no.into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(VERSION_HEADER, HeaderValue::from(API_VERSION));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn pass(shared: &Shared, request: Request, next: Next) -> Result<Response, No> {
    check_host(request.uri().authority(), request.headers())?;
    check_token(shared, request.headers())?;
    check_version(request.headers())?;
    check_length(request.headers())?;
    let Ok(room) = Arc::clone(&shared.requests).try_acquire_owned() else {
        let message = "too many requests at a time; try again when one of them is done";
        return Err(No::new(ProblemCode::TooBusy, message));
    };
    let response = next.run(request).await;
    Ok(response.map(|body| Body::new(Seated { body, _room: room })))
}

/// A body that keeps its place among the requests until its last byte is sent.
struct Seated {
    body: Body,
    _room: OwnedSemaphorePermit,
}

impl HttpBody for Seated {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A page in a browser can make a foreign name lead to 127.0.0.1; it cannot make the browser send another host.
fn check_host(authority: Option<&Authority>, headers: &HeaderMap) -> Result<(), No> {
    let host = headers.get(header::HOST).map(|host| host.to_str().unwrap_or("?"));
    let is_own = |authority: &Authority| {
        let name = authority.host();
        let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        name.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
    };
    let named = host.and_then(|host| host.parse::<Authority>().ok());
    if named.as_ref().is_some_and(is_own) && authority.is_none_or(is_own) {
        return Ok(());
    }
    let got = host.unwrap_or("none");
    let message =
        format!("the request is for host \"{got}\"; this interface is reached by its loopback address");
    Err(Problem::new(ProblemCode::ForeignHost, message).known(["127.0.0.1", "[::1]", "localhost"]).into())
}

fn check_token(shared: &Shared, headers: &HeaderMap) -> Result<(), No> {
    let given = headers.get(header::AUTHORIZATION).map(HeaderValue::as_bytes);
    let Some(given) = given.and_then(|given| given.strip_prefix(b"Bearer ")) else {
        let message =
            "no token; send the content of the node's token file as \"authorization: Bearer TOKEN\"";
        return Err(No::new(ProblemCode::Unauthorized, message));
    };
    if shared.token.is(given.trim_ascii()) {
        return Ok(());
    }
    let message = "this is not the node's token; a node writes a new one to its token file at every start";
    Err(No::new(ProblemCode::Unauthorized, message))
}

fn check_version(headers: &HeaderMap) -> Result<(), No> {
    let Some(wanted) = headers.get(VERSION_HEADER) else { return Ok(()) };
    if wanted.to_str().is_ok_and(|wanted| wanted.trim() == API_VERSION.to_string()) {
        return Ok(());
    }
    let wanted = String::from_utf8_lossy(wanted.as_bytes());
    let message = format!("this node speaks version {API_VERSION} of the control interface, not {wanted}");
    Err(Problem::new(ProblemCode::UnsupportedVersion, message).known([API_VERSION.to_string()]).into())
}
