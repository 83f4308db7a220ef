//! The program `sup_trace`, and those beside it: the samples come out as real OTP 25.2.3 printed them, and what is no
//! scenario is named.

mod command;
mod programs;

use std::path::{Path, PathBuf};

use mistersmith_tests::ours;
use mistersmith_tests::scenario::Scenario;

fn samples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/samples");
    let entries = std::fs::read_dir(folder).expect("the samples are there");
    let paths = entries.map(|entry| entry.expect("the samples are readable").path());
    let mut samples: Vec<_> = paths.filter(|path| path.extension().is_some_and(|end| end == "scn")).collect();
    samples.sort();
    samples
}

#[test]
fn every_sample_has_the_trace_that_otp_printed() {
    let samples = samples();
    assert!(samples.len() >= 17, "only {} samples", samples.len());
    for sample in samples {
        let text = std::fs::read_to_string(&sample).expect("a sample is text");
        let scenario = Scenario::parse(&text).unwrap_or_else(|wrong| panic!("{}:{wrong}", sample.display()));
        let expected = std::fs::read_to_string(sample.with_extension("trace")).expect("it has a trace");
        assert_eq!(ours::trace(&scenario), expected, "{}", sample.display());
    }
}
