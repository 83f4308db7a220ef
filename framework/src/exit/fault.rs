//! A fault is an error that ends a process, kept whole so that it can be shown, compared by type and passed on.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// The error that ended a process, with its sources. Cheap to clone.
#[derive(Clone)]
pub struct Fault(Arc<anyhow::Error>);

impl Fault {
    /// Keeps `error` and all its sources.
    #[must_use]
    pub fn new(error: impl Into<anyhow::Error>) -> Self {
        Self(Arc::new(error.into()))
    }

    /// The error as its own type, if it is an `E`, whatever context was put around it.
    #[must_use]
    pub fn downcast_ref<E: Error + Send + Sync + 'static>(&self) -> Option<&E> {
        self.0.downcast_ref::<E>()
    }

    /// The error and its sources, outermost first.
    pub fn chain(&self) -> impl Iterator<Item = &(dyn Error + 'static)> {
        self.0.chain()
    }
}

/// The error and its sources on one line, outermost first.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.0)
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fault({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_of_an_error_survives_context_and_clones() {
        let missing = std::io::Error::from(std::io::ErrorKind::NotFound);
        let fault = Fault::new(anyhow::Error::from(missing).context("reading orders"));
        let kind = fault.clone().downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        assert_eq!(kind, Some(std::io::ErrorKind::NotFound));
        assert_eq!(fault.chain().count(), 2);
    }
}
