//! The rules of the house that no compiler checks: which way the rooms depend on each other, where the engine
//! may be named, how a file opens, how long it may be, what may not be written at all, and where links lead.
//!
//! Each rule is a pure function from sources to findings, seen failing on a small text in its own file, and is
//! asked of the whole tree here. A finding names the file and the line.

mod code;
mod engine;
mod links;
mod opening;
mod rooms;
mod size;
mod source;
mod words;

use source::{Source, tree};

#[track_caller]
fn assert_none(rule: &str, findings: &[String]) {
    assert!(findings.is_empty(), "{rule}; found {}:\n  {}", findings.len(), findings.join("\n  "));
}

#[test]
fn a_room_uses_only_rooms_above_it() {
    let sources = tree();
    let lib = sources.iter().find(|source| source.path == "framework/src/lib.rs");
    let order = rooms::order(lib.expect("the library has a root"));
    assert_none(
        "the mod list of framework/src/lib.rs is the order of dependency: a room uses only rooms above it",
        &sources.iter().flat_map(|source| rooms::findings(&order, source)).collect::<Vec<_>>(),
    );
}

#[test]
fn an_engine_is_named_in_its_own_room_only() {
    assert_none(
        "ractor is named in framework/src/engine, rusqlite in framework/src/events/sqlite, and nowhere else in framework/src",
        &tree().iter().flat_map(engine::findings).collect::<Vec<_>>(),
    );
}

#[test]
fn every_file_opens_with_its_promise() {
    assert_none(
        "a file opens with a //! sentence that says what it promises",
        &tree().iter().flat_map(opening::findings).collect::<Vec<_>>(),
    );
}

#[test]
fn nothing_sleeps_is_ignored_or_left_to_do() {
    assert_none(
        "nobody sleeps but on the system's clock, no test is ignored, nothing is left to do",
        &tree().iter().flat_map(words::findings).collect::<Vec<_>>(),
    );
}

#[test]
fn every_file_fits_in_a_head() {
    assert_none(
        "a file has at most 300 lines of code; split it along its promises",
        &tree().iter().flat_map(size::findings).collect::<Vec<_>>(),
    );
}

#[test]
fn every_link_of_a_page_leads_somewhere() {
    assert_none("a relative link of a page leads to a file that is there", &links::findings());
}

/// A rule that looks at nothing passes always.
#[test]
fn the_tree_is_really_read() {
    let sources: Vec<Source> = tree();
    for path in ["framework/src/lib.rs", "domains/src/lib.rs", "tests/tests/house/main.rs"] {
        assert!(sources.iter().any(|source| source.path == path), "{path} was not read");
    }
    assert!(!sources.iter().any(|source| source.path.contains("target/")), "built files were read");
}
