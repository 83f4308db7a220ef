//! Why something of the tree is down, in words for a person: what the restart history says of it.

use crate::supervisor::{Event, History, Node, What};

/// How a supervisor came to end by its own decision, back to what began it; `None` when it did not, or has come up
/// since, or it is so long ago that it is not kept.
pub(super) fn gave_up(history: &History, supervisor: &str) -> Option<String> {
    let events = history.events();
    let is_decisive = |event: &&Event| {
        *event.supervisor == *supervisor
            && matches!(event.what, What::Up { .. } | What::GaveUp { .. } | What::AutoShutdown { .. })
    };
    let mut story = in_words(events.iter().rev().find(is_decisive)?, supervisor)?;
    let mut next = events.iter().rev().find(is_decisive)?.cause;
    // A cause is older than what it causes, so this ends.
    while let Some(event) = next.and_then(|number| events.iter().find(|event| event.number == number)) {
        if let Some(words) = in_words(event, supervisor) {
            story = format!("{story}, because {words}");
        }
        next = event.cause.filter(|cause| *cause < event.number);
    }
    Some(story)
}

/// What a supervisor decided, in which `subject` is "it".
fn in_words(event: &Event, subject: &str) -> Option<String> {
    let who = if *event.supervisor == *subject { "it" } else { &*event.supervisor };
    match &event.what {
        What::GaveUp { child, exit } => Some(format!("{who} gave up on {child} ({exit})")),
        What::AutoShutdown { child, exit } => {
            Some(format!("{who} shut itself down, as {child} had ended ({exit})"))
        }
        _ => None,
    }
}

/// Why a child is down, as its supervisor knows it.
pub(super) fn down(node: &Node) -> String {
    if node.orphaned {
        return "it was killed and does not yield, and its next start waits for that".to_owned();
    }
    let why = node.last_exit.as_ref().map_or_else(|| "it was stopped".to_owned(), ToString::to_string);
    match node.next_attempt {
        Some(left) => format!("{why}; its next start is tried in {left:.1} s"),
        None => why,
    }
}
