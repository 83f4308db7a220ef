//! How a keeper answers the management calls, case by case as Erlang's supervisor does.

use std::sync::Arc;

use super::call::{ChildState, ChildStatus, Counts, Instance, Started};
use super::call_error::{DeleteChildError, RestartChildError, StartChildError, TerminateChildError};
use super::children::State;
use super::history::What;
use super::keeper::Keeper;
use super::queue::Call;
use super::{ChildId, ChildSpec, ChildType, Restart, SpecProblems};

impl Keeper {
    /// Answers one call. Nobody waiting for the answer is no reason not to do what was asked.
    pub(super) async fn answer(&mut self, call: Call) {
        match call {
            Call::StartChild(spec, reply) => drop(reply.send(self.start_child(spec).await)),
            Call::TerminateChild(id, reply) => drop(reply.send(self.terminate_child(&id).await)),
            Call::RestartChild(id, reply) => drop(reply.send(self.restart_child(&id).await)),
            Call::DeleteChild(id, reply) => drop(reply.send(self.delete_child(&id))),
            Call::GetChildSpec(id, reply) => drop(reply.send(self.child_spec(&id))),
            Call::WhichChildren(reply) => drop(reply.send(self.which_children())),
            Call::CountChildren(reply) => drop(reply.send(self.count_children())),
            Call::StartInstance(arguments, reply) => drop(reply.send(self.start_instance(arguments).await)),
            Call::TerminateInstance(number, reply) => drop(reply.send(self.terminate_instance(number).await)),
            Call::GetInstanceSpec(Instance(key), reply) => drop(reply.send(self.spec(key))),
            Call::Upgrade(spec, reply) => drop(reply.send(self.upgrade(*spec))),
        }
    }

    async fn start_child(&mut self, spec: Arc<ChildSpec>) -> Result<Started, StartChildError> {
        if self.board.is_dynamic() {
            return Err(StartChildError::Dynamic);
        }
        let problems = spec.check(self.board.flags().auto_shutdown);
        SpecProblems::in_all(problems).map_err(StartChildError::Invalid)?;
        if let Some((_, child)) = self.board.children().find(&spec.id) {
            return Err(match child.state {
                _ if child.is_orphaned() => StartChildError::Orphaned,
                State::Running(_) => StartChildError::AlreadyStarted,
                State::Down | State::Restarting => StartChildError::AlreadyPresent,
            });
        }
        let (id, temporary) = (spec.id.clone(), spec.restart == Restart::Temporary);
        let key = self.board.children().push(spec);
        match self.start(key).await {
            Ok(Started::Ignored) => {
                if temporary {
                    self.forget(key);
                }
                Ok(Started::Ignored)
            }
            Ok(Started::Running) => {
                self.record(None, What::ChildStarted { child: id });
                Ok(Started::Running)
            }
            Err(exit) => {
                self.forget(key);
                Err(StartChildError::Failed(exit))
            }
        }
    }

    async fn terminate_child(&mut self, id: &ChildId) -> Result<(), TerminateChildError> {
        if self.board.is_dynamic() {
            return Err(TerminateChildError::Dynamic);
        }
        let found = self.board.children().find(id).map(|(key, child)| (key, child.spec.clone()));
        let Some((key, spec)) = found else { return Err(TerminateChildError::NotFound) };
        self.stop(key).await;
        spec.start.retire();
        if spec.restart == Restart::Temporary {
            self.forget(key);
        }
        self.record(None, What::ChildTerminated { child: spec.id.clone() });
        Ok(())
    }

    async fn restart_child(&mut self, id: &ChildId) -> Result<Started, RestartChildError> {
        if self.board.is_dynamic() {
            return Err(RestartChildError::Dynamic);
        }
        let key = match self.board.children().find(id) {
            None => return Err(RestartChildError::NotFound),
            Some((_, child)) if matches!(child.state, State::Running(_)) => {
                return Err(RestartChildError::Running);
            }
            Some((_, child)) if matches!(child.state, State::Restarting) => {
                return Err(RestartChildError::Restarting);
            }
            Some((_, child)) if child.is_orphaned() => return Err(RestartChildError::Orphaned),
            Some((key, _)) => key,
        };
        let started = self.start(key).await.map_err(RestartChildError::Failed)?;
        if started == Started::Running {
            self.record(None, What::ChildStarted { child: id.clone() });
        }
        Ok(started)
    }

    fn delete_child(&mut self, id: &ChildId) -> Result<(), DeleteChildError> {
        if self.board.is_dynamic() {
            return Err(DeleteChildError::Dynamic);
        }
        let key = match self.board.children().find(id) {
            None => return Err(DeleteChildError::NotFound),
            Some((_, child)) if matches!(child.state, State::Running(_)) => {
                return Err(DeleteChildError::Running);
            }
            Some((_, child)) if matches!(child.state, State::Restarting) => {
                return Err(DeleteChildError::Restarting);
            }
            Some((key, _)) => key,
        };
        self.forget(key);
        Ok(())
    }

    fn child_spec(&self, id: &ChildId) -> Option<Arc<ChildSpec>> {
        let template = self.board.instances().and_then(|instances| instances.template);
        if let Some(template) = template.filter(|template| template.child.id == *id) {
            return Some(template.child);
        }
        self.board.children().find(id).map(|(_, child)| child.spec.clone())
    }

    /// Newest first, as Erlang lists them.
    fn which_children(&self) -> Vec<ChildStatus> {
        let children = self.board.children();
        let dynamic = self.board.is_dynamic();
        let row = |key, child: &super::children::Child| ChildStatus {
            id: child.spec.id.clone(),
            instance: dynamic.then_some(Instance(key)),
            state: ChildState::of(&child.state),
            child_type: child.spec.child_type,
        };
        children.iter().rev().map(|(key, child)| row(key, child)).collect()
    }

    fn count_children(&self) -> Counts {
        let children = self.board.children();
        // As in Erlang: an instance is active until the supervisor comes to its end, any other child until it has ended.
        let dynamic = self.board.is_dynamic();
        let mut counts = Counts { specs: children.len(), ..Counts::default() };
        for (_, child) in children.iter() {
            match child.spec.child_type {
                ChildType::Supervisor => counts.supervisors += 1,
                ChildType::Worker => counts.workers += 1,
            }
            if let State::Running(running) = &child.state
                && (dynamic || !running.process.is_gone())
            {
                counts.active += 1;
            }
        }
        counts
    }
}

impl ChildState {
    pub(super) fn of(state: &State) -> Self {
        match state {
            State::Running(_) => Self::Running,
            State::Down => Self::Down,
            State::Restarting => Self::Restarting,
        }
    }
}
