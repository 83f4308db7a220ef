//! A file is small enough to be held in one's head: comments, blank lines and its own tests not counted.

use super::source::Source;

const LIMIT: usize = 300;

/// Files that may be longer, each with the reason why it cannot be split.
const EXCEPTIONS: [(&str, &str); 0] = [];

pub(crate) fn findings(source: &Source) -> Vec<String> {
    let lines = source.shipped.lines().filter(|line| !line.trim().is_empty()).count();
    if lines <= LIMIT || source.is_test() || EXCEPTIONS.iter().any(|(path, _)| *path == source.path) {
        return Vec::new();
    }
    vec![format!("{}: {lines} lines of code, expected at most {LIMIT}", source.path)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_is_found_and_its_comments_and_tests_are_not_counted() {
        let lines = |count| "f();\n".repeat(count);
        assert_eq!(findings(&Source::new("domains/src/a.rs", &lines(LIMIT + 1))).len(), 1);
        let rest = format!("{}\n// a\n/// b\n#[cfg(test)]\nmod tests {{\n{}}}", lines(LIMIT), lines(LIMIT));
        assert_eq!(findings(&Source::new("domains/src/a.rs", &rest)), [""; 0]);
        assert_eq!(findings(&Source::new("framework/tests/a.rs", &lines(LIMIT + 1))), [""; 0]);
    }
}
