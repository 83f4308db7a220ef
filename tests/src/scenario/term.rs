//! Erlang terms, as far as scenarios and traces have them, printed as traces show them and as scenarios write them.

use std::fmt;

use super::Malformed;

/// An Erlang term. Maps keep the order in which they were written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Term {
    /// An atom.
    Atom(String),
    /// An integer.
    Integer(i128),
    /// A float, as it was written.
    Float(String),
    /// A string: a list of characters.
    Text(String),
    /// A tuple.
    Tuple(Vec<Term>),
    /// A list.
    List(Vec<Term>),
    /// A map.
    Map(Vec<(Term, Term)>),
}

impl Term {
    /// An atom.
    pub fn atom(name: impl Into<String>) -> Self {
        Self::Atom(name.into())
    }

    /// A tuple.
    pub fn tuple(parts: impl IntoIterator<Item = Self>) -> Self {
        Self::Tuple(parts.into_iter().collect())
    }

    /// The name, if it is an atom.
    #[must_use]
    pub fn as_atom(&self) -> Option<&str> {
        match self {
            Self::Atom(name) => Some(name),
            _ => None,
        }
    }

    /// Whether it is this atom.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.as_atom() == Some(name)
    }

    /// As scenarios write it: without blanks, and quoted where Erlang wants it.
    #[must_use]
    pub fn source(&self) -> Source<'_> {
        Source(self)
    }
}

/// Reads a term as scenarios write it.
impl std::str::FromStr for Term {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        Self::read(text).map_err(|wrong| wrong.at(1))
    }
}

/// As traces show it: atoms without quotes.
impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, false)
    }
}

/// A term as scenarios write it; see [`Term::source`].
#[derive(Clone, Copy, Debug)]
pub struct Source<'a>(&'a Term);

impl fmt::Display for Source<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write(f, true)
    }
}

impl Term {
    fn write(&self, f: &mut fmt::Formatter<'_>, quoted: bool) -> fmt::Result {
        match self {
            Self::Atom(name) if quoted && !is_plain(name) => write!(f, "'{}'", escaped(name, '\'')),
            Self::Atom(name) | Self::Float(name) => f.write_str(name),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Text(text) => write!(f, "\"{}\"", escaped(text, '"')),
            Self::Tuple(parts) => bracketed(f, "{", parts, "}", quoted),
            Self::List(parts) => bracketed(f, "[", parts, "]", quoted),
            Self::Map(pairs) => {
                f.write_str("#{")?;
                let arrow = if quoted { "=>" } else { " => " };
                for (index, (key, value)) in pairs.iter().enumerate() {
                    f.write_str(if index == 0 { "" } else { "," })?;
                    key.write(f, quoted)?;
                    f.write_str(arrow)?;
                    value.write(f, quoted)?;
                }
                f.write_str("}")
            }
        }
    }
}

fn bracketed(
    f: &mut fmt::Formatter<'_>,
    open: &str,
    parts: &[Term],
    close: &str,
    quoted: bool,
) -> fmt::Result {
    f.write_str(open)?;
    for (index, part) in parts.iter().enumerate() {
        f.write_str(if index == 0 { "" } else { "," })?;
        part.write(f, quoted)?;
    }
    f.write_str(close)
}

/// Blanks are written as `\s`, because blanks separate the tokens of a scenario.
fn escaped(text: &str, quote: char) -> String {
    let mut out = String::new();
    for character in text.chars() {
        match character {
            ' ' => out.push_str("\\s"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            character if character == quote => {
                out.push('\\');
                out.push(quote);
            }
            character => out.push(character),
        }
    }
    out
}

/// Whether an atom of this name needs no quotes.
pub(super) fn is_plain(name: &str) -> bool {
    const RESERVED: [&str; 28] = [
        "after", "and", "andalso", "band", "begin", "bnot", "bor", "bsl", "bsr", "bxor", "case", "catch",
        "cond", "div", "end", "fun", "if", "let", "maybe", "not", "of", "or", "orelse", "receive", "rem",
        "try", "when", "xor",
    ];
    name.starts_with(|first: char| first.is_lowercase())
        && name.chars().all(continues_a_name)
        && !RESERVED.contains(&name)
}

/// Whether a name of Erlang can go on with this character.
pub(super) fn continues_a_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_' || character == '@'
}
