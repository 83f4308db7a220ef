//! What may cross a wire: data that can be written, read back, described and shown.

use std::fmt::Debug;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Everything that may cross a wire: requests, replies, items of streams, refusals.
///
/// Nobody implements it: it holds for every type with these derives.
///
/// ```
/// #[derive(Clone, Debug, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
/// struct Add { amount: i64 }
///
/// fn sendable<T: mistersmith::contract::Wire>() {}
/// sendable::<Add>();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot cross a wire",
    note = "add `#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]` to it, and to what it holds"
)]
pub trait Wire: Clone + Debug + Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static {}

impl<T> Wire for T where T: Clone + Debug + Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static {}
