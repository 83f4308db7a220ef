//! What was written, as a tree in which every value and every key knows where it stands.

use super::Origin;

/// One value with its place.
#[derive(Clone, Debug)]
pub(in crate::config) struct Node {
    pub(in crate::config) value: Value,
    pub(in crate::config) origin: Origin,
}

#[derive(Clone, Debug)]
pub(in crate::config) enum Value {
    /// An empty value, `~` or `null`.
    Nothing,
    Text {
        text: String,
        /// Neither quoted nor a block: it may mean a number or a boolean.
        plain: bool,
    },
    List(Vec<Node>),
    /// In the order of writing; no key twice.
    Map(Vec<Entry>),
}

#[derive(Clone, Debug)]
pub(in crate::config) struct Entry {
    pub(in crate::config) key: String,
    pub(in crate::config) origin: Origin,
    pub(in crate::config) node: Node,
}

impl Node {
    /// An unquoted text.
    pub(in crate::config) fn plain(text: &str, origin: Origin) -> Self {
        let value = match text {
            "" | "~" | "null" => Value::Nothing,
            text => Value::Text { text: text.to_owned(), plain: true },
        };
        Self { value, origin }
    }

    /// This node at the end of a path of keys, all of which have its origin.
    pub(in crate::config) fn below<'a>(self, path: impl DoubleEndedIterator<Item = &'a str>) -> Self {
        path.rev().fold(self, |node, key| {
            let origin = node.origin.clone();
            let entry = Entry { key: key.to_owned(), origin: origin.clone(), node };
            Self { value: Value::Map(vec![entry]), origin }
        })
    }

    /// Lays `over` over this: maps key by key, anything else as a whole. A key without a value takes nothing away.
    pub(in crate::config) fn merge(&mut self, over: Self) {
        match (&mut self.value, over.value) {
            (Value::Map(below), Value::Map(above)) if !below.is_empty() => {
                for entry in above {
                    match below.iter_mut().find(|known| known.key == entry.key) {
                        Some(known) => {
                            known.node.merge(entry.node);
                            known.origin = entry.origin;
                        }
                        None => below.push(entry),
                    }
                }
            }
            (Value::Map(_), Value::Nothing) => {}
            (_, value) => *self = Self { value, origin: over.origin },
        }
    }

    /// The node at this path of keys joined by dots.
    pub(in crate::config) fn at(&self, path: &str) -> Option<&Self> {
        path.split('.').try_fold(self, |node, key| match &node.value {
            Value::Map(entries) => entries.iter().find(|entry| entry.key == key).map(|entry| &entry.node),
            _ => None,
        })
    }

    /// How large the tree is from here.
    pub(in crate::config) fn extent(&self) -> Extent {
        let leaf = |bytes| Extent { values: 1, levels: 1, bytes };
        match &self.value {
            Value::Nothing => leaf(0),
            Value::Text { text, .. } => leaf(text.len()),
            Value::List(items) => items.iter().fold(leaf(0), |sum, item| sum.with(0, item)),
            Value::Map(entries) => {
                entries.iter().fold(leaf(0), |sum, entry| sum.with(entry.key.len(), &entry.node))
            }
        }
    }
}

/// How large a tree is.
#[derive(Clone, Copy, Debug)]
pub(in crate::config) struct Extent {
    /// Values, the tree's own included.
    pub(in crate::config) values: usize,
    /// Levels, the tree's own included.
    pub(in crate::config) levels: usize,
    /// Bytes of keys and texts.
    pub(in crate::config) bytes: usize,
}

impl Extent {
    fn with(self, key: usize, inner: &Node) -> Self {
        let Self { values, levels, bytes } = inner.extent();
        Self {
            values: self.values + values,
            levels: self.levels.max(levels + 1),
            bytes: self.bytes + key + bytes,
        }
    }
}
