//! Why a node did not answer, by what one would do about it.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::Located;
use crate::control::api::Problem;
use crate::control::owned_file::OwnedFileError;

/// Why there is no answer, or not the one that was wanted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// No node was found.
    #[error("{}", not_found(.wanted.as_deref(), .folder))]
    NoNode {
        /// Its name, if one was wanted.
        wanted: Option<String>,
        /// Where nodes were looked for.
        folder: PathBuf,
    },
    /// The folder in which nodes are found cannot be read.
    #[error("cannot look for nodes: {0}")]
    NotSearched(OwnedFileError),
    /// Several nodes run, and none was named.
    #[error("several nodes run: {}; name one with --node", .known.join(", "))]
    SeveralNodes {
        /// Their names.
        known: Vec<String>,
    },
    /// An address was given without the file of the token.
    #[error("an address alone is not enough: name the node's token file with --token-file as well")]
    NoTokenFile,
    /// The token of the node that was found cannot be read.
    #[error("cannot read the token of {node}: {source}")]
    Token {
        /// The node.
        node: Box<Located>,
        /// Why not.
        source: OwnedFileError,
    },
    /// The file of a node is there, the node is not.
    #[error("{}", stale(.node, .source))]
    Stale {
        /// The node.
        node: Box<Located>,
        /// What the operating system said.
        source: io::Error,
    },
    /// Nobody listens there.
    #[error("nobody answers at {address}: {source}")]
    NotReached {
        /// Where.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// The connection broke off, or what came is no answer of a node.
    #[error("{address} did not give an answer of a node: {reason}")]
    Broken {
        /// Where.
        address: SocketAddr,
        /// What happened.
        reason: String,
    },
    /// It took too long.
    #[error("no answer from {address} within {after:?}; what was asked may have been done")]
    TooLate {
        /// Where.
        address: SocketAddr,
        /// How long was waited.
        after: Duration,
    },
    /// The node said no.
    #[error(transparent)]
    Problem(#[from] Problem),
}

impl ClientError {
    /// Whether there is no node to talk to, as opposed to one that said no.
    #[must_use]
    pub fn is_no_node(&self) -> bool {
        !matches!(self, Self::Problem(_) | Self::NoTokenFile | Self::SeveralNodes { .. })
    }
}

fn not_found(wanted: Option<&str>, folder: &std::path::Path) -> String {
    let what =
        wanted.map_or_else(|| "no node runs".to_owned(), |name| format!("no node named \"{name}\" runs"));
    format!("{what}: there is no file of one in {}", folder.display())
}

fn stale(node: &Located, source: &io::Error) -> String {
    let gone = if node.is_abandoned { "its process is gone" } else { "nobody answers there" };
    match &node.node_file {
        Some(file) => format!(
            "{node} has ended without cleaning up: {gone} ({source}); its file {} is left over, and is replaced \
             when a node of that name starts",
            file.display()
        ),
        None => format!("{node} does not answer: {source}"),
    }
}
