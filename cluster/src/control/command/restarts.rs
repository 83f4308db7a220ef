//! `restarts`: the history as text, what an event led to below it.

use std::collections::HashMap;
use std::io;

use mistersmith::clock::Clock;
use mistersmith::supervisor::Verdict;

use super::failure::{Failure, Outcome};
use super::output::{Span, Tone};
use super::{Output, Since, words};
use crate::control::api::{DecisionReport, EventKind, EventReport, NamesReport, PutOffReport};
use crate::control::client::ControlClient;

pub(super) async fn show(
    client: &ControlClient,
    since: Since,
    follow: bool,
    json: bool,
    output: &mut Output,
) -> Result<Outcome, Failure> {
    let mut events = Vec::new();
    let mut last = since.event();
    loop {
        let page = client.restarts(last, false).await?;
        let Some(end) = page.events.last().map(|event| event.number) else { break };
        (last, events) = (end, [events, page.events].concat());
        if last >= page.newest {
            break;
        }
    }
    let now = Clock::machine().wall_millis();
    events.retain(|event| since.shows(event, now));
    match (json, events.is_empty(), follow) {
        (true, ..) => lines(&events, output)?,
        (false, true, false) => output.line(&format!("nothing has happened {since}"))?,
        (false, ..) => print(&events, output)?,
    }
    if follow {
        let mut depths = Depths::default();
        for event in &events {
            depths.of(event);
        }
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted?,
            failure = go_on(client, last, json, depths, output) => return Err(failure),
        }
    }
    Ok(Outcome::Done)
}

async fn go_on(
    client: &ControlClient,
    mut last: u64,
    json: bool,
    mut depths: Depths,
    output: &mut Output,
) -> Failure {
    loop {
        let events = match client.restarts(last, true).await {
            Ok(page) => page.events,
            Err(error) => return error.into(),
        };
        let shown = if json {
            lines(&events, output)
        } else {
            events.iter().try_for_each(|event| output.spans(&line(event, depths.of(event))))
        };
        if let Err(error) = shown {
            return error.into();
        }
        last = events.last().map_or(last, |event| event.number);
    }
}

fn lines(events: &[EventReport], output: &mut Output) -> io::Result<()> {
    events.iter().try_for_each(|event| output.data(&serde_json::to_string(event)?))
}

/// Prints events that are all there: each below its cause, otherwise in their order.
pub(super) fn print(events: &[EventReport], output: &mut Output) -> io::Result<()> {
    let mut led_to: HashMap<Option<u64>, Vec<&EventReport>> = HashMap::new();
    let numbers: std::collections::HashSet<u64> = events.iter().map(|event| event.number).collect();
    for event in events {
        // A cause always has a lower number; one that is not shown counts as none.
        let cause = event.cause.filter(|cause| numbers.contains(cause) && *cause < event.number);
        led_to.entry(cause).or_default().push(event);
    }
    // A stack, not recursion: a long chain of causes is no reason to overflow one.
    let mut next: Vec<(&EventReport, usize)> =
        led_to.remove(&None).unwrap_or_default().into_iter().rev().map(|event| (event, 0)).collect();
    let mut shown = Vec::with_capacity(events.len());
    while let Some((event, depth)) = next.pop() {
        shown.push(event.number);
        output.spans(&line(event, depth))?;
        let below = led_to.remove(&Some(event.number)).unwrap_or_default();
        next.extend(below.into_iter().rev().map(|event| (event, depth + 1)));
    }
    if !shown.is_sorted() {
        output.line("(indented events belong to the one above them, so numbers are not in order)")?;
    }
    Ok(())
}

/// How deep an event stands below its first cause, when events come one by one.
#[derive(Default)]
struct Depths(HashMap<u64, usize>);

impl Depths {
    fn of(&mut self, event: &EventReport) -> usize {
        let depth = event.cause.and_then(|cause| self.0.get(&cause)).map_or(0, |depth| depth + 1);
        self.0.insert(event.number, depth);
        depth
    }
}

fn line(event: &EventReport, depth: usize) -> Vec<Span> {
    let when = format!("{}  {}", words::moment(event.wall_millis), "  ".repeat(depth));
    [Span(when, Tone::Quiet), Span::plain(format!("#{} ", event.number))]
        .into_iter()
        .chain(deed(event))
        .collect()
}

