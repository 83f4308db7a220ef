//! The binary, run to its end in a folder of its own.

use std::path::Path;
use std::process::{Command, Output};

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) complaints: String,
}

/// The binary with nothing of the tester's own environment that it reads, and its files in `folder`.
pub(crate) fn smith(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_smith"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("SMITH_") || name.starts_with("MISTERSMITH_") {
            command.env_remove(name.as_ref());
        }
    }
    command
        .env("XDG_RUNTIME_DIR", folder)
        .env("XDG_STATE_HOME", folder.join("state"))
        .env("NO_COLOR", "1")
        .env("RUST_BACKTRACE", "0");
    command.current_dir(folder).args(arguments);
    command
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), out: text(output.stdout), complaints: text(output.stderr) }
    }
}

/// Runs it to its end.
pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Ended {
    smith(folder, arguments).output().unwrap().into()
}
