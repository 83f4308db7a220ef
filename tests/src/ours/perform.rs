//! What each action of a scenario does.

use std::sync::Arc;
use std::time::Duration;

use mistersmith::exit::Exit;
use mistersmith::supervisor::Restart;
use mistersmith::testing::{Play, Playing, Puppet};
use tokio::sync::{Notify, watch};

use super::run::Run;
use super::terms::exit_of;
use crate::scenario::{Action, BurstExit, OnStop, Term};

impl Run {
    /// Does it, and waits until everything has settled.
    pub(super) async fn perform(&mut self, action: &Action) {
        match action {
            Action::Timed(action) => {
                let began = self.stage.timer.now();
                let ended = Box::pin(self.perform_untimed(action)).await;
                let elapsed = (ended - began).as_millis() / 100 * 100;
                self.stage.note(format!("elapsed {elapsed}"));
            }
            action => {
                self.perform_untimed(action).await;
            }
        }
    }

    /// Returns when it was done.
    async fn perform_untimed(&mut self, action: &Action) -> Duration {
        match action {
            Action::StartChild { .. }
            | Action::Manage { .. }
            | Action::Which { .. }
            | Action::Count { .. }
            | Action::Check { .. }
            | Action::Upgrade { .. } => return self.call(action).await,
            Action::Async(action) => match &**action {
                Action::Stop { reason } => self.stop(reason.as_ref()),
                action => return self.call_and_go_on(action).await,
            },
            Action::Stop { reason } => return self.stop_and_wait(reason.as_ref()).await,
            Action::KillParent => self.stop(Some(&Term::atom("killed"))),
            Action::Exit { name, reason } => self.exit(name, reason),
            Action::Crash { name, reason } => self.exit(name, &boom(reason.as_ref())),
            Action::Kill { name } => self.kill(name),
            Action::Signal { name, reason } => self.signal(name, reason),
            Action::Unlink { name } => self.unlink(name),
            Action::Burst { sup, exits } => self.burst(sup, exits).await,
            Action::Set { name, keys } => {
                self.stage.state().roles.entry(name.clone()).or_default().direct(keys);
            }
            Action::Release { name, token } => {
                let gate = self.stage.state().gates.remove(name);
                if gate.is_none_or(|gate| gate.send(token.clone()).is_err()) {
                    self.trouble("no gate");
                }
            }
            Action::Wait(millis) => self.wait(Duration::from_millis(*millis)).await,
            Action::Sleep(millis) => self.stage.timer.sleep(Duration::from_millis(*millis)).await,
            Action::Align(millis) => {
                let second = Duration::from_secs(1);
                let past = Duration::from_nanos(u64::from(self.stage.clock.now().subsec_nanos()));
                let wanted = Duration::from_millis(millis % 1_000);
                self.wait(if past <= wanted { wanted - past } else { second + wanted - past }).await;
            }
            Action::Note(_) => {}
            Action::Timed(action) => return Box::pin(self.perform_untimed(action)).await,
        }
        self.settle().await;
        self.stage.timer.now()
    }

    async fn call_and_go_on(&mut self, action: &Action) -> Duration {
        self.call_later(action).await;
        self.stage.timer.now()
    }

    fn trouble(&self, text: &str) {
        self.stage.note(format!("!! {text}"));
    }

    async fn wait(&self, pause: Duration) {
        match &self.hand {
            None => self.stage.timer.sleep(pause).await,
            Some(hand) => hand.advance(pause),
        }
    }

    fn is_alive(&self, name: &str) -> bool {
        let is_alive = self.stage.state().roles.get(name).is_some_and(|role| role.is_alive);
        if !is_alive {
            self.trouble("not running");
        }
        is_alive
    }

    /// The present incarnation of a worker ends itself, if it comes to do so.
    fn exit(&self, name: &str, reason: &Term) {
        if !self.is_alive(name) {
            return;
        }
        let (stage, id, exit) = (Arc::clone(&self.stage), name.to_owned(), exit_of(reason));
        let number =
            |stage: &super::stage::Stage, id: &str| stage.state().roles.get(id).map(|role| role.count);
        let meant = number(&stage, &id);
        self.stage.puppet(name).perform(async move { (number(&stage, &id) == meant).then_some(exit) });
    }

