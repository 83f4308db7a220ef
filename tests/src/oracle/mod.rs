//! Real OTP, asked for the traces of scenarios: a program in Erlang (`tests/oracle`), compiled and run by this room.
//!
//! It needs Debian's `erlang-base` and nothing more. Starting `erl` takes longer than a hundred scenarios, so ask
//! for many at once; they run side by side.

mod error;
mod output;

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Output};

use tempfile::TempDir;

pub use error::OracleError;

/// The program, compiled and ready. Its folder goes with it.
#[derive(Debug)]
pub struct Oracle {
    folder: TempDir,
}

impl Oracle {
    /// The oracle, where there is an Erlang; none where there is not.
    ///
    /// # Errors
    /// As for [`Oracle::new`], but that Erlang is missing is none.
    pub fn if_there() -> Result<Option<Self>, OracleError> {
        match Self::new() {
            Err(OracleError::Missing) => Ok(None),
            result => result.map(Some),
        }
    }

    /// Compiles the program.
    ///
    /// # Errors
    /// There is no `erl`, or it does not compile the program.
    pub fn new() -> Result<Self, OracleError> {
        let folder = tempfile::Builder::new().prefix("oracle").tempdir()?;
        let mut sources: Vec<PathBuf> = Vec::new();
        for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/oracle"))? {
            let path = entry?.path();
            if path.extension() == Some(OsStr::new("erl")) {
                sources.push(path);
            }
        }
        let mut command = Command::new("erlc");
        command.args(["-Werror", "-o"]).arg(folder.path()).args(sources);
        let output = output(&mut command)?;
        if output.status.success() { Ok(Self { folder }) } else { Err(OracleError::compile(&output)) }
    }

    /// The traces of these scenarios, in their order.
    ///
    /// # Errors
    /// The program could not be run, or did not end well. A scenario that cannot be read, or does not end, is no
    /// error: its trace says so, in a line that begins with `!!`.
    pub fn traces<S: AsRef<str>>(&self, scenarios: &[S]) -> Result<Vec<String>, OracleError> {
        if scenarios.is_empty() {
            return Ok(Vec::new());
        }
        let batch = tempfile::NamedTempFile::new_in(&self.folder)?;
        std::fs::write(&batch, output::batch(scenarios))?;
        let mut command = Command::new("erl");
        // One scheduler: the order of events rests on it.
        command.args(["+S", "1:1", "-noshell", "-pa"]).arg(self.folder.path());
        command.args(["-eval", "oracle:main()", "-extra"]).arg(batch.path());
        let output = output(&mut command)?;
        if !output.status.success() {
            return Err(OracleError::run(&output));
        }
        output::traces(&String::from_utf8_lossy(&output.stdout), scenarios.len())
    }

    /// The trace of one scenario.
    ///
    /// # Errors
    /// As for [`Oracle::traces`].
    pub fn trace(&self, scenario: &str) -> Result<String, OracleError> {
        self.traces(&[scenario]).map(|traces| traces.concat())
    }
}

fn output(command: &mut Command) -> Result<Output, OracleError> {
    command.output().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => OracleError::Missing,
        _ => OracleError::Io(error),
    })
}
