//! `control`: where a running node can be looked at and told to stop.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use super::Section;
use crate::config::outline::{Outline, quoted};
use crate::config::reader::Reader;
use crate::config::reading;

/// Where a running node can be looked at and told to stop.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ControlSettings {
    /// A loopback address; `127.0.0.1:0`, any free port, unless said otherwise.
    pub listen: SocketAddr,
    /// The file that the token is written to, readable by its owner only; the node's own choice when it is empty.
    pub token_file: Option<PathBuf>,
}

impl Default for ControlSettings {
    fn default() -> Self {
        Self { listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), token_file: None }
    }
}

impl Section for ControlSettings {
    fn read(&mut self, at: &mut Reader<'_>) {
        at.set("listen", &mut self.listen, reading::loopback);
        at.some("token_file", &mut self.token_file, reading::path);
    }

    fn outline(&self) -> Outline {
        let token_file = self.token_file.as_ref().map(|path| quoted(&path.to_string_lossy()));
        Outline::map().put("listen", quoted(&self.listen.to_string())).maybe("token_file", token_file)
    }
}
