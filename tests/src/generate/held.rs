//! Supervisors that are held: a start or a stop of a child blocks until others have asked.

use proptest::sample::Index;

use super::roster::{Member, Sup, chosen};
use super::step::{Asked, Stopping};
use super::story::{Story, add_again, start, waits};
use crate::scenario::{Action, Call, ChildName, Keys, NewChild, OnStop, StartToken, SupBlock};

/// What is asked while the first start of a child blocks, and how it goes on then.
pub(super) type FirstGate = (Vec<Asked>, StartToken);

impl Story {
    /// Releases those whose first start blocks, one after the other.
    pub(super) fn open_first_gates(&mut self, root: &SupBlock, gates: &[FirstGate]) {
        let goes_on = || (Vec::new(), StartToken::Ok);
        let gates = gates.iter().cloned().chain(std::iter::repeat_with(goes_on));
        for ((sup, name), (asked, token)) in self.roster.held_at_first(root).into_iter().zip(gates) {
            for asked in asked {
                let asked = self.ask(&sup, &name, asked);
                self.actions.extend(asked);
            }
            self.actions.push(Action::Release { name, token });
        }
    }

    /// A start of a worker blocks until others have asked.
    pub(super) fn hold(&mut self, who: Index, asked: Vec<Asked>, token: StartToken) -> Option<Vec<Action>> {
        let (sup, worker) = self.roster.worker_that(who, |worker| !is_forgotten(worker))?;
        let name = worker.name().to_owned();
        let mut actions = blocks(&name).to_vec();
        actions.extend(asked.into_iter().filter_map(|asked| self.ask(&sup, &name, asked)));
        actions.extend(goes_on(&name, token));
        Some(actions)
    }

    /// The same with two workers of two supervisors.
    pub(super) fn hold_two(
        &mut self,
        who: [Index; 2],
        asked: Vec<(bool, Asked)>,
        tokens: [StartToken; 2],
        is_turned: bool,
    ) -> Option<Vec<Action>> {
        let (one_sup, one) = self.roster.worker_that(who[0], |worker| !is_forgotten(worker))?;
        let others = |sup: &Sup, worker: &Member| sup.name != one_sup.name && !is_forgotten(worker);
        let (other_sup, other) = self.roster.worker_of(who[1], others)?;
        let held = [(one_sup, one.name().to_owned()), (other_sup, other.name().to_owned())];
        let mut actions: Vec<_> = held.iter().flat_map(|(_, name)| blocks(name)).collect();
        for (is_other, asked) in asked {
            let (sup, name) = &held[usize::from(is_other)];
            actions.extend(self.ask(sup, name, asked));
        }
        let mut released: Vec<_> = held.iter().map(|(_, name)| name).zip(tokens).collect();
        if is_turned {
            released.reverse();
        }
        actions.extend(released.into_iter().flat_map(|(name, token)| goes_on(name, token)));
        Some(actions)
    }

    /// The first start of an instance blocks until others have asked.
    pub(super) fn hold_instance(
        &mut self,
        sup: Index,
        asked: Vec<Asked>,
        token: StartToken,
    ) -> Option<Vec<Action>> {
        let sup = self.roster.sup(sup, Sup::is_dynamic)?;
        let worker = self.roster.name_late_worker(&sup.name, "i", start(&[StartToken::Gate, StartToken::Ok]));
        let name = worker.id.clone();
        let mut actions =
            vec![Action::StartChild { sup: sup.name.clone(), child: NewChild::Instance(worker) }];
        actions.extend(asked.into_iter().filter_map(|asked| self.ask(&sup, &name, asked)));
        actions.extend(goes_on(&name, token));
        Some(actions)
    }

