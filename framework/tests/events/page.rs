//! The page of events and this suite name each other completely.

use std::collections::BTreeSet;

use mistersmith::testing::event_log::PROMISES;

use super::sentences::problems;

const PAGE: &str = include_str!("../../../docs/events.md");

/// The files of the suite, by the name under which the page knows them.
const SUITE: &[(&str, &str)] = &[
    ("agents", include_str!("agents.rs")),
    ("anti_entropy", include_str!("anti_entropy.rs")),
    ("causal_past", include_str!("causal_past.rs")),
    ("causes", include_str!("causes.rs")),
    ("converged", include_str!("converged.rs")),
    ("convergence", include_str!("convergence.rs")),
    ("corpus", include_str!("corpus.rs")),
    ("crash", include_str!("../../../tests/tests/crash/main.rs")),
    ("damage", include_str!("damage.rs")),
    ("demo", include_str!("../../../domains/tests/smith/bank.rs")),
    ("failing_log", include_str!("failing_log.rs")),
    ("file", include_str!("file.rs")),
    ("full", include_str!("full.rs")),
    ("index", include_str!("index.rs")),
    ("lives", include_str!("lives.rs")),
    ("logs", include_str!("logs.rs")),
    ("merge_laws", include_str!("merge_laws.rs")),
    ("one_state", include_str!("one_state.rs")),
    ("opening", include_str!("../../src/events/sqlite/opening.rs")),
    ("poison", include_str!("poison.rs")),
    ("projections", include_str!("projections.rs")),
    ("queries", include_str!("queries.rs")),
    ("redo", include_str!("redo.rs")),
    ("reminders", include_str!("reminders.rs")),
    ("replay", include_str!("replay.rs")),
    ("replicas", include_str!("replicas.rs")),
    ("replicators", include_str!("replicators.rs")),
    ("suspended_projections", include_str!("suspended_projections.rs")),
    ("tampered", include_str!("tampered.rs")),
    ("transfer", include_str!("transfer.rs")),
    ("vector_clocks", include_str!("vector_clocks.rs")),
];

/// The promises of every log as `log::promise`, the tests of the suite as `file::test`.
fn tests() -> BTreeSet<String> {
    let mut tests: BTreeSet<_> = PROMISES.iter().map(|promise| format!("log::{}", promise.name)).collect();
    tests.insert("page::every_sentence_of_the_page_names_a_test_and_every_test_is_named".to_owned());
    for (file, source) in SUITE {
        let after_each = source.split("#[test]").flat_map(|part| part.split("#[tokio::test")).skip(1);
        tests.extend(after_each.map(|test| {
            let name = test.split_once("fn ").expect("a test is a function").1;
            format!("{file}::{}", name.split_once('(').expect("with arguments").0)
        }));
    }
    tests
}

#[test]
fn every_sentence_of_the_page_names_a_test_and_every_test_is_named() {
    let problems = problems(PAGE, &tests());
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
