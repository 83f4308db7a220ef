//! Where a client finds a node: a small file for each, in a folder of the user's own.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::owned_file::{self, OwnedFileError};

/// What a node leaves for its clients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeFile {
    /// The name of the system.
    pub system: String,
    /// Where it listens.
    pub address: SocketAddr,
    /// Where its token is.
    pub token_file: PathBuf,
    /// The process of the operating system that it runs in.
    pub pid: u32,
    /// The version of the interface that it serves.
    pub api_version: u32,
}

/// The folder of this user's nodes: `$XDG_RUNTIME_DIR/mistersmith`, or `mistersmith-UID` in the folder for
/// temporary files.
#[must_use]
pub fn runtime_folder() -> PathBuf {
    match std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|folder| folder.is_absolute()) {
        Some(folder) => folder.join("mistersmith"),
        None => std::env::temp_dir().join(format!("mistersmith-{}", owned_file::user())),
    }
}

impl NodeFile {
    /// Where the file of a system of this name is, in this folder.
    #[must_use]
    pub fn path_in(folder: &Path, system: &str) -> PathBuf {
        folder.join(format!("{}.json", file_name(system)))
    }

    /// Where the token of a system of this name is, in this folder.
    pub(super) fn token_in(folder: &Path, system: &str) -> PathBuf {
        folder.join(format!("{}.token", file_name(system)))
    }

    /// Reads one.
    ///
    /// # Errors
    /// When it is not there, is not its owner's alone, or says nothing that makes sense.
    pub fn read(file: &Path) -> Result<Self, OwnedFileError> {
        let text = owned_file::read(file)?;
        serde_json::from_str(&text).map_err(|error| OwnedFileError::Io {
            path: file.to_owned(),
            source: io::Error::new(io::ErrorKind::InvalidData, error),
        })
    }

    /// All that are in this folder, with their paths, sorted by name; those that cannot be read are left out.
    ///
    /// # Errors
    /// When the folder is there and cannot be read.
    pub fn list(folder: &Path) -> Result<Vec<(PathBuf, Self)>, OwnedFileError> {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(OwnedFileError::Io { path: folder.to_owned(), source }),
        };
        let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
        let paths = paths.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
        let mut nodes: Vec<_> =
            paths.filter_map(|path| Some((path.clone(), Self::read(&path).ok()?))).collect();
        nodes.sort_by(|(_, one), (_, other)| one.system.cmp(&other.system));
        Ok(nodes)
    }

    /// Whether the process that it names is gone. One that is there may be another that got the same number.
    #[must_use]
    pub fn is_abandoned(&self) -> bool {
        let pid = i32::try_from(self.pid).ok().and_then(rustix::process::Pid::from_raw);
        pid.is_none_or(|pid| rustix::process::test_kill_process(pid) == Err(rustix::io::Errno::SRCH))
    }

    /// Writes it; `false`, and nothing is done, when something is there.
    pub(super) fn write_new(&self, file: &Path) -> Result<bool, OwnedFileError> {
        let text = serde_json::to_vec_pretty(self)
            .map_err(|error| OwnedFileError::Io { path: file.to_owned(), source: error.into() })?;
        owned_file::write_new(file, &text)
    }

    /// Removes the file if it still is this one, with its token.
    pub(super) fn remove(&self, file: &Path) {
        if Self::read(file).is_ok_and(|found| found == *self) {
            let _ = fs::remove_file(&self.token_file);
            let _ = fs::remove_file(file);
        }
    }
}

/// The name with everything but letters, digits, `_` and `-` written as `%XX`, so that it names a file here and
/// nothing elsewhere.
fn file_name(system: &str) -> String {
    let mut name = String::new();
    for byte in system.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-') {
            name.push(char::from(byte));
        } else {
            name.push_str(&format!("%{byte:02X}"));
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(system: &str, pid: u32) -> NodeFile {
        let (address, token_file) = (SocketAddr::from(([127, 0, 0, 1], 1)), PathBuf::from("/nowhere/token"));
        NodeFile { system: system.to_owned(), address, token_file, pid, api_version: 1 }
    }

    #[test]
    fn a_name_never_leaves_the_folder() {
        let folder = Path::new("/run");
        assert_eq!(NodeFile::path_in(folder, "shop_1"), Path::new("/run/shop_1.json"));
        assert_eq!(NodeFile::path_in(folder, "../etc"), Path::new("/run/%2E%2E%2Fetc.json"));
        assert_ne!(NodeFile::path_in(folder, "a%2F"), NodeFile::path_in(folder, "a/"));
    }

    #[test]
    fn nodes_are_listed_by_name_and_what_is_no_node_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["second", "first"] {
            assert!(node(name, 1).write_new(&NodeFile::path_in(folder.path(), name)).unwrap());
        }
        owned_file::write(&folder.path().join("broken.json"), b"{").unwrap();
        owned_file::write(&folder.path().join("first.token"), b"secret").unwrap();
        let names: Vec<_> =
            NodeFile::list(folder.path()).unwrap().into_iter().map(|(_, n)| n.system).collect();
        assert_eq!(names, ["first", "second"]);
        assert!(NodeFile::list(&folder.path().join("none")).unwrap().is_empty());
    }

    #[test]
    fn a_process_that_is_gone_leaves_an_abandoned_node() {
        assert!(!node("shop", std::process::id()).is_abandoned());
        let mut child = std::process::Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        assert!(node("shop", child.id()).is_abandoned());
    }

    #[test]
    fn only_its_own_file_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = NodeFile::path_in(folder.path(), "shop");
        assert!(node("shop", 1).write_new(&path).unwrap());
        assert!(!node("shop", 2).write_new(&path).unwrap());
        node("shop", 2).remove(&path);
        assert!(path.exists());
        node("shop", 1).remove(&path);
        assert!(!path.exists());
    }
}
