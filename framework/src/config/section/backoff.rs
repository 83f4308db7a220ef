//! `backoff`: how long restarts wait, wherever the flags of a supervisor stand.

use crate::config::outline::Outline;
use crate::config::reader::Reader;
use crate::config::reading::{duration, whole};
use crate::config::value::{Refused, Span};
use crate::supervisor::Backoff;

/// Unless something else is said, each attempt waits twice as long as the one before.
const FACTOR: u32 = 2;

/// Reads the map under `backoff`, if it is there. The two times have no default.
pub(super) fn read(into: &mut Option<Backoff>, at: &mut Reader<'_>) {
    at.section("backoff", |at| {
        let (mut first, mut max) = (None, None);
        let (mut factor, mut jitter_percent) = (FACTOR, 0);
        at.some("first", &mut first, duration);
        at.set("factor", &mut factor, whole(1..=u32::MAX));
        at.some("max", &mut max, duration);
        at.set("jitter_percent", &mut jitter_percent, whole(0..=100));
        let (Some(first), Some(max)) = (first, max) else {
            let missing = || Refused::new("a duration, such as 100ms");
            at.need("first", missing());
            at.need("max", missing());
            return;
        };
        if max < first {
            let expected = Refused::new("a duration no shorter than `first`");
            return at.deny("max", expected);
        }
        *into = Some(Backoff::new(first, factor, max).jitter(jitter_percent));
    });
}

pub(super) fn outline(backoff: Option<Backoff>) -> Outline {
    let Some(Backoff { first, factor, max, jitter_percent }) = backoff else { return Outline::map() };
    Outline::map()
        .put("first", Span::new(first))
        .put("factor", factor)
        .put("max", Span::new(max))
        .put("jitter_percent", jitter_percent)
}
