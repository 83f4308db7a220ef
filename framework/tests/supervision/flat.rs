//! Random lives of a supervisor of specified children, on paused time, against a model that shares no code with it:
//! written from Erlang's rules, it says each word of the trace and each answer before they come.

use mistersmith::exit::Exit;
use mistersmith::supervisor::{
    DeleteChildError, Flags, Restart, RestartChildError, Started, Strategy as Rule, TerminateChildError,
};
use mistersmith::testing::{Scripted, Trace};
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop, prop_oneof, proptest};
use proptest::sample::Index;

use crate::tree::{OneForAll, OneForOne, RestForOne, Tree, once};

const IDS: [&str; 5] = ["a", "b", "c", "d", "e"];
const RESTARTS: usize = 3;
const PERIOD: u64 = 5;

/// Something that happens to one of the children, or time that passes.
#[derive(Clone, Debug)]
enum Happens {
    /// It ends by itself; one of its siblings, or it, does not start the next time.
    Crash(Index, Option<Index>),
    End(Index),
    Terminate(Index),
    Restart(Index),
    Delete(Index),
    Pass(u16),
}

fn something() -> impl Strategy<Value = Happens> {
    let which = any::<Index>;
    prop_oneof![
        4 => (which(), prop::option::of(which())).prop_map(|(which, failing)| Happens::Crash(which, failing)),
        1 => which().prop_map(Happens::End),
        1 => which().prop_map(Happens::Terminate),
        2 => which().prop_map(Happens::Restart),
        1 => which().prop_map(Happens::Delete),
        2 => (0..4_000_u16).prop_map(Happens::Pass),
    ]
}

/// A child, as the model knows it.
#[derive(Clone)]
struct Child {
    id: &'static str,
    restart: Restart,
    up: bool,
}

/// What the supervisor is, and what it is about to say.
struct Model {
    rule: Rule,
    children: Vec<Child>,
    /// The seconds in which there were restarts.
    spent: Vec<u64>,
    words: Vec<String>,
    over: bool,
}

impl Model {
    fn place(&self, id: &str) -> Option<usize> {
        self.children.iter().position(|child| child.id == id)
    }

    fn say(&mut self, word: String) {
        self.words.push(word);
    }

    /// A child has ended by itself.
    fn ended(&mut self, id: &'static str, abnormal: bool, now: u64, failing: Option<&'static str>) {
        let place = self.place(id).unwrap();
        self.children[place].up = false;
        match self.children[place].restart {
            Restart::Temporary => _ = self.children.remove(place),
            Restart::Transient if !abnormal => {}
            _ => self.restart(id, now, failing),
        }
    }

    /// Restarts for this child until a restart succeeds, or one is too many.
    fn restart(&mut self, id: &'static str, now: u64, mut failing: Option<&'static str>) {
        let mut ended = id;
        loop {
            self.spent.push(now);
            if self.spent.iter().filter(|second| now - **second <= PERIOD).count() > RESTARTS {
                self.stop_from(0);
                self.over = true;
                return;
            }
            let place = self.place(ended).unwrap();
            let from = if self.rule == OneForAll { 0 } else { place };
            if self.rule != OneForOne {
                self.stop_from(from);
                let mut place = 0;
                self.children.retain(|child| {
                    place += 1;
                    place <= from || child.restart != Restart::Temporary
                });
            }
            let until = if self.rule == OneForOne { from + 1 } else { self.children.len() };
            let group: Vec<_> = self.children[from..until].iter().map(|child| child.id).collect();
            match group.iter().find(|&&id| !self.started(id, &mut failing)) {
                Some(failed) => ended = failed,
                None => return,
            }
        }
    }

    fn started(&mut self, id: &'static str, failing: &mut Option<&'static str>) -> bool {
        if *failing == Some(id) {
            *failing = None;
            self.say(format!("×{id}"));
            return false;
        }
        let place = self.place(id).unwrap();
        self.children[place].up = true;
        self.say(format!("+{id}"));
        true
    }

    /// Stops all from this one on that run, the last first.
    fn stop_from(&mut self, from: usize) {
        for place in (from..self.children.len()).rev() {
            if std::mem::take(&mut self.children[place].up) {
                self.say(format!("-{}", self.children[place].id));
            }
        }
    }

    fn list(&self) -> String {
        let words = self.children.iter().map(|Child { id, up, .. }| match up {
            true => (*id).to_owned(),
            false => format!("{id}=down"),
        });
        words.collect::<Vec<_>>().join(" ")
    }

    /// Who would be started by a restart for this child, and so may fail to.
    fn group(&self, id: &str) -> Vec<&'static str> {
        let place = self.place(id).unwrap();
        let stays = |child: &&Child| self.rule == OneForOne || child.restart != Restart::Temporary;
        let group = match self.rule {
            OneForOne => &self.children[place..=place],
            OneForAll => &self.children[..],
            _ => &self.children[place..],
        };
        group.iter().filter(stays).map(|child| child.id).collect()
    }
}

