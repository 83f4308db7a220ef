//! What an idle agent takes of the resident memory, beside an actor of bare ractor, each measured in a process of its
//! own.
//!
//! `cargo bench -p mistersmith --bench memory` takes 100,000 of each; a number behind `--` takes that many.

#![expect(clippy::disallowed_methods, reason = "a bench reads the clock itself")]
#![expect(dead_code, reason = "what is shared with the benches of peers is not all measured here")]
#![expect(clippy::print_stdout, reason = "its lines are its result")]

#[path = "../../tests/benches/ours/crowd.rs"]
mod crowd;
#[path = "../../tests/benches/ours/peer.rs"]
mod peer;
#[path = "../../tests/benches/ours/smith_peer.rs"]
mod smith_peer;

use std::env;
use std::process::Command;

use crowd::{Agents, Ractors};

fn main() {
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.as_slice() {
        [] => compare("100000"),
        [actors] => compare(actors),
        [peer, actors, ..] => println!("{}", measure(peer, actors.parse().expect("a number of actors"))),
    }
}

/// Bytes for each of so many actors of a peer.
fn measure(peer: &str, actors: usize) -> f64 {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("two threads can be started");
    let bytes = match peer {
        "ractor" => runtime.spawn(crowd::memory::<Ractors>(actors)),
        _ => runtime.spawn(crowd::memory::<Agents>(actors)),
    };
    runtime.block_on(bytes).expect("it does not panic")
}

fn compare(actors: &str) {
    let [ractor, ours] = ["ractor", "mistersmith"].map(|peer| in_a_process(peer, actors));
    println!("memory/ractor       {ractor:7.0} bytes for each of {actors} idle actors");
    println!(
        "memory/mistersmith  {ours:7.0} bytes for each of {actors} idle agents, {:.2} times that",
        ours / ractor
    );
}

fn in_a_process(peer: &str, actors: &str) -> f64 {
    let myself = env::current_exe().expect("a bench is a program");
    let ran = Command::new(myself).args([peer, actors]).output().expect("it runs");
    let said = String::from_utf8_lossy(&ran.stdout);
    said.trim().parse().unwrap_or_else(|_| panic!("{peer}: {}", String::from_utf8_lossy(&ran.stderr)))
}
