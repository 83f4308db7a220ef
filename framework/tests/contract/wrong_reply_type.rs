//! A handler answers with another type than the reply's.

#[path = "shared/counter.rs"]
mod counter;

use counter::Add;
use mistersmith::contract::{Answer, Ask};

fn add(_: Add) -> Answer<Add> {
    Add::respond("three")
}

fn main() {
    let _ = add(Add { amount: 1 });
}
