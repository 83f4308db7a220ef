//! Which node a command is for: flags first, then the environment, then the only node that runs.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use super::failure::Failure;
use crate::control::client::{Located, Wanted, locate};
use crate::control::node_file::runtime_folder;

/// Which node is meant, as flags that stand before or after a subcommand. Without any, the only one that this
/// user runs.
#[derive(Args, Clone, Debug, Default)]
pub struct NodeSelector {
    /// The node of this name [env: MISTERSMITH_NODE]
    #[arg(long, global = true, value_name = "NAME", conflicts_with = "address")]
    node: Option<String>,
    /// The node at this address, with --token-file [env: MISTERSMITH_ADDRESS]
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    address: Option<SocketAddr>,
    /// The file of the node's token [env: MISTERSMITH_TOKEN_FILE]
    #[arg(long, global = true, value_name = "FILE")]
    token_file: Option<PathBuf>,
    #[arg(skip)]
    start_hint: Option<String>,
    #[arg(skip)]
    folder: Option<PathBuf>,
}

impl NodeSelector {
    /// The same, for an application whose nodes are started like this: `smith run`. Said when there is none.
    #[must_use]
    pub fn start_hint(mut self, command: impl Into<String>) -> Self {
        self.start_hint = Some(command.into());
        self
    }

    /// The same, looking for nodes in this folder instead of the [`runtime_folder`].
    #[must_use]
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// The node of this name.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self { node: Some(name.into()), ..Self::default() }
    }

    /// The node at this address, with the token in this file.
    #[must_use]
    pub fn at(address: SocketAddr, token_file: impl Into<PathBuf>) -> Self {
        Self { address: Some(address), token_file: Some(token_file.into()), ..Self::default() }
    }

    pub(super) fn hint(&self) -> Option<&str> {
        self.start_hint.as_deref()
    }

    /// Finds the node.
    pub(super) fn locate(&self) -> Result<Located, Failure> {
        let wanted =
            self.wanted(|variable| std::env::var(variable).ok().filter(|value| !value.is_empty()))?;
        let folder = self.folder.clone().unwrap_or_else(runtime_folder);
        Ok(locate(&wanted, &folder)?)
    }

    /// A flag wins over the environment; a node that is named by a flag is not looked for at an address of the
    /// environment, and the other way round.
    fn wanted(&self, environment: impl Fn(&str) -> Option<String>) -> Result<Wanted, Failure> {
        let flagged = self.node.is_some() || self.address.is_some();
        let or_else = |variable| if flagged { None } else { environment(variable) };
        let address = match (self.address, or_else("MISTERSMITH_ADDRESS")) {
            (Some(address), _) => Some(address),
            (None, None) => None,
            (None, Some(text)) => Some(text.parse().map_err(|_| {
                let expected = "expected MISTERSMITH_ADDRESS as ADDRESS:PORT";
                Failure::Usage(format!("{expected}, got \"{text}\""), None)
            })?),
        };
        let node = self.node.clone().or_else(|| or_else("MISTERSMITH_NODE"));
        let token_file = self.token_file.clone();
        let token_file = token_file
            .or_else(|| environment("MISTERSMITH_TOKEN_FILE").filter(|_| address.is_some()).map(Into::into));
        Ok(Wanted { node, address, token_file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: &str = "127.0.0.1:4000";

    fn wanted(selector: &NodeSelector, environment: &[(&str, &str)]) -> Wanted {
        let value_of = |wanted: &str| {
            environment.iter().find(|(name, _)| *name == wanted).map(|(_, value)| (*value).to_owned())
        };
        selector.wanted(value_of).unwrap()
    }

    #[test]
    fn a_flag_wins_over_the_environment() {
        let environment = [("MISTERSMITH_NODE", "left"), ("MISTERSMITH_ADDRESS", ADDRESS)];
        let flagged = wanted(&NodeSelector::named("right"), &environment);
        assert_eq!((flagged.node.as_deref(), flagged.address), (Some("right"), None));
        let environment = wanted(&NodeSelector::default(), &environment);
        assert_eq!(environment.address, Some(ADDRESS.parse().unwrap()));
    }

    #[test]
    fn an_address_of_the_environment_that_is_none_is_named() {
        let failure = NodeSelector::default().wanted(|_| Some("here".to_owned())).unwrap_err();
        assert!(matches!(failure, Failure::Usage(text, _) if text.contains("\"here\"")));
    }
}
