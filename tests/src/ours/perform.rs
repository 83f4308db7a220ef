//! What each action of a scenario does.

use std::sync::Arc;
use std::time::Duration;

use mistersmith::exit::Exit;
use mistersmith::supervisor::Restart;
use mistersmith::testing::{Play, Playing, Puppet};
use tokio::sync::{Notify, watch};

use super::run::{Pending, Run};
use super::terms::exit_of;
use crate::scenario::{Action, BurstExit, OnStop, Term};

impl Run {
    /// Does what stands in the line `text`, and waits until everything has settled.
    pub(super) async fn perform(&mut self, action: &Action, text: &str) {
        match action {
            Action::Timed(action) => {
                let began = self.stage.timer.now();
                let text = text.split_once(' ').map_or(text, |(_, rest)| rest);
                Box::pin(self.perform(action, text)).await;
                // A timer of tokio's fires at a whole millisecond of its own, which may be a moment early here.
                let millis = (self.stage.timer.now() - began).as_micros().div_ceil(1_000);
                let elapsed = millis / 100 * 100;
                self.stage.note(format!("elapsed {elapsed}"));
            }
            Action::Async(action) => {
                let text = text.split_once(' ').map_or(text, |(_, rest)| rest);
                let call = self.begin(action, text);
                self.not_waited_for(call).await;
            }
            Action::StartChild { .. }
            | Action::Manage { .. }
            | Action::Which { .. }
            | Action::Count { .. }
            | Action::Check { .. }
            | Action::Upgrade { .. }
            | Action::Stop { .. } => {
                let call = self.begin(action, text);
                self.answered(call).await;
            }
            action => {
                let trouble = self.act(action).await.err();
                self.settle(trouble.map(|trouble| format!("!! {trouble}")).into_iter().collect()).await;
            }
        }
    }

    fn begin(&self, action: &Action, label: &str) -> Pending {
        match action {
            Action::Stop { reason } => self.stop(label, reason.as_ref()),
            action => self.ask(label, action),
        }
    }

