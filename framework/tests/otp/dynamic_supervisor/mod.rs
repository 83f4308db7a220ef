//! The cases of Elixir's `DynamicSupervisor`: instances of specifications of their own, or of one template.

mod restarts;
mod starts;
mod stops;

use std::time::Duration;

use mistersmith::supervisor::{Flags, Restart};
use mistersmith::testing::Trace;

use crate::pool::{Pool, pool, template};
use crate::tree::OneForOne;

const SECOND: Duration = Duration::from_secs(1);

/// Elixir's defaults: 3 restarts in 5 s.
fn three_in_five() -> Flags {
    Flags::new(OneForOne, 3, 5)
}

async fn of(restart: Restart, restarts: u32, trace: &Trace) -> Pool {
    Pool::start(trace, pool(Flags::new(OneForOne, restarts, 5), template(restart))).await
}
