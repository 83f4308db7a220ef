//! The scenarios that are kept, each with the trace that real OTP gave: `tests/scenarios`, a folder for each kind.
//!
//! A file is one scenario or a batch of them; its traces are in the file beside it that ends in `.trace`, under the
//! same headings. `otp_trace --record FILE...` writes those.

use std::io;
use std::path::{Path, PathBuf};

use crate::scenario;

/// A scenario, and the trace that real OTP gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Its file, and its heading in there.
    pub name: String,
    /// The scenario.
    pub scenario: String,
    /// The trace.
    pub trace: String,
}

/// What is kept in `tests/scenarios/KIND`, in the order of the files.
///
/// # Errors
/// A file that is not readable, or that is not about the same scenarios as the one beside it.
pub fn recorded(kind: &str) -> io::Result<Vec<Recorded>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(kind);
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(|error| named(&folder, &error))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "scn") {
            files.push(path);
        }
    }
    files.sort();
    let kept = files.iter().map(|file| read(file)).collect::<io::Result<Vec<_>>>()?;
    Ok(kept.concat())
}

fn read(file: &Path) -> io::Result<Vec<Recorded>> {
    let text = |path: &Path| std::fs::read_to_string(path).map_err(|error| named(path, &error));
    let (scenarios, traces) = (text(file)?, text(&file.with_extension("trace"))?);
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    paired(&stem, &scenarios, &traces).ok_or_else(|| {
        let again = "the traces are not those of the scenarios; record them again with `otp_trace --record`";
        named(file, &io::Error::new(io::ErrorKind::InvalidData, again))
    })
}

/// Each scenario with its trace, if the headings are the same.
fn paired(stem: &str, scenarios: &str, traces: &str) -> Option<Vec<Recorded>> {
    let (scenarios, traces) = (scenario::split(scenarios), scenario::split(traces));
    let headings = |parts: &[scenario::Part<'_>]| {
        parts.iter().map(|part| part.heading.map(str::to_owned)).collect::<Vec<_>>()
    };
    if headings(&scenarios) != headings(&traces) {
        return None;
    }
    let recorded = |(scenario, trace): (scenario::Part<'_>, scenario::Part<'_>)| Recorded {
        name: format!("{stem} {}", scenario.heading.unwrap_or_default().trim_start_matches('%')),
        scenario: scenario.text.to_owned(),
        trace: trace.text.to_owned(),
    };
    Some(scenarios.into_iter().zip(traces).map(recorded).collect())
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scenario_comes_with_its_trace_in_the_order_of_the_names() {
        let samples = recorded("samples").unwrap();
        assert!(samples.is_sorted_by_key(|sample| sample.name.clone()));
        assert!(samples.iter().all(|sample| sample.scenario.contains("\n---\n")));
        assert!(samples.iter().all(|sample| sample.trace.starts_with("> start\n")));
        assert!(recorded("nowhere").unwrap_err().to_string().contains("scenarios/nowhere"));
    }

    #[test]
    fn the_scenarios_of_a_batch_are_told_apart_by_their_headings() {
        let scenarios = "%%% one\nsup a\n%%% two\nsup b\n";
        let kept = paired("file", scenarios, "%%% one\n> a\n%%% two\n> b\n").unwrap();
        assert_eq!((kept[1].name.as_str(), kept[1].trace.as_str()), ("file  two", "> b\n"));
        assert_eq!(paired("file", scenarios, "%%% one\n> a\n"), None);
        assert_eq!(paired("file", scenarios, "%%% one\n> a\n%%% three\n> b\n"), None);
    }
}
