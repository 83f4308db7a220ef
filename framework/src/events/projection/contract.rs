//! What the agent of a projection is asked: how far it is, and to begin again.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Progress;
use crate::replies;

/// How far are you?
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct HowFar;

/// Make the model again, from the beginning of the log.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Rebuild;

/// What the agent of a projection is asked.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Request {
    /// How far are you?
    HowFar(HowFar),
    /// Begin again.
    Rebuild(Rebuild),
}

/// What the agent of a projection answers.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Response {
    /// It is here.
    At(Progress),
    /// It will.
    Done,
}

/// The contract of the agents of projections.
#[derive(Clone, Copy, Debug)]
pub struct Projecting;

replies! { Projecting: HowFar => At(Progress), Rebuild => Done }
