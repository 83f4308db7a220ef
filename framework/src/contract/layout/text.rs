//! A layout as text: one line, the same for the same type everywhere.
//!
//! `struct S{a:i64}`, `struct P(i64,string)`, `struct U`, `enum E[A|B(u8)|C{d:bool}]`, `T?` for an option, `[T]`
//! for a sequence, `{K=>V}` for a map, `(A,B)` for a tuple, `!` for what has no values.

use super::node::{Kind, Node};

/// The text of the whole, which the first node stands for.
pub(super) fn of(nodes: &[Node]) -> String {
    nodes.first().map_or_else(String::new, |root| part(nodes, root))
}

fn part(nodes: &[Node], node: &Node) -> String {
    let parts = || node.parts.iter().filter_map(|&at| nodes.get(at)).map(|inner| part(nodes, inner));
    let list = || parts().collect::<Vec<_>>().join(",");
    match node.kind {
        Kind::Unknown => "!".to_owned(),
        Kind::Leaf(leaf, _) => leaf.to_owned(),
        Kind::Unit => "()".to_owned(),
        Kind::UnitStruct(struct_name) => format!("struct {}", name(struct_name)),
        Kind::Newtype(struct_name) | Kind::TupleStruct(struct_name) => {
            format!("struct {}({})", name(struct_name), list())
        }
        Kind::Option => format!("{}?", list()),
        Kind::Sequence => format!("[{}]", list()),
        Kind::Map => format!("{{{}}}", parts().collect::<Vec<_>>().join("=>")),
        Kind::Tuple => format!("({})", list()),
        Kind::Struct(struct_name, names) => {
            format!("struct {}{}", name(struct_name), fields(names, parts()))
        }
        Kind::Enum(enum_name, variants) => {
            let payloads = node.parts.iter().filter_map(|&at| nodes.get(at));
            let variants = variants
                .iter()
                .zip(payloads)
                .map(|(variant, payload)| name(variant) + &payload_of(payload, part(nodes, payload)));
            format!("enum {}[{}]", name(enum_name), variants.collect::<Vec<_>>().join("|"))
        }
    }
}

/// What stands after the name of a variant: nothing, `(A,B)` or `{a:A}`.
fn payload_of(payload: &Node, text: String) -> String {
    match payload.kind {
        Kind::Unit => String::new(),
        Kind::Newtype(_) | Kind::TupleStruct(_) | Kind::Struct(..) => {
            text.strip_prefix("struct ").unwrap_or(&text).to_owned()
        }
        _ => text,
    }
}

/// With an alias serde has more names than fields and does not tell which belong together: then the names
/// stand before the fields.
fn fields(names: &[&str], parts: impl Iterator<Item = String>) -> String {
    let parts: Vec<_> = parts.collect();
    if names.len() == parts.len() {
        let fields = names.iter().zip(parts).map(|(field, part)| format!("{}:{part}", name(field)));
        format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
    } else {
        let names: Vec<_> = names.iter().map(|field| name(field)).collect();
        format!("{{{}:{}}}", names.join("|"), parts.join(","))
    }
}

/// A name as it is, or in quotes when it could be taken for something else.
fn name(name: &str) -> String {
    let plain = name.chars().all(|character| character.is_alphanumeric() || "_-".contains(character));
    if plain { name.to_owned() } else { format!("{name:?}") }
}
