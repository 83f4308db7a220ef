//! Events alone are no decision: whoever asked is to be answered.

use mistersmith::events::{Decision, EventSourced, persist};
use mistersmith::contract::Ask;

fn decide<S: EventSourced, R: Ask>(event: S::Event) -> anyhow::Result<Decision<S, R>> {
    Ok(persist([event]))
}

fn main() {}