/// One life: the tree, its model, and the children by which things happen.
struct Life {
    tree: Tree,
    model: Model,
    children: [Scripted; 5],
}

impl Life {
    fn child(&self, id: &str) -> &Scripted {
        &self.children[IDS.iter().position(|known| *known == id).unwrap()]
    }

    async fn happens(&mut self, happens: &Happens) {
        let now = self.tree.clock.now().as_secs();
        let ids = |up: bool, model: &Model| -> Vec<&'static str> {
            model.children.iter().filter(|child| child.up == up).map(|child| child.id).collect()
        };
        let some = |which: &Index, ids: Vec<&'static str>| (!ids.is_empty()).then(|| *which.get(&ids));
        let all = |model: &Model| model.children.iter().map(|child| child.id).collect::<Vec<_>>();
        match happens {
            Happens::Crash(which, failing) => {
                let Some(id) = some(which, ids(true, &self.model)) else { return };
                let kind = self.model.children[self.model.place(id).unwrap()].restart;
                let failing = failing.filter(|_| kind != Restart::Temporary);
                let failing = failing.map(|failing| *failing.get(&self.model.group(id)));
                if let Some(failing) = failing {
                    self.child(failing).next_starts(once());
                }
                self.child(id).crash("boom");
                self.model.say(format!("{id}!boom"));
                self.model.ended(id, true, now, failing);
            }
            Happens::End(which) => {
                let Some(id) = some(which, ids(true, &self.model)) else { return };
                self.child(id).end(Exit::Normal);
                self.model.say(format!("{id}!normal"));
                self.model.ended(id, false, now, None);
            }
            Happens::Terminate(which) => self.terminate(some(which, all(&self.model))).await,
            Happens::Restart(which) => {
                let Some(id) = some(which, all(&self.model)) else { return };
                let answer = self.tree.root.restart_child(id).await;
                let place = self.model.place(id).unwrap();
                if self.model.children[place].up {
                    assert!(matches!(answer, Err(RestartChildError::Running)), "{answer:?}");
                } else {
                    assert_eq!(answer.unwrap(), Started::Running);
                    self.model.started(id, &mut None);
                }
            }
            Happens::Delete(which) => {
                let Some(id) = some(which, all(&self.model)) else { return };
                let answer = self.tree.root.delete_child(id).await;
                let place = self.model.place(id).unwrap();
                if self.model.children[place].up {
                    assert_eq!(answer, Err(DeleteChildError::Running));
                } else {
                    answer.unwrap();
                    self.model.children.remove(place);
                }
            }
            Happens::Pass(millis) => self.tree.pass((*millis).into()).await,
        }
    }

    async fn terminate(&mut self, id: Option<&'static str>) {
        let Some(id) = id else { return };
        self.tree.root.terminate_child(id).await.unwrap();
        let place = self.model.place(id).unwrap();
        if std::mem::take(&mut self.model.children[place].up) {
            self.model.say(format!("-{id}"));
        }
        if self.model.children[place].restart == Restart::Temporary {
            self.model.children.remove(place);
            let again = self.tree.root.terminate_child(id).await;
            assert_eq!(again, Err(TerminateChildError::NotFound));
        }
    }
}

async fn live(rule: Rule, kinds: Vec<Restart>, happenings: Vec<Happens>) {
    let trace = Trace::new();
    let children = IDS.map(|id| Scripted::worker(id, &trace));
    let kinds: Vec<_> = IDS.into_iter().zip(kinds).collect();
    let specs: Vec<_> =
        children.iter().zip(&kinds).map(|(child, (_, restart))| child.child().restart(*restart)).collect();
    let flags = Flags::new(rule, RESTARTS as u32, PERIOD as u32);
    let tree = Tree::start(&trace, flags, &specs).await;
    let known = kinds.iter().map(|&(id, restart)| Child { id, restart, up: true }).collect();
    let model = Model { rule, children: known, spent: Vec::new(), words: Vec::new(), over: false };
    let mut life = Life { tree, model, children };
    for (step, happens) in happenings.iter().enumerate() {
        life.happens(happens).await;
        let words = std::mem::take(&mut life.model.words).join(" ");
        if life.model.over {
            assert_eq!(life.tree.trace_to_the_end().await, format!("{words} SUP(shutdown)"), "step {step}");
            return;
        }
        assert_eq!(life.tree.trace().await, words, "after step {step}");
        assert_eq!(life.tree.list().await, life.model.list(), "after step {step}");
    }
    life.model.stop_from(0);
    assert_eq!(life.tree.stop().await, life.model.words.join(" "));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn a_supervisor_does_word_for_word_what_a_model_of_erlangs_rules_says(
        rule in prop_oneof![Just(OneForOne), Just(OneForAll), Just(RestForOne)],
        kinds in prop::collection::vec(
            prop_oneof![3 => Just(Restart::Permanent), 1 => Just(Restart::Transient), 1 => Just(Restart::Temporary)],
            1..=IDS.len(),
        ),
        happenings in prop::collection::vec(something(), 0..30),
    ) {
        crate::random::paused(live(rule, kinds, happenings));
    }
}
