//! The page and this suite name each other completely: a sentence without a test, or a test without a sentence,
//! fails here.
//!
//! On the page a sentence is one line, and ends with the tests that hold it in an HTML comment. Headings, code and
//! the head of a table say nothing and name nothing.

use std::collections::BTreeSet;

use mistersmith::identity::lifecycle::diagram;

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

/// The lines of the page that say something, with their numbers.
fn sentences(page: &str) -> Vec<(usize, &str)> {
    let (mut in_code, mut sentences) = (false, Vec::new());
    let lines: Vec<_> = page.lines().collect();
    for (index, line) in lines.iter().enumerate() {
        let is_fence = line.starts_with("```");
        in_code ^= is_fence;
        let is_head = line.starts_with('#') || line.starts_with("|--");
        let heads_a_table = lines.get(index + 1).is_some_and(|next| next.starts_with("|--"));
        if !in_code && !is_fence && !is_head && !heads_a_table && !line.trim().is_empty() {
            sentences.push((index + 1, *line));
        }
    }
    sentences
}

/// The words of a line, and the tests that it names.
fn split(line: &str) -> (&str, Vec<String>) {
    let Some((words, comment)) = line.split_once("<!--") else { return (line, Vec::new()) };
    let names = comment.split_once("-->").map_or("", |(names, _)| names);
    (words, names.split_whitespace().map(str::to_owned).collect())
}

#[test]
fn every_sentence_of_the_page_names_a_test_and_every_test_is_named() {
    let tests = tests();
    let (mut named, mut problems) = (BTreeSet::new(), Vec::new());
    for (number, line) in sentences(PAGE) {
        let (words, names) = split(line);
        if names.is_empty() {
            problems.push(format!("line {number} names no test: {words}"));
        }
        if words.trim_end().trim_end_matches('.').contains(". ") {
            problems.push(format!("line {number} holds more than one sentence: {words}"));
        }
        for name in names {
            if !tests.contains(&name) {
                problems.push(format!("line {number} names {name}, which is no test of the suite"));
            }
            named.insert(name);
        }
    }
    problems.extend(tests.difference(&named).map(|test| format!("{test} is named by no sentence")));
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn a_line_is_told_from_what_says_nothing() {
    let page = "# Head\n\nIt is so. <!-- a::b c::d -->\n```\ncode\n```\n| a | b |\n|---|---|\n| c | d | <!-- e::f -->\n";
    let found: Vec<_> =
        sentences(page).into_iter().map(|(number, line)| (number, split(line).1.len())).collect();
    assert_eq!(found, [(3, 2), (9, 1)]);
}

#[test]
fn the_diagram_is_the_table() {
    let (_, after) = PAGE.split_once("```mermaid\n").expect("the page has a diagram");
    let (diagram_on_page, _) = after.split_once("```").expect("and it ends");
    assert_eq!(diagram_on_page, diagram());
}
