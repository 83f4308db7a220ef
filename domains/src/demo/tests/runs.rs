//! Whole runs: whatever the file, whoever dies, the numbers add up.

use std::collections::{BTreeMap, BTreeSet};
use std::future::pending;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use mistersmith::clock::Clock;
use mistersmith::system::System;

use super::super::conductor::{Conducting, Finish};
use super::super::crash::run;
use super::super::deaths::Deaths;
use super::super::folder::Folder;
use super::super::lines::LONGEST_LINE;
use super::super::pipeline::{self, domain};
use super::super::reader::Assignment;
use super::super::script::Kill;
use super::super::{CrashOptions, CrashSummary, Recount};
use super::generator::{SPOILS, orders};

fn options(folder: &Path, seed: u64, input: &[u8]) -> CrashOptions {
    let file = folder.join("input.csv");
    std::fs::write(&file, input).unwrap();
    CrashOptions {
        seed: Some(seed),
        input: Some(file),
        output: Some(folder.join("output")),
        rate: Some(0),
        json: true,
    }
}

async fn run_over(seed: u64, input: &[u8]) -> CrashSummary {
    let folder = tempfile::tempdir().unwrap();
    run(&options(folder.path(), seed, input), &mut Vec::new(), pending()).await.unwrap()
}

fn panics(deaths: &Deaths) -> u64 {
    deaths.by_agent.values().filter_map(|kinds| kinds.get("panic")).sum()
}

