//! The way of one line through the stations: asked of one after the other, and asked again when one of them dies.

use std::time::Duration;

use mistersmith::contract::{Ask, Contract};
use mistersmith::identity::{AgentName, DomainName};
use mistersmith::message::Budget;
use mistersmith::routing::{CallError, Retry};
use mistersmith::system::System;

use super::lines::LONGEST_LINE;
use super::parser::Parse;
use super::pipeline::{DOMAIN, PARSER, PRICER, WRITER};
use super::price::Priced;
use super::pricer::Price;
use super::quarantine::{Examine, Quarantining};
use super::rejection::{Kind, Rejection};
use super::writer::{Entry, Keep};

/// How long a station may take, waiting in its queue included.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long to wait until a station that is down may be back.
const PAUSE: Duration = Duration::from_millis(5);

/// One line that is to be delivered.
#[derive(Debug)]
pub(super) struct Delivery {
    pub(super) system: System,
    pub(super) number: u64,
    /// Whether it may have been tried before, by a reader that is dead.
    pub(super) resumed: bool,
}

/// What came of one try.
enum Tried<R: Ask> {
    Done(R::Reply),
    Refused(Rejection),
    /// It was not handled.
    Missed,
    /// It may have been handled: whoever had it in hand is dead, or slow.
    Unknown,
}

impl Delivery {
    /// Has the line kept, as a result or as a reject; its number.
    pub(super) async fn deliver(self, bytes: Option<Vec<u8>>) -> Result<u64, Rejection> {
        let entry = match self.result_of(bytes).await {
            Ok(priced) => Entry::Result(priced),
            Err(rejection) => Entry::Reject(rejection),
        };
        if let Err(rejection) = self.keep(entry).await {
            self.keep(Entry::Reject(rejection)).await?;
        }
        Ok(self.number)
    }

    async fn result_of(&self, bytes: Option<Vec<u8>>) -> Result<Priced, Rejection> {
        let too_long = || Kind::TooLong.because(format!("expected at most {LONGEST_LINE} bytes"));
        let (line, bytes) = (self.number, bytes.ok_or_else(too_long)?);
        let order = self.risk(PARSER, Parse { line, bytes }).await?;
        self.risk(PRICER, Price { line, order }).await
    }

    /// Has the writer keep it, however often that takes: the key makes it be done once.
    async fn keep(&self, entry: Entry) -> Result<(), Rejection> {
        let keep = Keep { line: self.number, entry };
        loop {
            match self.attempt(WRITER, keep.clone()).await {
                Tried::Done(()) => return Ok(()),
                Tried::Refused(rejection) => return Err(rejection),
                Tried::Missed => self.pause().await,
                Tried::Unknown => {}
            }
        }
    }

    /// Asks a station for something that may crash it: again when it was killed over it, but not when the
    /// quarantine has seen enough of it.
    async fn risk<R>(&self, station: &str, request: R) -> Result<R::Reply, Rejection>
    where
        R: Ask<Contract: Contract<Refusal = Rejection>>,
    {
        let mut suspicious = self.resumed;
        loop {
            if suspicious {
                self.examine().await?;
            }
            match self.attempt(station, request.clone()).await {
                Tried::Done(reply) => return Ok(reply),
                Tried::Refused(rejection) => return Err(rejection),
                Tried::Missed => self.pause().await,
                Tried::Unknown => suspicious = true,
            }
        }
    }

    async fn attempt<R>(&self, station: &str, request: R) -> Tried<R>
    where
        R: Ask<Contract: Contract<Refusal = Rejection>>,
    {
        let names = DomainName::new(DOMAIN).ok().zip(AgentName::new(station).ok());
        let found =
            names.and_then(|(domain, name)| self.system.find_named::<R::Contract>(&domain, &name).ok());
        let Some(agent) = found else { return Tried::Missed };
        let limited = agent.within(PATIENCE).idempotency_key(self.number.to_string());
        match limited.ask(request).await {
            Ok(reply) => Tried::Done(reply),
            Err(CallError::Refused(rejection)) => Tried::Refused(rejection),
            Err(error) if error.retry() == Retry::WithIdempotencyKey => Tried::Unknown,
            Err(_) => Tried::Missed,
        }
    }

    async fn examine(&self) -> Result<(), Rejection> {
        loop {
            if let Ok(quarantine) = self.system.find::<Quarantining>()
                && let Ok(struck_out) = quarantine.ask(Examine { line: self.number }).await
            {
                return struck_out.map_or(Ok(()), |cause| Err(Kind::Panic.because(cause)));
            }
            self.pause().await;
        }
    }

    async fn pause(&self) {
        self.system.clock().sleep(PAUSE).await;
    }
}

/// Waits until the stations are done with everything that was asked of them so far: queues are served in order,
/// and survive restarts.
pub(super) async fn settle(system: &System) {
    for agent in system.agents() {
        if [PARSER, PRICER].contains(&agent.id().name.as_str()) {
            while agent.call_json("settle", "null", Budget::UNLIMITED).await.is_err() {
                system.clock().sleep(PAUSE).await;
            }
        }
    }
}
