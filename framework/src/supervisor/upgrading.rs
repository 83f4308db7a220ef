//! How a keeper takes a new specification: rules and lists change, no process is started or stopped.

use std::collections::HashSet;
use std::sync::Arc;

use super::call_error::UpgradeError;
use super::children::{Children, Key, State};
use super::history::{Names, What};
use super::keeper::Keeper;
use super::start::Running;
use super::supervisor_spec::Kind;
use super::{ChildSpec, SpecProblem, SpecProblems, Supervisor, SupervisorSpec};

impl Keeper {
    pub(super) fn upgrade(&mut self, spec: SupervisorSpec) -> Result<(), UpgradeError> {
        SpecProblems::in_all(self.problems_of(&spec)).map_err(UpgradeError::Invalid)?;
        self.board.set_rules(spec.flags, spec.kind.clone());
        let what = match &spec.kind {
            Kind::Static => self.respecify(&spec.children),
            Kind::Dynamic(instances) => {
                if let Some(template) = &instances.template {
                    self.respecify_instances(|key, spec| template.instead_of(key, spec));
                }
                What::Upgraded { added: Names::default(), kept: Names::default() }
            }
        };
        self.board.tell_above(&spec);
        self.current.set(spec);
        self.record(None, what);
        Ok(())
    }

    fn problems_of(&self, spec: &SupervisorSpec) -> Vec<SpecProblem> {
        let mut problems = Vec::new();
        let now = self.current.get();
        if spec.name != now.name {
            problems.push(SpecProblem::Renamed { name: now.name.clone(), new: spec.name.clone() });
        }
        if spec.kind.arguments() != self.board.arguments() {
            let expected = match (&now.kind, &spec.kind) {
                (Kind::Static, _) => "a supervisor of specified children",
                (Kind::Dynamic(_), Kind::Static) => "a dynamic supervisor",
                (Kind::Dynamic(_), Kind::Dynamic(_)) => {
                    "a dynamic supervisor whose instances start from the same type"
                }
            };
            problems.push(SpecProblem::OtherKind { expected });
        }
        problems.extend(spec.check());
        problems
    }

    /// The new children in their order, then those that are missing there in theirs.
    fn respecify(&self, specs: &[Arc<ChildSpec>]) -> What {
        let mut replaced = Replaced::default();
        let mut children = self.board.children();
        let mut missing: Vec<Key> = children.iter().map(|(key, _)| key).collect();
        let (mut added, mut kept) = <(Names, Names)>::default();
        let mut order = Vec::with_capacity(specs.len() + missing.len());
        let mut known = HashSet::new();
        for spec in specs {
            let found = children.find(&spec.id).map(|(key, _)| key);
            let key = match found {
                Some(key) => {
                    known.insert(key);
                    replaced.replace(&mut children, key, Arc::clone(spec));
                    key
                }
                None => {
                    added.push(spec.id.clone());
                    children.push(Arc::clone(spec))
                }
            };
            order.push(key);
        }
        missing.retain(|key| !known.contains(key));
        for key in &missing {
            if let Some(child) = children.get(*key) {
                kept.push(child.spec.id.clone());
            }
        }
        children.arrange(order.into_iter().chain(missing));
        drop(children);
        replaced.retire();
        What::Upgraded { added, kept }
    }

    fn respecify_instances(&self, instead_of: impl Fn(Key, &ChildSpec) -> Option<ChildSpec>) {
        let mut replaced = Replaced::default();
        let mut children = self.board.children();
        let keys: Vec<Key> = children.iter().map(|(key, _)| key).collect();
        for key in keys {
            let spec = children.get(key).and_then(|child| instead_of(key, &child.spec));
            if let Some(spec) = spec {
                replaced.replace(&mut children, key, Arc::new(spec));
            }
        }
        drop(children);
        replaced.retire();
    }
}

/// Specifications, new and old, of children that did not run when they got a new one.
#[derive(Default)]
struct Replaced(Vec<(Arc<ChildSpec>, Arc<ChildSpec>)>);

impl Replaced {
    /// Gives a child its new specification.
    fn replace(&mut self, children: &mut Children, key: Key, spec: Arc<ChildSpec>) {
        let Some(before) = children.respecify(key, Arc::clone(&spec)) else { return };
        match children.get(key).map(|child| &child.state) {
            Some(State::Running(Running { supervisor: Some(supervisor), .. })) => {
                is_specified_above(supervisor, &spec);
            }
            Some(State::Running(_)) => {}
            _ => self.0.push((spec, before)),
        }
    }

    /// What these children started before hears that it is not started again; a child that runs hears it when its
    /// process ends. Nothing may be locked meanwhile: who hears it may look at the tree.
    fn retire(self) {
        for (spec, before) in self.0 {
            spec.replaces(&before);
        }
    }
}

/// A running supervisor, and those that run below it, would be started again from what is in this specification: not
/// from what they were started from.
fn is_specified_above(supervisor: &Supervisor, spec: &Arc<ChildSpec>) {
    supervisor.board.is_specified_above(Arc::clone(spec));
    let Some(below) = spec.start.below() else { return };
    for spec in &below.children {
        if let Some(child) = supervisor.child(spec.id.clone()) {
            is_specified_above(&child, spec);
        }
    }
}
