//! The deserializer that answers everything a type asks, and notes what it was asked.

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use super::candidates::{BYTES, CHARACTERS, FRACTIONS, NUMBERS, TEXTS, TRUTHS};
use super::explorer::{Explorer, Rejection};
use super::node::{EMPTY, FULL, Kind};

/// Answers for one part of a type.
pub(super) struct Probe<'e> {
    explorer: &'e mut Explorer,
    node: usize,
}

impl<'e> Probe<'e> {
    pub(super) fn root(explorer: &'e mut Explorer) -> Self {
        Self { explorer, node: 0 }
    }

    fn leaf<T: Copy>(&mut self, name: &'static str, candidates: &[T]) -> Result<T, Rejection> {
        self.explorer.see(self.node, Kind::Leaf(name, candidates.len()))?;
        Ok(candidates[self.explorer.choose_candidate(self.node, candidates.len())])
    }

    fn choice(&mut self, kind: Kind) -> Result<usize, Rejection> {
        self.explorer.see(self.node, kind)?;
        self.explorer.choose_way(self.node)
    }

    fn parts<'de, V: Visitor<'de>>(
        self,
        kind: Kind,
        names: &'static [&'static str],
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Rejection> {
        let node = self.node;
        self.explorer.see(node, kind)?;
        self.explorer
            .within::<V, _>(|explorer| visitor.visit_seq(Parts { explorer, node, names, next: 0, length }))
    }

    fn newtype<T>(
        self,
        name: &'static str,
        inside: impl FnOnce(Probe<'_>) -> Result<T, Rejection>,
    ) -> Result<T, Rejection> {
        self.explorer.see(self.node, Kind::Newtype(name))?;
        let node = self.explorer.part(self.node, 0)?;
        inside(Probe { explorer: self.explorer, node })
    }
}

macro_rules! leaves {
    ($($ask:ident $answer:ident $name:literal $candidates:ident;)+) => {
        $(fn $ask<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Rejection> {
            visitor.$answer(self.leaf($name, $candidates)?.into())
        })+
    };
}

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = Rejection;

    leaves! {
        deserialize_bool visit_bool "bool" TRUTHS;
        deserialize_u8 visit_u8 "u8" NUMBERS;
        deserialize_u16 visit_u16 "u16" NUMBERS;
        deserialize_u32 visit_u32 "u32" NUMBERS;
        deserialize_u64 visit_u64 "u64" NUMBERS;
        deserialize_u128 visit_u128 "u128" NUMBERS;
        deserialize_i16 visit_i16 "i16" NUMBERS;
        deserialize_i32 visit_i32 "i32" NUMBERS;
        deserialize_i64 visit_i64 "i64" NUMBERS;
        deserialize_i128 visit_i128 "i128" NUMBERS;
        deserialize_f32 visit_f32 "f32" FRACTIONS;
        deserialize_f64 visit_f64 "f64" FRACTIONS;
        deserialize_char visit_char "char" CHARACTERS;
        deserialize_str visit_str "string" TEXTS;
        deserialize_string visit_string "string" TEXTS;
        deserialize_bytes visit_bytes "bytes" BYTES;
        deserialize_byte_buf visit_byte_buf "bytes" BYTES;
    }

    fn deserialize_i8<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Rejection> {
        visitor.visit_i8(self.leaf("i8", NUMBERS)?.cast_signed())
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Rejection> {
        Err(self.explorer.stop_self_describing())
    }

    /// Names of fields and variants are answered with the struct or enum they belong to; whoever asks for one
    /// elsewhere reads on by what it says.
    fn deserialize_identifier<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Rejection> {
        Err(self.explorer.stop_self_describing())
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Rejection> {
        Err(self.explorer.stop_self_describing())
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Rejection> {
        self.explorer.see(self.node, Kind::Unit)?;
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Rejection> {
        self.explorer.see(self.node, Kind::UnitStruct(name))?;
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Rejection> {
        self.newtype(name, |inside| {
            let node = inside.node;
            inside.explorer.within::<V, _>(|explorer| visitor.visit_newtype_struct(Probe { explorer, node }))
        })
    }

    fn deserialize_option<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Rejection> {
        if self.choice(Kind::Option)? == EMPTY {
            return visitor.visit_none();
        }
        let node = self.explorer.part(self.node, 0)?;
        self.explorer.within::<V, _>(|explorer| visitor.visit_some(Probe { explorer, node }))
    }

    fn deserialize_seq<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Rejection> {
        let length = usize::from(self.choice(Kind::Sequence)? == FULL);
        self.parts(Kind::Sequence, &[], length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Rejection> {
        let length = 2 * usize::from(self.choice(Kind::Map)? == FULL);
        let node = self.node;
        self.explorer.within::<V, _>(|explorer| {
            visitor.visit_map(Parts { explorer, node, names: &["key", "value"], next: 0, length })
        })
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Rejection> {
        self.parts(Kind::Tuple, &[], length, visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Rejection> {
        self.parts(Kind::TupleStruct(name), &[], length, visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Rejection> {
        self.parts(Kind::Struct(name, fields), fields, fields.len(), visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Rejection> {
        let way = self.choice(Kind::Enum(name, variants))?;
        let node = self.explorer.part(self.node, way)?;
        self.explorer.within::<V, _>(|explorer| {
            explorer.at(variants[way], |explorer| {
                visitor.visit_enum(Variant { name: variants[way], payload: Probe { explorer, node } })
            })
        })
    }

    /// As in bincode: this is its layout.
    fn is_human_readable(&self) -> bool {
        false
    }
}

/// Fields, elements, keys and values, one after the other.
struct Parts<'e> {
    explorer: &'e mut Explorer,
    node: usize,
    names: &'static [&'static str],
    next: usize,
    length: usize,
}

impl Parts<'_> {
    fn next<'de, S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Rejection> {
        let node = self.explorer.part(self.node, self.next)?;
        let place = self.names.get(self.next).map_or_else(|| self.next.to_string(), |&name| name.to_owned());
        self.next += 1;
        self.explorer.at(place, |explorer| seed.deserialize(Probe { explorer, node }))
    }
}

impl<'de> SeqAccess<'de> for Parts<'_> {
    type Error = Rejection;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Rejection> {
        if self.next < self.length { self.next(seed).map(Some) } else { Ok(None) }
    }
}

impl<'de> MapAccess<'de> for Parts<'_> {
    type Error = Rejection;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Rejection> {
        if self.next < self.length { self.next(seed).map(Some) } else { Ok(None) }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Rejection> {
        self.next(seed)
    }
}

/// One variant of an enum, and what it holds.
struct Variant<'e> {
    name: &'static str,
    payload: Probe<'e>,
}

impl<'de, 'e> EnumAccess<'de> for Variant<'e> {
    type Error = Rejection;
    type Variant = Probe<'e>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Probe<'e>), Rejection> {
        let name: StrDeserializer<'_, Rejection> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, self.payload))
    }
}

impl<'de> VariantAccess<'de> for Probe<'_> {
    type Error = Rejection;

    fn unit_variant(self) -> Result<(), Rejection> {
        self.explorer.see(self.node, Kind::Unit)
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Rejection> {
        self.newtype("", |inside| seed.deserialize(inside))
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Rejection> {
        self.parts(Kind::TupleStruct(""), &[], length, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Rejection> {
        self.parts(Kind::Struct("", fields), fields, fields.len(), visitor)
    }
}
