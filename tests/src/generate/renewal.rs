//! New specifications of supervisors that run.

use proptest::sample::Index;

use super::roster::{Sup, several};
use super::step::Renewal;
use super::story::{Story, not_ignore};
use crate::scenario::{Action, Child, Keys, StartTokens, SupBlock, Term, Worker};

impl Story {
    /// A supervisor gets a new specification; and then one of its workers ends, now and then.
    pub(super) fn renew(
        &mut self,
        sup: Index,
        renewal: Renewal,
        then: Option<(Index, Term)>,
    ) -> Option<Vec<Action>> {
        let sup = self.roster.sup(sup, |_| true)?;
        let upgrade = self.renewed(&sup, renewal)?;
        let workers = sup.children.iter().filter(|member| member.is_worker());
        let ends = |(pick, reason)| {
            let worker = super::roster::chosen(pick, workers.collect())?;
            Some(Action::Exit { name: worker.name().to_owned(), reason })
        };
        Some(std::iter::once(upgrade).chain(then.and_then(ends)).collect())
    }

    pub(super) fn renewed(&mut self, sup: &Sup, renewal: Renewal) -> Option<Action> {
        let to = match &sup.template {
            Some(template) => self.of_instances(sup, template.clone(), renewal),
            None => self.of_children(sup, renewal),
        };
        Some(Action::Upgrade { sup: sup.name.clone(), to })
    }

    fn of_children(&mut self, sup: &Sup, Renewal { flags, stay, new }: Renewal) -> SupBlock {
        let mut children: Vec<Child> = several(stay, sup.children.iter().collect())
            .into_iter()
            .map(|member| member.child.clone())
            .collect();
        if let Some(keys) = new {
            let worker = self.roster.name_late_worker(&sup.name, "n", keys);
            children.insert(children.len() / 2, Child::Worker(worker));
        }
        let is_significant = children.iter().any(|child| child.keys().term("significant").is_some());
        let flags = if is_significant && flags.term("auto_shutdown").is_none() {
            flags.with("auto_shutdown", Term::atom("any_significant"))
        } else {
            flags
        };
        SupBlock { id: sup.name.clone(), keys: flags, children }
    }

    /// It stays dynamic, with one template; under another name, if nothing else is to stay.
    fn of_instances(
        &mut self,
        sup: &Sup,
        template: Worker,
        Renewal { flags, stay, new }: Renewal,
    ) -> SupBlock {
        let id = if stay.is_empty() { self.roster.fresh("t") } else { template.id };
        let keys = new.map_or(template.keys, not_ignored);
        let template = Worker { id, keys };
        self.roster.takes_template(&sup.name, template.clone());
        let flags = Keys(
            flags.0.into_iter().filter(|(key, _)| key != "strategy" && key != "auto_shutdown").collect(),
        );
        let keys = Keys::default().with("strategy", Term::atom("simple_one_for_one"));
        let keys = Keys(keys.0.into_iter().chain(flags.0).collect());
        SupBlock { id: sup.name.clone(), keys, children: vec![Child::Worker(template)] }
    }
}

/// These keys, so that no start says that it is not needed.
fn not_ignored(keys: Keys) -> Keys {
    let Some(StartTokens(tokens)) = keys.start().cloned() else { return keys };
    let tokens = tokens.into_iter().map(|(token, times)| (not_ignore(token), times)).collect();
    let others = keys.0.into_iter().filter(|(key, _)| key != "start").collect();
    Keys(others).with_start(StartTokens(tokens))
}
