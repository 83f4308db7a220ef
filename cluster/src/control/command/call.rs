//! `call`: asks an agent and shows what it says.

use std::time::Duration;

use serde_json::value::RawValue;

use super::Output;
use super::expected::{self, Expected};
use super::failure::{Failure, Outcome};
use crate::control::api::CallRequest;
use crate::control::client::{CallAnswer, ControlClient, Items};

/// What was asked on the command line.
pub(super) struct Asked {
    pub(super) domain: String,
    pub(super) agent: String,
    pub(super) action: String,
    pub(super) json: Option<String>,
    pub(super) timeout: Duration,
}

pub(super) async fn run(
    client: &ControlClient,
    asked: Asked,
    output: &mut Output,
) -> Result<Outcome, Failure> {
    let text = match asked.json.as_deref() {
        None => None,
        Some("-") => {
            Some(output.read().map_err(|error| usage(format!("cannot read standard input: {error}")))?)
        }
        Some(argument) => match argument.strip_prefix('@') {
            Some(file) => {
                let read = std::fs::read_to_string(file);
                Some(read.map_err(|error| usage(format!("cannot read {file}: {error}")))?)
            }
            None => Some(argument.to_owned()),
        },
    };
    let payload = match text.map(RawValue::from_string).transpose() {
        Ok(payload) => payload,
        Err(error) => {
            let Expected { hint, schema } = expected::of(client, &asked).await;
            return Err(Failure::Usage(format!("the payload is no JSON: {error}{hint}"), schema));
        }
    };
    let Asked { domain, agent, action, timeout, .. } = asked;
    let timeout_ms = Some(u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX));
    match client.call(&CallRequest { domain, agent, action, payload, timeout_ms }).await? {
        CallAnswer::One(reply) => output.data(reply.get())?,
        CallAnswer::Stream(mut items) => tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted?,
            shown = show(&mut items, output) => shown?,
        },
    }
    Ok(Outcome::Done)
}

async fn show(items: &mut Items, output: &mut Output) -> Result<(), Failure> {
    while let Some(item) = items.next().await {
        output.data(item?.get())?;
    }
    Ok(())
}

fn usage(text: String) -> Failure {
    Failure::Usage(text, None)
}
