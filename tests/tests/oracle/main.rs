//! The oracle tells what real OTP does: samples that another oracle recorded come out the same, byte for byte.
//!
//! Where there is no Erlang these tests say nothing; `.ci/run` installs it.

use mistersmith_tests::differential::draw;
use mistersmith_tests::oracle::Oracle;
use mistersmith_tests::recorded::recorded;

#[track_caller]
fn assert_as_recorded(kind: &str, least: usize) {
    let kept = recorded(kind).expect("what is kept can be read");
    assert!(kept.len() >= least, "only {} scenarios in {kind}", kept.len());
    let scenarios: Vec<_> = kept.iter().map(|recorded| &recorded.scenario).collect();
    let Some(oracle) = Oracle::if_there().expect("the oracle compiles") else { return };
    let traces = oracle.traces(&scenarios).expect("the oracle answers");
    for (recorded, trace) in kept.iter().zip(traces) {
        assert_eq!(trace, recorded.trace, "{}\n{}", recorded.name, recorded.scenario);
    }
}

#[test]
fn the_samples_give_the_traces_that_another_oracle_recorded() {
    assert_as_recorded("samples", 17);
}

#[test]
fn the_corpus_is_what_this_otp_does() {
    assert_as_recorded("corpus", 300);
}

#[test]
fn the_scenarios_written_by_hand_are_what_this_otp_does() {
    assert_as_recorded("by_hand", 100);
}

#[test]
fn a_scenario_that_is_none_says_so_in_its_trace_and_spoils_no_other() {
    let Some(oracle) = Oracle::if_there().unwrap() else { return };
    let traces = oracle.traces(&["bark\n", "sup root\nend\n---\nwhich root\n"]).unwrap();
    assert!(traces[0].starts_with("!! "), "{}", traces[0]);
    assert!(traces[1].contains("> which root\n  = []\n"), "{}", traces[1]);
}

#[test]
fn a_random_scenario_has_one_trace_however_often_it_is_run() {
    let Some(oracle) = Oracle::if_there().unwrap() else { return };
    let scenarios: Vec<String> = draw(1, 300).iter().map(ToString::to_string).collect();
    let (once, twice) = (oracle.traces(&scenarios).unwrap(), oracle.traces(&scenarios).unwrap());
    for ((scenario, once), twice) in scenarios.iter().zip(once).zip(twice) {
        assert_eq!(once, twice, "{scenario}");
        for trouble in once.lines().filter(|line| line.trim_start().starts_with("!!")) {
            assert!(["  !! not running", "  !! no gate"].contains(&trouble), "{trouble}\n{scenario}\n{once}");
        }
    }
}
