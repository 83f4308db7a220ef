//! How a keeper stops children: by their shutdown policies, one after the other, last started first.

use std::sync::Arc;
use std::time::Duration;

use super::children::Key;
use super::history::What;
use super::keeper::Keeper;
use super::left::Left;
use super::report::{Report, stopped_well};
use super::start::Running;
use super::{ChildId, ChildSpec, Shutdown};

/// How long a killed process may take until it is reported as an orphan.
pub(super) const KILL_WAIT: Duration = Duration::from_secs(5);

impl Keeper {
    /// Stops a child by its shutdown policy and waits for the end of everything below it; returns its id.
    pub(super) async fn stop(&mut self, key: Key) -> ChildId {
        let ended = self.board.children().down(key);
        let Some(spec) = self.spec(key) else { return ChildId::from("") };
        self.forget_delay(key);
        let Some(running) = ended else { return spec.id.clone() };
        let process = &running.process;
        self.tell_cause(&running);
        let _doomed = process.doom();
        let asked = match spec.shutdown {
            Shutdown::BrutalKill => false,
            Shutdown::Infinity => {
                process.ask_stop();
                process.ended().await;
                self.await_gone(key, &running).await;
                true
            }
            Shutdown::After(limit) => {
                process.ask_stop();
                self.under.clock.timeout(limit, process.gone()).await.is_ok()
            }
        };
        if !asked {
            process.kill();
            self.await_gone(key, &running).await;
        }
        self.stopped(key, &running);
        spec.id.clone()
    }

    /// Tells a supervisor that is going to be stopped because of what that happens.
    pub(super) fn tell_cause(&self, running: &Running) {
        if let Some(below) = &running.supervisor {
            below.stops_because(self.under.cause);
        }
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
        self.report(Report::Stops);
        if self.board.is_dynamic() {
            return self.stop_all_at_once().await;
        }
        let keys: Vec<Key> = self.board.children().iter().rev().map(|(key, _)| key).collect();
        for key in keys {
            self.stop(key).await;
        }
    }

    /// Waits until nothing of a dead process is left, so that nothing of two incarnations overlaps.
    pub(super) async fn await_gone(&mut self, key: Key, running: &Running) {
        if !running.process.is_gone() {
            self.await_left(key, &Left::of(running)).await;
        }
    }

    /// Waits until nothing of this is left. Who does not go away is reported, once, and keeps its name until it has.
    pub(super) async fn await_left(&mut self, key: Key, left: &Left) {
        // Whom a supervisor below has reported, it has waited for.
        let reported = left.is_reported();
        if !reported && self.under.clock.timeout(KILL_WAIT, left.remains.gone()).await.is_ok() {
            return;
        }
        self.orphaned(key, left);
    }

    /// Reports a child that does not go away, and keeps its name for it.
    pub(super) fn orphaned(&mut self, key: Key, left: &Left) {
        if let Some(spec) = self.spec(key) {
            self.report_orphans(&self.under.path, &spec, left);
            self.keep_for_orphan(key, &left.remains);
        }
    }

    /// Reports who was killed and does not yield: the lowest in the tree of whom that is known.
    fn report_orphans(&self, path: &Arc<str>, spec: &ChildSpec, left: &Left) {
        if let Some(below) = &left.below {
            let children = below.left();
            for child in &children {
                if let Some(left) = &child.unreported {
                    self.report_orphans(&below.path, &child.spec, left);
                    below.note_orphan(child.key, &left.remains);
                }
            }
            if !children.is_empty() {
                return;
            }
        }
        left.remains.fence();
        spec.start.fence();
        tracing::error!(supervisor = %path, child = %spec.id, "killed, but it does not yield");
        let what = What::Orphaned { child: spec.id.clone() };
        let clock = &self.under.clock;
        self.under.history.record((clock.now(), clock.wall_millis()), path, self.under.cause, what);
    }
}
