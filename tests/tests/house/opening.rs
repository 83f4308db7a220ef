//! A file outside of the tests opens with what it promises.

use super::source::Source;

pub(crate) fn findings(source: &Source) -> Vec<String> {
    let first = source.text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let promise = first.strip_prefix("//!").is_some_and(|words| !words.trim().is_empty());
    if promise || source.is_test() {
        return Vec::new();
    }
    vec![format!("{}:1: expected a //! sentence, got `{}`", source.path, first.trim())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_promise_is_found() {
        for text in ["", "use a;\n//! Late.", "// Not for readers.", "//!\n"] {
            assert_eq!(findings(&Source::new("domains/src/a.rs", text)).len(), 1, "{text:?}");
        }
        assert!(findings(&Source::new("domains/src/a.rs", "//! A promise.\n")).is_empty());
        assert!(findings(&Source::new("framework/tests/ui/a.rs", "fn main() {}")).is_empty());
    }
}
