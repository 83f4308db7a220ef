//! The scenarios that are kept, each with the trace that real OTP gave: `tests/scenarios`, a folder for each kind.

use std::io;
use std::path::{Path, PathBuf};

/// A scenario, and the trace that real OTP gave.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Where the scenario is; the trace lies beside it.
    pub file: PathBuf,
    /// The scenario.
    pub scenario: String,
    /// The trace.
    pub trace: String,
}

/// What is kept in `tests/scenarios/KIND`, in the order of the names.
///
/// # Errors
/// A file that is not readable, or the trace of a scenario that is not there.
pub fn recorded(kind: &str) -> io::Result<Vec<Recorded>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(kind);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(|error| named(&folder, &error))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "scn") {
            files.push(path);
        }
    }
    files.sort();
    files.into_iter().map(read).collect()
}

fn read(file: PathBuf) -> io::Result<Recorded> {
    let text = |path: &Path| std::fs::read_to_string(path).map_err(|error| named(path, &error));
    let (scenario, trace) = (text(&file)?, text(&file.with_extension("trace"))?);
    Ok(Recorded { file, scenario, trace })
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
        assert!(samples.is_sorted_by_key(|sample| sample.file.clone()));
        assert!(samples.iter().all(|sample| sample.scenario.contains("\n---\n")));
        assert!(samples.iter().all(|sample| sample.trace.starts_with("> start\n")));
        assert!(recorded("nowhere").unwrap_err().to_string().contains("scenarios/nowhere"));
    }
}
