//! Random lives of supervisors, on paused time, against models that are a few lines long.

use std::collections::BTreeMap;

use mistersmith::exit::Exit;
use mistersmith::supervisor::{Restart, StartInstanceError, Started, TerminateChildError};
use mistersmith::testing::{OnStart, Scripted, Trace};
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop, prop_oneof, proptest};
use proptest::sample::Index;

use crate::dynamic::{Pool, of, sorted, template};
use crate::tree::{OneForAll, Tree, flags, once, spec};

/// Something that happens to a dynamic supervisor.
#[derive(Clone, Debug)]
enum Happens {
    Start(OnStart),
    Terminate(Index),
    End(Index),
    Crash(Index, Option<OnStart>),
    Kill(Index),
}

fn something() -> impl Strategy<Value = Happens> {
    let failing = || Just(once()[0].clone());
    prop_oneof![
        4 => prop_oneof![4 => Just(OnStart::Run), 1 => Just(OnStart::Ignore), 1 => failing()].prop_map(Happens::Start),
        1 => any::<Index>().prop_map(Happens::Terminate),
        1 => any::<Index>().prop_map(Happens::End),
        2 => (any::<Index>(), prop_oneof![Just(None), Just(Some(OnStart::Ignore)), failing().prop_map(Some)])
            .prop_map(|(which, next)| Happens::Crash(which, next)),
        1 => any::<Index>().prop_map(Happens::Kill),
    ]
}

const LIMIT: usize = 4;

/// Which instances there are: by number, in the order of their starts.
struct Model {
    restart: Restart,
    next: u64,
    there: BTreeMap<u64, Scripted>,
}

impl Model {
    fn nth(&self, which: Index) -> Option<(u64, Scripted)> {
        let numbers: Vec<_> = self.there.iter().map(|(number, child)| (*number, child.clone())).collect();
        (!numbers.is_empty()).then(|| which.get(&numbers).clone())
    }

    fn ended(&mut self, number: u64, abnormal: bool, next: Option<&OnStart>) {
        let restarts = match self.restart {
            Restart::Permanent => true,
            Restart::Transient => abnormal,
            Restart::Temporary => false,
        };
        if !restarts || next == Some(&OnStart::Ignore) {
            self.there.remove(&number);
        }
    }

    async fn start(&mut self, pool: &Pool, child: Scripted, on_start: &OnStart) {
        child.next_starts([on_start.clone()]);
        let started = pool.pool.start_child(child.clone()).await;
        if self.there.len() == LIMIT {
            assert_eq!(started, Err(StartInstanceError::MaxChildren { limit: LIMIT }));
            return;
        }
        let number = self.next;
        self.next += 1;
        match on_start {
            OnStart::Run => {
                assert_eq!(started.unwrap().unwrap().to_string(), format!("#{number}"));
                self.there.insert(number, child);
            }
            OnStart::Ignore => assert_eq!(started, Ok(None)),
            _ => assert!(matches!(started, Err(StartInstanceError::Failed(_))), "{started:?}"),
        }
    }
}

async fn live(restart: Restart, life: Vec<Happens>) {
    let trace = Trace::new();
    let pool = Pool::start(&trace, of(template(restart), 1_000_000).max_children(LIMIT)).await;
    let mut model = Model { restart, next: 0, there: BTreeMap::new() };
    let mut known = BTreeMap::new();
    for (step, happens) in life.into_iter().enumerate() {
        match happens {
            Happens::Start(on_start) => {
                model.start(&pool, Scripted::worker(step.to_string(), &trace), &on_start).await;
            }
            Happens::Terminate(which) => {
                if let Some((number, _)) = model.nth(which) {
                    pool.pool.terminate_child(known[&number]).await.unwrap();
                    let again = pool.pool.terminate_child(known[&number]).await;
                    assert_eq!(again, Err(TerminateChildError::NotFound));
                    model.there.remove(&number);
                }
            }
            Happens::End(which) => {
                if let Some((number, child)) = model.nth(which) {
                    child.end(Exit::Normal);
                    model.ended(number, false, None);
                }
            }
            Happens::Crash(which, next) => {
                if let Some((number, child)) = model.nth(which) {
                    child.next_starts(next.clone());
                    child.crash("boom");
                    model.ended(number, true, next.as_ref());
                }
            }
            Happens::Kill(which) => {
                if let Some((number, child)) = model.nth(which) {
                    child.kill();
                    model.ended(number, true, None);
                }
            }
        }
        let _ = pool.trace().await;
        let rows = pool.pool.which_children().await.unwrap();
        known.extend(
            rows.iter().filter_map(|row| row.instance).map(|instance| (number_of(instance), instance)),
        );
        let numbers: Vec<_> = rows.iter().filter_map(|row| row.instance).map(number_of).collect();
        let expected: Vec<_> = model.there.keys().rev().copied().collect();
        assert_eq!(numbers, expected, "after step {step}");
        assert_eq!(pool.counts().await, (expected.len(), expected.len()), "after step {step}");
    }
    let expected: Vec<_> = model.there.values().map(|child| format!("-{}", child.child().id())).collect();
    assert_eq!(pool.stop().await, sorted(&expected.join(" ")));
}

