//! A scenario from a random tree and random moves: each move becomes steps that are done to somebody by name.

use proptest::sample::Index;

use super::held::FirstGate;
use super::roster::{Member, Roster, Sup, chosen, several};
use super::step::{Move, Target};
use super::tree::{Node, SupNode};
use crate::scenario::{
    Action, BurstExit, Call, Child, ChildName, ClockKind, Keys, NewChild, OnStop, Options, Scenario,
    StartToken, StartTokens, Step, Term, Worker,
};

/// The scenario. A move that fits nobody is left out; the one that ends the root is the last.
pub(super) fn scenario(root: SupNode, gates: &[FirstGate], moves: &[Move]) -> Scenario {
    let mut roster = Roster::default();
    let root = roster.name(root);
    let mut story = Story { roster, actions: Vec::new() };
    story.open_first_gates(&root, gates);
    for step in moves {
        story.tell(step.clone());
        if is_last(step) {
            break;
        }
    }
    let options = Options { clock: ClockKind::Virtual, reports: true, ..Options::default() };
    Scenario { options, root, steps: story.actions.into_iter().map(Step::from).collect() }
}

fn is_last(step: &Move) -> bool {
    match step {
        Move::Stop(_) | Move::KillParent => true,
        Move::Timed(step) | Move::Async(step) => is_last(step),
        _ => false,
    }
}

