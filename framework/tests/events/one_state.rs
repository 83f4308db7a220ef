//! Agents with replicas: whatever happened on which of them, and whoever met whom, they come to one state.

use std::collections::BTreeSet;

use mistersmith::events::*;
use proptest::prelude::*;

use super::trail::*;

/// Something that happens to three replicas.
#[derive(Clone, Copy, Debug)]
enum Step {
    Write(usize),
    Meet(usize, usize),
    /// The agent is asked, and notices what has come.
    Look(usize),
    /// The agent is killed, and makes its state again from its log.
    Kill(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0_usize..3).prop_map(Step::Write),
        3 => (0_usize..3, 1_usize..3).prop_map(|(one, by)| Step::Meet(one, (one + by) % 3)),
        1 => (0_usize..3).prop_map(Step::Look),
        1 => (0_usize..3).prop_map(Step::Kill),
    ];
    proptest::collection::vec(step, 0..24)
}

/// One change, and all that were known when it was decided, itself included.
#[derive(Clone, Debug)]
struct Made {
    number: u64,
    place: usize,
    known: BTreeSet<u64>,
}

/// What a replica that has these changes is to show, told without clocks: from who knew of what.
fn expected(made: &[Made], has: &BTreeSet<u64>, resolution: Resolution<Trail>) -> Vec<Vec<u64>> {
    let names = ["rome", "oslo", "bonn"];
    let mut there: Vec<_> = made.iter().filter(|change| has.contains(&change.number)).collect();
    there.sort_by_key(|change| (change.known.len(), names[change.place]));
    match resolution {
        Resolution::LastWriter => vec![there.iter().map(|change| change.number).collect()],
        Resolution::Merge(_) => vec![has.iter().copied().collect()],
        Resolution::Siblings(_) => {
            let is_known =
                |number| there.iter().any(|other| other.number != number && other.known.contains(&number));
            let tips = there.iter().filter(|change| !is_known(change.number));
            let siblings: Vec<Vec<u64>> = tips.map(|change| change.known.iter().copied().collect()).collect();
            if siblings.is_empty() { vec![Vec::new()] } else { siblings }
        }
    }
}

async fn play(steps: &[Step], resolution: Resolution<Trail>) -> Result<(), TestCaseError> {
    let places = [
        Place::open("rome", resolution).await,
        Place::open("oslo", resolution).await,
        Place::open("bonn", resolution).await,
    ];
    let (mut made, mut has) = (Vec::new(), vec![BTreeSet::new(); 3]);
    for step in steps {
        match *step {
            Step::Write(place) => {
                let number = made.len() as u64;
                has[place].insert(number);
                made.push(Made { number, place, known: has[place].clone() });
                let written = places[place].write(number).await;
                prop_assert_eq!(vec![written], expected(&made, &has[place], resolution));
            }
            Step::Meet(one, other) => {
                places[one].meet(&places[other]).await;
                let both: BTreeSet<u64> = &has[one] | &has[other];
                (has[one], has[other]) = (both.clone(), both);
            }
            Step::Look(place) => {
                prop_assert_eq!(places[place].look().await, expected(&made, &has[place], resolution));
            }
            Step::Kill(place) => places[place].kill().await,
        }
    }
    for (place, has) in places.iter().zip(&has) {
        prop_assert_eq!(place.look().await, expected(&made, has, resolution));
        prop_assert_eq!(place.recovered().await.0, expected(&made, has, resolution));
        prop_assert!(place.anti_entropy.tally().await.known == 0, "nothing travels twice");
    }
    Ok(())
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

proptest! {
    // Each starts three systems.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn replicas_show_what_they_have_by_the_last_writer(steps in steps()) {
        runtime().block_on(play(&steps, LAST_WRITER))?;
    }

    #[test]
    fn replicas_show_what_they_have_merged(steps in steps()) {
        runtime().block_on(play(&steps, MERGE))?;
    }

    #[test]
    fn replicas_show_what_they_have_as_siblings(steps in steps()) {
        runtime().block_on(play(&steps, SIBLINGS))?;
    }
}
