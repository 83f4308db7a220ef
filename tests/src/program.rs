//! What the programs of this package have in common: help, scenarios from files or standard input, and a reader that
//! may go away.

use std::io::{IsTerminal, Read, Write};
use std::process::ExitCode;

/// A program of the command line.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// What it is called.
    pub name: &'static str,
    /// What `--help` prints.
    pub help: &'static str,
}

impl Program {
    /// What it was given, without its own name.
    ///
    /// # Errors
    /// With its exit code when there is nothing left to do: it was asked for help, and has given it.
    pub fn arguments(self) -> Result<Vec<String>, ExitCode> {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        if arguments.iter().any(|argument| argument == "--help" || argument == "-h") {
            return Err(say(&format!("{}\n", self.help)));
        }
        Ok(arguments)
    }

    /// The files to read: `-` is standard input, and so is no file at all, unless somebody would have to type it.
    ///
    /// # Errors
    /// With its exit code when it was given a flag that it does not know, or nothing.
    pub fn files(self, mut arguments: Vec<String>) -> Result<Vec<String>, ExitCode> {
        if let Some(flag) = arguments.iter().find(|file| file.starts_with('-') && *file != "-") {
            return Err(
                self.complain(&format!("expected files, got the flag {flag}; see {} --help", self.name))
            );
        }
        if arguments.is_empty() {
            if std::io::stdin().is_terminal() {
                let expected = "expected a scenario from a file or from standard input";
                return Err(self.complain(&format!("{expected}; see {} --help", self.name)));
            }
            arguments.push("-".to_owned());
        }
        Ok(arguments)
    }

    /// Says what is wrong, for an exit code of 1.
    pub fn complain(self, text: &str) -> ExitCode {
        let _ = writeln!(std::io::stderr(), "{}: {text}", self.name);
        ExitCode::FAILURE
    }
}

/// A file, or standard input: what it is called in errors, and its text.
///
/// # Errors
/// Why it cannot be read, with its name.
pub fn read(file: &str) -> Result<(&str, String), String> {
    let (name, text) = match file {
        "-" => {
            let mut text = String::new();
            ("standard input", std::io::stdin().read_to_string(&mut text).map(|_| text))
        }
        file => (file, std::fs::read_to_string(file)),
    };
    Ok((name, text.map_err(|error| format!("{name}: cannot be read: {error}"))?))
}

/// Prints it. A reader that has gone away (`sup_trace … | head`) is a failure, and nothing that is told to anybody.
#[must_use]
pub fn say(text: &str) -> ExitCode {
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// The code of two things that were done: that of the one that failed.
#[must_use]
pub fn worse(before: ExitCode, now: ExitCode) -> ExitCode {
    if now == ExitCode::SUCCESS { before } else { now }
}