pub(super) struct Story {
    pub(super) roster: Roster,
    pub(super) actions: Vec<Action>,
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
            Move::FailInBurst(sup, first, times, exits) => {
                return self.fail_in_burst(sup, first, times, exits);
            }
            Move::Manage(call, sup, target) => return self.manage(call, sup, target),
            Move::Add(sup, keys) => {
                let sup = self.roster.sup(sup, |sup| !sup.is_dynamic())?.name;
                let worker = self.roster.name_late_worker(&sup, "n", keys);
                Action::StartChild { sup, child: NewChild::Worker(worker) }
            }
            Move::AddAgain(who) => {
                let (sup, worker) = self.roster.worker(who).filter(|(sup, _)| !sup.is_dynamic())?;
                add_again(sup.name, &worker)?
            }
            Move::AddSup(sup, flags, keys, is_twice) => {
                let sup = self.roster.sup(sup, |sup| !sup.is_dynamic())?.name;
                let node = SupNode { keys: flags, children: vec![Node::Worker(keys)] };
                let mut block = self.roster.name_late_sup(&sup, node);
                if is_twice {
                    block.children.push(block.children[0].clone());
                }
                Action::StartChild { sup, child: NewChild::Sup(block) }
            }
            Move::AddInstance(sup, token, stop, again) => {
                let sup = self.roster.sup(sup, |sup| sup.is_dynamic())?;
                let keys =
                    token.map(not_ignore).map_or_else(Keys::default, |token| start(&[token, StartToken::Ok]));
                // One that does not end by itself only where it is not waited for.
                let is_limited = |limit: &Term| {
                    sup.limit().is_some_and(|own| matches!(own, Term::Integer(_)) && own <= limit)
                };
                let stop = stop.filter(|(limit, mode)| *mode != OnStop::Ignore || is_limited(limit));
                let keys = stop.map_or_else(|| keys.clone(), |(_, mode)| keys.clone().with_on_stop(mode));
                let named = again.and_then(|pick| chosen(pick, sup.children.iter().collect()));
                let worker = match named.map(|member| member.name().to_owned()) {
                    Some(id) => Worker { id, keys },
                    None => self.roster.name_late_worker(&sup.name, "i", keys),
                };
                Action::StartChild { sup: sup.name, child: NewChild::Instance(worker) }
            }
            Move::Which(sup) => Action::Which { sup: self.roster.sup(sup, |_| true)?.name },
            Move::Count(sup) => Action::Count { sup: self.roster.sup(sup, |_| true)?.name },
            Move::Check(specs, auto_shutdown) => Action::Check { specs: Term::List(specs), auto_shutdown },
            Move::AddTerm(sup, term) => {
                let sup = self.roster.sup(sup, |sup| !sup.is_dynamic())?.name;
                Action::StartChild { sup, child: NewChild::Term(term) }
            }
            Move::Wait(millis) => Action::Wait(millis),
            Move::Align(millis) => Action::Align(millis),
            Move::Set(who, token) => {
                let (sup, worker) = self.roster.worker(who)?;
                let token = if sup.is_dynamic() { not_ignore(token) } else { token };
                Action::Set { name: worker.name().into(), keys: start(&[token, StartToken::Ok]) }
            }
            Move::Hold(who, asked, token) => return self.hold(who, asked, token),
            Move::HoldTwo(who, asked, tokens, is_turned) => {
                return self.hold_two(who, asked, tokens, is_turned);
            }
            Move::StopInstances(sup, mode, asked, released) => {
                return self.stop_instances(sup, &mode, asked, released);
            }
            Move::HoldInstance(sup, asked, token) => return self.hold_instance(sup, asked, token),
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
            Move::Upgrade(sup, renewal, then) => return self.renew(sup, renewal, then),
            Move::Stop(reason) => Action::Stop { reason },
            Move::KillParent => Action::KillParent,
        };
        Some(vec![action])
    }

    pub(super) fn burst(&self, sup: Index, exits: Vec<(Index, Option<Term>)>) -> Option<Action> {
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

    /// A significant worker fails to start again, and the next attempt waits behind the ends of the others that are
    /// significant.
    fn fail_in_burst(
        &mut self,
        sup: Index,
        first: Index,
        times: u32,
        exits: Vec<(Index, Option<Term>)>,
    ) -> Option<Vec<Action>> {
        // One that waits to be released does not end by itself meanwhile.
        let is_one = |member: &&Member| member.is_worker() && member.is_significant() && !waits(member);
        let fits = |sup: &Sup| sup.needs_all && sup.children.iter().filter(is_one).count() > 1;
        let sup = self.roster.sup(sup, fits)?;
        let (mut first_ones, mut others): (Vec<_>, Vec<_>) =
            sup.children.iter().filter(is_one).partition(|member| member.has("transient"));
        let first = first_ones.remove(first.index(first_ones.len().checked_sub(1)? + 1));
        others.extend(first_ones);
        let first = BurstExit { name: first.name().into(), reason: None };
        let name = first.name.clone();
        let mut reasons = exits.into_iter().map(|(_, reason)| reason);
        let ends = |other: &Member| {
            let reason = reasons.next().unwrap_or_else(|| Some(Term::atom("normal")));
            BurstExit { name: other.name().into(), reason }
        };
        let exits = std::iter::once(first).chain(others.into_iter().map(ends)).collect();
        let tokens = vec![(StartToken::Error(None), times), (StartToken::Ok, 1)];
        let keys = Keys::default().with_start(StartTokens(tokens));
        Some(vec![Action::Set { name, keys }, Action::Burst { sup: sup.name, exits }])
    }

    fn manage(&mut self, call: Call, sup: Index, target: Target) -> Option<Vec<Action>> {
        let sup = self.roster.sup(sup, |_| true)?;
        if sup.is_dynamic() {
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

    fn each_call(&mut self, step: Move, changed: impl Fn(Action) -> Action) -> Vec<Action> {
        let actions = self.actions_of(step).unwrap_or_default();
        actions.into_iter().map(changed).collect()
    }
}

/// A worker that was there before, by its own keys, but for its script, which it keeps.
pub(super) fn add_again(sup: String, member: &Member) -> Option<Action> {
    let Child::Worker(Worker { id, keys }) = &member.child else { return None };
    let kept = keys.0.iter().filter(|(key, _)| key != "start" && key != "onstop").cloned().collect();
    Some(Action::StartChild { sup, child: NewChild::Worker(Worker { id: id.clone(), keys: Keys(kept) }) })
}

pub(super) fn waits(worker: &Member) -> bool {
    worker.child.keys().on_stop() == Some(&OnStop::Gate)
}

pub(super) fn start(tokens: &[StartToken]) -> Keys {
    Keys::default().with_start(StartTokens(tokens.iter().map(|token| (token.clone(), 1)).collect()))
}

pub(super) fn not_ignore(token: StartToken) -> StartToken {
    if token == StartToken::Ignore { StartToken::Error(None) } else { token }
}
