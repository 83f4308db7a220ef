//! A page of promises and its suite name each other completely: a sentence without a test is found, and a test without
//! a sentence.
//!
//! On the page a sentence is one line, and ends with the tests that hold it in an HTML comment. Headings, code and the
//! head of a table say nothing and name nothing.

use std::collections::BTreeSet;

/// What is wrong with a page whose suite has these tests.
pub(crate) fn problems(page: &str, tests: &BTreeSet<String>) -> Vec<String> {
    let (mut named, mut problems) = (BTreeSet::new(), Vec::new());
    for (number, line) in sentences(page) {
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
    problems
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
fn a_line_is_told_from_what_says_nothing() {
    let page = "# Head\n\nIt is so. <!-- a::b c::d -->\n```\ncode\n```\n| a | b |\n|---|---|\n| c | d | <!-- e::f -->\n";
    let found: Vec<_> =
        sentences(page).into_iter().map(|(number, line)| (number, split(line).1.len())).collect();
    assert_eq!(found, [(3, 2), (9, 1)]);
}
