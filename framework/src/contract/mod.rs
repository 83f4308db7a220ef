//! What may be said: contracts, requests, replies, streams, refusals, schemas and layouts, as plain data.
//!
//! A contract is the closed set of requests an agent answers, each with its exact reply type, and one type for
//! a "no". There is no handle, future or port in anything that is said, so it can be logged, stored, sent to
//! another node and tried again.
//!
//! ```
//! use mistersmith::contract::{Ask, Contract};
//! use mistersmith::replies;
//! use schemars::JsonSchema;
//! use serde::{Deserialize, Serialize};
//!
//! pub struct Counter;
//!
//! #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
//! pub struct Add { pub amount: i64 }
//! #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
//! pub struct Watch;
//!
//! #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
//! pub enum Request { Add(Add), Watch(Watch) }
//! #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
//! pub enum Response { Total(i64), Changed(i64) }
//!
//! replies! { Counter: Add => Total(i64), Watch => stream Changed(i64) }
//!
//! assert_eq!(Add::ACTION, "add");
//! assert!(matches!(Counter::request_from_json("add", r#"{ "amount": 3 }"#), Ok(Request::Add(Add { amount: 3 }))));
//! let error = Counter::request_from_json("subtract", "{}").unwrap_err();
//! assert_eq!(error.to_string(), "Counter has no action `subtract`; it has: add, watch");
//! ```
//!
//! - [`replies!`](crate::replies) pairs requests with replies; an unpaired one on either side does not compile.
//! - [`Serve`] and [`ServeStream`] are what somebody implements who answers; [`Dispatch`] brings a request there.
//! - [`RequestInfo`] is a request for tools: schemas for people, a [`Fingerprint`] for nodes that meet.
//! - [`layout`] says how serde sees a type, and makes samples of it.
//!
//! Rules for what crosses a wire: not recursive, no type that asks the format what comes next (such as
//! `serde_json::Value`, an untagged enum or a flattened field; carry such data as JSON text).

mod action;
mod ask;
mod definition;
mod digest;
mod json_place;
pub mod layout;
mod never;
mod replies;
mod request_error;
mod request_info;
mod serve;
mod subscribe;
mod wire;
#[doc(hidden)]
pub mod written;

#[cfg(feature = "test-util")]
pub mod conformance;

pub use ask::{Answer, Ask, Outcome};
pub use definition::Contract;
pub use digest::{DigestError, Fingerprint, LayoutHash};
pub use never::Never;
pub use request_error::RequestError;
pub use request_info::{ReplyKind, RequestInfo};
pub use serve::{Dispatch, Dispatched, Serve, ServeStream};
pub use subscribe::{Opening, Subscribe};
pub use wire::Wire;
