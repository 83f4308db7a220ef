//! How a keeper serves a dynamic supervisor: instances are started from arguments, forgotten when they end for
//! good, and stopped all at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::call::Instance;
use super::call_error::{StartInstanceError, TerminateChildError};
use super::children::Key;
use super::history::What;
use super::keeper::Keeper;
use super::left::Left;
use super::start::Running;
use super::stopping::KILL_WAIT;
use super::template::Arguments;
use super::{AutoShutdown, ChildSpec, Shutdown, SpecProblems, Started};

impl Keeper {
    pub(super) async fn start_instance(
        &mut self,
        arguments: Arguments,
    ) -> Result<Option<Instance>, StartInstanceError> {
        let Some(instances) = self.board.instances() else { return Err(StartInstanceError::NotDynamic) };
        if let Some(limit) = instances.limit
            && self.board.children().len() >= limit
        {
            return Err(StartInstanceError::MaxChildren { limit });
        }
        let spec = match &instances.template {
            Some(template) => Ok(template.instance(self.board.children().next_key(), arguments)),
            None => self.own_spec(arguments),
        }?;
        let id = spec.id.clone();
        let key = self.board.children().push_instance(Arc::new(spec));
        match self.start(key).await {
            Ok(Started::Running) => {
                self.record(None, What::ChildStarted { child: id });
                Ok(Some(Instance(key)))
            }
            Ok(Started::Ignored) => {
                self.forget(key);
                Ok(None)
            }
            Err(exit) => {
                self.forget(key);
                Err(StartInstanceError::Failed(exit))
            }
        }
    }

    /// Without a template, the arguments are the whole specification.
    fn own_spec(&self, arguments: Arguments) -> Result<ChildSpec, StartInstanceError> {
        let spec = arguments.downcast::<ChildSpec>().map_err(|_| StartInstanceError::NotDynamic)?;
        let problems = spec.check(AutoShutdown::Never);
        SpecProblems::in_all(problems).map_err(StartInstanceError::Invalid)?;
        Ok(spec.numbered(self.board.children().next_key(), Arc::clone(&spec.start)))
    }

    pub(super) async fn terminate_instance(
        &mut self,
        Instance(key): Instance,
    ) -> Result<(), TerminateChildError> {
        let spec = self.spec(key).ok_or(TerminateChildError::NotFound)?;
        self.stop(key).await;
        spec.start.retire();
        self.forget(key);
        self.record(None, What::ChildTerminated { child: spec.id.clone() });
        Ok(())
    }

    /// Forgets an instance that is not started again.
    pub(super) fn dropped(&self, key: Key) {
        if let Some(spec) = self.spec(key) {
            spec.start.retire();
            self.forget(key);
        }
    }

    /// Stops all instances: asks all at once, gives each its own time, and kills together those whose time is over
    /// together. So the time of a stop is that of the slowest instance.
    pub(super) async fn stop_all_at_once(&mut self) {
        let keys: Vec<Key> = self.board.children().iter().map(|(key, _)| key).collect();
        let (mut asked, mut killed) = (BTreeMap::<_, Vec<_>>::new(), Vec::new());
        for key in keys {
            let ended = self.board.children().down(key);
            let (Some(running), Some(spec)) = (ended, self.spec(key)) else { continue };
            self.tell_cause(&running);
            let limit = match spec.shutdown {
                Shutdown::BrutalKill => {
                    running.process.kill();
                    killed.push((key, running));
                    continue;
                }
                Shutdown::After(limit) => Some(limit),
                Shutdown::Infinity => None,
            };
            running.process.ask_stop();
            asked.entry(limit).or_default().push((key, running));
        }
        let unlimited = asked.remove(&None).unwrap_or_default();
        let began = self.under.clock.now();
        for (limit, timed) in asked {
            let passed = self.under.clock.now().saturating_sub(began);
            let left = limit.unwrap_or_default().saturating_sub(passed);
            // Those that are left are killed, whether or not the time was over.
            let _ = self.under.clock.timeout(left, all_gone(&timed)).await;
            for (_, running) in timed.iter().filter(|(_, running)| !running.process.is_gone()) {
                running.process.kill();
            }
            killed.extend(timed);
        }
        for (key, running) in &unlimited {
            running.process.ended().await;
            self.await_gone(*key, running).await;
        }
        // They were killed at about the same time, so they share the time until they are reported.
        if self.under.clock.timeout(KILL_WAIT, all_gone(&killed)).await.is_err() {
            for (key, running) in killed.iter().filter(|(_, running)| !running.process.is_gone()) {
                self.orphaned(*key, &Left::of(running));
            }
        }
        for (key, running) in unlimited.iter().chain(&killed) {
            self.stopped(*key, running);
        }
    }
}

async fn all_gone(instances: &[(Key, Running)]) {
    for (_, running) in instances {
        running.process.gone().await;
    }
}
