//! The page of semantics and this suite name each other completely, and its diagram is the table of the stages.

use std::collections::BTreeSet;

use mistersmith::identity::lifecycle::diagram;

use super::sentences::problems;

const PAGE: &str = include_str!("../../../docs/semantics.md");

/// The files of the suite, by the name under which the page knows them.
const SUITE: [(&str, &str); 14] = [
    ("deadlines", include_str!("deadlines.rs")),
    ("delivery", include_str!("delivery.rs")),
    ("ending", include_str!("ending.rs")),
    ("errors", include_str!("errors.rs")),
    ("giving_up", include_str!("giving_up.rs")),
    ("lifecycle", include_str!("lifecycle.rs")),
    ("limits", include_str!("limits.rs")),
    ("mailbox", include_str!("mailbox.rs")),
    ("ordering", include_str!("ordering.rs")),
    ("panics", include_str!("panics.rs")),
    ("replies", include_str!("replies.rs")),
    ("restart", include_str!("restart.rs")),
    ("streams", include_str!("streams.rs")),
    ("timers", include_str!("timers.rs")),
];

/// The tests of the suite, as `file::test`.
fn tests() -> BTreeSet<String> {
    let here =
        ["the_diagram_is_the_table", "every_sentence_of_the_page_names_a_test_and_every_test_is_named"];
    let mut tests: BTreeSet<_> = here.into_iter().map(|test| format!("page::{test}")).collect();
    for (file, source) in SUITE {
        let after_each = source.split("#[tokio::test").skip(1);
        tests.extend(after_each.map(|test| {
            let name = test.split_once("async fn ").expect("a test is a function").1;
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

#[test]
fn the_diagram_is_the_table() {
    let (_, after) = PAGE.split_once("```mermaid\n").expect("the page has a diagram");
    let (diagram_on_page, _) = after.split_once("```").expect("and it ends");
    assert_eq!(diagram_on_page, diagram());
}
