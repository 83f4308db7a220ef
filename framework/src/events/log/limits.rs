//! How much a log takes, looked at before anything is allocated or written.

/// How much a log takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogLimits {
    /// Bytes of text in one event: 1 MiB.
    pub event_bytes: usize,
    /// Events in one append: 1,024.
    pub append_events: usize,
    /// Replicas in the vector clock of one event: 1,024.
    pub clock_replicas: usize,
    /// Bytes in one snapshot: 64 MiB.
    pub snapshot_bytes: usize,
    /// Events on one page: 1,024.
    pub page_events: usize,
    /// Bytes of text on one page, but for the first event: 4 MiB.
    pub page_bytes: usize,
}

/// Something is larger than the log takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected at most {limit} {what}, got {size}; split it, or raise the log's limits")]
pub struct TooLarge {
    /// What is counted.
    pub what: &'static str,
    /// How much came.
    pub size: usize,
    /// How much may come.
    pub limit: usize,
}

impl Default for LogLimits {
    fn default() -> Self {
        Self {
            event_bytes: 1 << 20,
            append_events: 1 << 10,
            clock_replicas: 1 << 10,
            snapshot_bytes: 64 << 20,
            page_events: 1 << 10,
            page_bytes: 4 << 20,
        }
    }
}

impl TooLarge {
    /// Whether `size` is within `limit`.
    ///
    /// # Errors
    /// When it is beyond.
    pub fn check(what: &'static str, size: usize, limit: usize) -> Result<(), Self> {
        if size <= limit { Ok(()) } else { Err(Self { what, size, limit }) }
    }
}
