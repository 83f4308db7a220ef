//! A request of the contract has no handler.

#[path = "shared/counter.rs"]
mod counter;

use counter::{Add, Counter, Read, ResetTo, Watch};
use mistersmith::contract::{Answer, Ask, Dispatch, Opening, Serve, ServeStream, Subscribe};

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

impl ServeStream<Watch, ()> for Tally {
    async fn serve_stream(&mut self, _: Watch, _: &mut ()) -> anyhow::Result<Opening<Counter>> {
        Watch::accept()
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
