//! Time and randomness belong to the system: every clock reading, timer, identifier and jitter comes from here.
//!
//! A [`Clock`] is a value that a system hands to everything it starts. In production it reads the machine; in a
//! test it follows tokio's paused time and draws from a seed, so that a run repeats. Two systems in one process
//! can have clocks that disagree, which is how a simulation skews its nodes.
//!
//! ```
//! use mistersmith::clock::Clock;
//!
//! let one = Clock::seeded(7);
//! let two = Clock::seeded(7);
//! assert_eq!(one.uuid(), two.uuid());
//! ```
//!
//! Everywhere else the readings of std and tokio are disallowed methods (see `.clippy.toml`).

mod deadline;

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::{Duration, SystemTime};

use rand::rngs::StdRng;
use rand::{Rng, RngExt, SeedableRng};
use tokio::task::unconstrained;
use tokio::time::Instant;
use uuid::Uuid;

pub use deadline::Deadline;

/// The time and the randomness of one system. Cheap to clone; clones share both.
#[derive(Clone)]
pub struct Clock(Arc<Source>);

struct Source {
    origin: Instant,
    /// What is shown instead of the time since the origin, in nanoseconds, if somebody moves the hand.
    by_hand: Option<Arc<AtomicU64>>,
    wall: Wall,
    random: Mutex<StdRng>,
}

/// Where the wall time of a seeded clock begins, after the Unix epoch.
const FIFTY_YEARS: Duration = Duration::from_secs(50 * 365 * 24 * 3600);

/// Moves a clock that was made [by hand](Clock::by_hand). Clones move the same clock.
#[derive(Clone, Debug)]
pub struct Hand(Arc<AtomicU64>);

impl Hand {
    /// Moves the clock by this much; it is counted up to about 580 years.
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(u64::try_from(by.as_nanos()).unwrap_or(u64::MAX), Ordering::AcqRel);
    }
}

/// Where wall time comes from.
enum Wall {
    /// The machine's own, which an administrator or NTP may set.
    Machine,
    /// This instant at the clock's origin, moving with monotonic (perhaps paused) time.
    From(SystemTime),
}

/// What went past when a [`Clock::timeout`] did not wait any longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not done after {after:?}")]
pub struct Elapsed {
    /// How long was waited.
    pub after: Duration,
}

impl Clock {
    /// The machine's clock and its entropy.
    #[must_use]
    pub fn machine() -> Self {
        Self::new(Wall::Machine, rand::make_rng())
    }

