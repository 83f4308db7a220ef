//! Every value of a contract survives every codec, and what cannot is caught before it is sent.

use mistersmith::contract::Contract as _;
use mistersmith::contract::conformance::{Codec, Json, Lost, every_value_survives};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::counter::{Add, Counter, Request};

struct MessagePack;

impl Codec for MessagePack {
    const NAME: &'static str = "named MessagePack";

    fn encode<T: Serialize>(&self, value: &T) -> Result<Vec<u8>, String> {
        rmp_serde::to_vec_named(value).map_err(|error| error.to_string())
    }

    fn decode<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T, String> {
        rmp_serde::from_slice(bytes).map_err(|error| error.to_string())
    }
}

struct Bincode;

impl Codec for Bincode {
    const NAME: &'static str = "bincode";

    fn encode<T: Serialize>(&self, value: &T) -> Result<Vec<u8>, String> {
        use bincode::Options as _;
        let codec = bincode::DefaultOptions::new().with_limit(1 << 20);
        codec.serialize(value).map_err(|error| error.to_string())
    }

    fn decode<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T, String> {
        use bincode::Options as _;
        let codec = bincode::DefaultOptions::new().with_limit(1 << 20);
        codec.deserialize(bytes).map_err(|error| error.to_string())
    }
}

/// A contract with a field that bincode cannot skip.
mod skipping {
    use mistersmith::replies;
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    pub struct Skipping;

    #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
    pub struct Note {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub title: Option<String>,
        pub text: String,
    }

    #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
    pub enum Request {
        Note(Note),
    }

    #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
    pub enum Response {
        Noted,
    }

    replies! { Skipping: Note => Noted }
}

/// A contract that holds JSON as a value.
mod free {
    use mistersmith::replies;
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    pub struct Free;

    #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
    pub struct Store {
        pub value: serde_json::Value,
    }

    #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
    pub enum Request {
        Store(Store),
    }

    #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
    pub enum Response {
        Stored,
    }

    replies! { Free: Store => Stored }
}

#[test]
fn so_do_the_values_of_the_contracts_that_are_there_for_tests() {
    fn survive<C: mistersmith::contract::Contract>() {
        let lost = |lost: Lost| panic!("{}: {lost}", C::NAME);
        every_value_survives::<C>(&Json).unwrap_or_else(lost);
        every_value_survives::<C>(&MessagePack).unwrap_or_else(lost);
        every_value_survives::<C>(&Bincode).unwrap_or_else(lost);
    }
    survive::<mistersmith::testing::TestContract>();
    survive::<mistersmith::testing::Scripting>();
    survive::<mistersmith::testing::Discovery>();
}

#[test]
fn every_value_survives_every_codec() {
    // Seven requests (the list of totals full with and without a name, and empty), six responses, one refusal.
    const VALUES: usize = 7 + 6 + 1;
    assert_eq!(every_value_survives::<Counter>(&Json).unwrap(), VALUES);
    assert_eq!(every_value_survives::<Counter>(&MessagePack).unwrap(), VALUES);
    assert_eq!(every_value_survives::<Counter>(&Bincode).unwrap(), VALUES);
}

#[test]
fn a_skipped_field_is_caught_by_bincode() {
    every_value_survives::<skipping::Skipping>(&Json).unwrap();
    every_value_survives::<skipping::Skipping>(&MessagePack).unwrap();
    let lost = every_value_survives::<skipping::Skipping>(&Bincode).unwrap_err();
    assert!(matches!(lost, Lost::Value { contract: "Skipping", codec: "bincode", .. }), "{lost}");
}

#[test]
fn json_as_a_value_is_refused_before_it_is_sent() {
    let lost = every_value_survives::<free::Free>(&Json).unwrap_err();
    let told = lost.to_string();
    assert!(told.contains("at `Store.value`") && told.contains("send such data as JSON text"), "{told}");
}

proptest::proptest! {
    #[test]
    fn any_amount_comes_back_through_every_codec(amount: i64) {
        let request = Request::Add(Add { amount });
        let sent = format!("{request:?}");
        let back: Request = Bincode.decode(&Bincode.encode(&request).unwrap()).unwrap();
        proptest::prop_assert_eq!(&sent, &format!("{back:?}"));
        let back: Request = MessagePack.decode(&MessagePack.encode(&request).unwrap()).unwrap();
        proptest::prop_assert_eq!(&sent, &format!("{back:?}"));
        let json = Counter::request_to_json(&request).unwrap();
        let back = Counter::request_from_json("add", &json).unwrap();
        proptest::prop_assert_eq!(&sent, &format!("{back:?}"));
    }
}
