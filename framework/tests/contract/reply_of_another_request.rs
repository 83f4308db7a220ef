//! A handler answers with the reply of another request.

#[path = "shared/counter.rs"]
mod counter;

use counter::{Add, Read};
use mistersmith::contract::{Answer, Ask, Serve};

struct Tally;

impl Serve<Add, ()> for Tally {
    async fn serve(&mut self, _: Add, _: &mut ()) -> Answer<Add> {
        Read::respond(1)
    }
}

fn main() {}
