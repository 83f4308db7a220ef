//! `smith log correct`: says what is done about an event that cannot be applied.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use mistersmith::clock::Clock;
use mistersmith::events::{
    AsOf, Correction, EventType, Json, Replacement, Sequence, Timestamp, correct as append, owner,
};
use mistersmith_domains::past_states;

use super::undamaged;
use crate::smith::say::say;

/// What is to be done about which event.
#[derive(Args, Debug)]
pub(crate) struct Correcting {
    /// The log
    file: PathBuf,
    /// Whose event: its name, domain/name, or the beginning of its instance's UUID
    agent: String,
    /// Which event, as `events` and the reason of its suspension say
    event: u64,
    /// Pass over the event
    #[arg(long, conflicts_with = "instead", required_unless_present = "instead")]
    skip: bool,
    /// Apply an event of this type in its place, such as PaidIn@2
    #[arg(long, value_name = "TYPE", requires = "data")]
    instead: Option<EventType>,
    /// The data of that event, as JSON
    #[arg(long, value_name = "JSON", requires = "instead")]
    data: Option<String>,
    /// Who decides that; the user who runs this when nothing is said
    #[arg(long, value_name = "WHO")]
    by: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    why: String,
}

pub(super) async fn correct(correcting: Correcting) -> anyhow::Result<ExitCode> {
    let Correcting { file, agent, event, skip: _, instead, data, by, why } = correcting;
    let instead = match instead.zip(data) {
        Some((event_type, data)) => {
            let data = Json::parse(&data).with_context(|| format!("expected JSON for --data, got {data}"))?;
            Some(Replacement { event_type, data })
        }
        None => None,
    };
    let Some(by) = by.or_else(|| std::env::var("USER").ok()).filter(|by| !by.is_empty()) else {
        bail!("expected somebody who decides that, got nobody: USER is not set; say --by WHO");
    };
    let log = undamaged(&file)?;
    let agent = owner(&log, &agent).await?;
    let past = past_states::of(&agent)?;
    if let Some(past) = &past
        && past.as_of(&log, &agent, AsOf::Now).await.is_ok()
    {
        bail!(
            "expected an event that cannot be applied, got none: the state of {agent} can be made, nothing is to be corrected"
        );
    }
    let correction = Correction { sequence: Sequence::new(event), instead, by, why };
    let now = Timestamp::from(Clock::machine().wall());
    let written = append(&log, &agent, &correction, now).await?;
    let done = match &correction.instead {
        None => "is passed over".to_owned(),
        Some(Replacement { event_type, .. }) => format!("is replaced by {event_type}"),
    };
    say(format_args!(
        "{}: event {event} of {agent} {done}: so says event {}, by {}",
        file.display(),
        written.sequence,
        correction.by
    ));
    if let Some(past) = past {
        match past.as_of(&log, &agent, AsOf::Now).await {
            Ok(state) => say(format_args!("its state can be made: {}", state.state.as_str())),
            Err(error) => bail!("its state still cannot be made: {error}"),
        }
    }
    Ok(ExitCode::SUCCESS)
}
