//! How a keeper stops children: by their shutdown policies, one after the other, last started first.

use std::time::Duration;

use super::children::Key;
use super::history::What;
use super::keeper::Keeper;
use super::report::{Report, stopped_well};
use super::start::Running;
use super::{ChildId, Shutdown};
use crate::engine::Process;

/// How long a killed process may take until it is reported as an orphan.
pub(super) const KILL_WAIT: Duration = Duration::from_secs(5);

impl Keeper {
    /// Stops a child by its shutdown policy and waits for the end of everything below it; returns its id.
    pub(super) async fn stop(&mut self, key: Key) -> ChildId {
        let ended = self.board.children().ended(key, None);
        let Some(spec) = self.spec(key) else { return ChildId::from("") };
        let Some(running) = ended else { return spec.id.clone() };
        let process = &running.process;
        let asked = match spec.shutdown {
            Shutdown::BrutalKill => false,
            Shutdown::Infinity => {
                process.ask_stop();
                process.ended().await;
                self.await_gone(key, process).await;
                true
            }
            Shutdown::After(limit) => {
                process.ask_stop();
                self.under.clock.timeout(limit, process.gone()).await.is_ok()
            }
        };
        if !asked {
            process.kill();
            self.await_gone(key, process).await;
        }
        self.stopped(key, &running);
        spec.id.clone()
    }

    /// Notes how a child ended that was stopped.
    pub(super) fn stopped(&self, key: Key, running: &Running) {
        let Some(spec) = self.spec(key) else { return };
        if let Some(exit) = running.process.exit() {
            if !stopped_well(spec.restart, spec.shutdown, &exit) {
                self.report(Report::StopFailed { child: &spec.id, exit: &exit });
            }
            self.board.children().note_exit(key, exit);
        }
        spec.replaces(&running.spec);
    }

    /// Stops all children that run: one after the other, last started first; instances all at once.
    pub(super) async fn stop_all(&mut self) {
        if self.board.is_dynamic() {
            return self.stop_all_at_once().await;
        }
        let keys: Vec<Key> = self.board.children().iter().rev().map(|(key, _)| key).collect();
        for key in keys {
            self.stop(key).await;
        }
    }

    /// Waits until nothing of a dead process is left, so that nothing of two incarnations overlaps. What does not
    /// go away is reported.
    pub(super) async fn await_gone(&self, key: Key, process: &Process) {
        if process.is_gone() || self.under.clock.timeout(KILL_WAIT, process.gone()).await.is_ok() {
            return;
        }
        self.orphaned(key);
    }

    /// Reports a child that does not go away.
    pub(super) fn orphaned(&self, key: Key) {
        if let Some(spec) = self.spec(key) {
            tracing::error!(supervisor = %self.under.path, child = %spec.id, "killed, but it does not yield");
            self.record(None, What::Orphaned { child: spec.id.clone() });
        }
    }
}
