//! What [`replies!`](crate::replies) writes refers to; not for use by hand.

pub use anyhow::Result;
pub use serde::de::Error as DecodeError;
pub use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use super::action::{all_distinct, snake_case, snake_case_length, text};
pub use super::definition::Listed;
