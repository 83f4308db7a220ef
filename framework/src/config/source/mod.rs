//! Where configuration comes from: a file, the environment and flags, each turned into a tree of placed values.

mod assignment;
mod file;
mod tree;
mod yaml;

use std::path::PathBuf;

use super::known::Known;
use super::origin::Origin;
use super::problem::Problem;

pub(super) use file::parse as parse_file;
pub(super) use tree::{Entry, Node, Value};

/// What a configuration is loaded from, in layers: a later one wins over an earlier one, value by value.
///
/// ```
/// use mistersmith::config::{Configuration, Known, Sources};
///
/// let known = Known::new();
/// let sources = Sources::new(&known)
///     .environment([("SMITH_NODE__NAME".to_owned(), "left".to_owned())])
///     .flags([("node.name".to_owned(), "right".to_owned())]);
/// assert_eq!(Configuration::load(&sources)?.configuration.node.name, "right");
/// # Ok::<(), mistersmith::config::Problems>(())
/// ```
#[derive(Clone, Debug)]
pub struct Sources<'a> {
    /// The YAML file, at most 1 MiB; none means that the defaults are the first layer.
    pub file: Option<PathBuf>,
    /// What a variable must begin with to be read; `SMITH_` unless said otherwise.
    pub prefix: String,
    /// The environment; what does not begin with the prefix is passed over.
    pub environment: Vec<(String, String)>,
    /// Flags, as pairs of a path such as `node.name` and a value; of two for one path the later wins.
    pub flags: Vec<(String, String)>,
    /// The domains and agents that may be spoken of.
    pub known: &'a Known,
}

impl<'a> Sources<'a> {
    /// No sources: everything is at its default.
    #[must_use]
    pub fn new(known: &'a Known) -> Self {
        let prefix = "SMITH_".to_owned();
        Self { file: None, prefix, environment: Vec::new(), flags: Vec::new(), known }
    }

    /// With this file.
    #[must_use]
    pub fn file(mut self, file: impl Into<PathBuf>) -> Self {
        self.file = Some(file.into());
        self
    }

    /// With these variables, for instance `std::env::vars()`. Two underscores stand between the keys of a path, and
    /// capitals do not matter: `SMITH_NODE__NAME`. A variable with the prefix and no such setting is refused; what
    /// has the prefix for another reason is for the caller to leave out.
    #[must_use]
    pub fn environment(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        self.environment.extend(variables);
        self
    }

    /// With these flags.
    #[must_use]
    pub fn flags(mut self, flags: impl IntoIterator<Item = (String, String)>) -> Self {
        self.flags.extend(flags);
        self
    }

    /// One tree for each file, variable and flag that can be read, in the order of the layers.
    pub(super) fn layers(&self, problems: &mut Vec<Problem>) -> Vec<Node> {
        let mut layers = Vec::new();
        layers.extend(self.file.as_ref().and_then(|path| file::read(path, problems)));
        let mut variables = self.environment.iter().collect::<Vec<_>>();
        variables.sort();
        for (name, text) in variables {
            if let Some(rest) = name.strip_prefix(&self.prefix) {
                layers.extend(assignment::of_variable(name, rest, text, problems));
            }
        }
        for (order, (path, text)) in self.flags.iter().enumerate() {
            layers.extend(assignment::of_flag(order, path, text, problems));
        }
        layers
    }
}
