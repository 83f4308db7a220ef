//! The snapshot of a state with replicas: the tips of its history, each with the state after it.

use serde::{Deserialize, Serialize};

use super::EventSourced;
use super::resolution::Resolving;
use super::weave::Weave;
use crate::events::{Dot, Json, VectorClock};

/// One tip, as it is written down.
#[derive(Serialize, Deserialize)]
struct Pressed<T> {
    dot: Dot,
    version: VectorClock,
    state: T,
}

/// The snapshot of a state.
///
/// # Errors
/// When it cannot be written as JSON.
pub(super) fn press<S: EventSourced>(weave: &Weave<S>) -> Result<Json, serde_json::Error> {
    let tips = weave.tips().map(|(dot, version, state)| Pressed {
        dot: dot.clone(),
        version: version.clone(),
        state: state.snapshot(),
    });
    Json::of(&tips.collect::<Vec<_>>())
}

/// The state that was written down.
///
/// # Errors
/// When it cannot be made again.
pub(super) fn unfold<S: EventSourced>(
    args: &S::Args,
    resolving: Resolving<S>,
    written: &Json,
) -> anyhow::Result<Weave<S>> {
    let tips: Vec<Pressed<S::Snapshot>> = written.read()?;
    let tips =
        tips.into_iter().map(|Pressed { dot, version, state }| Ok((dot, version, S::restore(args, state)?)));
    Ok(Weave::of(S::begin(args), resolving, tips.collect::<anyhow::Result<Vec<_>>>()?))
}
