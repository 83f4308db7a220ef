//! The parser: turns lines into orders. A process because a line may crash it, and because there are several.

use mistersmith::agent::{Agent, Context, Handle};
use mistersmith::contract::{Answer, Ask};
use mistersmith::replies;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::in_hand::Notes;
use super::order::{self, Order};
use super::rejection::Rejection;

/// Read this line.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Parse {
    pub(super) line: u64,
    pub(super) bytes: Vec<u8>,
}

/// Answer when everything that was asked before this is done.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Settle;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) enum Request {
    Parse(Parse),
    Settle(Settle),
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) enum Response {
    Parsed(Order),
    Settled,
}

pub(super) struct Parsing;
replies! { Parsing refuses Rejection: Parse => Parsed(Order), Settle => Settled }

pub(super) struct Parser {
    notes: Notes,
}

impl Agent for Parser {
    type Contract = Parsing;
    type Args = ();

    async fn init((): (), context: &mut Context<Self>) -> anyhow::Result<Self> {
        Ok(Self { notes: Notes::new(context)? })
    }
}

impl Handle<Parse> for Parser {
    async fn handle(&mut self, Parse { line, bytes }: Parse, context: &mut Context<Self>) -> Answer<Parse> {
        let _in_hand = self.notes.take(line, context);
        Parse::answer(order::read(&bytes))
    }
}

impl Handle<Settle> for Parser {
    async fn handle(&mut self, Settle: Settle, _: &mut Context<Self>) -> Answer<Settle> {
        Settle::respond(())
    }
}
