//! Which way the rooms of the library depend on each other: down its `mod` list, never up.

use super::code::{leading_word, word_places};
use super::source::Source;

/// The rooms in the order of the `mod` lines of the library's root.
pub(crate) fn order(lib: &Source) -> Vec<String> {
    let names = word_places(&lib.shipped, "mod").map(|at| leading_word(lib.shipped[at + 3..].trim_start()));
    names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// Exported macros live at the root of their crate, whichever room they are written in.
const EXPORTED_MACROS: &[&str] = &["replies"];

/// The arrows of a file that point to a later room, or past all rooms to the root's re-exports.
pub(crate) fn findings(order: &[String], source: &Source) -> Vec<String> {
    let Some((room, depth)) = room_of(source) else { return Vec::new() };
    let place_of = |name: &str| order.iter().position(|other| other == name);
    let Some(here) = place_of(room) else {
        return vec![format!(
            "{}: `{room}` is no room: framework/src/lib.rs has no mod line for it",
            source.path
        )];
    };
    let mut findings = Vec::new();
    for (at, name) in uses(&source.shipped, depth) {
        let place = source.place(at);
        match place_of(name) {
            Some(there) if there > here => {
                findings.push(format!("{place}: `{room}` uses the later room `{name}`"))
            }
            Some(_) => {}
            None if EXPORTED_MACROS.contains(&name) => {}
            None => findings
                .push(format!("{place}: `{room}` takes `{name}` from the root; name the room it is in")),
        }
    }
    findings
}

/// The room a file of the library belongs to, and how many modules deep the file lies; the root is no room.
fn room_of(source: &Source) -> Option<(&str, usize)> {
    let inside = source.path.strip_prefix("framework/src/")?.strip_suffix(".rs")?;
    let parts: Vec<&str> = inside.strip_suffix("/mod").unwrap_or(inside).split('/').collect();
    (parts != ["lib"] && !source.is_test()).then(|| (parts[0], parts.len()))
}

/// The names that the code takes from the root of its crate, each with its offset; macros live there and are free.
fn uses(code: &str, depth: usize) -> Vec<(usize, &str)> {
    let up = "super::".repeat(depth);
    let mut uses = Vec::new();
    for root in ["crate::", up.as_str()] {
        for (at, _) in code.match_indices(root).filter(|&(at, _)| starts_a_path(&code[..at])) {
            let begin = at + root.len();
            if code[begin..].starts_with('{') {
                uses.extend(group(&code[begin..]).into_iter().map(|(offset, name)| (begin + offset, name)));
            } else {
                uses.push((begin, leading_word(&code[begin..])));
            }
        }
    }
    uses.retain(|&(at, name)| !name.is_empty() && !code[at + name.len()..].starts_with('!'));
    uses
}

fn starts_a_path(before: &str) -> bool {
    !before.ends_with(|last: char| last.is_alphanumeric() || last == '_' || last == ':')
}

/// The first names in `{a::b, c::{d, e}}`, each with its offset: `a` and `c`.
fn group(code: &str) -> Vec<(usize, &str)> {
    let (mut depth, mut expected, mut names) = (0, true, Vec::new());
    for (at, character) in code.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 1 => break,
            '}' => depth -= 1,
            ',' => expected |= depth == 1,
            _ if expected && !character.is_whitespace() => {
                names.push((at, leading_word(&code[at..])));
                expected = false;
            }
            _ => {}
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        let lib = Source::new(
            "framework/src/lib.rs",
            "mod clock;\n#[doc(hidden)]\npub mod engine;\npub(crate) mod agent {}\n",
        );
        findings(&order(&lib), &Source::new(path, text))
    }

    #[test]
    fn an_arrow_to_a_later_room_is_found() {
        let arrow = "framework/src/engine/port.rs:2: `engine` uses the later room `agent`";
        for text in [
            "\nuse crate::agent::Agent;",
            "\npub(crate) use crate::{clock::Clock, agent};",
            "\nuse crate::{self as root, clock::{a, b}, agent::{c, d}};",
            "\nuse {std::fmt, crate::agent};",
            "\nfn f() -> crate::agent::Agent {}",
            "\nmacro_rules! m { () => { $crate::agent::Agent } }",
            "\nuse super::super::agent;",
        ] {
            let found = found("framework/src/engine/port.rs", text);
            assert!(found.iter().any(|finding| finding == arrow), "{text}: {found:?}");
        }
    }

    #[test]
    fn arrows_to_earlier_rooms_and_to_itself_are_free() {
        let text = "use crate::{clock::{agent, Clock}, engine};\nuse super::agent;\nuse other_crate::agent;\n\
            // use crate::agent;\nconst A: &str = \"crate::agent\";\n#[cfg(test)]\nmod tests { use crate::agent; }\n\
            macro_rules! m { () => { $crate::n! {} } }";
        assert_eq!(found("framework/src/engine/port.rs", text), [""; 0]);
        assert_eq!(found("framework/src/lib.rs", "pub use crate::agent::Agent;"), [""; 0]);
        assert_eq!(found("cluster/src/node.rs", "use crate::agent;"), [""; 0]);
    }

    #[test]
    fn a_name_of_the_root_hides_an_arrow_and_is_found() {
        let found = found("framework/src/engine/mod.rs", "use crate::Agent;");
        assert_eq!(
            found,
            ["framework/src/engine/mod.rs:1: `engine` takes `Agent` from the root; name the room it is in"]
        );
    }

    #[test]
    fn a_file_of_no_room_is_found() {
        assert_eq!(found("framework/src/utils.rs", "").len(), 1);
    }
}
