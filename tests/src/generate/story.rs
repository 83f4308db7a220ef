//! A scenario from a random tree and random moves: each move becomes steps that are done to somebody by name.

use proptest::sample::Index;

use super::roster::{Member, Roster, Sup, chosen, several};
use super::step::{Asked, Move, Stopping, Target};
use super::theme::Theme;
use super::tree::{Node, SupNode};
use crate::scenario::{
    Action, BurstExit, Call, Child, ChildName, ClockKind, Keys, NewChild, OnStop, Options, Scenario,
    StartToken, StartTokens, Step, SupBlock, Term, Worker,
};

/// The scenario. A move that fits nobody is left out; the one that ends the root is the last.
pub(super) fn scenario(theme: Theme, root: SupNode, moves: &[Move]) -> Scenario {
    let mut roster = Roster::default();
    let root = roster.name(root);
    let mut story = Story { roster, actions: Vec::new() };
    for step in moves {
        story.tell(step.clone());
        if matches!(step, Move::Stop(_) | Move::KillParent) {
            break;
        }
    }
    // Reports name instances by what OTP tells of them, which is not the same everywhere.
    let reports = !matches!(theme, Theme::Dynamic | Theme::Everything);
    let options = Options { clock: ClockKind::Virtual, reports, ..Options::default() };
    Scenario { options, root, steps: story.actions.into_iter().map(Step::from).collect() }
}

struct Story {
    roster: Roster,
    actions: Vec<Action>,
}

impl Story {
    fn tell(&mut self, step: Move) {
        let actions = self.actions_of(step).unwrap_or_default();
        self.actions.extend(actions);
    }

    /// What a move comes to; nothing, if there is nobody for it.
    fn actions_of(&mut self, step: Move) -> Option<Vec<Action>> {
        let action = match step {
            Move::Exit(who, reason) => {
                Action::Exit { name: self.roster.worker(who)?.1.name().into(), reason }
            }
            Move::KillWorker(who) => Action::Kill { name: self.roster.worker(who)?.1.name().into() },
            Move::KillSup(who) => Action::Kill { name: self.roster.sup(who, |_| true)?.name },
            Move::Signal(who, reason) => {
                let (sup, worker) = self.roster.worker(who)?;
                let name = if who.index(4) == 0 { sup.name } else { worker.name().into() };
                Action::Signal { name, reason }
            }
            Move::Burst(sup, exits) => self.burst(sup, exits)?,
            Move::Manage(call, sup, target) => return self.manage(call, sup, target),
            Move::Add(sup, keys) => {
                let sup = self.roster.sup(sup, |sup| !sup.is_dynamic)?.name;
                let worker = self.roster.name_late_worker(&sup, "n", keys);
                Action::StartChild { sup, child: NewChild::Worker(worker) }
            }
            Move::AddAgain(who) => {
                let (sup, worker) = self.roster.worker(who).filter(|(sup, _)| !sup.is_dynamic)?;
                add_again(sup.name, &worker)?
            }
            Move::AddSup(sup, flags, keys, is_twice) => {
                let sup = self.roster.sup(sup, |sup| !sup.is_dynamic)?.name;
                let node = SupNode { keys: flags, children: vec![Node::Worker(keys)] };
                let mut block = self.roster.name_late_sup(&sup, node);
                if is_twice {
                    block.children.push(block.children[0].clone());
                }
                Action::StartChild { sup, child: NewChild::Sup(block) }
            }
            Move::AddInstance(sup, token) => {
                let sup = self.roster.sup(sup, |sup| sup.is_dynamic)?.name;
                let keys =
                    token.map(not_ignore).map_or_else(Keys::default, |token| start(&[token, StartToken::Ok]));
                let worker = self.roster.name_late_worker(&sup, "i", keys);
                Action::StartChild { sup, child: NewChild::Instance(worker) }
            }
            Move::Which(sup) => Action::Which { sup: self.roster.sup(sup, |_| true)?.name },
            Move::Count(sup) => Action::Count { sup: self.roster.sup(sup, |_| true)?.name },
            Move::Check(specs, auto_shutdown) => Action::Check { specs: Term::List(specs), auto_shutdown },
            Move::AddTerm(sup, term) => {
                let sup = self.roster.sup(sup, |sup| !sup.is_dynamic)?.name;
                Action::StartChild { sup, child: NewChild::Term(term) }
            }
            Move::Wait(millis) => Action::Wait(millis),
            Move::Align(millis) => Action::Align(millis),
            Move::Set(who, token) => {
                let (sup, worker) = self.roster.worker(who)?;
                let token = if sup.is_dynamic { not_ignore(token) } else { token };
                Action::Set { name: worker.name().into(), keys: start(&[token, StartToken::Ok]) }
            }
            Move::Hold(who, asked, token) => return self.hold(who, asked, token),
            Move::HoldStop(who, why, asked, token) => return self.hold_stop(who, why, asked, token),
            Move::Release(who, token) => Action::Release { name: self.held(who)?.1.name().into(), token },
            Move::SetStop(who, mode) => {
                let (_, worker) = self.roster.worker_that(who, waits)?;
                Action::Set { name: worker.name().into(), keys: Keys::default().with_on_stop(mode) }
            }
            Move::Unlink(who) => Action::Unlink { name: self.roster.worker(who)?.1.name().into() },
            Move::Sleep(millis) => Action::Sleep(millis),
            Move::Timed(step) => return Some(self.each_call(*step, |call| Action::Timed(Box::new(call)))),
            Move::Async(step) => return Some(self.each_call(*step, |call| Action::Async(Box::new(call)))),
            Move::Upgrade(sup, flags, keep, new) => self.upgrade(sup, flags, keep, new)?,
            Move::Stop(reason) => Action::Stop { reason },
            Move::KillParent => Action::KillParent,
        };
        Some(vec![action])
    }