fn number_of(instance: mistersmith::supervisor::Instance) -> u64 {
    instance.to_string()[1..].parse().unwrap()
}

const IDS: [&str; 7] = ["a", "b", "c", "d", "e", "f", "g"];

fn some_ids() -> impl Strategy<Value = Vec<usize>> {
    prop::sample::subsequence((0..IDS.len()).collect::<Vec<_>>(), 1..=IDS.len()).prop_shuffle()
}

/// An upgrade from `old`, of which some are down, to `new`; then a crash that restarts everybody.
async fn upgrade(old: Vec<usize>, down: Vec<bool>, new: Vec<usize>, which: Index) {
    let trace = Trace::new();
    let children = IDS.map(|id| Scripted::worker(id, &trace));
    let specs = |list: &[usize]| list.iter().map(|&child| children[child].child()).collect::<Vec<_>>();
    let tree = Tree::start(&trace, flags(OneForAll, 1), &specs(&old)).await;
    let mut running: Vec<_> = old.clone();
    running.retain(|&child| !down[child]);
    for &child in old.iter().filter(|child| !running.contains(child)) {
        tree.root.terminate_child(IDS[child]).await.unwrap();
    }
    let _ = trace.take();
    tree.root.upgrade(spec("root", flags(OneForAll, 1), &specs(&new))).await.unwrap();
    assert_eq!(tree.trace().await, "", "nothing is started or stopped");

    let missing = old.iter().filter(|child| !new.contains(child));
    let order: Vec<usize> = new.iter().chain(missing).copied().collect();
    let row = |&child: &usize| match running.contains(&child) {
        true => IDS[child].to_owned(),
        false => format!("{}=down", IDS[child]),
    };
    assert_eq!(tree.list().await, order.iter().map(row).collect::<Vec<_>>().join(" "));
    if running.is_empty() {
        let started = tree.root.restart_child(IDS[order[0]]).await;
        assert_eq!(started.unwrap(), Started::Running);
        running.push(order[0]);
        let _ = trace.take();
    }
    let victim = *which.get(&running);
    children[victim].crash("boom");
    let stops = order.iter().rev().filter(|child| running.contains(child) && **child != victim);
    let mut words = vec![format!("{}!boom", IDS[victim])];
    words.extend(stops.map(|&child| format!("-{}", IDS[child])));
    words.extend(order.iter().map(|&child| format!("+{}", IDS[child])));
    assert_eq!(tree.trace().await, words.join(" "));
    let stops: Vec<_> = order.iter().rev().map(|&child| format!("-{}", IDS[child])).collect();
    assert_eq!(tree.stop().await, stops.join(" "));
}

pub(crate) fn paused(life: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.unwrap().block_on(life);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_dynamic_supervisor_has_exactly_the_instances_that_its_model_has(
        restart in prop_oneof![Just(Restart::Permanent), Just(Restart::Transient), Just(Restart::Temporary)],
        life in prop::collection::vec(something(), 0..40),
    ) {
        paused(live(restart, life));
    }

    #[test]
    fn an_upgrade_puts_the_new_ids_first_then_the_missing_ones_and_groups_follow_that_order(
        old in some_ids(), down in prop::collection::vec(any::<bool>(), IDS.len()), new in some_ids(), which in any::<Index>(),
    ) {
        paused(upgrade(old, down, new, which));
    }
}
