//! No bytes make the reader panic, and none make it work without end.

use std::fmt::Write;

use mistersmith::config::{Configuration, Sources};
use proptest::collection::vec;
use proptest::prelude::{Strategy, any, prop_assert, proptest};
use proptest::sample::{Index, select};

use super::{known, parse};

const EXAMPLE: &str = include_str!("../../../docs/smith.example.yaml");

#[track_caller]
fn one_problem(text: &str) -> String {
    let problems = parse(text).expect_err("this was taken");
    assert_eq!(problems.iter().count(), 1, "{problems}");
    problems.to_string()
}

#[test]
fn an_alias_bomb_is_one_problem() {
    let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (from, to) in ('a'..='h').zip('b'..='i') {
        writeln!(bomb, "{to}: &{to} [{}]", vec![format!("*{from}"); 10].join(", ")).unwrap();
    }
    assert_eq!(
        one_problem(&bomb),
        "smith.yaml:5:8: expected at most 20000 values, aliases in full, got more"
    );
}

#[test]
fn aliases_that_pile_up_depth_are_one_problem() {
    let deep = |inner: &str| format!("{}{inner}{}", "[".repeat(20), "]".repeat(20));
    let text = format!("a: &a {}\nb: &b {}\n", deep("x"), deep("*a"));
    assert_eq!(one_problem(&text), "smith.yaml:2:27: expected at most 32 levels, got a deeper one");
}

#[test]
fn aliases_that_pile_up_text_are_one_problem() {
    let text = format!("a: &a {}\nb: [{}]\n", "x".repeat(500_000), vec!["*a"; 10_000].join(", "));
    assert_eq!(one_problem(&text), "smith.yaml:2:13: expected at most 1 MiB of text in aliases, got more");
}

#[test]
fn nothing_but_mistakes_is_told_to_the_last_one() {
    let keys = (0..9_000).map(|key| format!("agent_lifecycle_or_{key}: {{}}\n")).collect::<String>();
    assert_eq!(parse(&keys).expect_err("this was taken").iter().count(), 9_000);
}

#[test]
fn what_is_too_deep_is_one_problem() {
    assert_eq!(
        one_problem(&format!("{}{}", "[".repeat(33), "]".repeat(33))),
        "smith.yaml:1:33: expected at most 32 levels, got a deeper one"
    );
    for text in ["[".repeat(500_000), "- ".repeat(500_000), "{a: ".repeat(200_000), "? ".repeat(400_000)] {
        one_problem(&text);
    }
}

#[test]
fn what_is_too_much_is_one_problem() {
    let text = format!("[{}]", "x,".repeat(500_000));
    assert_eq!(
        one_problem(&text),
        "smith.yaml:1:40002: expected at most 20000 values, aliases in full, got more"
    );
    let text = format!("node: {{name: \"{}\"}}", "x".repeat(1 << 20));
    assert_eq!(one_problem(&text), "smith.yaml: expected at most 1 MiB, got more");
}

#[test]
fn an_alias_stands_for_what_it_names() {
    let text = "supervision:\n  root: &same { restarts: 9, period: 60 }\n  domains: *same\n";
    let supervision = parse(text).unwrap().configuration.supervision;
    assert_eq!(supervision.root.intensity, supervision.domains.intensity);
    assert_eq!(supervision.domains.intensity.restarts, 9);
}

/// The example with a few cuts, doublings and insertions of what means something in YAML.
fn mutated() -> impl Strategy<Value = String> {
    let scrap = select(vec![
        "", ":", "- ", "{", "}", "[", "]", "&a ", "*a", "\"", "'", "|\n", "\t", "\n", "? ", "#", "!x ",
    ]);
    vec((any::<Index>(), any::<Index>(), scrap), 1..6).prop_map(|edits| {
        edits.into_iter().fold(EXAMPLE.to_owned(), |text, (from, to, scrap)| {
            let chars = text.chars().collect::<Vec<_>>();
            let (from, to) = (from.index(chars.len()), to.index(chars.len()));
            // When `to` lies before `from` the part between them comes twice.
            chars[..from]
                .iter()
                .chain(&scrap.chars().collect::<Vec<_>>())
                .chain(&chars[to.max(from.saturating_sub(40)).min(from + 40)..])
                .collect()
        })
    })
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..300)) {
        let _ = Configuration::parse("smith.yaml", &bytes, &known());
    }

    #[test]
    fn arbitrary_text_is_read_or_refused(text in "[-a-c:{}\\[\\]&*!|>'\"%@`#?, \n\t~é\u{feff}]{0,80}") {
        let _ = parse(&text);
    }

    #[test]
    fn an_example_with_slips_is_read_or_refused_with_places(text in mutated()) {
        if let Err(problems) = parse(&text) {
            for problem in &problems {
                let line = problem.to_string();
                prop_assert!(line.starts_with("smith.yaml:"), "{line}");
                prop_assert!(!line.contains('\n'), "{line}");
            }
        }
    }

    #[test]
    fn arbitrary_variables_and_flags_are_read_or_refused(pairs in vec((".{0,30}", ".{0,30}"), 0..4)) {
        let known = known();
        let variables = pairs.iter().map(|(name, value)| (format!("SMITH_{name}"), value.clone()));
        let _ = Configuration::load(&Sources::new(&known).environment(variables).flags(pairs.clone()));
    }
}
