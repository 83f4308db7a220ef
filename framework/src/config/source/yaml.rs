//! YAML text to a tree with positions, within limits: size, depth and number of values, aliases counted in full.
//!
//! The parser's events are read one by one rather than deserialized, so that many mistakes can be told at once and
//! each with its place.

use std::collections::HashMap;

use serde_saphyr::granit_parser::{self, Event, Marker, Parser, ScalarStyle};

use super::tree::{Entry, Extent, Node, Value};
use super::{Origin, Problem};

/// The deepest nesting that is read; the deepest that means anything is 7.
const MOST_LEVELS: usize = 32;
/// The most values that are read, aliases counted as what they stand for; 60 agents in full detail are about 2,000.
const MOST_VALUES: usize = 20_000;
/// The most bytes of text that aliases stand for, all together: as many as the largest file has.
const MOST_COPIED: usize = 1 << 20;

/// The tree that `text` spells, or none when it cannot be read to its end; `place` makes an origin of a line and a
/// column, both from 1. Problems that do not stop the reading are told and the tree is still given.
pub(in crate::config) fn parse(
    text: &str,
    place: &dyn Fn(usize, usize) -> Origin,
    problems: &mut Vec<Problem>,
) -> Option<Node> {
    let mut builder = Builder {
        place,
        problems,
        open: Vec::new(),
        anchors: HashMap::new(),
        values: 0,
        copied: 0,
        documents: 0,
        root: None,
    };
    let options = granit_parser::options! { emit_comments: false };
    let mut parser = Parser::new_from_str_with_options(text, options);
    while let Some(next) = parser.next_event() {
        let outcome = match next {
            Ok((event, span)) => builder.take(event, span.start),
            Err(error) => builder.stop(*error.marker(), "YAML", error.info()),
        };
        if let Err(Unreadable) = outcome {
            return None;
        }
    }
    let empty = Node { value: Value::Nothing, origin: place(1, 1) };
    Some(builder.root.unwrap_or(empty))
}

struct Builder<'a> {
    place: &'a dyn Fn(usize, usize) -> Origin,
    problems: &'a mut Vec<Problem>,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    values: usize,
    copied: usize,
    documents: usize,
    root: Option<Node>,
}

/// The rest of the text cannot be made sense of; the problem has been noted.
struct Unreadable;

/// A list or map whose end has not come yet.
struct Open {
    origin: Origin,
    anchor: usize,
    inner: Inner,
}

enum Inner {
    List(Vec<Node>),
    Map { entries: Vec<Entry>, seen: HashMap<String, Origin>, key: Option<(String, Origin)> },
}

impl Builder<'_> {
    fn origin(&self, at: Marker) -> Origin {
        (self.place)(at.line(), at.col() + 1)
    }

    fn stop(
        &mut self,
        at: Marker,
        expected: impl Into<String>,
        got: impl Into<String>,
    ) -> Result<(), Unreadable> {
        let problem = self.problem(at, expected, got);
        self.problems.push(problem);
        Err(Unreadable)
    }

    fn problem(&self, at: Marker, expected: impl Into<String>, got: impl Into<String>) -> Problem {
        Problem::new(self.origin(at), "", expected, got)
    }

    fn take(&mut self, event: Event<'_>, at: Marker) -> Result<(), Unreadable> {
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    return self.stop(at, "one document", "a second one");
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.tag(at, tag.is_some());
                let node = match style {
                    ScalarStyle::Plain => Node::plain(&text, self.origin(at)),
                    _ => {
                        let value = Value::Text { text: text.into_owned(), plain: false };
                        Node { value, origin: self.origin(at) }
                    }
                };
                return self.key_or_value(node, anchor, at);
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.tag(at, tag.is_some());
                return self.open(Inner::List(Vec::new()), anchor, at);
            }
            Event::MappingStart(_, anchor, tag) => {
                self.tag(at, tag.is_some());
                let inner = Inner::Map { entries: Vec::new(), seen: HashMap::new(), key: None };
                return self.open(inner, anchor, at);
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(open) = self.open.pop() {
                    let value = match open.inner {
                        Inner::List(items) => Value::List(items),
                        Inner::Map { entries, .. } => Value::Map(entries),
                    };
                    return self.value(Node { value, origin: open.origin }, open.anchor, at);
                }
            }
            Event::Alias(anchor) => {
                let Some(node) = self.anchors.get(&anchor).cloned() else {
                    return self.stop(at, "an alias of a value that is complete", "one within itself");
                };
                let Extent { values, levels, bytes } = node.extent();
                self.count(values, at)?;
                self.depth(self.open.len() + levels, at)?;
                self.copied = self.copied.saturating_add(bytes);
                if self.copied > MOST_COPIED {
                    return self.stop(at, "at most 1 MiB of text in aliases", "more");
                }
                return self.key_or_value(node, 0, at);
            }
            _ => {}
        }
        Ok(())
    }

    fn tag(&mut self, at: Marker, tagged: bool) {
        if tagged {
            let problem =
                self.problem(at, "a plain value", "a tag").hint("remove the word that begins with `!`");
            self.problems.push(problem);
        }
    }

    fn count(&mut self, more: usize, at: Marker) -> Result<(), Unreadable> {
        self.values = self.values.saturating_add(more);
        if self.values > MOST_VALUES {
            return self.stop(at, format!("at most {MOST_VALUES} values, aliases in full"), "more");
        }
        Ok(())
    }

    fn depth(&mut self, levels: usize, at: Marker) -> Result<(), Unreadable> {
        if levels > MOST_LEVELS {
            return self.stop(at, format!("at most {MOST_LEVELS} levels"), "a deeper one");
        }
        Ok(())
    }

    fn open(&mut self, inner: Inner, anchor: usize, at: Marker) -> Result<(), Unreadable> {
        if let Some(Open { inner: Inner::Map { key: None, .. }, .. }) = self.open.last() {
            return self.stop(at, "a key", "a map or a list");
        }
        self.depth(self.open.len() + 1, at)?;
        let origin = self.origin(at);
        self.open.push(Open { origin, anchor, inner });
        Ok(())
    }

    /// In a map every other node is a key.
    fn key_or_value(&mut self, node: Node, anchor: usize, at: Marker) -> Result<(), Unreadable> {
        let Some(Open { inner: Inner::Map { key: key @ None, .. }, .. }) = self.open.last_mut() else {
            return self.value(node, anchor, at);
        };
        let text = match &node.value {
            Value::Text { text, .. } => text.clone(),
            Value::Nothing => "null".to_owned(),
            Value::List(_) | Value::Map(_) => return self.stop(at, "a key", "a map or a list"),
        };
        *key = Some((text, node.origin.clone()));
        if anchor != 0 {
            self.anchors.insert(anchor, node);
        }
        self.count(1, at)
    }

    fn value(&mut self, node: Node, anchor: usize, at: Marker) -> Result<(), Unreadable> {
        self.count(1, at)?;
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut().map(|open| &mut open.inner) {
            None => self.root = Some(node),
            Some(Inner::List(items)) => items.push(node),
            Some(Inner::Map { entries, seen, key }) => {
                let Some((key, origin)) = key.take() else { return Ok(()) };
                if let Some(first) = seen.get(&key) {
                    let got = format!("{key:?} again, after {first}");
                    self.problems.push(Problem::new(origin, "", "each key once", got).hint("remove one"));
                } else {
                    seen.insert(key.clone(), origin.clone());
                    entries.push(Entry { key, origin, node });
                }
            }
        }
        Ok(())
    }
}