/// Who did what, without when.
pub(super) fn deed(event: &EventReport) -> [Span; 2] {
    let (text, tone) = what(&event.what);
    [Span(format!("{}: ", event.supervisor), Tone::Quiet), Span(text, tone)]
}

fn what(what: &EventKind) -> (String, Tone) {
    match what {
        EventKind::Up { children } => {
            let children = match children {
                1 => "1 child".to_owned(),
                children => format!("{children} children"),
            };
            (format!("up, with {children}"), Tone::Good)
        }
        EventKind::NotStarted { exit } => (format!("not started: {}", exit.text), Tone::Bad),
        EventKind::RestartBegins { child, exit } => {
            (format!("{child} ended: {}; its restart begins", exit.text), Tone::Careful)
        }
        EventKind::Decided(decision) => decided(decision),
        EventKind::Resumed(decision) => resumed(decision),
        EventKind::GaveUp { child, exit } => {
            (format!("gave up: a restart of {child} would be one too many ({})", exit.text), Tone::Bad)
        }
        EventKind::AutoShutdown { child, exit } => {
            (format!("shuts down, because {child} ended: {}", exit.text), Tone::Careful)
        }
        EventKind::Stopped { reason } => (format!("stopped: {}", reason.text), Tone::Plain),
        EventKind::ChildStarted { child } => (format!("{child} started by hand"), Tone::Good),
        EventKind::ChildTerminated { child } => (format!("{child} terminated by hand"), Tone::Plain),
        EventKind::Upgraded { added, kept } => {
            let listed = |list: &NamesReport, what: &str| match list.total {
                0 => String::new(),
                _ => format!("; {}: {what}", words::names(list)),
            };
            let (added, kept) = (listed(added, "new, not started"), listed(kept, "runs on as before"));
            (format!("took a new specification{added}{kept}"), Tone::Plain)
        }
        EventKind::Orphaned { child } => {
            (format!("{child} was killed and still runs: code in it does not await"), Tone::Bad)
        }
        EventKind::Yielded { child } => {
            (format!("{child}, which was killed and did not yield, is gone at last"), Tone::Good)
        }
        EventKind::Other => {
            ("something that this program does not know; it is older than the node".to_owned(), Tone::Plain)
        }
    }
}

fn decided(decision: &DecisionReport) -> (String, Tone) {
    let DecisionReport { child, exit, .. } = decision;
    let ended = if decision.retry { "still could not be started" } else { "ended" };
    let which = decision.occupant.as_ref().map(|occupant| format!(", incarnation {},", occupant.incarnation));
    let text = format!("{child}{} {ended}: {}", which.unwrap_or_default(), exit.text);
    (text + &outcome(decision), tone(decision))
}

fn resumed(decision: &DecisionReport) -> (String, Tone) {
    let text = format!("{}: its restart, which was put off, goes on", decision.child);
    (text + &outcome(decision), tone(decision))
}

/// What came of a decision.
fn outcome(decision: &DecisionReport) -> String {
    let DecisionReport { verdict, stopped, forgotten, started, failed, put_off, .. } = decision;
    let mut text = String::new();
    let listed = |what: &str, list: &NamesReport| match list.total {
        0 => String::new(),
        _ => format!("; {what} {}", words::names(list)),
    };
    text += &listed("stopped", stopped);
    text += &listed("forgot", forgotten);
    match verdict {
        Verdict::Keep => text += "; it stays down",
        Verdict::Forget => text += "; it is forgotten",
        Verdict::Restart => {
            text += &listed("started", started);
            if let Some(failed) = failed {
                text += &format!("; {failed} did not start, and is tried again");
            }
            if let Some(PutOffReport { delay, orphans }) = put_off {
                if *delay > 0.0 {
                    text += &format!("; starts after {}", words::span(*delay));
                }
                text += &listed("waits for the end of", orphans);
            }
            let left = words::count(u64::from(decision.budget_left), "restart");
            text += &format!("; took {}, {left} left", words::span(decision.took));
        }
    }
    text
}

fn tone(decision: &DecisionReport) -> Tone {
    let waits = decision.put_off.as_ref().is_some_and(|put_off| put_off.orphans.total > 0);
    if decision.failed.is_some() || waits {
        Tone::Bad
    } else if decision.exit.abnormal {
        Tone::Careful
    } else {
        Tone::Plain
    }
}