#[track_caller]
fn assert_accounted_for(summary: &CrashSummary, results: u64, rejects: &BTreeMap<String, u64>) {
    assert!(summary.adds_up(), "{summary}");
    assert_eq!((summary.recount.results, &summary.recount.rejects_by_kind), (results, rejects), "{summary}");
    let poison = rejects.get("panic").copied().unwrap_or_default();
    assert_eq!(
        panics(&summary.deaths),
        2 * poison,
        "an order that panics is tried twice, no more: {summary}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_the_seed_every_line_is_a_result_or_a_reject_of_its_kind() {
    for seed in 0..12 {
        let dice = Clock::seeded(seed);
        let orders = orders(seed, 1 + dice.pick(400), dice.pick(60));
        let summary = run_over(seed, &orders.bytes).await;
        assert_accounted_for(&summary, orders.results, &orders.rejects);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_of_bad_lines_of_every_kind_comes_to_rejects_only() {
    let orders = orders(3, 30 * SPOILS, 100);
    let summary = run_over(3, &orders.bytes).await;
    assert_accounted_for(&summary, orders.results, &orders.rejects);
    assert_eq!(orders.rejects.len(), 10, "every kind is there: {:?}", orders.rejects);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_reject_has_its_line_number_and_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let good = "A-1,2026-03-14T09:26:53Z,Miller,TEA-12,24,3.50,EUR";
    let input = format!("{good}\n\n{}\n{}", good.replace("-12", "-0"), good.replace("24", "x"));
    let options = options(folder.path(), 1, input.as_bytes());
    let summary = run(&options, &mut Vec::new(), pending()).await.unwrap();
    assert!(summary.adds_up(), "{summary}");

    let rejects = std::fs::read_to_string(folder.path().join("output/rejects.csv")).unwrap();
    let mut rows: Vec<_> = rejects.lines().skip(1).collect();
    rows.sort_unstable();
    assert_eq!(rows[0], "2,missing_field,expected 7 fields, got 1");
    assert!(rows[1].starts_with("3,panic,pricer"), "{}", rows[1]);
    assert!(rows[1].ends_with("attempt to divide by zero"), "{}", rows[1]);
    assert_eq!(rows[2], "4,bad_number,quantity: expected a whole number, got x");
    let results = std::fs::read_to_string(folder.path().join("output/results.csv")).unwrap();
    assert_eq!(results.lines().nth(1), Some("1,A-1,MIL,TEA-12,24,2,81.48,EUR"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_lines_and_of_the_file_make_no_difference() {
    let plain = orders(4, 40, 0);
    let text = String::from_utf8(plain.bytes).unwrap();
    for variant in [
        text.replace('\n', "\r\n"),
        text.trim_end().to_owned(),
        text.lines().skip(1).collect::<Vec<_>>().join("\n"),
    ] {
        assert_accounted_for(&run_over(4, variant.as_bytes()).await, 40, &BTreeMap::new());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_file_is_done_at_once() {
    let summary = run_over(1, b"").await;
    assert_accounted_for(&summary, 0, &BTreeMap::new());
    assert_eq!(summary.deaths.total, 0);
}

/// Runs a script of our own.
async fn perform(orders: &[u8], kills: Vec<Kill>) -> (Recount, Deaths) {
    let place = tempfile::tempdir().unwrap();
    let input = place.path().join("input.csv");
    std::fs::write(&input, orders).unwrap();
    let folder = Arc::new(Folder::prepare(place.path().join("output"), Some(&input)).unwrap());
    let assignment = Assignment { folder: Arc::clone(&folder), lines_per_second: 0 };
    let domain = domain(&assignment, kills, 10_000).unwrap();
    let system = System::builder("test").domain(domain).start().await.unwrap();
    system.find::<Conducting>().unwrap().ask(Finish).await.unwrap();
    system.stop().await;
    (Recount::of(&folder).unwrap(), Deaths::of(system.history()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_station_may_die_again_and_again_and_nothing_is_doubled_or_lost() {
    let orders = orders(5, 500, 0);
    for victim in pipeline::victims().into_iter().collect::<BTreeSet<_>>() {
        let kills = (0..20).map(|nth| Kill { after: 20 * nth, victim }).collect();
        let (recount, deaths) = perform(&orders.bytes, kills).await;
        assert!(recount.is_complete(), "{victim:?}: {recount:?}");
        assert_eq!((recount.results, &recount.rejects_by_kind), (orders.results, &orders.rejects));
        assert_eq!((deaths.total, deaths.came_back), (20, 20), "{victim:?}: {deaths:?}");
    }
}

#[tokio::test]
async fn the_script_that_is_printed_follows_from_the_seed() {
    let printed = async |seed| {
        let folder = tempfile::tempdir().unwrap();
        let options = CrashOptions { json: false, ..options(folder.path(), seed, &orders(1, 50, 5).bytes) };
        let mut out = Vec::new();
        run(&options, &mut out, pending()).await.unwrap();
        let out = String::from_utf8(out).unwrap();
        let script = out.lines().filter(|line| line.contains(" at ")).collect::<Vec<_>>().join("\n");
        assert!(out.contains(&format!("--seed {seed}")) && !script.is_empty(), "{out}");
        script
    };
    assert_eq!(printed(7).await, printed(7).await);
    assert_ne!(printed(7).await, printed(8).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupted_run_is_consistent_and_says_that_it_is_partial() {
    let folder = tempfile::tempdir().unwrap();
    let orders = orders(6, 3_000, 5);
    let options = CrashOptions { rate: Some(500), ..options(folder.path(), 6, &orders.bytes) };
    let acknowledged = folder.path().join("output/acknowledged.txt");
    let clock = Clock::machine();
    let interrupt = async {
        while std::fs::metadata(&acknowledged).map_or(0, |file| file.len()) < 200 {
            clock.sleep(Duration::from_millis(5)).await;
        }
    };
    let summary = run(&options, &mut Vec::new(), interrupt).await.unwrap();
    assert!(summary.interrupted && summary.adds_up(), "{summary}");
    assert!(summary.recount.acknowledged > 0 && summary.recount.unacknowledged > 0, "{summary}");
    assert!(summary.to_string().contains("so far it adds up"), "{summary}");
}

#[tokio::test]
async fn nothing_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let options = options(folder.path(), 1, b"");
    let output = folder.path().join("output");
    std::fs::create_dir(&output).unwrap();
    std::fs::write(output.join("precious.txt"), "kept").unwrap();
    let error = run(&options, &mut Vec::new(), pending()).await.unwrap_err();
    assert!(error.to_string().contains("nothing is overwritten"), "{error}");
    assert_eq!(std::fs::read_dir(&output).unwrap().count(), 1);
}

#[tokio::test]
async fn an_input_that_cannot_be_read_is_said_to_be_so_and_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = options(folder.path(), 1, b"");
    for (input, expected) in [("nowhere.csv", "cannot read"), ("", "is a folder")] {
        options.input = Some(folder.path().join(input));
        let error = run(&options, &mut Vec::new(), pending()).await.unwrap_err();
        assert!(format!("{error:#}").contains(expected), "{error:#}");
        assert!(!folder.path().join("output").exists());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_shipped_orders_need_no_options_and_add_up() {
    let folder = tempfile::tempdir().unwrap();
    let output = Some(folder.path().join("output"));
    let options = CrashOptions { output, rate: Some(0), ..CrashOptions::default() };
    let mut out = Vec::new();
    let summary = run(&options, &mut out, pending()).await.unwrap();
    assert!(summary.adds_up(), "{summary}");
    assert_eq!(summary.recount.lines, 3_000);
    assert_eq!(summary.recount.rejects_by_kind.len(), 10, "{summary}");
    assert!(String::from_utf8(out).unwrap().contains("it adds up"), "the summary is printed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn for_programs_there_is_one_json_value_and_it_says_whether_it_adds_up() {
    let folder = tempfile::tempdir().unwrap();
    let mut out = Vec::new();
    run(&options(folder.path(), 2, &orders(2, 20, 0).bytes), &mut out, pending()).await.unwrap();
    let data: serde_json::Value = serde_json::from_slice(&out).unwrap();
    assert_eq!((&data["adds_up"], &data["lines"], &data["seed"]), (&true.into(), &20.into(), &2.into()));
}

#[test]
fn the_limit_in_the_help_is_the_limit() {
    let text = include_str!("../options.rs");
    assert!(text.contains(&format!("at most {LONGEST_LINE} bytes")));
}
