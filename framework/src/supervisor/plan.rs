//! Which siblings stop, in which order, and which start again: a function of the strategy and the list.

use serde::{Deserialize, Serialize};

use super::Strategy;

/// What a plan has to know of a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member<K> {
    /// The child.
    pub key: K,
    /// Whether it has a process.
    pub running: bool,
    /// Whether its restart type is temporary.
    pub temporary: bool,
}

/// A restart, as three lists that are carried out in this order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan<K> {
    /// Stopped one after the other: the reverse of the start order.
    pub stop: Vec<K>,
    /// Temporary siblings whose specification is forgotten, running or not.
    pub forget: Vec<K>,
    /// Started one after the other in start order, *also those that were down before*.
    pub start: Vec<K>,
}

/// The restart of `ended`, given all children in start order.
///
/// `ended` is temporary only if it has become so while a further attempt was on its way. By one_for_one that attempt is
/// still made; where a group restarts, it is a temporary member as any other. So it is in Erlang.
pub fn plan<K: Copy + PartialEq>(
    strategy: Strategy,
    ended: K,
    children: impl IntoIterator<Item = Member<K>>,
) -> Plan<K> {
    let mut plan = Plan { stop: Vec::new(), forget: Vec::new(), start: Vec::new() };
    let mut reached = false;
    for child in children {
        reached |= child.key == ended;
        let in_group = match strategy {
            Strategy::OneForOne => child.key == ended,
            Strategy::OneForAll => true,
            Strategy::RestForOne => reached,
        };
        if !in_group {
            continue;
        }
        if child.running {
            plan.stop.push(child.key);
        }
        if child.temporary && strategy != Strategy::OneForOne {
            plan.forget.push(child.key);
        } else {
            plan.start.push(child.key);
        }
    }
    plan.stop.reverse();
    plan
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop, prop_assert, prop_assert_eq, proptest};

    use super::*;

    fn child(key: char, running: bool, temporary: bool) -> Member<char> {
        Member { key, running, temporary }
    }

    fn family() -> Vec<Member<char>> {
        vec![
            child('a', true, false),
            child('b', false, false), // ended normally before, or was terminated, or said that it is not needed
            child('t', true, true),
            child('d', false, false), // the one that just crashed
            child('e', true, false),
        ]
    }

    #[test]
    fn one_for_one_touches_nobody_else() {
        let restart = plan(Strategy::OneForOne, 'd', family());
        assert_eq!(restart, Plan { stop: vec![], forget: vec![], start: vec!['d'] });
    }

    #[test]
    fn who_has_become_temporary_meanwhile_is_started_by_one_for_one_and_forgotten_with_its_group() {
        let restart = |strategy| plan(strategy, 't', family());
        assert_eq!(restart(Strategy::OneForOne), Plan { stop: vec!['t'], forget: vec![], start: vec!['t'] });
        let expected = Plan { stop: vec!['e', 't'], forget: vec!['t'], start: vec!['d', 'e'] };
        assert_eq!(restart(Strategy::RestForOne), expected);
    }

    #[test]
    fn one_for_all_stops_in_reverse_forgets_the_temporary_and_revives_what_was_down() {
        let restart = plan(Strategy::OneForAll, 'd', family());
        let expected = Plan { stop: vec!['e', 't', 'a'], forget: vec!['t'], start: vec!['a', 'b', 'd', 'e'] };
        assert_eq!(restart, expected);
    }

    #[test]
    fn rest_for_one_leaves_those_before_as_they_are() {
        let restart = plan(Strategy::RestForOne, 'd', family());
        assert_eq!(restart, Plan { stop: vec!['e'], forget: vec![], start: vec!['d', 'e'] });
    }

    proptest! {
        #[test]
        fn every_member_of_the_group_is_started_or_forgotten_and_stops_mirror_starts(
            flags in prop::collection::vec((any::<bool>(), any::<bool>()), 1..12), at in any::<prop::sample::Index>()
        ) {
            let children: Vec<_> =
                flags.iter().enumerate().map(|(key, &(running, temporary))| Member { key, running, temporary }).collect();
            let ended = at.index(children.len());
            for strategy in [Strategy::OneForOne, Strategy::OneForAll, Strategy::RestForOne] {
                let restart = plan(strategy, ended, children.iter().copied());
                prop_assert!(strategy != Strategy::OneForOne || restart.forget.is_empty());
                let mut group: Vec<_> = restart.start.iter().chain(&restart.forget).copied().collect();
                group.sort_unstable();
                let expected: Vec<usize> = match strategy {
                    Strategy::OneForOne => vec![ended],
                    Strategy::OneForAll => (0..children.len()).collect(),
                    Strategy::RestForOne => (ended..children.len()).collect(),
                };
                prop_assert_eq!(&group, &expected);
                prop_assert!(restart.start.is_sorted());
                prop_assert!(restart.stop.iter().rev().is_sorted());
                let running: Vec<_> = expected.iter().rev().filter(|&&key| children[key].running).copied().collect();
                prop_assert_eq!(restart.stop, running);
            }
        }
    }
}
