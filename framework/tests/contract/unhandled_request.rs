//! A request of the contract has no handler.

#[path = "shared/counter.rs"]
mod counter;

use counter::{Add, Counter, Describe, Read, ResetTo};
use mistersmith::contract::{Answer, Ask, Dispatch, Serve};

struct Tally;

impl Serve<Add, ()> for Tally {
    async fn serve(&mut self, _: Add, _: &mut ()) -> Answer<Add> {
        Add::respond(1)
    }
}

impl Serve<Read, ()> for Tally {
    async fn serve(&mut self, _: Read, _: &mut ()) -> Answer<Read> {
        Read::respond(1)
    }
}

impl Serve<ResetTo, ()> for Tally {
    async fn serve(&mut self, _: ResetTo, _: &mut ()) -> Answer<ResetTo> {
        ResetTo::respond(())
    }
}

impl Serve<Describe, ()> for Tally {
    async fn serve(&mut self, _: Describe, _: &mut ()) -> Answer<Describe> {
        Describe::respond(String::new())
    }
}

fn offers<H>(_: H)
where
    Counter: Dispatch<H, ()>,
{
}

fn main() {
    offers(Tally);
}
