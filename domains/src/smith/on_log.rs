//! `smith events --log` and `smith state --log`: what a log has of an agent, when no node has it open.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use mistersmith::clock::Clock;
use mistersmith::events::{AgentEvents, AgentEventsWanted, AsOf, EventLog, Sequence, Timestamp, owner};
use mistersmith_cluster::control::api::{LoggedItem, StateReport};
use mistersmith_cluster::control::{ControlCommand, Moment, Output, show_event, show_state};
use mistersmith_domains::past_states;

use super::say::complain;
use super::{USAGE, node_log};

/// Shows what the log in this file has of an agent.
pub(super) async fn show(command: ControlCommand, file: &Path) -> anyhow::Result<ExitCode> {
    let log = node_log::open(file)?;
    if let Some(damage) = log.damage() {
        complain(format_args!("{damage}\n{}", node_log::help_with_damage(file)));
    }
    let log: Arc<dyn EventLog> = Arc::new(log);
    match command {
        ControlCommand::Events { follow: true, .. } => {
            complain(
                "expected a log that a node writes, for --follow; nobody writes to one that is given with --log",
            );
            Ok(ExitCode::from(USAGE))
        }
        ControlCommand::Events { id, since, as_of, event_type, json, .. } => {
            let wanted = AgentEventsWanted {
                after: since.and_then(Moment::sequence).map(Sequence::new),
                since: since.and_then(micros).map(Timestamp::from_micros),
                as_of: moment(as_of),
                event_type,
            };
            events(&log, &id, &wanted, json).await
        }
        ControlCommand::State { id, as_of, json } => state(&*log, &id, moment(as_of), json).await,
        other => anyhow::bail!("expected `events` or `state` with --log, got {other:?}"),
    }
}

fn micros(moment: Moment) -> Option<u64> {
    moment.micros(Clock::machine().wall_millis())
}

fn moment(as_of: Option<Moment>) -> AsOf {
    let Some(as_of) = as_of else { return AsOf::Now };
    let time = || micros(as_of).map(|micros| AsOf::Time(Timestamp::from_micros(micros)));
    let sequence = as_of.sequence().map(|number| AsOf::Sequence(Sequence::new(number)));
    sequence.or_else(time).unwrap_or_default()
}

async fn events(
    log: &Arc<dyn EventLog>,
    id: &str,
    wanted: &AgentEventsWanted,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let agent = owner(&**log, id).await?;
    let mut output = Output::stdio();
    let mut events = AgentEvents::new(log, &agent, wanted);
    let mut shown = false;
    while let Some(event) = events.next_there_is().await? {
        match show_event(&LoggedItem::new(&event)?, json, &mut output) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => return Ok(ExitCode::SUCCESS),
            shown => shown?,
        }
        shown = true;
    }
    if !shown && !json {
        complain(format_args!("the log has no such events of {agent}"));
    }
    Ok(ExitCode::SUCCESS)
}

async fn state(log: &dyn EventLog, id: &str, as_of: AsOf, json: bool) -> anyhow::Result<ExitCode> {
    let agent = owner(log, id).await?;
    let past = past_states::of(&agent)?.with_context(|| {
        format!(
            "the state of {agent} cannot be shown: the code of its agent, which makes the state from the events, is not \
             in this program; `events` shows the events"
        )
    })?;
    let state = past.as_of(log, &agent, as_of).await?;
    show_state(&StateReport::new(&agent, &state)?, json, &mut Output::stdio())?;
    Ok(ExitCode::SUCCESS)
}