    /// Does what needs no answer. The error is the trouble that it meets.
    async fn act(&mut self, action: &Action) -> Result<(), &'static str> {
        match action {
            Action::KillParent => self.kill_parent(),
            Action::Exit { name, reason } => self.exit(name, reason)?,
            Action::Crash { name, reason } => self.exit(name, &boom(reason.as_ref()))?,
            Action::Kill { name } => self.kill(name)?,
            Action::Signal { name, reason } => self.signal(name, reason)?,
            // A child of ours cannot hide its end, so there is nothing to drop.
            Action::Unlink { name } => self.lives(name)?,
            Action::Burst { sup, exits } => self.burst(sup, exits).await?,
            Action::Set { name, keys } => {
                self.stage.state().roles.entry(name.clone()).or_default().direct(keys);
            }
            Action::Release { name, token } => {
                let gate = self.stage.state().open(name).ok_or("no gate")?;
                gate.send(token.clone()).map_err(|_| "no gate")?;
            }
            Action::Wait(millis) => self.wait(Duration::from_millis(*millis)).await,
            Action::Sleep(millis) => self.stage.timer.sleep(Duration::from_millis(*millis)).await,
            Action::Align(millis) => {
                let second = Duration::from_secs(1);
                let past = Duration::from_nanos(u64::from(self.stage.clock.now().subsec_nanos()));
                let wanted = Duration::from_millis(millis % 1_000);
                self.wait(if past <= wanted { wanted - past } else { second + wanted - past }).await;
            }
            // Remarks are for people; everything else is a call.
            _ => {}
        }
        Ok(())
    }

    async fn wait(&self, pause: Duration) {
        match &self.hand {
            None => self.stage.timer.sleep(pause).await,
            Some(hand) => hand.advance(pause),
        }
    }

    fn lives(&self, name: &str) -> Result<(), &'static str> {
        let state = self.stage.state();
        state.roles.get(name).filter(|role| role.is_alive).map(|_| ()).ok_or("not running")
    }

    /// The present incarnation of a worker ends itself, if it comes to do so.
    fn exit(&self, name: &str, reason: &Term) -> Result<(), &'static str> {
        self.lives(name)?;
        // A supervisor has none, and heeds nothing of that kind.
        let Some(seat) = self.stage.state().roles.get(name).and_then(|role| role.seat) else { return Ok(()) };
        let Some((puppet, meant)) =
            self.stage.state().seats.get(seat).map(|seated| (seated.puppet.clone(), seated.number))
        else {
            return Ok(());
        };
        let (stage, exit) = (Arc::clone(&self.stage), exit_of(reason));
        let number = move || stage.state().seats.get(seat).map(|seated| seated.number);
        puppet.perform(async move { (number() == Some(meant)).then_some(exit) });
        Ok(())
    }

    fn kill(&self, name: &str) -> Result<(), &'static str> {
        self.lives(name)?;
        let mut state = self.stage.state();
        if let Some(supervisor) = state.supervisor(name) {
            if let Some(role) = state.roles.get_mut(name) {
                role.is_doomed = true;
            }
            supervisor.kill();
        } else if let Some(role) = state.roles.get_mut(name) {
            role.is_doomed = true;
            if let Some(seat) = role.seat.and_then(|seat| state.seats.get(seat)) {
                seat.puppet.kill();
            }
        }
        drop(state);
        self.stage.changed.notify_waiters();
        Ok(())
    }

    /// Only a process that does not trap exits is ended by somebody who is not its parent, unless by a kill. A
    /// supervisor traps exits.
    fn signal(&self, name: &str, reason: &Term) -> Result<(), &'static str> {
        if reason.is("kill") {
            return self.kill(name);
        }
        self.lives(name)?;
        let traps = {
            let state = self.stage.state();
            let seat = state.roles.get(name).filter(|role| !role.is_sup).and_then(|role| role.seat);
            seat.and_then(|seat| state.seats.get(seat)).is_none_or(|seat| seat.mode != OnStop::NoTrap)
        };
        if traps || reason.is("normal") { Ok(()) } else { self.exit(name, reason) }
    }

    /// The process that started the root ends. If the root has not come up by then, it does, and stops; but nobody
    /// is told that, and what its parent was asked meanwhile is never answered.
    fn kill_parent(&mut self) {
        if std::mem::replace(&mut self.stage.state().is_parent_dead, true) {
            return;
        }
        if !self.stage.state().roles.get(&self.root).is_some_and(|role| role.is_up) {
            self.forget_what_the_parent_was_asked();
        }
        drop(self.ended("", Exit::Killed));
    }

    /// Asks the root's parent to stop it; answered when it is gone.
    fn stop(&self, label: &str, reason: Option<&Term>) -> Pending {
        if self.stage.state().is_parent_dead {
            return self.spawn(label.to_owned(), async { "exit noproc".to_owned() });
        }
        self.ended(label, reason.map_or(Exit::Shutdown, exit_of)).of_parent()
    }

    fn ended(&self, label: &str, reason: Exit) -> Pending {
        let (stage, root) = (Arc::clone(&self.stage), self.root.clone());
        let is_kill = self.stage.state().is_parent_dead;
        self.spawn(label.to_owned(), async move {
            // The one who asks is the one who started it: it does so when the start has ended, and where that failed,
            // there is nobody to ask. The signal of its own end comes at once.
            let found =
                if is_kill { stage.state().supervisor(&root) } else { stage.when_up(&root).await.ok() };
            let Some(supervisor) = found else { return "exit noproc".to_owned() };
            if stage.state().is_parent_dead != is_kill {
                return "exit noproc".to_owned();
            }
            if let Some(role) = stage.state().roles.get_mut(&root) {
                role.stops_in_order = true;
            }
            supervisor.stop(reason).await;
            "ok".to_owned()
        })
    }

    /// Lets workers end while their supervisor is held, so that it finds their exits together.
    async fn burst(&mut self, sup: &str, exits: &[BurstExit]) -> Result<(), &'static str> {
        self.lives(sup)?;
        let held = self.hold(sup).await;
        for BurstExit { name, reason } in exits {
            // As in Erlang: one that does not run is passed over in silence.
            if self.exit(name, &boom(reason.as_ref())).is_ok() {
                self.quiet.reached().await;
            }
        }
        if let Some(release) = held {
            release.notify_one();
        }
        Ok(())
    }

    /// Holds a supervisor with nothing but its own means: it gets a temporary child whose start waits, and then says
    /// that it is not needed. So the queue stands still meanwhile, and nothing is left behind.
    async fn hold(&self, sup: &str) -> Option<Arc<Notify>> {
        let is_up = self.stage.state().roles.get(sup).is_some_and(|role| role.is_up);
        let supervisor = self.stage.state().supervisor(sup).filter(|_| is_up)?;
        let release = Arc::new(Notify::new());
        let (begun, has_begun) = watch::channel(false);
        let holder = Puppet::new("\u{0}", Holding { begun, release: Arc::clone(&release) });
        if let Some(dynamic) = supervisor.dynamic::<String>() {
            self.stage.state().holder = Some(holder);
            drop(self.spawn(String::new(), async move {
                // It answers when it is let go, or never, when it has ended.
                let _ = dynamic.start_child(String::new()).await;
                String::new()
            }));
        } else {
            let child = holder.child().restart(Restart::Temporary).start_timeout(None);
            drop(self.spawn(String::new(), async move {
                let _ = supervisor.start_child(child).await;
                String::new()
            }));
        }
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
