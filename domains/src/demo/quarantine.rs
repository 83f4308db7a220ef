//! The quarantine: remembers which orders made a station panic, so that none is tried a third time.
//!
//! A process because it must outlive the stations and the reader; the script does not kill it, because what it
//! remembers is nowhere else.

use std::collections::HashMap;

use mistersmith::agent::{Agent, Context, Handle};
use mistersmith::contract::{Answer, Ask};
use mistersmith::exit::Exit;
use mistersmith::replies;
use mistersmith::supervisor::{Event, What};
use mistersmith::system::System;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How often an order is tried that makes stations panic.
pub(super) const MOST_TRIES: usize = 2;

/// A station panicked with the order of this line in hand.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Strike {
    pub(super) line: u64,
    /// Who panicked.
    pub(super) agent: String,
    pub(super) incarnation: u64,
    /// The newest event of the restart history when the order was taken in hand.
    pub(super) after: u64,
}

/// May the order of this line be tried (again)?
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Examine {
    pub(super) line: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) enum Request {
    Strike(Strike),
    Examine(Examine),
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) enum Response {
    Noted,
    /// The last panic in words, when there is to be no further try.
    StruckOut(Option<String>),
}

pub(super) struct Quarantining;
replies! { Quarantining: Strike => Noted, Examine => StruckOut(Option<String>) }

pub(super) struct Quarantine {
    system: System,
    strikes: HashMap<u64, Vec<Strike>>,
}

impl Agent for Quarantine {
    type Contract = Quarantining;
    type Args = ();

    async fn init((): (), context: &mut Context<Self>) -> anyhow::Result<Self> {
        Ok(Self { system: super::pipeline::around(context)?, strikes: HashMap::new() })
    }
}

impl Handle<Strike> for Quarantine {
    async fn handle(&mut self, strike: Strike, _: &mut Context<Self>) -> Answer<Strike> {
        self.strikes.entry(strike.line).or_default().push(strike);
        Strike::respond(())
    }
}

impl Handle<Examine> for Quarantine {
    async fn handle(&mut self, Examine { line }: Examine, context: &mut Context<Self>) -> Answer<Examine> {
        let strikes = self.strikes.get(&line).filter(|strikes| strikes.len() >= MOST_TRIES);
        let Some(last) = strikes.and_then(|strikes| strikes.last()).cloned() else {
            return Examine::respond(None);
        };
        let system = self.system.clone();
        context.answer_later::<Examine>(async move { Ok(Some(cause_of(&system, &last).await)) })?
    }
}

/// What the panic said: from the restart history, where it stands when its supervisor has dealt with it.
async fn cause_of(system: &System, strike: &Strike) -> String {
    let mut known = strike.after;
    loop {
        let events = system.history().after(known).await;
        if let Some(cause) = events.iter().find_map(|event| exit_in(event, strike)) {
            return cause;
        }
        known = events.last().map_or(known, |event| event.number);
    }
}

fn exit_in(event: &Event, strike: &Strike) -> Option<String> {
    let What::Decided(decision) = &event.what else { return None };
    let occupant = decision.occupant.as_ref()?;
    let meant = *occupant.agent == *strike.agent && occupant.incarnation == strike.incarnation;
    match &decision.exit {
        Exit::Panic(panic) if meant => Some(format!("{}: {panic}", decision.child)),
        _ => None,
    }
}
