//! From sources to a configuration, or to everything that is wrong with them.

use super::configuration::Configuration;
use super::known::Known;
use super::origin::Origin;
use super::problem::{Problem, Problems};
use super::reader::read_document;
use super::source::{Node, Sources, Value, parse_file};

/// A configuration, and where each of its values was written.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The configuration.
    pub configuration: Configuration,
    written: Node,
}

/// One value that is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EffectiveValue {
    /// Which one, as keys joined by dots.
    pub path: String,
    /// The value as YAML.
    pub value: String,
    /// Where it was written.
    pub origin: Origin,
}

impl Configuration {
    /// Reads and checks all sources, lays one over another and reads the result.
    ///
    /// A mistake in a lower layer is told even where a higher one overrides it. This reads the file, and so waits
    /// for the disk: do it before there is anything to keep waiting.
    ///
    /// # Errors
    /// [`Problems`]: every mistake in every source at once, each with its place.
    pub fn load(sources: &Sources<'_>) -> Result<Loaded, Problems> {
        let mut problems = Vec::new();
        let layers = sources.layers(&mut problems);
        lay(layers, sources.known, problems)
    }

    /// Reads and checks one text as if it were the contents of a file of this name.
    ///
    /// # Errors
    /// [`Problems`]: every mistake at once, each with its place.
    pub fn parse(name: &str, text: &[u8], known: &Known) -> Result<Loaded, Problems> {
        let mut problems = Vec::new();
        let layers = parse_file(&name.into(), text, &mut problems).into_iter().collect();
        lay(layers, known, problems)
    }
}

impl Loaded {
    /// Every value that is in force, in the order of the documentation.
    #[must_use]
    pub fn effective(&self) -> Vec<EffectiveValue> {
        let leaves = self.configuration.outline().leaves();
        leaves.into_iter().map(|(path, value)| self.effective_value(path, value)).collect()
    }

    /// The value in force at `path`, for instance `node.name`; none when there is none, because there is no such
    /// setting or it is left to the code.
    #[must_use]
    pub fn explain(&self, path: &str) -> Option<EffectiveValue> {
        self.effective().into_iter().find(|value| value.path == path)
    }

    fn effective_value(&self, path: String, value: String) -> EffectiveValue {
        let origin = self.written.at(&path).map_or(Origin::Default, |node| node.origin.clone());
        EffectiveValue { path, value, origin }
    }
}

/// Each layer is read by itself, for its mistakes; then all of them together, for the values and for what is wrong
/// only in their combination.
fn lay(layers: Vec<Node>, known: &Known, mut problems: Vec<Problem>) -> Result<Loaded, Problems> {
    let mut written = Node { value: Value::Map(Vec::new()), origin: Origin::Default };
    for layer in layers {
        read(&layer, known, &mut problems);
        written.merge(layer);
    }
    let configuration = read(&written, known, &mut problems);
    Problems::check(problems)?;
    Ok(Loaded { configuration, written })
}

fn read(node: &Node, known: &Known, problems: &mut Vec<Problem>) -> Configuration {
    let mut configuration = Configuration::default();
    read_document(node, known, problems, |at| configuration.read(at));
    configuration
}
