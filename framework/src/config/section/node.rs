//! `node`: who this node is.

use super::Section;
use crate::config::outline::{Outline, quoted};
use crate::config::reader::Reader;
use crate::config::reading;

/// Who this node is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NodeSettings {
    /// Its name, a token of `a-z`, `0-9`, `_` and `-`; `smith` unless said otherwise.
    pub name: String,
}

impl Default for NodeSettings {
    fn default() -> Self {
        Self { name: "smith".to_owned() }
    }
}

impl Section for NodeSettings {
    fn read(&mut self, at: &mut Reader<'_>) {
        at.set("name", &mut self.name, reading::name);
    }

    fn outline(&self) -> Outline {
        Outline::map().put("name", quoted(&self.name))
    }
}
