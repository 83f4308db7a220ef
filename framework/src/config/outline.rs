//! Settings on their way back to text: keys in the order of the documentation, leaves as they would be written.

use std::fmt::{self, Display};

use super::value::Scalar;

/// A value and what is in it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Outline {
    /// One value, as YAML.
    Leaf(String),
    /// Names, as YAML.
    List(Vec<String>),
    Map(Vec<(String, Outline)>),
}

impl Outline {
    /// A map without keys.
    pub(super) fn map() -> Self {
        Self::Map(Vec::new())
    }

    /// The same map with one key more. Nothing but a map has keys.
    pub(super) fn with(mut self, key: impl Display, value: Self) -> Self {
        if let Self::Map(entries) = &mut self {
            entries.push((key.to_string(), value));
        }
        self
    }

    /// The same map with a key whose value needs no quotes.
    pub(super) fn put(self, key: &str, value: impl Display) -> Self {
        self.with(key, Self::Leaf(value.to_string()))
    }

    /// The same map with a key for what is there, if it is.
    pub(super) fn maybe<T: Display>(self, key: &str, value: Option<T>) -> Self {
        match value {
            Some(value) => self.put(key, value),
            None => self,
        }
    }

    /// The same map with a key for a map, unless that is empty.
    pub(super) fn nest(self, key: impl Display, inner: Self) -> Self {
        match &inner {
            Self::Map(entries) if entries.is_empty() => self,
            _ => self.with(key, inner),
        }
    }

    /// A scalar, quoted if it would otherwise be read as something else.
    pub(super) fn scalar(scalar: &Scalar) -> Self {
        Self::Leaf(match scalar {
            Scalar::Text(text) => quoted(text),
            other => other.to_string(),
        })
    }

    /// Every leaf and list with its path, in order.
    pub(super) fn leaves(&self) -> Vec<(String, String)> {
        let mut leaves = Vec::new();
        self.collect("", &mut leaves);
        leaves
    }

    fn collect(&self, path: &str, into: &mut Vec<(String, String)>) {
        match self {
            Self::Leaf(text) => into.push((path.to_owned(), text.clone())),
            Self::List(items) => into.push((path.to_owned(), format!("[{}]", items.join(", ")))),
            Self::Map(entries) => {
                for (key, value) in entries {
                    let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                    value.collect(&path, into);
                }
            }
        }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, indent: usize) -> fmt::Result {
        match self {
            Self::Leaf(text) => writeln!(f, " {text}"),
            Self::List(items) => writeln!(f, " [{}]", items.join(", ")),
            Self::Map(entries) if entries.is_empty() => writeln!(f, " {{}}"),
            Self::Map(entries) => {
                if indent > 0 {
                    writeln!(f)?;
                }
                for (key, value) in entries {
                    write!(f, "{:indent$}{}:", "", quoted(key))?;
                    value.write(f, indent + 2)?;
                }
                Ok(())
            }
        }
    }
}

/// As YAML in block style, two spaces to a level.
impl Display for Outline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, 0)
    }
}

/// A text as YAML: plain where that is read back as the same text, in double quotes otherwise.
pub(super) fn quoted(text: &str) -> String {
    let first = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '/');
    let later = |c: char| first(c) || matches!(c, '-' | '.' | ':');
    let plain = text.starts_with(first)
        && text.chars().all(later)
        && !text.ends_with(':')
        && text != "null"
        && matches!(Scalar::from_plain(text), Scalar::Text(_));
    if plain {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            ' '..='~' => quoted.push(c),
            c if c.is_alphanumeric() => quoted.push(c),
            c => quoted.push_str(&format!("\\U{:08X}", u32::from(c))),
        }
    }
    quoted.push('"');
    quoted
}