    fn burst(&self, sup: Index, exits: Vec<(Index, Option<Term>)>) -> Option<Action> {
        // One that waits to be released does not end by itself meanwhile.
        let ends = |member: &Member| member.is_worker() && !waits(member);
        let sup = self.roster.sup(sup, |sup| sup.children.iter().any(ends))?;
        let workers: Vec<_> = sup.children.iter().filter(|member| ends(member)).collect();
        let (picks, reasons): (Vec<_>, Vec<_>) = exits.into_iter().unzip();
        let exits: Vec<_> = several(picks, workers)
            .into_iter()
            .zip(reasons)
            .map(|(worker, reason)| BurstExit { name: worker.name().into(), reason })
            .collect();
        Some(Action::Burst { sup: sup.name, exits })
    }

    fn manage(&mut self, call: Call, sup: Index, target: Target) -> Option<Vec<Action>> {
        let sup = self.roster.sup(sup, |_| true)?;
        if sup.is_dynamic {
            let (pick, name): (_, fn(String) -> ChildName) = match target {
                Target::Unknown => (None, ChildName::Usual),
                Target::Own(pick) => (Some(pick), ChildName::Usual),
                Target::Pid(pick) => (Some(pick), ChildName::Id),
            };
            if let Some(instance) = pick.and_then(|pick| chosen(pick, sup.children.iter().collect())) {
                let child = name(instance.name().into());
                return Some(vec![Action::Manage { call, sup: sup.name, child }]);
            }
            let worker = self.roster.name_late_worker(&sup.name, "i", Keys::default());
            let child = name(worker.id.clone());
            let start = Action::StartChild { sup: sup.name.clone(), child: NewChild::Instance(worker) };
            return Some(vec![start, Action::Manage { call, sup: sup.name, child }]);
        }
        let member = |pick| chosen(pick, sup.children.iter().collect());
        let child = match target {
            Target::Unknown => ChildName::Usual("nobody".into()),
            Target::Own(pick) => ChildName::Usual(member(pick)?.name().into()),
            Target::Pid(pick) => ChildName::Pid(member(pick)?.name().into()),
        };
        Some(vec![Action::Manage { call, sup: sup.name, child }])
    }

    /// A start of a worker blocks until others have asked.
    fn hold(&mut self, who: Index, asked: Vec<Asked>, token: StartToken) -> Option<Vec<Action>> {
        let is_forgotten =
            |worker: &Member| worker.child.keys().term("restart").is_some_and(|term| term.is("temporary"));
        let (sup, worker) = self.roster.worker_that(who, |worker| !is_forgotten(worker))?;
        let name = worker.name().to_owned();
        let set = |tokens: &[StartToken]| Action::Set { name: name.clone(), keys: start(tokens) };
        let mut actions = vec![
            set(&[StartToken::Gate, StartToken::Ok]),
            Action::Crash { name: name.clone(), reason: None },
        ];
        actions.extend(asked.into_iter().filter_map(|asked| ask(&sup, &name, asked)));
        actions.push(Action::Release { name: name.clone(), token });
        // Whether or not it came to the gate, none is left behind.
        actions.push(set(&[StartToken::Ok]));
        Some(actions)
    }

