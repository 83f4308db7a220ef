//! Faults by script: what a child does when it is started, and when it is stopped.

use std::time::Duration;

use crate::clock::Clock;

/// What a scripted child does at one start.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum OnStart {
    /// It runs.
    #[default]
    Run,
    /// It fails with this error.
    Error(String),
    /// It says that it is not needed.
    Ignore,
    /// It panics with this message.
    Panic(String),
    /// It takes so long, then it runs.
    Slow(Duration),
    /// It never returns.
    Hang,
}

/// What a scripted child does when it is stopped.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum OnStop {
    /// It ends at once.
    #[default]
    End,
    /// It ends with this error.
    Error(String),
    /// It panics with this message.
    Panic(String),
    /// It takes so long, then it ends.
    Slow(Duration),
    /// It never ends: only a kill helps.
    Hang,
}

impl OnStart {
    /// Does it; whether the child is to run.
    pub(super) async fn play(self, clock: &Clock) -> anyhow::Result<bool> {
        match self {
            Self::Run => Ok(true),
            Self::Error(error) => Err(anyhow::Error::msg(error)),
            Self::Ignore => Ok(false),
            Self::Panic(message) => panic!("{message}"),
            Self::Slow(pause) => {
                clock.sleep(pause).await;
                Ok(true)
            }
            Self::Hang => std::future::pending().await,
        }
    }
}

impl OnStop {
    pub(super) async fn play(self, clock: &Clock) -> anyhow::Result<()> {
        match self {
            Self::End => Ok(()),
            Self::Error(error) => Err(anyhow::Error::msg(error)),
            Self::Panic(message) => panic!("{message}"),
            Self::Slow(pause) => {
                clock.sleep(pause).await;
                Ok(())
            }
            Self::Hang => std::future::pending().await,
        }
    }
}
