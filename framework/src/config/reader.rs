//! Reads a tree of placed values into settings: every key that is asked for exists, every other one is a problem.
//!
//! A reader stands at one map. Reading never stops at a mistake: the setting keeps its value, the problem is noted.

use std::collections::BTreeMap;

use super::known::Known;
use super::nearest::did_you_mean;
use super::origin::Origin;
use super::problem::Problem;
use super::reading::{self, Written};
use super::source::{Entry, Node, Value};
use super::value::{Refused, Scalar};

/// Where in the tree one reads.
pub(super) struct Reader<'a> {
    pub(super) known: &'a Known,
    problems: &'a mut Vec<Problem>,
    path: String,
    entries: &'a [Entry],
    asked: Vec<String>,
}

/// Reads a whole tree.
pub(super) fn read_document(
    node: &Node,
    known: &Known,
    problems: &mut Vec<Problem>,
    read: impl FnOnce(&mut Reader<'_>),
) {
    Reader { known, problems, path: String::new(), entries: &[], asked: Vec::new() }.enter("", node, read);
}

impl<'a> Reader<'a> {
    /// Reads the map under `key`, if it is there.
    pub(super) fn section(&mut self, key: &'static str, read: impl FnOnce(&mut Reader<'_>)) {
        if let Some(entry) = self.find(key) {
            self.enter(key, &entry.node, read);
        }
    }

    /// Reads the map under `key`, whose keys are names among `allowed` and whose values are maps.
    pub(super) fn each<N: AsRef<str>>(
        &mut self,
        key: &'static str,
        allowed: &[N],
        mut read: impl FnMut(&N, &mut Reader<'_>),
    ) {
        self.section(key, |at| {
            for name in allowed {
                if let Some(entry) = at.find(name.as_ref()) {
                    at.enter(name.as_ref(), &entry.node, |inner| read(name, inner));
                }
            }
        });
    }

    /// Reads the value under `key`, if it is there.
    pub(super) fn set<T>(
        &mut self,
        key: &'static str,
        into: &mut T,
        read: impl FnOnce(&Written<'_>) -> Result<T, Refused>,
    ) {
        let Some(entry) = self.find(key) else { return };
        match Written::of(&entry.node).and_then(|written| read(&written)) {
            Ok(value) => *into = value,
            Err(refused) => self.refuse(key, &entry.node, refused),
        }
    }

    /// Reads the value under `key`, if it is there, into what is empty without it.
    pub(super) fn some<T>(
        &mut self,
        key: &'static str,
        into: &mut Option<T>,
        read: impl FnOnce(&Written<'_>) -> Result<T, Refused>,
    ) {
        self.set(key, into, |written| read(written).map(Some));
    }

    /// Reads the list under `key`, if it is there, whose items are names among `allowed`, each once.
    pub(super) fn names<N: AsRef<str> + Clone + PartialEq>(
        &mut self,
        key: &'static str,
        allowed: &[N],
    ) -> Option<Vec<N>> {
        let entry = self.find(key)?;
        let Value::List(items) = &entry.node.value else {
            let hint = match &entry.node.value {
                Value::Text { text, .. } => Some(format!("write [{text}]")),
                _ => None,
            };
            self.refuse(key, &entry.node, Refused::new("a list of names").maybe_hint(hint));
            return None;
        };
        let mut names = Vec::new();
        for item in items {
            match Written::of(item).and_then(|written| reading::known_name(&written, allowed)) {
                Ok(name) if names.contains(&name) => {
                    self.refuse(key, item, Refused::new("each name once").hint("remove one"));
                }
                Ok(name) => names.push(name),
                Err(refused) => self.refuse(key, item, refused),
            }
        }
        Some(names)
    }

    /// Reads the map under `key`, if it is there, whose keys are anybody's and whose values are plain.
    pub(super) fn scalars(&mut self, key: &'static str, into: &mut BTreeMap<String, Scalar>) {
        let Some(entry) = self.find(key) else { return };
        let Value::Map(entries) = &entry.node.value else {
            if !matches!(entry.node.value, Value::Nothing) {
                self.refuse(key, &entry.node, Refused::new("a map of settings"));
            }
            return;
        };
        for setting in entries {
            let path = join(key, &setting.key);
            if let Err(refused) = reading::check_name(&setting.key) {
                self.refuse(&path, &Node { value: Value::Nothing, origin: setting.origin.clone() }, refused);
                continue;
            }
            match Written::of(&setting.node) {
                Ok(written) => {
                    into.insert(setting.key.clone(), written.scalar());
                }
                Err(refused) => self.refuse(&path, &setting.node, refused),
            }
        }
    }

    /// Notes that the value under `key` is missing, if nothing is there. Of a map that says nothing, nothing is missing.
    pub(super) fn need(&mut self, key: &str, refused: Refused) {
        if let (None, Some(entry)) = (self.origin(key), self.entries.first()) {
            self.refuse(key, &Node { value: Value::Nothing, origin: entry.origin.clone() }, refused);
        }
    }

    /// Refuses the value under `key`, which can be read and does not fit to others.
    pub(super) fn deny(&mut self, key: &str, refused: Refused) {
        if let Some(entry) = self.entries.iter().find(|entry| entry.key == key) {
            self.refuse(key, &entry.node, refused);
        }
    }

    /// Where the value under `key` was written, if it was.
    pub(super) fn origin(&self, key: &str) -> Option<&'a Origin> {
        self.entries.iter().find(|entry| entry.key == key).map(|entry| &entry.node.origin)
    }

    fn find(&mut self, key: &str) -> Option<&'a Entry> {
        self.asked.push(key.to_owned());
        self.entries.iter().find(|entry| entry.key == key)
    }

    fn enter(&mut self, key: &str, node: &Node, read: impl FnOnce(&mut Reader<'_>)) {
        let entries = match &node.value {
            Value::Map(entries) => entries.as_slice(),
            Value::Nothing => &[],
            Value::Text { .. } | Value::List(_) => {
                return self.refuse(key, node, Refused::new("a map of settings"));
            }
        };
        let path = join(&self.path, key);
        let mut inner =
            Reader { known: self.known, problems: self.problems, path, entries, asked: Vec::new() };
        read(&mut inner);
        inner.refuse_the_rest();
    }

    /// Every key that nobody asked for.
    fn refuse_the_rest(self) {
        for entry in self.entries.iter().filter(|entry| !self.asked.contains(&entry.key)) {
            let expected = reading::one_of(self.asked.iter());
            let problem =
                Problem::new(entry.origin.clone(), join(&self.path, &entry.key), expected, "an unknown key");
            let hint = did_you_mean(&entry.key, self.asked.iter().map(String::as_str));
            self.problems.push(Problem { hint, ..problem });
        }
    }

    fn refuse(&mut self, key: &str, node: &Node, refused: Refused) {
        let Refused { expected, hint } = refused;
        let problem = Problem::new(node.origin.clone(), join(&self.path, key), expected, shown(node));
        self.problems.push(Problem { hint, ..problem });
    }
}

/// A path and a key, joined by a dot where both are something; a key that would read strangely is quoted.
fn join(path: &str, key: &str) -> String {
    let plain = key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
    let key = if plain { key.to_owned() } else { format!("{key:?}") };
    if path.is_empty() || key.is_empty() { format!("{path}{key}") } else { format!("{path}.{key}") }
}

/// What was there, short enough for a line.
fn shown(node: &Node) -> String {
    match &node.value {
        Value::Nothing => "nothing".to_owned(),
        Value::List(_) => "a list".to_owned(),
        Value::Map(_) => "a map".to_owned(),
        Value::Text { text, .. } if text.chars().count() > 60 => {
            format!("{:?} and more", text.chars().take(60).collect::<String>())
        }
        Value::Text { text, .. } => format!("{text:?}"),
    }
}
