//! `events` and `state`: what the event log has of an agent.

use mistersmith::clock::Clock;
use mistersmith::events::{EventName, LifeChange};
use mistersmith::system::SUPERVISION_EVENT;

use super::failure::{Failure, Outcome};
use super::output::{Span, Tone};
use super::{Moment, Output, words};
use crate::control::api::{
    DroppedEvents, EventReport, LoggedEvent, LoggedItem, LoggedQuery, StateQuery, StateReport,
};
use crate::control::client::{ControlClient, Items};

/// Which events are wanted, as a person says it.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    pub(super) since: Option<Moment>,
    pub(super) as_of: Option<Moment>,
    pub(super) event_type: Option<EventName>,
    pub(super) follow: bool,
}

impl Wanted {
    pub(super) fn query(self) -> LoggedQuery {
        let now = Clock::machine().wall_millis();
        LoggedQuery {
            after: self.since.and_then(Moment::sequence),
            up_to: self.as_of.and_then(Moment::sequence),
            since_micros: self.since.and_then(|since| since.micros(now)),
            until_micros: self.as_of.and_then(|as_of| as_of.micros(now)),
            event_type: self.event_type.map(String::from),
            follow: self.follow,
        }
    }
}

pub(super) async fn events(
    client: &ControlClient,
    selector: &str,
    wanted: Wanted,
    json: bool,
    output: &mut Output,
) -> Result<Outcome, Failure> {
    let follow = wanted.follow;
    let mut items = client.events(selector, &wanted.query()).await?;
    let shown = tokio::select! {
        interrupted = tokio::signal::ctrl_c() => return Ok(interrupted.map(|()| Outcome::Done)?),
        shown = show_all(&mut items, json, output) => shown?,
    };
    if shown == 0 && !json && !follow {
        output.line(&format!("the log has no such events of {selector}"))?;
    }
    Ok(Outcome::Done)
}

async fn show_all(items: &mut Items, json: bool, output: &mut Output) -> Result<u64, Failure> {
    let mut shown = 0;
    while let Some(item) = items.next().await {
        let item = item?;
        if json {
            output.data(item.get())?;
        } else {
            match LoggedItem::parse(item.get()) {
                Ok(item) => show_event(&item, false, output)?,
                Err(_) => output.data(item.get())?,
            }
        }
        shown += 1;
    }
    Ok(shown)
}

/// Shows an event of an agent, or that some are not kept any more, as a line: for people, or as JSON.
///
/// # Errors
/// When the output cannot be written.
pub fn show_event(item: &LoggedItem, json: bool, output: &mut Output) -> std::io::Result<()> {
    if json {
        return output.data(&item.to_line()?);
    }
    let event = match item {
        LoggedItem::Dropped(dropped) => return output.spans(&[Span(not_kept(*dropped), Tone::Quiet)]),
        LoggedItem::Event(event) => event,
    };
    let when = Span(format!("{}  ", words::moment(event.time_micros / 1_000)), Tone::Quiet);
    let mut spans = vec![when];
    spans.extend(what(event));
    if let Some((action, key)) = &event.answers {
        spans.push(Span(format!("  answers {action} {key}"), Tone::Quiet));
    }
    if let Some(cause) = &event.cause {
        spans.push(Span(format!("  because of {cause}"), Tone::Quiet));
    }
    output.spans(&spans)
}

/// That the first events are not there any more.
fn not_kept(DroppedEvents { dropped_up_to, life }: DroppedEvents) -> String {
    match (life, dropped_up_to) {
        (true, 1) => "the first change of its life is not kept any more".to_owned(),
        (true, last) => format!("the first {last} changes of its life are not kept any more"),
        (false, 1) => "the first event is not kept any more; it begins with event 2".to_owned(),
        (false, last) => {
            format!(
                "the first {last} events are not kept any more; it begins with event {}",
                last.saturating_add(1)
            )
        }
    }
}

/// What happened: in words, where the node itself recorded it, and otherwise as it lies in the log.
fn what(event: &LoggedEvent) -> Vec<Span> {
    if event.life
        && let Ok(life) = serde_json::from_str::<LifeChange>(event.data.get())
    {
        let text = format!("{:>6}  {}", "-", life.to.name());
        let more = format!(": {}, incarnation {}", life.reason, life.incarnation);
        return vec![Span(text, words::tone_of(life.to)), Span(more, Tone::Quiet)];
    }
    let number = format!("{:>6}  ", event.sequence);
    let is_deed = event.event_type.split('@').next() == Some(SUPERVISION_EVENT);
    if is_deed && let Ok(deed) = serde_json::from_str::<EventReport>(event.data.get()) {
        return [Span::plain(number)].into_iter().chain(super::restarts::deed(&deed)).collect();
    }
    vec![Span::plain(format!("{number}{}  ", event.event_type)), Span::plain(event.data.get())]
}

pub(super) async fn state(
    client: &ControlClient,
    selector: &str,
    as_of: Option<Moment>,
    json: bool,
    output: &mut Output,
) -> Result<Outcome, Failure> {
    let now = Clock::machine().wall_millis();
    let query = StateQuery {
        up_to: as_of.and_then(Moment::sequence),
        until_micros: as_of.and_then(|as_of| as_of.micros(now)),
    };
    show_state(&client.state(selector, query).await?, json, output)?;
    Ok(Outcome::Done)
}

/// Shows a state of an agent: for people, or as JSON.
///
/// # Errors
/// When the output cannot be written.
pub fn show_state(report: &StateReport, json: bool, output: &mut Output) -> std::io::Result<()> {
    if json {
        return output.json(report);
    }
    let StateReport { agent, sequence, state } = report;
    output.line(&match sequence {
        0 => format!("{agent} before any event"),
        sequence => format!("{agent} after event {sequence}"),
    })?;
    match serde_json::from_str::<serde_json::Value>(state.get()) {
        Ok(value) => output.json(&value),
        Err(_) => output.data(state.get()),
    }
}
