//! What keeps a read model: the effect of events and the checkpoint, together or not at all.

use std::error::Error;
use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::events::{Position, Underway};

/// Up to which event a model goes, and which version of its projection made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Checkpoint {
    /// The version of the projection.
    pub version: NonZeroU32,
    /// The last event of the log in it.
    pub position: Position,
}

/// Keeps a model and its checkpoint: a value in memory, a database, whatever can change both in one piece.
pub trait ReadModel: Send + Sync + 'static {
    /// What a projection is lent.
    type Model: 'static;

    /// Up to where the model goes; `None` of one that was not begun.
    ///
    /// # Errors
    /// When it cannot be read.
    ///
    /// # Cancel safety
    /// Reading changes nothing.
    fn checkpoint(&self) -> Underway<'_, Result<Option<Checkpoint>, ReadModelError>>;

    /// Changes the model and its checkpoint: both, or neither. When this returns, readers see both, and they are as durable
    /// as the model is.
    ///
    /// Two that drive the same model are told apart by the checkpoint that they expect: only one changes it.
    ///
    /// # Errors
    /// Model and checkpoint are what they were before; a model in memory may be one that was not begun.
    ///
    /// # Cancel safety
    /// Dropping the future gives up waiting: both may be changed all the same, or neither.
    fn change(&self, step: Step<Self::Model>) -> Underway<'_, Result<(), ChangeError>>;
}

/// What is done to a model.
pub type Work<M> = Box<dyn FnOnce(&mut M) -> anyhow::Result<()> + Send>;

/// A change of a model.
pub struct Step<M> {
    /// The checkpoint that it starts from.
    pub expected: Option<Checkpoint>,
    /// The checkpoint that it leads to.
    pub next: Checkpoint,
    /// What is done to the model.
    pub work: Work<M>,
}

/// A model does not work at present.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the read model does not work: {source}")]
pub struct ReadModelError {
    /// What the store said.
    pub source: Arc<dyn Error + Send + Sync>,
}

/// Why a model was not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// Somebody else has changed it meanwhile.
    #[error(
        "expected the checkpoint {}, got {}; somebody else drives this model",
        shown(expected),
        shown(found)
    )]
    Outdated {
        /// What was expected.
        expected: Option<Checkpoint>,
        /// What is there.
        found: Option<Checkpoint>,
    },
    /// The work failed, and was undone.
    #[error(transparent)]
    Undone(anyhow::Error),
    /// It does not work at present.
    #[error(transparent)]
    Unavailable(#[from] ReadModelError),
}

impl<M> Step<M> {
    /// Whether it starts from `found`.
    ///
    /// # Errors
    /// When it does not.
    pub fn check(&self, found: Option<Checkpoint>) -> Result<(), ChangeError> {
        if self.expected == found {
            return Ok(());
        }
        Err(ChangeError::Outdated { expected: self.expected, found })
    }
}

impl ReadModelError {
    /// It does not work, for this reason.
    #[must_use]
    pub fn new(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { source: Arc::from(source.into()) }
    }
}

fn shown(checkpoint: &Option<Checkpoint>) -> String {
    match checkpoint {
        Some(Checkpoint { version, position }) => format!("{position} of version {version}"),
        None => "of a model that was not begun".to_owned(),
    }
}

impl<M> fmt::Debug for Step<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Step")
            .field("expected", &self.expected)
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}