    /// A clock whose random draws follow from `seed` and whose wall time begins at the Unix epoch plus 50 years
    /// and moves with tokio's time, paused or not.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self::skewed(seed, Duration::ZERO)
    }

    /// As [`Clock::seeded`], with a wall clock that is `ahead` of the others.
    #[must_use]
    pub fn skewed(seed: u64, ahead: Duration) -> Self {
        let start = SystemTime::UNIX_EPOCH + FIFTY_YEARS + ahead;
        Self::new(Wall::From(start), StdRng::seed_from_u64(seed))
    }

    /// As [`Clock::seeded`], but [`Clock::now`] (and wall time with it) stands still at zero until somebody moves
    /// the hand. Timers follow tokio's time as ever: this is for tests that want to say themselves how much time
    /// lies between two events, as in a supervisor's restart intensity.
    #[must_use]
    pub fn by_hand(seed: u64) -> (Self, Hand) {
        let hand = Hand(Arc::default());
        let start = Wall::From(SystemTime::UNIX_EPOCH + FIFTY_YEARS);
        (Self::made(start, StdRng::seed_from_u64(seed), Some(Arc::clone(&hand.0))), hand)
    }

    fn new(wall: Wall, random: StdRng) -> Self {
        Self::made(wall, random, None)
    }

    fn made(wall: Wall, random: StdRng, by_hand: Option<Arc<AtomicU64>>) -> Self {
        Self(Arc::new(Source { origin: instant_now(), by_hand, wall, random: Mutex::new(random) }))
    }

    /// Monotonic time since this clock was made. Costs one clock reading (about 25 ns).
    #[must_use]
    pub fn now(&self) -> Duration {
        match &self.0.by_hand {
            None => instant_now().saturating_duration_since(self.0.origin),
            Some(hand) => Duration::from_nanos(hand.load(Ordering::Acquire)),
        }
    }

    /// Wall time, for people and for other machines; never for measuring.
    #[must_use]
    pub fn wall(&self) -> SystemTime {
        match self.0.wall {
            Wall::Machine => wall_now(),
            Wall::From(start) => start + self.now(),
        }
    }

    /// Wall time as milliseconds since the Unix epoch; 0 for a clock set before it.
    #[must_use]
    pub fn wall_millis(&self) -> u64 {
        let since = self.wall().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }

    /// The deadline that lies `budget` from now.
    #[must_use]
    pub fn deadline(&self, budget: Duration) -> Deadline {
        Deadline::at(self.now().saturating_add(budget))
    }

    /// Waits for `pause`.
    ///
    /// # Cancel safety
    /// Dropping the future forgets the timer; nothing else happens.
    #[expect(clippy::disallowed_methods, reason = "this is the one place where timers are made")]
    pub async fn sleep(&self, pause: Duration) {
        tokio::time::sleep(pause).await;
    }

    /// Waits for `work`, at most for `limit` from the moment it first has to wait: what is done at once needs neither
    /// a timer nor a reading of the clock.
    ///
    /// # Errors
    /// [`Elapsed`] when `work` was not done in time; it is dropped then.
    ///
    /// # Cancel safety
    /// As safe as `work` is.
    #[expect(clippy::disallowed_methods, reason = "this is the one place where limits are put on time")]
    pub async fn timeout<F: Future>(&self, limit: Duration, work: F) -> Result<F::Output, Elapsed> {
        let (mut work, mut timer) = (pin!(work), pin!(None));
        poll_fn(|context| {
            if let Poll::Ready(done) = work.as_mut().poll(context) {
                return Poll::Ready(Ok(done));
            }
            if timer.is_none() {
                // Unconstrained, or work that uses up its budget at each poll would never be out of time.
                timer.set(Some(unconstrained(tokio::time::sleep(limit))));
            }
            let passed = timer.as_mut().as_pin_mut().is_some_and(|timer| timer.poll(context).is_ready());
            if passed { Poll::Ready(Err(Elapsed { after: limit })) } else { Poll::Pending }
        })
        .await
    }

    /// Waits for `work`, at most until `deadline`: as long as it takes without one.
    ///
    /// # Errors
    /// [`Elapsed`] when `work` was not done in time; it is dropped then.
    ///
    /// # Cancel safety
    /// As safe as `work` is.
    pub async fn until<F: Future>(&self, deadline: Deadline, work: F) -> Result<F::Output, Elapsed> {
        if !deadline.is_set() {
            return Ok(work.await); // without a reading of the clock
        }
        match deadline.left(self.now()) {
            None => Ok(work.await),
            Some(left) => self.timeout(left, work).await,
        }
    }

    /// A random (version 4) UUID.
    #[must_use]
    pub fn uuid(&self) -> Uuid {
        let mut bytes = [0; 16];
        self.random().fill_bytes(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }

    /// A duration drawn evenly from `0..=most`.
    #[must_use]
    pub fn jitter(&self, most: Duration) -> Duration {
        most.mul_f64(self.random().random_range(0.0..=1.0))
    }

    /// A number drawn evenly from 0 to 1.
    #[must_use]
    pub fn fraction(&self) -> f64 {
        self.random().random_range(0.0..=1.0)
    }

    /// A number drawn evenly from `0..bound`; 0 for a bound of 0.
    #[must_use]
    pub fn pick(&self, bound: usize) -> usize {
        if bound == 0 { 0 } else { self.random().random_range(0..bound) }
    }

    fn random(&self) -> std::sync::MutexGuard<'_, StdRng> {
        self.0.random.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").field("now", &self.now()).finish_non_exhaustive()
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place where monotonic time is read")]
fn instant_now() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "this is the one place where wall time is read")]
fn wall_now() -> SystemTime {
    SystemTime::now()
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Waker};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_seeded_clock_follows_paused_time_in_both_its_hands() {
        let clock = Clock::seeded(1);
        let (now, wall) = (clock.now(), clock.wall());
        clock.sleep(Duration::from_secs(3600)).await;
        assert_eq!(clock.now() - now, Duration::from_secs(3600));
        assert_eq!(clock.wall().duration_since(wall).unwrap(), Duration::from_secs(3600));
    }

    #[tokio::test(start_paused = true)]
    async fn a_clock_by_hand_moves_when_it_is_moved_and_its_timers_with_the_others() {
        let (clock, hand) = Clock::by_hand(1);
        let other = Clock::seeded(1);
        clock.sleep(Duration::from_secs(3)).await;
        assert_eq!((clock.now(), other.now()), (Duration::ZERO, Duration::from_secs(3)));
        hand.advance(Duration::from_millis(2_500));
        assert_eq!(clock.now(), Duration::from_millis(2_500));
    }

    #[tokio::test(start_paused = true)]
    async fn clocks_of_one_seed_draw_alike_and_of_two_seeds_do_not() {
        let draws = |seed| {
            let clock = Clock::seeded(seed);
            (clock.uuid(), clock.jitter(Duration::from_secs(1)), clock.pick(1000))
        };
        assert_eq!(draws(5), draws(5));
        assert_ne!(draws(5), draws(6));
    }

    #[tokio::test(start_paused = true)]
    async fn a_skewed_clock_differs_in_wall_time_only() {
        let (right, ahead) = (Clock::seeded(1), Clock::skewed(1, Duration::from_secs(9)));
        assert_eq!(ahead.wall().duration_since(right.wall()).unwrap(), Duration::from_secs(9));
        assert_eq!(ahead.now(), right.now());
    }

    #[tokio::test(start_paused = true)]
    async fn a_timeout_says_how_long_it_waited() {
        let clock = Clock::seeded(1);
        let waited = clock.timeout(Duration::from_millis(20), std::future::pending::<()>()).await;
        assert_eq!(waited, Err(Elapsed { after: Duration::from_millis(20) }));
    }

    #[test]
    fn work_that_is_done_at_once_needs_no_timer() {
        let without_timers = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let clock = Clock::seeded(1);
        let done = without_timers.block_on(clock.timeout(Duration::from_secs(1), async { 7 }));
        assert_eq!(done, Ok(7));
    }

    #[tokio::test(start_paused = true)]
    async fn work_that_is_always_busy_is_out_of_time_too() {
        let clock = Clock::seeded(1);
        let limit = Duration::from_millis(20);
        let busy = async {
            loop {
                tokio::task::coop::consume_budget().await;
                let mut passes = pin!(tokio::time::advance(Duration::from_millis(1)));
                let _ = passes.as_mut().poll(&mut Context::from_waker(Waker::noop())); // moves the clock at once
            }
        };
        assert_eq!(clock.timeout(limit, busy).await, Err::<(), _>(Elapsed { after: limit }));
    }

    #[tokio::test(start_paused = true)]
    async fn work_without_a_deadline_takes_as_long_as_it_takes() {
        let (clock, second) = (Clock::seeded(1), Duration::from_secs(1));
        let work = || async { clock.sleep(3 * second).await };
        assert_eq!(clock.until(Deadline::NONE, work()).await, Ok(()));
        assert_eq!(clock.until(clock.deadline(second), work()).await, Err(Elapsed { after: second }));
    }
}