    fn kill(&self, name: &str) {
        if !self.is_alive(name) {
            return;
        }
        let mut state = self.stage.state();
        if let Some(supervisor) = state.supervisor(name) {
            supervisor.kill();
        } else if let Some(role) = state.roles.get_mut(name) {
            role.is_doomed = true;
            if let Some(puppet) = &role.puppet {
                puppet.kill();
            }
        }
        drop(state);
        self.stage.changed.notify_waiters();
    }

    /// Only a process that does not trap exits is ended by somebody who is not its parent, unless by a kill. A
    /// supervisor traps exits.
    fn signal(&self, name: &str, reason: &Term) {
        if reason.is("kill") {
            return self.kill(name);
        }
        if !self.is_alive(name) {
            return;
        }
        let traps = {
            let state = self.stage.state();
            state.roles.get(name).is_none_or(|role| role.is_sup || role.on_stop != OnStop::NoTrap)
        };
        if !traps && !reason.is("normal") {
            self.exit(name, reason);
        }
    }

    /// A child of ours cannot hide its end, so there is nothing to drop.
    fn unlink(&self, name: &str) {
        self.is_alive(name);
    }

    /// Asks the root to stop.
    fn stop(&self, reason: Option<&Term>) {
        if !self.is_alive(&self.root) {
            return;
        }
        let (stage, root) = (Arc::clone(&self.stage), self.root.clone());
        let reason = reason.map_or(Exit::Shutdown, exit_of);
        if let Some(role) = self.stage.state().roles.get_mut(&root) {
            role.stops_in_order = true;
        }
        drop(self.spawn(String::new(), async move {
            if let Some(root) = stage.supervisor(&root).await {
                root.stop(reason).await;
            }
            String::new()
        }));
    }

    /// Asks the root to stop, and waits until it has.
    async fn stop_and_wait(&mut self, reason: Option<&Term>) -> Duration {
        self.stop(reason);
        let (stage, root) = (Arc::clone(&self.stage), self.root.clone());
        let ended = self.spawn(String::new(), async move {
            loop {
                let changed = stage.changed.notified();
                if !stage.state().roles.get(&root).is_some_and(|role| role.is_alive) {
                    return String::new();
                }
                changed.await;
            }
        });
        let ended = self.answer(&ended).await;
        self.settle().await;
        if ended.is_none() {
            self.trouble("timeout");
        }
        ended.map_or_else(|| self.stage.timer.now(), |(_, at)| at)
    }

    /// Lets workers end while their supervisor is held, so that it finds their exits together.
    async fn burst(&mut self, sup: &str, exits: &[BurstExit]) {
        let held = self.hold(sup).await;
        for BurstExit { name, reason } in exits {
            self.exit(name, &boom(reason.as_ref()));
            self.quiet.reached().await;
        }
        if let Some(release) = held {
            release.notify_one();
        }
    }

    /// Holds a supervisor with nothing but its own means: it gets a temporary child whose start waits, and then says
    /// that it is not needed. So the queue stands still meanwhile, and nothing is left behind.
    async fn hold(&self, sup: &str) -> Option<Arc<Notify>> {
        if !self.is_alive(sup) {
            return None;
        }
        let supervisor = self.stage.state().supervisor(sup)?;
        let release = Arc::new(Notify::new());
        let (begun, has_begun) = watch::channel(false);
        let child = Puppet::new("\u{0}", Holding { begun, release: Arc::clone(&release) }).child();
        let child = child.restart(Restart::Temporary).start_timeout(None);
        drop(self.spawn(String::new(), async move {
            // It answers when it is let go, or never, when it has ended.
            let _ = supervisor.start_child(child).await;
            String::new()
        }));
        self.quiet.reached().await;
        let has_begun = *has_begun.borrow();
        if !has_begun {
            release.notify_one();
        }
        has_begun.then_some(release)
    }
}

fn boom(reason: Option<&Term>) -> Term {
    reason.cloned().unwrap_or_else(|| Term::atom("boom"))
}

/// What holds a supervisor.
struct Holding {
    begun: watch::Sender<bool>,
    release: Arc<Notify>,
}

impl Play for Holding {
    fn start<'a>(&'a self, _: &'a mistersmith::clock::Clock) -> Playing<'a, Result<bool, Exit>> {
        Box::pin(async {
            self.begun.send_replace(true);
            self.release.notified().await;
            Ok(false)
        })
    }

    fn stop<'a>(&'a self, reason: Exit, _: &'a mistersmith::clock::Clock) -> Playing<'a, Option<Exit>> {
        Box::pin(async { Some(reason) })
    }

    fn ended(&self, _: Exit) {}
}
