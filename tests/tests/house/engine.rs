//! ractor is named in one room, so that it can be replaced, and be understood, in one room.

use super::code::word_places;
use super::source::Source;

const ROOM: &str = "framework/src/engine";

pub(crate) fn findings(source: &Source) -> Vec<String> {
    if !source.path.starts_with("framework/src/") || source.path.starts_with(ROOM) {
        return Vec::new();
    }
    let code = &source.code;
    let named = word_places(code, "ractor").filter(|&at| {
        let before = code[..at].trim_end();
        let imported = before.ends_with("use") || before.ends_with("extern crate");
        let ours = before.strip_suffix("::").is_some_and(|path| path.ends_with(char::is_alphanumeric));
        !ours && (imported || code[at + "ractor".len()..].starts_with("::"))
    });
    named.map(|at| format!("{}: ractor is named outside of {ROOM}", source.place(at))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> usize {
        findings(&Source::new(path, text)).len()
    }

    #[test]
    fn ractor_outside_of_the_engine_is_found() {
        for text in
            ["use ractor;", "use ractor::Actor;", "fn f(_: ::ractor::ActorCell) {}", "pub use ractor as r;"]
        {
            assert_eq!(found("framework/src/agent/mod.rs", text), 1, "{text}");
        }
    }

    #[test]
    fn the_engine_and_what_is_merely_called_so_are_free() {
        assert_eq!(found("framework/src/engine/mod.rs", "use ractor::Actor;"), 0);
        assert_eq!(found("framework/src/lib.rs", "//! On ractor::Actor.\npub use engine::ractor::Child;"), 0);
        assert_eq!(found("framework/src/agent/mod.rs", "use ractor_like::Actor; let ractor = 1;"), 0);
        assert_eq!(found("framework/benches/tell.rs", "use ractor::Actor;"), 0);
    }
}
