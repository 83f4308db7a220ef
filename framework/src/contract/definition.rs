//! A contract: the closed set of requests somebody answers, and how each is written and read.

use std::fmt::Display;

use serde::{Deserializer, Serializer};

use super::{RequestError, RequestInfo, Wire, json_place};

/// The closed set of requests an agent answers, each with its exact reply type, and one type for a refusal.
///
/// Written by [`replies!`](crate::replies), not by hand. The wire forms here are of a request's **payload**
/// alone: a request travels as its action and its payload, never as an index into the enum, so two versions
/// of a contract understand each other in everything both of them know.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a contract",
    note = "declare its requests and replies with `replies! {{ {Self}: Add => Total(i64) }}`"
)]
pub trait Contract: Sized + Send + Sync + 'static {
    /// The contract's name, as its type is called: `Counter`.
    const NAME: &'static str;

    /// Everything that can be asked: an enum with one variant per request struct, of the same name.
    type Request: Wire;

    /// Everything that can be replied.
    type Response: Wire;

    /// A "no" that is a value and ends nobody; [`Never`](super::Never) where nothing is refused.
    type Refusal: Wire + Display;

    /// The requests in the order of their declaration.
    fn requests() -> &'static [RequestInfo];

    /// The action of a request: its struct's name in snake case.
    fn name_of(request: &Self::Request) -> &'static str;

    /// Writes the payload of a request, without its action.
    ///
    /// # Errors
    /// Those of the serializer.
    fn serialize_request<S: Serializer>(request: &Self::Request, serializer: S) -> Result<S::Ok, S::Error>;

    /// Reads the payload of a request of this action.
    ///
    /// # Errors
    /// Those of the deserializer; an unknown variant for an unknown action.
    fn deserialize_request<'de, D: Deserializer<'de>>(
        action: &str,
        deserializer: D,
    ) -> Result<Self::Request, D::Error>;

    /// Writes a reply alone, as its own type: `Total(3)` is written as `3`.
    ///
    /// # Errors
    /// Those of the serializer.
    fn serialize_response<S: Serializer>(response: &Self::Response, serializer: S)
    -> Result<S::Ok, S::Error>;

    /// Reads a reply, or one item of the stream, to a request of this action.
    ///
    /// # Errors
    /// Those of the deserializer; an unknown variant for an unknown action.
    fn deserialize_response<'de, D: Deserializer<'de>>(
        action: &str,
        deserializer: D,
    ) -> Result<Self::Response, D::Error>;

    /// The request of this action, or nothing when there is none.
    fn request(action: &str) -> Option<&'static RequestInfo> {
        Self::requests().iter().find(|info| info.action() == action)
    }

    /// Reads a request from its action and its payload as JSON.
    ///
    /// A request without fields may be sent with an empty payload, `null` or `{}`.
    ///
    /// # Errors
    /// [`RequestError::UnknownAction`] lists what there is. [`RequestError::WrongPayload`] says what serde
    /// expected and where, and carries the JSON schema of what was expected.
    fn request_from_json(action: &str, json: &str) -> Result<Self::Request, RequestError> {
        let Some(info) = Self::request(action) else {
            return Err(RequestError::UnknownAction {
                contract: Self::NAME,
                action: action.to_owned(),
                known: Self::requests().iter().map(RequestInfo::action).collect(),
            });
        };
        let read = |json: &str| {
            let mut deserializer = serde_json::Deserializer::from_str(json);
            let request = Self::deserialize_request(action, &mut deserializer)?;
            deserializer.end().map(|()| request)
        };
        let bare = matches!(json.trim(), "" | "{}").then(|| read("null")).and_then(Result::ok);
        let json = if json.trim().is_empty() { "{}" } else { json };
        bare.map_or_else(|| read(json), Ok).map_err(|source| RequestError::WrongPayload {
            contract: Self::NAME,
            action: info.action(),
            place: json_place::of(json, source.line(), source.column()),
            schema: Box::new(info.request_schema()),
            source,
        })
    }

    /// The payload of a request as JSON.
    ///
    /// # Errors
    /// For what JSON cannot hold, such as a map whose keys are not texts or numbers.
    fn request_to_json(request: &Self::Request) -> serde_json::Result<String> {
        to_json(|serializer| Self::serialize_request(request, serializer))
    }

    /// Reads a reply, or one item of the stream, to a request of this action from JSON.
    ///
    /// # Errors
    /// For an action there is not, and a text that is no such reply.
    fn response_from_json(action: &str, json: &str) -> serde_json::Result<Self::Response> {
        let mut deserializer = serde_json::Deserializer::from_str(json);
        let response = Self::deserialize_response(action, &mut deserializer)?;
        deserializer.end().map(|()| response)
    }

    /// A reply alone as JSON: `Total(3)` is `3`, one without a value is `null`.
    ///
    /// # Errors
    /// For what JSON cannot hold, such as a map whose keys are not texts or numbers.
    fn response_to_json(response: &Self::Response) -> serde_json::Result<String> {
        to_json(|serializer| Self::serialize_response(response, serializer))
    }

    /// A refusal as JSON.
    ///
    /// # Errors
    /// For what JSON cannot hold, such as a map whose keys are not texts or numbers.
    fn refusal_to_json(refusal: &Self::Refusal) -> serde_json::Result<String> {
        serde_json::to_string(refusal)
    }
}

/// A request that stands in a `replies!`, once: a second time is a conflicting implementation.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a request of any contract",
    note = "list it in the `replies!` of its contract: `replies! {{ Counter: {Self} => Total(i64) }}`"
)]
pub trait Listed {
    /// The name of the struct.
    const NAME: &'static str;
}

type JsonWriter<'w> = &'w mut serde_json::Serializer<Vec<u8>>;

fn to_json(write: impl FnOnce(JsonWriter<'_>) -> serde_json::Result<()>) -> serde_json::Result<String> {
    let mut serializer = serde_json::Serializer::new(Vec::new());
    write(&mut serializer)?;
    String::from_utf8(serializer.into_inner()).map_err(serde::ser::Error::custom)
}
