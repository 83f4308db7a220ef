//! Who there is: names for a random tree, and the picks from them.

use proptest::sample::Index;

use super::tree::{Node, SupNode};
use crate::scenario::{Child, Keys, StartToken, SupBlock, Term, Worker};

/// Everybody who has had a name, in the order in which they got it.
#[derive(Debug, Default)]
pub(super) struct Roster {
    sups: Vec<Sup>,
    named: usize,
}

/// A supervisor, and whoever has ever been its child.
#[derive(Clone, Debug)]
pub(super) struct Sup {
    pub(super) name: String,
    pub(super) parent: Option<String>,
    /// Whether it shuts itself down with the last of its significant children.
    pub(super) needs_all: bool,
    /// What it starts instances from, if it is dynamic.
    pub(super) template: Option<Worker>,
    pub(super) children: Vec<Member>,
}

/// A child.
#[derive(Clone, Debug)]
pub(super) struct Member {
    /// As it would be written in a block.
    pub(super) child: Child,
}

impl Sup {
    /// How long its instances may take to stop, if that is written.
    pub(super) fn limit(&self) -> Option<&Term> {
        self.template.as_ref()?.keys.term("shutdown")
    }

    pub(super) fn is_dynamic(&self) -> bool {
        self.template.is_some()
    }
}

impl Member {
    pub(super) fn name(&self) -> &str {
        self.child.id()
    }

    pub(super) fn is_worker(&self) -> bool {
        matches!(self.child, Child::Worker(_))
    }

    pub(super) fn is_significant(&self) -> bool {
        self.child.keys().term("significant").is_some_and(|term| term.is("true"))
    }

    pub(super) fn has(&self, restart: &str) -> bool {
        self.child.keys().term("restart").is_some_and(|term| term.is(restart))
    }
}

impl Roster {
    /// Names everybody in the tree.
    pub(super) fn name(&mut self, root: SupNode) -> SupBlock {
        self.name_sup("root".into(), None, root)
    }

    /// Names a supervisor that comes later.
    pub(super) fn name_late_sup(&mut self, parent: &str, node: SupNode) -> SupBlock {
        let name = self.fresh("s");
        let block = self.name_sup(name, Some(parent.to_owned()), node);
        self.joins(parent, Child::Sup(block.clone()));
        block
    }

    /// Names a worker that comes later.
    pub(super) fn name_late_worker(&mut self, parent: &str, prefix: &str, keys: Keys) -> Worker {
        let worker = Worker { id: self.fresh(prefix), keys };
        self.joins(parent, Child::Worker(worker.clone()));
        worker
    }

    fn name_sup(&mut self, name: String, parent: Option<String>, node: SupNode) -> SupBlock {
        let strategy = node.keys.term("strategy");
        let is_dynamic = strategy.is_some_and(|strategy| strategy.is("simple_one_for_one"));
        let at = self.sups.len();
        let needs_all = node.keys.term("auto_shutdown").is_some_and(|flag| flag.is("all_significant"));
        self.sups.push(Sup { name: name.clone(), parent, needs_all, template: None, children: Vec::new() });
        let mut children = Vec::new();
        for child in node.children {
            children.push(match child {
                Node::Worker(keys) => Child::Worker(Worker { id: self.fresh("w"), keys }),
                Node::Sup(sup) => {
                    let fresh = self.fresh("s");
                    Child::Sup(self.name_sup(fresh, Some(name.clone()), sup))
                }
            });
        }
        match &children[..] {
            [Child::Worker(template)] if is_dynamic => self.sups[at].template = Some(template.clone()),
            _ => {
                let member = |child: &Child| Member { child: child.clone() };
                self.sups[at].children = children.iter().map(member).collect();
            }
        }
        SupBlock { id: name, keys: node.keys, children }
    }

    pub(super) fn fresh(&mut self, prefix: &str) -> String {
        self.named += 1;
        format!("{prefix}{}", self.named)
    }

    fn joins(&mut self, parent: &str, child: Child) {
        if let Some(sup) = self.sups.iter_mut().find(|sup| sup.name == parent) {
            sup.children.push(Member { child });
        }
    }

    /// Notes that a dynamic supervisor has another template.
    pub(super) fn takes_template(&mut self, sup: &str, template: Worker) {
        if let Some(sup) = self.sups.iter_mut().find(|other| other.name == sup) {
            sup.template = Some(template);
        }
    }

    /// The supervisor of this name.
    pub(super) fn sup_of(&self, name: &str) -> Option<Sup> {
        self.sups.iter().find(|sup| sup.name == name).cloned()
    }

    /// The workers and supervisors whose first start blocks, with their supervisors, in start order.
    pub(super) fn held_at_first(&self, block: &SupBlock) -> Vec<(Sup, String)> {
        let mut held = Vec::new();
        let Some(sup) = self.sup_of(&block.id).filter(|sup| !sup.is_dynamic()) else { return held };
        for child in &block.children {
            if child.keys().start().is_some_and(|starts| starts.at(0) == StartToken::Gate) {
                held.push((sup.clone(), child.id().to_owned()));
            }
            if let Child::Sup(below) = child {
                held.extend(self.held_at_first(below));
            }
        }
        held
    }

    /// Any supervisor of these.
    pub(super) fn sup(&self, pick: Index, fits: impl Fn(&Sup) -> bool) -> Option<Sup> {
        chosen(pick, self.sups.iter().filter(|sup| fits(sup)).collect()).cloned()
    }

    /// Any worker, with its supervisor.
    pub(super) fn worker(&self, pick: Index) -> Option<(Sup, Member)> {
        self.worker_that(pick, |_| true)
    }

    /// Any worker that fits, with its supervisor.
    pub(super) fn worker_that(&self, pick: Index, fits: impl Fn(&Member) -> bool) -> Option<(Sup, Member)> {
        self.worker_of(pick, |_, member| fits(member))
    }

    /// The same, if its supervisor fits, too.
    pub(super) fn worker_of(
        &self,
        pick: Index,
        fits: impl Fn(&Sup, &Member) -> bool,
    ) -> Option<(Sup, Member)> {
        let members = self.sups.iter().flat_map(|sup| sup.children.iter().map(move |member| (sup, member)));
        let workers = members.filter(|(sup, member)| member.is_worker() && fits(sup, member));
        chosen(pick, workers.collect()).map(|(sup, member)| (sup.clone(), member.clone()))
    }
}

/// The one that is picked, if there is any.
pub(super) fn chosen<T>(pick: Index, mut from: Vec<T>) -> Option<T> {
    if from.is_empty() { None } else { Some(from.swap_remove(pick.index(from.len()))) }
}

/// Several, each once, in the order in which they are picked.
pub(super) fn several<T>(picks: impl IntoIterator<Item = Index>, mut from: Vec<T>) -> Vec<T> {
    let mut taken = Vec::new();
    for pick in picks {
        if !from.is_empty() {
            taken.push(from.remove(pick.index(from.len())));
        }
    }
    taken
}
