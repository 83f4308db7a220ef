//! A request with a stream of replies is asked as if it had one.

#[path = "shared/counter.rs"]
mod counter;

use mistersmith::contract::Ask;

fn ask<R: Ask>(_: R) {}

fn main() {
    ask(counter::Watch { above: 1 });
}
