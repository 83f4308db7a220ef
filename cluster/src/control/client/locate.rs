//! Which node is meant: the one that was named, the one at an address, or the only one that runs.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::ClientError;
use crate::control::node_file::NodeFile;

/// A node that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Located {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where its token is.
    pub token_file: PathBuf,
    /// The name of its system, if it was found by its file.
    pub system: Option<String>,
    /// That file.
    pub node_file: Option<PathBuf>,
    /// Whether the process that the file names is gone.
    pub is_abandoned: bool,
}

/// What one said about the node that one means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::control) struct Wanted {
    pub(in crate::control) node: Option<String>,
    pub(in crate::control) address: Option<SocketAddr>,
    pub(in crate::control) token_file: Option<PathBuf>,
}

impl Located {
    /// The node at this address with this token.
    #[must_use]
    pub fn at(address: SocketAddr, token_file: impl Into<PathBuf>) -> Self {
        Self { address, token_file: token_file.into(), system: None, node_file: None, is_abandoned: false }
    }

    /// The node that left this file.
    #[must_use]
    pub fn by_file(file: impl Into<PathBuf>, node: NodeFile) -> Self {
        let is_abandoned = node.is_abandoned();
        let NodeFile { system, address, token_file, .. } = node;
        Self { address, token_file, system: Some(system), node_file: Some(file.into()), is_abandoned }
    }
}

/// Finds the node in this folder. Abandoned ones count only when nothing else is there, or when they are named.
pub(in crate::control) fn locate(wanted: &Wanted, folder: &Path) -> Result<Located, ClientError> {
    if let Some(address) = wanted.address {
        let token_file = wanted.token_file.clone().ok_or(ClientError::NoTokenFile)?;
        return Ok(Located::at(address, token_file));
    }
    let listed = NodeFile::list(folder).map_err(ClientError::NotSearched)?;
    let mut nodes: Vec<_> = listed.into_iter().map(|(file, node)| Located::by_file(file, node)).collect();
    if let Some(name) = &wanted.node {
        nodes.retain(|node| node.system.as_ref() == Some(name));
    } else if nodes.iter().any(|node| !node.is_abandoned) {
        nodes.retain(|node| !node.is_abandoned);
    }
    match (nodes.pop(), nodes.is_empty()) {
        (None, _) => Err(ClientError::NoNode { wanted: wanted.node.clone(), folder: folder.to_owned() }),
        (Some(mut node), true) => {
            node.token_file = wanted.token_file.clone().unwrap_or(node.token_file);
            Ok(node)
        }
        (Some(last), false) => {
            nodes.push(last);
            Err(ClientError::SeveralNodes {
                known: nodes.into_iter().filter_map(|node| node.system).collect(),
            })
        }
    }
}

impl fmt::Display for Located {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.system {
            Some(system) => write!(f, "node \"{system}\" at {}", self.address),
            None => write!(f, "the node at {}", self.address),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leave(folder: &Path, system: &str, pid: u32) {
        let address = SocketAddr::from(([127, 0, 0, 1], 1));
        let token_file = folder.join("token");
        let node = NodeFile { system: system.to_owned(), address, token_file, pid, api_version: 1 };
        assert!(node.write_new(&NodeFile::path_in(folder, system)).unwrap());
    }

    fn gone() -> u32 {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        child.id()
    }

    fn named(node: &str) -> Wanted {
        Wanted { node: Some(node.to_owned()), ..Wanted::default() }
    }

    #[test]
    fn the_only_node_needs_no_name_and_of_several_one_is_to_be_named() {
        let folder = tempfile::tempdir().unwrap();
        let none = locate(&Wanted::default(), folder.path()).unwrap_err();
        assert!(none.to_string().contains(&folder.path().display().to_string()), "{none}");
        leave(folder.path(), "left", std::process::id());
        assert_eq!(locate(&Wanted::default(), folder.path()).unwrap().system.as_deref(), Some("left"));
        leave(folder.path(), "right", std::process::id());
        let several = locate(&Wanted::default(), folder.path()).unwrap_err();
        assert_eq!(several.to_string(), "several nodes run: left, right; name one with --node");
        assert_eq!(locate(&named("right"), folder.path()).unwrap().system.as_deref(), Some("right"));
        assert!(locate(&named("middle"), folder.path()).is_err());
    }

    #[test]
    fn an_abandoned_node_is_meant_only_when_there_is_no_other() {
        let folder = tempfile::tempdir().unwrap();
        leave(folder.path(), "dead", gone());
        assert!(locate(&Wanted::default(), folder.path()).unwrap().is_abandoned);
        leave(folder.path(), "live", std::process::id());
        assert_eq!(locate(&Wanted::default(), folder.path()).unwrap().system.as_deref(), Some("live"));
        assert!(locate(&named("dead"), folder.path()).unwrap().is_abandoned);
    }

    #[test]
    fn an_address_needs_a_token_file() {
        let address = Some(SocketAddr::from(([127, 0, 0, 1], 1)));
        let wanted = Wanted { address, ..Wanted::default() };
        assert!(matches!(locate(&wanted, Path::new("/nowhere")), Err(ClientError::NoTokenFile)));
        let wanted = Wanted { token_file: Some("/token".into()), ..wanted };
        assert_eq!(locate(&wanted, Path::new("/nowhere")).unwrap().token_file, PathBuf::from("/token"));
    }
}
