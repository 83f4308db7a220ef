//! Layouts: what changes them, what does not, and samples of every shape.

#![allow(unreachable_pub, reason = "types are declared as the author of a library declares them")]

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU8;

use mistersmith::contract::LayoutHash;
use mistersmith::contract::layout::{self, LayoutError};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Declares a type in a module of its own, so that two may have the same name.
macro_rules! declared {
    ($module:ident: $($item:tt)*) => {
        mod $module {
            #[derive(Clone, Debug, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
            $($item)*
        }
    };
}

declared! { plain: pub struct Move { pub from: i64, pub to: i64, pub note: String } }
declared! { swapped: pub struct Move { pub to: i64, pub from: i64, pub note: String } }
declared! { renamed: pub struct Move { pub from: i64, pub into: i64, pub note: String } }
declared! { renamed_for_serde: pub struct Move { pub from: i64, #[serde(rename = "into")] pub to: i64, pub note: String } }
declared! { widened: pub struct Move { pub from: i64, pub to: i128, pub note: String } }
declared! { documented:
    /// Moves something.
    pub struct Move {
        /// From here.
        pub from: i64,
        pub to: i64,
        pub note: String,
    }
}
declared! { choice: pub enum Choice { Left, Right } }
declared! { swapped_choice: pub enum Choice { Right, Left } }

fn hash<T: DeserializeOwned>() -> LayoutHash {
    layout::of::<T>().expect("a type for a wire").hash()
}

fn text<T: DeserializeOwned>() -> String {
    layout::of::<T>().expect("a type for a wire").to_string()
}

fn schema<T: schemars::JsonSchema>() -> serde_json::Value {
    let mut schema = schemars::schema_for!(T).to_value();
    schema["required"].as_array_mut().expect("some are required").sort_by_key(ToString::to_string);
    schema
}

#[test]
fn two_fields_of_one_type_that_change_places_change_the_layout_and_not_the_schema() {
    assert_ne!(hash::<plain::Move>(), hash::<swapped::Move>());
    assert_eq!(schema::<plain::Move>(), schema::<swapped::Move>());
}

#[test]
fn a_new_name_or_type_of_a_field_changes_the_layout() {
    assert_ne!(hash::<plain::Move>(), hash::<renamed::Move>());
    assert_ne!(hash::<plain::Move>(), hash::<widened::Move>());
    assert_eq!(hash::<renamed::Move>(), hash::<renamed_for_serde::Move>());
}

#[test]
fn words_for_people_do_not_change_the_layout() {
    assert_eq!(hash::<plain::Move>(), hash::<documented::Move>());
    assert_ne!(schema::<plain::Move>(), schema::<documented::Move>());
}

#[test]
fn variants_that_change_places_change_the_layout() {
    assert_ne!(hash::<choice::Choice>(), hash::<swapped_choice::Choice>());
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Everything {
    unit: (),
    truth: bool,
    numbers: (u8, i8, u128, i128, f32, f64),
    letter: char,
    array: [u16; 2],
    map: BTreeMap<String, Vec<Option<u32>>>,
    tagged: Tagged,
    marker: Marker,
    pair: Pair,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Marker;

#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Pair(String, Wrapped);

#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Wrapped(u64);

#[derive(Clone, Debug, PartialEq, Deserialize)]
enum Tagged {
    Nothing,
    One(Wrapped),
    Two(i32, i32),
    Named { inner: Inner, side: Option<Inner> },
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
enum Inner {
    First,
    Second(String),
    Third,
}

#[test]
fn a_layout_tells_every_name_order_and_primitive() {
    assert_eq!(
        text::<Everything>(),
        "struct Everything{unit:(),truth:bool,numbers:(u8,i8,u128,i128,f32,f64),letter:char,array:(u16,u16),\
         map:{string=>[u32?]},\
         tagged:enum Tagged[Nothing|One(struct Wrapped(u64))|Two(i32,i32)|\
         Named{inner:enum Inner[First|Second(string)|Third],side:enum Inner[First|Second(string)|Third]?}],\
         marker:struct Marker,pair:struct Pair(string,struct Wrapped(u64))}"
    );
}

#[test]
fn samples_show_every_variant_wherever_it_can_stand() {
    let samples = layout::samples::<Everything>().unwrap();
    let seen = |is: &dyn Fn(&Everything) -> bool| samples.iter().any(is);
    assert!(seen(&|it| it.tagged == Tagged::Nothing));
    assert!(seen(&|it| matches!(it.tagged, Tagged::One(_))));
    assert!(seen(&|it| matches!(it.tagged, Tagged::Two(..))));
    for wanted in [Inner::First, Inner::Second("a".into()), Inner::Third] {
        assert!(seen(&|it| matches!(&it.tagged, Tagged::Named { inner, .. } if *inner == wanted)));
        assert!(seen(&|it| matches!(&it.tagged, Tagged::Named { side: Some(side), .. } if *side == wanted)));
    }
    assert!(seen(&|it| matches!(&it.tagged, Tagged::Named { side: None, .. })));
    assert!(seen(&|it| it.map.is_empty()));
    assert!(seen(&|it| it.map.values().any(Vec::is_empty)));
    assert!(seen(&|it| it.map.values().flatten().any(Option::is_none)));
    assert!(samples.len() < 20, "{} samples for a type that needs about ten", samples.len());
}

#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
struct Address;

impl TryFrom<String> for Address {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse::<std::net::SocketAddr>().map(|_| Self).map_err(|_| "expected an address")
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Vec<String>")]
struct Some1(Vec<String>);

impl TryFrom<Vec<String>> for Some1 {
    type Error = &'static str;

    fn try_from(texts: Vec<String>) -> Result<Self, Self::Error> {
        if texts.is_empty() { Err("expected at least one") } else { Ok(Self(texts)) }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "(u32, u32)")]
struct Rising(u32, u32);

impl TryFrom<(u32, u32)> for Rising {
    type Error = &'static str;

    fn try_from((low, high): (u32, u32)) -> Result<Self, Self::Error> {
        if low < high { Ok(Self(low, high)) } else { Err("expected the second above the first") }
    }
}

/// Neither number is what is offered first, and which of them is wrong is not told.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "(u32, u32)")]
struct Round;

impl TryFrom<(u32, u32)> for Round {
    type Error = &'static str;

    fn try_from(numbers: (u32, u32)) -> Result<Self, Self::Error> {
        if numbers == (10, 10) { Ok(Self) } else { Err("expected round numbers") }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[expect(dead_code, reason = "only its layout is asked for")]
struct Checked {
    version: semver::Version,
    requirement: semver::VersionReq,
    instance: uuid::Uuid,
    address: Address,
    texts: Some1,
    rising: Rising,
    round: Round,
    count: NonZeroU8,
    names: BTreeSet<Inner>,
    wait: std::time::Duration,
    ip: std::net::IpAddr,
}

#[test]
fn types_with_rules_are_given_what_they_accept() {
    let samples = layout::samples::<Checked>().unwrap();
    assert!(samples.iter().all(|it| !it.texts.0.is_empty() && it.rising.0 < it.rising.1));
    assert!(samples.iter().any(|it| it.names.is_empty()));
    assert!(
        text::<Checked>()
            .starts_with("struct Checked{version:string,requirement:string,instance:bytes,address:string,")
    );
}

#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
struct Stubborn;

impl TryFrom<String> for Stubborn {
    type Error = &'static str;

    fn try_from(_: String) -> Result<Self, Self::Error> {
        Err("expected the magic word")
    }
}

#[test]
fn a_type_that_accepts_nothing_is_told_with_its_place_and_reason() {
    let error = layout::samples::<(u8, Option<Stubborn>)>().unwrap_err();
    assert!(
        matches!(&error, LayoutError::Refused { place, message, .. } if place == "1" && message == "expected the magic word"),
        "{error}"
    );
}

#[derive(Clone, Debug, Deserialize)]
#[expect(dead_code, reason = "only its layout is asked for")]
struct Linked {
    value: u8,
    next: Option<Box<Linked>>,
}

#[derive(Clone, Debug, Deserialize)]
#[expect(dead_code, reason = "only its layout is asked for")]
enum Tree {
    Leaf,
    Node(Vec<Tree>),
}

#[test]
fn a_recursive_type_is_refused_where_it_meets_itself() {
    let error = layout::of::<Linked>().unwrap_err();
    assert!(matches!(&error, LayoutError::Recursive { place, .. } if place == "next"), "{error}");
    let error = layout::of::<Tree>().unwrap_err();
    assert!(matches!(&error, LayoutError::Recursive { place, .. } if place == "Node.0"), "{error}");
}

mod outer {
    #[derive(Clone, Debug, serde::Deserialize)]
    pub struct Name {
        pub name: super::Name,
    }
}

#[derive(Clone, Debug, Deserialize)]
struct Name {
    name: String,
}

#[test]
fn a_type_in_another_of_the_same_name_is_not_recursive() {
    assert_eq!(text::<outer::Name>(), "struct Name{name:struct Name{name:string}}");
    assert_eq!(layout::samples::<outer::Name>().unwrap()[0].name.name, "a");
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its layout is asked for")]
enum Untagged {
    Number(u8),
    Text(String),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind")]
#[expect(dead_code, reason = "only its layout is asked for")]
enum Internal {
    Number { value: u8 },
}

#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", content = "value")]
#[expect(dead_code, reason = "only its layout is asked for")]
enum Adjacent {
    Number(u8),
    Text(String),
}

#[derive(Clone, Debug, Deserialize)]
#[expect(dead_code, reason = "only its layout is asked for")]
struct Flattened {
    #[serde(flatten)]
    rest: BTreeMap<String, u8>,
}

/// A number or a text, by the choice that stands before it.
#[derive(Clone, Debug)]
struct ByChoice;

impl<'de> Deserialize<'de> for ByChoice {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> serde::de::Visitor<'de> for Reader {
            type Value = ByChoice;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a choice and what it is of")
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut parts: A) -> Result<ByChoice, A::Error> {
                match parts.next_element()? {
                    Some(choice::Choice::Left) => parts.next_element::<u8>()?.map(drop),
                    _ => parts.next_element::<String>()?.map(drop),
                };
                Ok(ByChoice)
            }
        }

        deserializer.deserialize_tuple(2, Reader)
    }
}

#[test]
fn types_that_ask_what_comes_next_are_refused() {
    for error in [
        layout::of::<serde_json::Value>().unwrap_err(),
        layout::of::<Untagged>().unwrap_err(),
        layout::of::<Internal>().unwrap_err(),
        layout::of::<Adjacent>().unwrap_err(),
        layout::of::<ByChoice>().unwrap_err(),
        layout::of::<Flattened>().unwrap_err(),
    ] {
        assert!(matches!(error, LayoutError::SelfDescribing { .. }), "{error}");
    }
}

#[derive(Clone, Debug, Deserialize)]
#[expect(dead_code, reason = "only its layout is asked for")]
struct Aliased {
    #[serde(alias = "sum")]
    amount: i64,
    note: String,
}

#[test]
fn an_alias_has_a_layout_too() {
    assert!(text::<Aliased>().ends_with("|note:i64,string}"), "{}", text::<Aliased>());
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
enum Empty {}

#[test]
fn a_type_without_values_has_no_samples_and_closes_the_ways_that_lead_to_it() {
    assert_eq!(layout::samples::<Empty>().unwrap(), []);
    assert_eq!(layout::samples::<(u8, Empty)>().unwrap(), []);
    assert_eq!(layout::samples::<Option<Empty>>().unwrap(), [None]);
    assert_eq!(layout::samples::<Result<u8, Empty>>().unwrap(), [Ok(1)]);
    assert_eq!(text::<Empty>(), "enum Empty[]");
}