    /// Some instances are started whose stops wait, or take their time; then all are stopped, and released one after
    /// the other.
    pub(super) fn stop_instances(
        &mut self,
        sup: Index,
        mode: &OnStop,
        asked: Vec<Asked>,
        released: Vec<(Index, StartToken)>,
    ) -> Option<Vec<Action>> {
        let is_held = *mode == OnStop::Gate;
        // The time of one that is held is not to come: it would be real.
        let fits = |sup: &Sup| match sup.limit() {
            Some(limit) => limit.is("infinity") == is_held && !limit.is("brutal_kill"),
            None => !is_held,
        };
        let sup = self.roster.sup(sup, |sup| sup.is_dynamic() && sup.parent.is_some() && fits(sup))?;
        let mut names = Vec::new();
        let mut actions = Vec::new();
        for _ in &released {
            let keys = Keys::default().with_on_stop(mode.clone());
            let worker = self.roster.name_late_worker(&sup.name, "i", keys);
            names.push(worker.id.clone());
            actions.push(Action::StartChild { sup: sup.name.clone(), child: NewChild::Instance(worker) });
        }
        let stop = Action::Manage {
            call: Call::Terminate,
            sup: sup.parent.clone()?,
            child: ChildName::Usual(sup.name.clone()),
        };
        if !is_held {
            actions.push(Action::Timed(Box::new(stop)));
            return Some(actions);
        }
        actions.push(Action::Async(Box::new(stop)));
        actions.extend(asked.into_iter().filter_map(|asked| self.ask(&sup, "", asked)));
        for (pick, token) in released {
            let name = names.swap_remove(pick.index(names.len()));
            actions.push(Action::Release { name, token });
        }
        Some(actions)
    }

    /// A worker whose stop waits, or any.
    pub(super) fn held(&self, who: Index) -> Option<(Sup, Member)> {
        self.roster.worker_that(who, waits).or_else(|| self.roster.worker(who))
    }

    /// A stop of a worker waits until others have asked.
    pub(super) fn hold_stop(
        &mut self,
        who: Index,
        why: Stopping,
        asked: Vec<Asked>,
        token: StartToken,
    ) -> Option<Vec<Action>> {
        let (sup, worker) = self.held(who).filter(|(sup, _)| !sup.is_dynamic())?;
        let name = worker.name().to_owned();
        let first = match why {
            Stopping::Call => Some(Action::Async(Box::new(Action::Manage {
                call: Call::Terminate,
                sup: sup.name.clone(),
                child: ChildName::Usual(name.clone()),
            }))),
            Stopping::Sibling(who, reason) => self.ask(&sup, &name, Asked::Exit(who, reason)),
            Stopping::Above => self.ask(&sup, &name, Asked::StopIt),
        };
        let mut actions: Vec<_> = first.into_iter().collect();
        actions.extend(asked.into_iter().filter_map(|asked| self.ask(&sup, &name, asked)));
        actions.push(Action::Release { name, token });
        Some(actions)
    }

    /// What is done while `sup` is held in the start or the stop of `held`.
    fn ask(&mut self, sup: &Sup, held: &str, asked: Asked) -> Option<Action> {
        let name = sup.name.clone();
        let call = match asked {
            Asked::Which => Action::Which { sup: name },
            Asked::Count => Action::Count { sup: name },
            Asked::Manage(call, pick) => {
                let child = ChildName::Usual(chosen(pick, sup.children.iter().collect())?.name().into());
                Action::Manage { call, sup: name, child }
            }
            Asked::AddAgain(pick) => add_again(name, chosen(pick, sup.children.iter().collect())?)?,
            Asked::AddInstance => {
                sup.template.as_ref()?;
                let worker = self.roster.name_late_worker(&name, "i", Keys::default());
                Action::StartChild { sup: name, child: NewChild::Instance(worker) }
            }
            Asked::Upgrade(renewal) => self.renewed(sup, renewal)?,
            Asked::Exit(pick, reason) => {
                let others = sup.children.iter().filter(|member| member.is_worker() && member.name() != held);
                return Some(Action::Exit { name: chosen(pick, others.collect())?.name().into(), reason });
            }
            Asked::StopIt => Action::Manage {
                call: Call::Terminate,
                sup: sup.parent.clone()?,
                child: ChildName::Usual(name),
            },
            Asked::StopRoot => Action::Stop { reason: None },
            Asked::KillIt => return Some(Action::Kill { name }),
            Asked::KillAbove => return Some(Action::Kill { name: sup.parent.clone()? }),
        };
        Some(Action::Async(Box::new(call)))
    }
}

/// One that is forgotten when it ends is not started again.
fn is_forgotten(worker: &Member) -> bool {
    worker.has("temporary")
}

fn set(name: &str, tokens: &[StartToken]) -> Action {
    Action::Set { name: name.to_owned(), keys: start(tokens) }
}

/// A worker ends, and its next start blocks.
fn blocks(name: &str) -> [Action; 2] {
    let crash = Action::Crash { name: name.to_owned(), reason: None };
    [set(name, &[StartToken::Gate, StartToken::Ok]), crash]
}

/// It is released. Whether or not it came to the gate, none is left behind.
fn goes_on(name: &str, token: StartToken) -> [Action; 2] {
    [Action::Release { name: name.to_owned(), token }, set(name, &[StartToken::Ok])]
}
