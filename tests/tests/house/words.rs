//! What may not be written: sleeping instead of waiting for an event, tests that do not run, work left undone.

use super::source::Source;

const FORBIDDEN: [(&str, &str); 4] = [
    ("sleep(", "wait for an event, or on the system's clock"),
    ("#[ignore", "a test that does not run promises nothing"),
    ("todo!(", "do it, or leave it out"),
    ("unimplemented!(", "do it, or leave it out"),
];

/// Where a forbidden word is right: the beginning of the path, the word, the reason.
const EXCEPTIONS: [(&str, &str, &str); 1] =
    [("framework/src/clock", "sleep(", "the clock is where everybody else's sleep ends up")];

pub(crate) fn findings(source: &Source) -> Vec<String> {
    let mut findings = Vec::new();
    for (word, instead) in FORBIDDEN {
        let excepted = |&(path, what, _): &(&str, &str, &str)| what == word && source.path.starts_with(path);
        if EXCEPTIONS.iter().any(excepted) {
            continue;
        }
        for (at, _) in source.code.match_indices(word) {
            if !(word == "sleep(" && sleeps_on_the_clock(&source.code[..at])) {
                findings.push(format!("{}: `{word}`: {instead}", source.place(at)));
            }
        }
    }
    findings
}

/// `clock.sleep(`, whoever holds the clock; not `thread::sleep(`, not a bare `sleep(`.
fn sleeps_on_the_clock(before: &str) -> bool {
    before.trim_end().ends_with('.') || before.ends_with("Clock::")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> usize {
        findings(&Source::new(path, text)).len()
    }

    #[test]
    fn a_forbidden_word_is_found_in_tests_too() {
        for text in [
            "std::thread::sleep(a);",
            "sleep(a).await;",
            "tokio::time::sleep(a).await;",
            "#[ignore]\n#[test]",
            "#[ignore = \"slow\"]",
            "todo!()",
            "unimplemented!(\"later\")",
        ] {
            assert_eq!(found("framework/tests/a.rs", text), 1, "{text}");
        }
    }

    #[test]
    fn the_clock_sleeps_for_all() {
        assert_eq!(found("framework/src/clock/mod.rs", "tokio::time::sleep(a).await;"), 0);
        assert_eq!(found("framework/src/clock/mod.rs", "todo!()"), 1);
        assert_eq!(
            found("framework/src/agent/mod.rs", "self.clock\n    .sleep(a).await; Clock::sleep(&b, c);"),
            0
        );
        assert_eq!(found("framework/src/agent/mod.rs", "// todo!() sleep(\nlet a = \"#[ignore]\";"), 0);
    }
}
