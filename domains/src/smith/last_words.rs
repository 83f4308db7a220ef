//! Why a node gave up, from its history: the last event, and what led to it, the first cause first.

use mistersmith::exit::Exit;
use mistersmith::supervisor::{Event, What};

/// A line for each event of the chain, oldest first; only how it ended when the history does not know more.
pub(super) fn of(events: &[Event], exit: &Exit) -> Vec<String> {
    let last = events
        .iter()
        .rev()
        .find(|event| matches!(event.what, What::GaveUp { .. } | What::AutoShutdown { .. }));
    let mut chain = Vec::new();
    let mut next = last;
    while let Some(event) = next {
        chain.push(in_words(event));
        // A cause is older than what it causes, so this ends.
        next = event.cause.and_then(|cause| {
            events.iter().find(|other| other.number == cause && other.number < event.number)
        });
    }
    if chain.is_empty() {
        chain.push(format!("it ended: {exit}"));
    }
    chain.reverse();
    chain
}

fn in_words(Event { number, supervisor, what, .. }: &Event) -> String {
    let what = match what {
        What::GaveUp { child, exit } => {
            format!("{supervisor} gave up: one more restart of {child} would have been too many ({exit})")
        }
        What::AutoShutdown { child, exit } => {
            format!("{supervisor} shut itself down, as {child} had ended for good ({exit})")
        }
        What::Decided(decision) | What::Resumed(decision) => {
            let started = decision.started.total;
            format!("{supervisor}: {} ended ({}); {started} started again", decision.child, decision.exit)
        }
        What::RestartBegins { child, exit } => format!("{supervisor}: a restart of {child} began ({exit})"),
        What::NotStarted { exit } => format!("{supervisor} could not come up ({exit})"),
        What::Up { children } => format!("{supervisor} came up; children: {children}"),
        What::Stopped { reason } => format!("{supervisor} stopped ({reason})"),
        What::ChildStarted { child } => format!("{supervisor}: {child} was started by hand"),
        What::ChildTerminated { child } => format!("{supervisor}: {child} was terminated by hand"),
        What::Upgraded { .. } => format!("{supervisor} took a new specification"),
        What::Orphaned { child } => format!("{supervisor}: {child} was killed and still runs"),
        What::Yielded { child } => format!("{supervisor}: {child}, which had been killed, was gone at last"),
    };
    format!("#{number} {what}")
}
