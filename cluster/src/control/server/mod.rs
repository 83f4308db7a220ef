//! The control interface of one running system: starts, serves, stops, and cleans up behind itself.

mod answer;
mod guard;
mod listen;
mod look;
mod past;
mod dry_run;
mod act;
mod call;
mod lines;
mod logged;
mod routes;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use mistersmith::clock::Clock;
use mistersmith::system::System;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::api::API_VERSION;
use super::node_file::{NodeFile, runtime_folder};
use super::owned_file::{self, OwnedFileError};
use super::token::Token;

/// How many requests are answered at a time, those that wait and those that stream included.
const REQUESTS: usize = 64;

/// How long another node of the same name has to show that it lives.
const ALIVE_WITHIN: Duration = Duration::from_secs(1);

/// How and where a system is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlOptions {
    /// A loopback address; port 0 means any free port.
    pub listen: SocketAddr,
    /// The file that the token is written to; in the [`runtime_folder`] when nothing is said.
    pub token_file: Option<PathBuf>,
    /// The file by which clients find the node; in the [`runtime_folder`], by the system's name, when nothing is
    /// said.
    pub node_file: Option<PathBuf>,
}

impl Default for ControlOptions {
    /// Any free port of 127.0.0.1, files in the [`runtime_folder`].
    fn default() -> Self {
        Self { listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), token_file: None, node_file: None }
    }
}

/// Why a system is not served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartControlError {
    /// Other machines could reach it.
    #[error(
        "the control interface listens on loopback only, got {listen}: whoever reaches it can stop agents; \
         use 127.0.0.1 or [::1], and a tunnel from elsewhere"
    )]
    NotLoopback {
        /// What was given.
        listen: SocketAddr,
    },
    /// The address cannot be used.
    #[error("cannot listen on {listen}: {source}; use port 0 for any free port")]
    NotBound {
        /// What was given.
        listen: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// Another node of this name runs.
    #[error(
        "a node named \"{}\" runs already, as process {} at {} (says {}); stop it, or give this one another name",
        node.system, node.pid, node.address, file.display()
    )]
    NameTaken {
        /// What it says of itself.
        node: Box<NodeFile>,
        /// Where it says so.
        file: PathBuf,
    },
    /// The token or the node file cannot be written as it must be.
    #[error(transparent)]
    File(#[from] OwnedFileError),
    /// The operating system gave no randomness for a token.
    #[error("the operating system gave no random bits for a token: {0}")]
    NoRandomness(getrandom::Error),
}

/// What every request needs.
pub(super) struct Shared {
    pub(super) system: System,
    pub(super) token: Token,
    pub(super) requests: Arc<Semaphore>,
    stopping: watch::Receiver<bool>,
}

impl Shared {
    /// Waits until the interface is to stop.
    pub(super) fn stops(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut stopping = self.stopping.clone();
        async move { drop(stopping.wait_for(|stopping| *stopping).await) }
    }
}

/// The control interface of a running system. Dropping it breaks off what it does; [`stop`](Self::stop) does not.
#[derive(Debug)]
pub struct ControlServer {
    address: SocketAddr,
    stopping: watch::Sender<bool>,
    serving: JoinSet<()>,
    files: Files,
}

/// The files of a node; removed with it.
#[derive(Debug)]
struct Files {
    node: NodeFile,
    node_file: PathBuf,
}

impl Drop for Files {
    fn drop(&mut self) {
        self.node.remove(&self.node_file);
    }
}

impl ControlServer {
    /// Looks whether a system of this name could be served, so that a node need not start first to hear that it
    /// could not. Nothing is changed or claimed: [`start`](Self::start) may still be refused.
    ///
    /// # Errors
    /// [`StartControlError::NotLoopback`] and [`StartControlError::NameTaken`].
    ///
    /// # Cancel safety
    /// Nothing has happened.
    pub async fn check(name: &str, options: &ControlOptions) -> Result<(), StartControlError> {
        if !options.listen.ip().is_loopback() {
            return Err(StartControlError::NotLoopback { listen: options.listen });
        }
        let file = options.node_file.clone().unwrap_or_else(|| NodeFile::path_in(&runtime_folder(), name));
        match NodeFile::read(&file) {
            Ok(node) if lives(&node, &Clock::machine()).await => {
                Err(StartControlError::NameTaken { node: Box::new(node), file })
            }
            // What cannot be read is for the start to complain of, which has to write there.
            _ => Ok(()),
        }
    }

