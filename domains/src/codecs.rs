//! The codecs that every contract of the domains is tried with.

use mistersmith::contract::Contract;
use mistersmith::contract::conformance::{Codec, Json, every_value_survives};

struct Bincode;

impl Codec for Bincode {
    const NAME: &'static str = "bincode";

    fn encode<T: serde::Serialize>(&self, value: &T) -> Result<Vec<u8>, String> {
        bincode::serialize(value).map_err(|error| error.to_string())
    }

    fn decode<T: serde::de::DeserializeOwned>(&self, bytes: &[u8]) -> Result<T, String> {
        bincode::deserialize(bytes).map_err(|error| error.to_string())
    }
}

struct MessagePack;

impl Codec for MessagePack {
    const NAME: &'static str = "MessagePack";

    fn encode<T: serde::Serialize>(&self, value: &T) -> Result<Vec<u8>, String> {
        rmp_serde::to_vec_named(value).map_err(|error| error.to_string())
    }

    fn decode<T: serde::de::DeserializeOwned>(&self, bytes: &[u8]) -> Result<T, String> {
        rmp_serde::from_slice(bytes).map_err(|error| error.to_string())
    }
}

/// Every value of this contract comes through every codec as it was.
#[track_caller]
pub(crate) fn survives<C: Contract>() {
    let survived = [
        every_value_survives::<C>(&Json),
        every_value_survives::<C>(&Bincode),
        every_value_survives::<C>(&MessagePack),
    ];
    for count in survived {
        assert!(count.unwrap() > 0);
    }
}
