//! Answers and problems as HTTP has them, and bodies read within limits.

use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use super::Shared;
use crate::control::api::{Problem, ProblemBody, ProblemCode};

/// The most bytes of a body.
pub(super) const BODY_BYTES: usize = 1024 * 1024;
/// How long a client may take to send it.
const BODY_WITHIN: Duration = Duration::from_secs(10);

/// A problem as an answer.
#[derive(Debug)]
pub(super) struct No(pub(super) Problem);

/// What a handler returns.
pub(super) type Answer<T> = Result<Json<T>, No>;

impl No {
    pub(super) fn new(code: ProblemCode, message: impl Into<String>) -> Self {
        Self(Problem::new(code, message))
    }
}

impl From<Problem> for No {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl IntoResponse for No {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(ProblemBody { error: self.0 })).into_response()
    }
}

/// Refuses a body that says itself that it is too large, before a byte of it is read.
pub(super) fn check_length(headers: &HeaderMap) -> Result<(), No> {
    let length =
        headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    match length {
        Some(length) if length > BODY_BYTES as u64 => Err(too_large()),
        _ => Ok(()),
    }
}

/// Reads a body as JSON; an empty one as `{}`.
pub(super) async fn read<T: DeserializeOwned>(shared: &Shared, body: Body, expected: &str) -> Result<T, No> {
    let reading = Limited::new(body, BODY_BYTES).collect();
    let bytes: Bytes = match shared.system.clock().timeout(BODY_WITHIN, reading).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(too_large()),
        Ok(Err(error)) => {
            return Err(No::new(ProblemCode::BadBody, format!("the body broke off: {error}")));
        }
        Err(late) => return Err(No::new(ProblemCode::TooSlow, format!("the body was {late}"))),
    };
    let text = if bytes.trim_ascii().is_empty() { b"{}" } else { &bytes[..] };
    serde_json::from_slice(text).map_err(|error| {
        let message = format!("the body is not what is expected here: {error}");
        Problem::new(ProblemCode::BadBody, message).expected(expected).into()
    })
}

fn too_large() -> No {
    No::new(ProblemCode::TooLarge, format!("the body is larger than {BODY_BYTES} bytes"))
}