    /// A worker whose stop waits, or any.
    fn held(&self, who: Index) -> Option<(Sup, Member)> {
        self.roster.worker_that(who, waits).or_else(|| self.roster.worker(who))
    }

    /// A stop of a worker waits until others have asked.
    fn hold_stop(
        &mut self,
        who: Index,
        why: Stopping,
        asked: Vec<Asked>,
        token: StartToken,
    ) -> Option<Vec<Action>> {
        let (sup, worker) = self.held(who).filter(|(sup, _)| !sup.is_dynamic)?;
        let name = worker.name().to_owned();
        let first = match why {
            Stopping::Call => Some(Action::Async(Box::new(Action::Manage {
                call: Call::Terminate,
                sup: sup.name.clone(),
                child: ChildName::Usual(name.clone()),
            }))),
            Stopping::Sibling(who, reason) => ask(&sup, &name, Asked::Exit(who, reason)),
            Stopping::Above => ask(&sup, &name, Asked::StopIt),
        };
        let mut actions: Vec<_> = first.into_iter().collect();
        actions.extend(asked.into_iter().filter_map(|asked| ask(&sup, &name, asked)));
        actions.push(Action::Release { name, token });
        Some(actions)
    }

    fn each_call(&mut self, step: Move, changed: impl Fn(Action) -> Action) -> Vec<Action> {
        let actions = self.actions_of(step).unwrap_or_default();
        actions.into_iter().map(changed).collect()
    }

    fn upgrade(&mut self, sup: Index, flags: Keys, keep: Vec<Index>, new: Option<Keys>) -> Option<Action> {
        let sup = self.roster.sup(sup, |sup| !sup.is_dynamic)?;
        let mut children: Vec<Child> = several(keep, sup.children.iter().collect())
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
        let to = SupBlock { id: sup.name.clone(), keys: flags, children };
        Some(Action::Upgrade { sup: sup.name, to })
    }
}

/// What is done while `sup` is held in the start of `held`.
fn ask(sup: &Sup, held: &str, asked: Asked) -> Option<Action> {
    let name = sup.name.clone();
    let call = match asked {
        Asked::Which => Action::Which { sup: name },
        Asked::Count => Action::Count { sup: name },
        // By then the pid is that of the instance before; ours has the same number.
        Asked::Manage(Call::Terminate, _) if sup.is_dynamic => return None,
        Asked::Manage(call, pick) => {
            let child = ChildName::Usual(chosen(pick, sup.children.iter().collect())?.name().into());
            Action::Manage { call, sup: name, child }
        }
        Asked::AddAgain(pick) => add_again(name, chosen(pick, sup.children.iter().collect())?)?,
        Asked::Exit(pick, reason) => {
            let others = sup.children.iter().filter(|member| member.is_worker() && member.name() != held);
            return Some(Action::Exit { name: chosen(pick, others.collect())?.name().into(), reason });
        }
        Asked::StopIt => {
            Action::Manage { call: Call::Terminate, sup: sup.parent.clone()?, child: ChildName::Usual(name) }
        }
        Asked::StopRoot => Action::Stop { reason: None },
    };
    Some(Action::Async(Box::new(call)))
}

/// A worker that was there before, by its own keys, but for its script, which it keeps.
fn add_again(sup: String, member: &Member) -> Option<Action> {
    let Child::Worker(Worker { id, keys }) = &member.child else { return None };
    let kept = keys.0.iter().filter(|(key, _)| key != "start" && key != "onstop").cloned().collect();
    Some(Action::StartChild { sup, child: NewChild::Worker(Worker { id: id.clone(), keys: Keys(kept) }) })
}

fn waits(worker: &Member) -> bool {
    worker.child.keys().on_stop() == Some(&OnStop::Gate)
}

fn start(tokens: &[StartToken]) -> Keys {
    Keys::default().with_start(StartTokens(tokens.iter().map(|token| (token.clone(), 1)).collect()))
}

fn not_ignore(token: StartToken) -> StartToken {
    if token == StartToken::Ignore { StartToken::Error(None) } else { token }
}
