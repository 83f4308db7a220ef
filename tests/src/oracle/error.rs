//! Why real OTP could not be asked.

use std::process::Output;

/// Why real OTP could not be asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OracleError {
    /// There is no Erlang on this machine.
    #[error("there is no `erl` on this machine; install Erlang, on Debian by `apt-get install erlang-base`")]
    Missing,
    /// The program did not compile.
    #[error("`erl` did not compile the program in tests/oracle:\n{0}")]
    Compile(String),
    /// The program failed.
    #[error("the program in tests/oracle failed:\n{0}")]
    Run(String),
    /// The program printed something else than one trace for each scenario.
    #[error("expected {expected} traces of the program in tests/oracle, got {got}")]
    Traces {
        /// How many scenarios it was given.
        expected: usize,
        /// How many traces it printed.
        got: usize,
    },
    /// A file or a process of ours.
    #[error("running `erl` failed: {0}")]
    Io(#[from] std::io::Error),
}

impl OracleError {
    pub(super) fn compile(output: &Output) -> Self {
        Self::Compile(said(output))
    }

    pub(super) fn run(output: &Output) -> Self {
        Self::Run(said(output))
    }
}

fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat()
}
