//! A foreign engine is named in one room, so that it can be replaced, and be understood, in one room.

use super::code::word_places;
use super::source::Source;

/// The engines, each with its room.
const ENGINES: [(&str, &str); 2] =
    [("ractor", "framework/src/engine"), ("rusqlite", "framework/src/events/sqlite")];

pub(crate) fn findings(source: &Source) -> Vec<String> {
    ENGINES.into_iter().flat_map(|(engine, room)| named_outside(source, engine, room)).collect()
}

fn named_outside(source: &Source, engine: &str, room: &str) -> Vec<String> {
    if !source.path.starts_with("framework/src/") || source.path.starts_with(room) {
        return Vec::new();
    }
    let code = &source.code;
    let named = word_places(code, engine).filter(|&at| {
        let before = code[..at].trim_end();
        let imported = before.ends_with("use") || before.ends_with("extern crate");
        let ours = before.strip_suffix("::").is_some_and(|path| path.ends_with(char::is_alphanumeric));
        !ours && (imported || code[at + engine.len()..].starts_with("::"))
    });
    named.map(|at| format!("{}: {engine} is named outside of {room}", source.place(at))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> usize {
        findings(&Source::new(path, text)).len()
    }

    #[test]
    fn an_engine_outside_of_its_room_is_found() {
        for text in
            ["use ractor;", "use ractor::Actor;", "fn f(_: ::ractor::ActorCell) {}", "pub use ractor as r;"]
        {
            assert_eq!(found("framework/src/agent/mod.rs", text), 1, "{text}");
        }
        assert_eq!(found("framework/src/events/memory/mod.rs", "use rusqlite::Connection;"), 1);
        assert_eq!(found("framework/src/events/sqlite/mod.rs", "use rusqlite::Connection;"), 0);
    }

    #[test]
    fn the_engine_and_what_is_merely_called_so_are_free() {
        assert_eq!(found("framework/src/engine/mod.rs", "use ractor::Actor;"), 0);
        assert_eq!(found("framework/src/lib.rs", "//! On ractor::Actor.\npub use engine::ractor::Child;"), 0);
        assert_eq!(found("framework/src/agent/mod.rs", "use ractor_like::Actor; let ractor = 1;"), 0);
        assert_eq!(found("framework/benches/tell.rs", "use ractor::Actor;"), 0);
    }
}
