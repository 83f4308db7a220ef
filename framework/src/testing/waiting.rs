//! Waiting for what happens instead of for time to pass.

use std::time::Duration;

use crate::clock::Clock;
use crate::supervisor::{Event, History};

/// How long a test waits for something, on its own clock, before it fails: a minute, which on paused time is no
/// time at all.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Returns when everything has happened that can happen without time passing; a millisecond passes.
///
/// It holds on paused time, where a timer fires only when nobody has anything left to do. On running time it is
/// a pause, and promises nothing.
///
/// # Cancel safety
/// Nothing is lost.
pub async fn settled(clock: &Clock) {
    clock.sleep(Duration::from_millis(1)).await;
}

/// The first event of a history that `is_meant`, of those that are there and those that come.
///
/// # Panics
/// When none comes for [`PATIENCE`]; the message lists the events there are.
///
/// # Cancel safety
/// Nothing is lost.
pub async fn eventually(history: &History, is_meant: impl Fn(&Event) -> bool) -> Event {
    let waiting = async {
        let mut seen = 0;
        loop {
            for event in history.after(seen).await {
                seen = event.number;
                if is_meant(&event) {
                    return event;
                }
            }
        }
    };
    let waited = Clock::machine().timeout(PATIENCE, waiting).await;
    waited.unwrap_or_else(|_| panic!("no such event for {PATIENCE:?}; there are {:#?}", history.events()))
}