    /// Serves `system`. Returns when it can be reached and found.
    ///
    /// # Errors
    /// [`StartControlError`]; nothing is served, and no file left, then.
    ///
    /// # Cancel safety
    /// Dropping the future may leave files of a node that does not run; the next one of that name removes them.
    pub async fn start(system: &System, options: ControlOptions) -> Result<Self, StartControlError> {
        let ControlOptions { listen, token_file, node_file } = options;
        if !listen.ip().is_loopback() {
            return Err(StartControlError::NotLoopback { listen });
        }
        let not_bound = |source| StartControlError::NotBound { listen, source };
        let listener = TcpListener::bind(listen).await.map_err(not_bound)?;
        let address = listener.local_addr().map_err(not_bound)?;
        let folder = runtime_folder();
        if token_file.is_none() || node_file.is_none() {
            owned_file::make_folder(&folder)?;
        }
        let node_file = node_file.unwrap_or_else(|| NodeFile::path_in(&folder, system.name()));
        let token_file = token_file.unwrap_or_else(|| NodeFile::token_in(&folder, system.name()));
        let node = NodeFile {
            system: system.name().to_owned(),
            address,
            token_file: std::path::absolute(&token_file).unwrap_or(token_file),
            pid: std::process::id(),
            api_version: API_VERSION,
        };
        let token = Token::random().map_err(StartControlError::NoRandomness)?;
        // The name first: the token of another node of this name must not be overwritten.
        let files = Files::claim(node, node_file, system).await?;
        token.write(&files.node.token_file)?;
        let (stopping, stops) = watch::channel(false);
        let requests = Arc::new(Semaphore::new(REQUESTS));
        let shared = Shared { system: system.clone(), token, requests, stopping: stops };
        let mut serving = JoinSet::new();
        serving.spawn(listen::serve(listener, Arc::new(shared)));
        tracing::info!(%address, token_file = %files.node.token_file.display(), "control interface");
        Ok(Self { address, stopping, serving, files })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where the token is.
    #[must_use]
    pub fn token_file(&self) -> &Path {
        &self.files.node.token_file
    }

    /// Where clients find it.
    #[must_use]
    pub fn node_file(&self) -> &Path {
        &self.files.node_file
    }

    /// Takes no new requests, ends what waits for events, gives the rest two seconds, and removes its files. The
    /// system is not stopped.
    ///
    /// # Cancel safety
    /// Dropping the future breaks off what is left; the files are removed all the same.
    pub async fn stop(mut self) {
        let _ = self.stopping.send(true);
        while self.serving.join_next().await.is_some() {}
    }
}

impl Files {
    /// Claims the name of `node`, from an abandoned node if need be.
    async fn claim(node: NodeFile, node_file: PathBuf, system: &System) -> Result<Self, StartControlError> {
        // Twice: between looking at an abandoned file and removing it, another node may have come.
        for _ in 0..2 {
            if node.write_new(&node_file)? {
                return Ok(Self { node, node_file });
            }
            match NodeFile::read(&node_file) {
                Ok(other) if !lives(&other, system.clock()).await => other.remove(&node_file),
                Ok(other) => {
                    return Err(StartControlError::NameTaken { node: Box::new(other), file: node_file });
                }
                Err(error) if error.is_missing() => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(OwnedFileError::Io { path: node_file, source: io::ErrorKind::AlreadyExists.into() }.into())
    }
}

/// Whether somebody listens where this node says it does.
async fn lives(node: &NodeFile, clock: &Clock) -> bool {
    let reached = clock.timeout(ALIVE_WITHIN, TcpStream::connect(node.address)).await;
    !node.is_abandoned() && matches!(reached, Ok(Ok(_)))
}
