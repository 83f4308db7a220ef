//! The promise of every contract: each of its values survives each codec.
//!
//! Run it on every contract of an application, with every codec its messages may meet. It finds what the type
//! system does not: a field that is skipped when empty (bincode reads the next one in its place), a type that
//! asks the format what comes next, a recursive one, an own `Serialize` that does not match its `Deserialize`.

use std::any::type_name;
use std::fmt::Debug;

use serde::de::DeserializeOwned;

use super::layout::{self, LayoutError};
use super::{Contract, Wire};

/// A codec to try: how a value becomes bytes and comes back.
pub trait Codec {
    /// What failures call it: `bincode`.
    const NAME: &'static str;

    /// Writes a value.
    ///
    /// # Errors
    /// What the codec says.
    fn encode<T: serde::Serialize>(&self, value: &T) -> Result<Vec<u8>, String>;

    /// Reads a value that fills the bytes to the last one.
    ///
    /// # Errors
    /// What the codec says, also about bytes that are left over.
    fn decode<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T, String>;
}

/// The codec of the control API and of NATS.
#[derive(Clone, Copy, Debug)]
pub struct Json;

impl Codec for Json {
    const NAME: &'static str = "JSON";

    fn encode<T: serde::Serialize>(&self, value: &T) -> Result<Vec<u8>, String> {
        serde_json::to_vec(value).map_err(|error| error.to_string())
    }

    fn decode<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T, String> {
        serde_json::from_slice(bytes).map_err(|error| error.to_string())
    }
}

/// A value that did not survive, or a type that has none to try.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Lost {
    /// The type is none for a wire.
    #[error("{contract}: {source}")]
    Layout {
        /// The contract it belongs to.
        contract: &'static str,
        /// What is wrong with it.
        source: LayoutError,
    },
    /// A request has no fingerprint, so two nodes could not compare it.
    #[error("{contract} cannot compare its request `{action}`: {source}")]
    Fingerprint {
        /// The contract it belongs to.
        contract: &'static str,
        /// The action of the request.
        action: &'static str,
        /// What is wrong with it.
        source: LayoutError,
    },
    /// A value came back as another, or not at all.
    #[error("{contract}: {sent} went into {codec} and came back as {came_back}")]
    Value {
        /// The contract it belongs to.
        contract: &'static str,
        /// The codec that lost it.
        codec: &'static str,
        /// The value, as `Debug` shows it.
        sent: String,
        /// What came of it: the other value, or an error.
        came_back: String,
    },
}

/// Sends samples of every request, response and refusal through the codec, each variant at least once, and
/// each request and reply through JSON by its action. Returns how many values survived.
///
/// # Errors
/// The first value that did not, or the first type that is none for a wire.
pub fn every_value_survives<C: Contract>(codec: &impl Codec) -> Result<usize, Lost> {
    let requests = survive::<C, C::Request, _>(codec)?;
    let responses = survive::<C, C::Response, _>(codec)?;
    let refusals = survive::<C, C::Refusal, _>(codec)?;
    for request in &requests {
        let action = C::name_of(request);
        let back = C::request_to_json(request)
            .map_err(|error| error.to_string())
            .and_then(|json| C::request_from_json(action, &json).map_err(|error| error.to_string()));
        same::<C, _>("JSON by action", request, back)?;
    }
    for info in C::requests() {
        info.fingerprint().map_err(|source| Lost::Fingerprint {
            contract: C::NAME,
            action: info.action(),
            source: source.clone(),
        })?;
    }
    Ok(requests.len() + responses.len() + refusals.len())
}

fn survive<C: Contract, T: Wire, K: Codec>(codec: &K) -> Result<Vec<T>, Lost> {
    let samples = layout::samples::<T>().map_err(|source| Lost::Layout { contract: C::NAME, source })?;
    for sample in &samples {
        let back = codec.encode(sample).and_then(|bytes| codec.decode::<T>(&bytes));
        same::<C, T>(K::NAME, sample, back)?;
    }
    Ok(samples)
}

fn same<C: Contract, T: Debug>(codec: &'static str, sent: &T, back: Result<T, String>) -> Result<(), Lost> {
    let sent = format!("{} {sent:?}", type_name::<T>());
    let came_back = match back {
        Ok(value) => format!("{} {value:?}", type_name::<T>()),
        Err(error) => format!("an error: {error}"),
    };
    if sent == came_back { Ok(()) } else { Err(Lost::Value { contract: C::NAME, codec, sent, came_back }) }
}
