//! A typed channel on which the things under test report, and on which the test waits.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::PATIENCE;
use crate::clock::Clock;

/// Takes reports from anywhere, and hands them to the test in order of arrival. Clones are the same probe.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use mistersmith::testing::Probe;
///
/// let probe = Probe::new();
/// let reporter = probe.clone();
/// tokio::join!(probe.expect("ready"), async { reporter.report("ready") });
/// assert_eq!(probe.take(), [""; 0]);
/// # }
/// ```
pub struct Probe<T>(Arc<Inner<T>>);

struct Inner<T> {
    reports: Mutex<VecDeque<T>>,
    arrived: Notify,
}

impl<T: fmt::Debug> Probe<T> {
    /// A probe to which nothing has been reported.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Inner { reports: Mutex::default(), arrived: Notify::new() }))
    }

    /// Reports.
    pub fn report(&self, report: T) {
        self.reports().push_back(report);
        self.0.arrived.notify_one();
    }

    /// The next report; waits for it, at most for [`PATIENCE`].
    ///
    /// # Panics
    /// When nothing is reported for so long.
    ///
    /// # Cancel safety
    /// No report is lost.
    pub async fn next(&self) -> T {
        let waited = Clock::machine().timeout(PATIENCE, self.arrival()).await;
        waited.unwrap_or_else(|_| panic!("nothing was reported for {PATIENCE:?}"))
    }

    /// Waits for the next report, which is to be this one.
    ///
    /// # Panics
    /// When it is another one, or none comes.
    ///
    /// # Cancel safety
    /// As [`Probe::next`].
    pub async fn expect(&self, expected: impl PartialEq<T> + fmt::Debug) {
        let reported = self.next().await;
        assert!(expected == reported, "expected {expected:?} to be reported, got {reported:?}");
    }

    /// What has been reported and not been read.
    #[must_use]
    pub fn take(&self) -> Vec<T> {
        self.reports().drain(..).collect()
    }

    async fn arrival(&self) -> T {
        loop {
            if let Some(report) = self.reports().pop_front() {
                return report;
            }
            self.0.arrived.notified().await;
        }
    }

    fn reports(&self) -> MutexGuard<'_, VecDeque<T>> {
        self.0.reports.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: fmt::Debug> Default for Probe<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Clone for Probe<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: fmt::Debug> fmt::Debug for Probe<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Probe").field(&self.reports()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn reports_are_read_in_order_each_once() {
        let probe = Probe::new();
        probe.report(1);
        probe.report(2);
        probe.expect(1).await;
        assert_eq!(probe.take(), [2]);
    }

    #[tokio::test(start_paused = true)]
    #[should_panic(expected = "nothing was reported")]
    async fn a_report_that_does_not_come_fails_the_test_instead_of_hanging_it() {
        Probe::<()>::new().next().await;
    }

    #[tokio::test(start_paused = true)]
    #[should_panic(expected = "expected 2 to be reported, got 1")]
    async fn another_report_than_expected_fails_the_test() {
        let probe = Probe::new();
        probe.report(1);
        probe.expect(2).await;
    }
}
