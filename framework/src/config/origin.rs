//! Where a value was written: a place in a file, a variable of the environment, a flag, or nowhere.

use std::fmt;
use std::sync::Arc;

/// The place a value comes from. Ordered as the layers are: what is later in this order wins.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Origin {
    /// Nobody wrote it: it is the default.
    Default,
    /// A file; shown as `smith.yaml:12:5`.
    File {
        /// The line, from 1; 0 for the file as a whole.
        line: usize,
        /// The column in characters, from 1; 0 for the file as a whole.
        column: usize,
        /// The file's name as it was given.
        file: Arc<str>,
    },
    /// A variable of the environment; shown as `environment SMITH_NODE__NAME`.
    Environment {
        /// The variable's name.
        variable: Arc<str>,
    },
    /// A flag; shown as `flag --set node.name`.
    Flag {
        /// Which flag of the command line it was, from 0.
        order: usize,
        /// The path that it sets.
        path: Arc<str>,
    },
}

impl Origin {
    /// The file as a whole.
    pub(super) fn whole(file: &Arc<str>) -> Self {
        Self::File { line: 0, column: 0, file: Arc::clone(file) }
    }

    /// The rank of the layer; a higher one wins.
    pub(super) fn layer(&self) -> u8 {
        match self {
            Self::Default => 0,
            Self::File { .. } => 1,
            Self::Environment { .. } => 2,
            Self::Flag { .. } => 3,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { line: 0, file, .. } => f.write_str(file),
            Self::File { line, column, file } => write!(f, "{file}:{line}:{column}"),
            Self::Environment { variable } => write!(f, "environment {variable}"),
            Self::Flag { path, .. } => write!(f, "flag --set {path}"),
        }
    }
}
