//! A fault is an error that ends a process, kept whole so that it can be shown, compared by type and passed on.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// The error that ended a process, with its sources. Cheap to clone.
#[derive(Clone)]
pub struct Fault(Arc<Kept>);

/// The error as it came.
enum Kept {
    Anyhow(anyhow::Error),
    /// Left in its box: anyhow would note a backtrace of where it was taken over, if the environment asks for such, and
    /// that costs as much as the whole restart.
    Boxed(Box<dyn Error + Send + Sync>),
}

impl Fault {
    /// Keeps `error` and all its sources.
    #[must_use]
    pub fn new(error: impl Into<anyhow::Error>) -> Self {
        Self(Arc::new(Kept::Anyhow(error.into())))
    }

    /// Keeps an error whose type is not known, and all its sources.
    pub(crate) fn of_box(error: Box<dyn Error + Send + Sync>) -> Self {
        Self(Arc::new(Kept::Boxed(error)))
    }

    /// The error as its own type, if it is an `E`, whatever context was put around it.
    #[must_use]
    pub fn downcast_ref<E: Error + Send + Sync + 'static>(&self) -> Option<&E> {
        match &*self.0 {
            Kept::Anyhow(error) => error.downcast_ref(),
            Kept::Boxed(error) => error.downcast_ref(),
        }
    }

    /// The error and its sources, outermost first.
    pub fn chain(&self) -> impl Iterator<Item = &(dyn Error + 'static)> {
        match &*self.0 {
            Kept::Anyhow(error) => error.chain(),
            Kept::Boxed(error) => anyhow::Chain::new(&**error),
        }
    }
}

/// The error and its sources on one line, outermost first.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (depth, error) in self.chain().enumerate() {
            f.write_str(if depth == 0 { "" } else { ": " })?;
            write!(f, "{error}")?;
        }
        Ok(())
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

    #[test]
    fn an_error_in_a_box_is_kept_as_one_of_a_known_type() {
        let missing = || std::io::Error::new(std::io::ErrorKind::NotFound, std::fmt::Error);
        let (boxed, known) = (Fault::of_box(missing().into()), Fault::new(missing()));
        for fault in [&boxed, &known] {
            assert_eq!(
                fault.downcast_ref::<std::io::Error>().map(std::io::Error::kind),
                Some(missing().kind())
            );
        }
        assert_eq!(boxed.chain().count(), known.chain().count());
        assert_eq!(boxed.to_string(), known.to_string());
    }
}
