//! Files and folders that belong to their owner alone: written whole or not at all, read only if nobody else could
//! have touched them.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

/// The most that is read of such a file.
const MOST_BYTES: u64 = 64 * 1024;

/// Why a file that is to be its owner's alone is not used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OwnedFileError {
    /// It is a link, or something else that is no file or folder.
    #[error("{} is no plain {expected}; remove it, or name another path", path.display())]
    NotPlain {
        /// The path.
        path: PathBuf,
        /// What it would have to be.
        expected: &'static str,
    },
    /// It belongs to another user.
    #[error("{} belongs to user {owner}, expected user {expected}; name another path", path.display())]
    Foreign {
        /// The path.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
        /// Whose it would have to be.
        expected: u32,
    },
    /// Others can read or write it.
    #[error(
        "{} has mode {mode:03o}, so others than its owner can use it; what was in it is no secret: remove it",
        path.display()
    )]
    Open {
        /// The path.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The file system said no.
    #[error("cannot use {}: {source}", path.display())]
    Io {
        /// The path.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
}

impl OwnedFileError {
    /// Whether there is no such file.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }

    fn io(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        |source| Self::Io { path: path.to_owned(), source }
    }
}

/// The user whose files these are.
pub(super) fn user() -> u32 {
    rustix::process::getuid().as_raw()
}

/// Makes the folder, with mode 700, if it is not there; refuses one that others can use.
pub(super) fn make_folder(path: &Path) -> Result<(), OwnedFileError> {
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(OwnedFileError::io(path)(error)),
    }
    check(path, &fs::symlink_metadata(path).map_err(OwnedFileError::io(path))?, "folder")
}

/// Puts a file with mode 600 in the place of what is there, in one step: nobody ever sees half of it. What is
/// there must be its owner's alone, too.
pub(super) fn write(path: &Path, content: &[u8]) -> Result<(), OwnedFileError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) => check(path, &metadata, "file")?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(OwnedFileError::io(path)(error)),
    }
    prepare(path, content)?.persist(path).map_err(|error| OwnedFileError::io(path)(error.error))?;
    Ok(())
}

/// As [`write()`]; `false`, and nothing is done, when something is there.
pub(super) fn write_new(path: &Path, content: &[u8]) -> Result<bool, OwnedFileError> {
    match prepare(path, content)?.persist_noclobber(path) {
        Ok(_) => Ok(true),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(OwnedFileError::io(path)(error.error)),
    }
}

/// Reads a file that is its owner's alone; of a link, another user's file or an open one, nothing is read.
pub(super) fn read(path: &Path) -> Result<String, OwnedFileError> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let flags = i32::try_from(flags.bits()).unwrap_or_default();
    let opened = OpenOptions::new().read(true).custom_flags(flags).open(path);
    let file = opened.map_err(|error| match error.raw_os_error() {
        Some(code) if code == rustix::io::Errno::LOOP.raw_os_error() => {
            OwnedFileError::NotPlain { path: path.to_owned(), expected: "file" }
        }
        _ => OwnedFileError::io(path)(error),
    })?;
    check(path, &file.metadata().map_err(OwnedFileError::io(path))?, "file")?;
    let mut text = String::new();
    file.take(MOST_BYTES).read_to_string(&mut text).map_err(OwnedFileError::io(path))?;
    Ok(text)
}

fn prepare(path: &Path, content: &[u8]) -> Result<tempfile::NamedTempFile, OwnedFileError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Made with mode 600, under a name that nobody can foresee.
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(OwnedFileError::io(folder))?;
    file.write_all(content).map_err(OwnedFileError::io(path))?;
    File::sync_all(file.as_file()).map_err(OwnedFileError::io(path))?;
    Ok(file)
}

fn check(path: &Path, metadata: &Metadata, expected: &'static str) -> Result<(), OwnedFileError> {
    let plain = if expected == "folder" { metadata.is_dir() } else { metadata.is_file() };
    let mode = metadata.mode() & 0o777;
    if !plain {
        return Err(OwnedFileError::NotPlain { path: path.to_owned(), expected });
    }
    if metadata.uid() != user() {
        let (path, owner) = (path.to_owned(), metadata.uid());
        return Err(OwnedFileError::Foreign { path, owner, expected: user() });
    }
    if mode & 0o077 != 0 {
        return Err(OwnedFileError::Open { path: path.to_owned(), mode });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_file_and_its_folder_are_readable_by_their_owner_only() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("nodes");
        make_folder(&folder).unwrap();
        make_folder(&folder).unwrap();
        let file = folder.join("token");
        write(&file, b"first").unwrap();
        write(&file, b"second").unwrap();
        assert_eq!((mode(&folder), mode(&file)), (0o700, 0o600));
        assert_eq!(read(&file).unwrap(), "second");
    }

    #[test]
    fn what_others_can_read_is_neither_read_nor_replaced() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("token");
        fs::write(&file, "known to all").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(read(&file), Err(OwnedFileError::Open { mode: 0o644, .. })));
        assert!(matches!(write(&file, b"new"), Err(OwnedFileError::Open { .. })));
        fs::set_permissions(place.path(), fs::Permissions::from_mode(0o755)).unwrap();
        assert!(matches!(make_folder(place.path()), Err(OwnedFileError::Open { .. })));
    }

    #[test]
    fn a_link_is_neither_followed_nor_replaced() {
        let place = tempfile::tempdir().unwrap();
        let (target, link) = (place.path().join("target"), place.path().join("link"));
        write(&target, b"secret").unwrap();
        symlink(&target, &link).unwrap();
        assert!(matches!(read(&link), Err(OwnedFileError::NotPlain { .. })));
        assert!(matches!(write(&link, b"new"), Err(OwnedFileError::NotPlain { .. })));
        assert!(!write_new(&link, b"new").unwrap());
        assert_eq!(read(&target).unwrap(), "secret");
    }
}
