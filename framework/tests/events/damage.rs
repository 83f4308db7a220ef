//! Flipped bits and torn writes, at random places of every file of a log: always noticed, never a panic, never silent.

use std::fs;

use mistersmith::clock::Clock;

use super::place::{Place, everything, quick, write_some_of_everything};

/// How often each file is damaged, in each way; `DAMAGE_ROUNDS` says otherwise.
fn rounds() -> usize {
    std::env::var("DAMAGE_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(25)
}

/// A log that was closed, and one as it lies there when its process dies.
async fn logs() -> [(Place, Vec<String>); 2] {
    let place = Place::new();
    let log = place.open();
    write_some_of_everything(&log).await;
    let all = everything(&log).await.unwrap();
    let dead = place.copy();
    assert!(fs::metadata(dead.file("-wal")).unwrap().len() > 0, "nothing of it is in the file itself yet");
    drop(log);
    [(place, all.clone()), (dead, all)]
}

/// Damages copies of both logs, file by file, and looks what they say.
async fn damaged(seed: u64, damage: impl Fn(&Clock, &mut Vec<u8>)) {
    let clock = Clock::seeded(seed);
    let mut noticed = 0;
    for (place, all) in logs().await {
        for suffix in ["", "-wal", "-mark", "-redo-0"] {
            if !place.file(suffix).exists() {
                continue;
            }
            for _ in 0..rounds() {
                let copy = place.copy();
                let mut bytes = fs::read(copy.file(suffix)).unwrap();
                damage(&clock, &mut bytes);
                fs::write(copy.file(suffix), &bytes).unwrap();
                noticed += usize::from(is_noticed(&copy, &all, suffix).await);
            }
        }
    }
    assert!(noticed > rounds(), "only {noticed} damages were noticed: the others hit nothing that matters");
}

/// Whether the log says that something is wrong.
///
/// # Panics
/// When it does not, and yet is another one than it was; and when what it shows before the damage was never written.
async fn is_noticed(place: &Place, all: &[String], file: &str) -> bool {
    let Ok(log) = place.try_open(quick()) else { return true };
    let found = everything(&log).await;
    let wrong = log.0.verify().await.map_or(true, |damages| !damages.is_empty());
    match found {
        Err(_) => {
            assert!(wrong, "log{file}: what cannot be read is not found by looking for it");
            true
        }
        Ok(found) => {
            assert!(wrong || found == all, "log{file} is another one than it was, and does not say so");
            wrong
        }
    }
}

#[tokio::test]
async fn a_flipped_bit_is_noticed_wherever_it_matters() {
    damaged(1, |clock, bytes| {
        let at = clock.pick(bytes.len());
        bytes[at] ^= 1 << clock.pick(8);
    })
    .await;
}

#[tokio::test]
async fn a_file_that_ends_too_early_is_noticed_wherever_it_matters() {
    damaged(2, |clock, bytes| bytes.truncate(clock.pick(bytes.len()))).await;
}

#[tokio::test]
async fn a_sector_that_was_not_written_is_noticed_wherever_it_matters() {
    damaged(3, |clock, bytes| {
        let sector = 512.min(bytes.len());
        let from = clock.pick(bytes.len().div_ceil(sector)) * sector;
        let until = (from + sector).min(bytes.len());
        let filling = if clock.pick(2) == 0 { 0 } else { 0xa5 };
        bytes[from..until].fill(filling);
    })
    .await;
}
