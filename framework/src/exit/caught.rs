//! A panic of a supervised process is caught where it happens and kept with its message and its place.
//!
//! Where a panic happened is known only to the panic hook, and hooks belong to the whole program. So the first
//! catch puts one in front of the hook that is there: on a thread that is running supervised code at that moment
//! it notes the place and stays silent (the exit says it all, to the log and to the restart history); every other
//! panic goes to the hook that was there before.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Once};
use std::task::Poll;

/// A panic: what it said, and where. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panic(Arc<Said>);

#[derive(Debug, PartialEq, Eq)]
struct Said {
    message: String,
    location: Option<Location>,
}

/// A place in a source file; reads `file:line:column`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The file, as the compiler was given it.
    pub file: Box<str>,
    /// The line, counted from 1.
    pub line: u32,
    /// The column, counted from 1.
    pub column: u32,
}

impl Panic {
    /// A panic with this message, of which is not known where it was.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self::at(message.into(), None)
    }

    fn at(message: String, location: Option<Location>) -> Self {
        Self(Arc::new(Said { message, location }))
    }

    /// What it said.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Where it was, when known.
    #[must_use]
    pub fn location(&self) -> Option<&Location> {
        self.0.location.as_ref()
    }
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.location() {
            Some(location) => write!(f, "panic at {location}: {}", self.message()),
            None => write!(f, "panic: {}", self.message()),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// Written out only when somebody reads it: that takes longer than to note it.
impl From<&std::panic::Location<'_>> for Location {
    fn from(location: &std::panic::Location<'_>) -> Self {
        Self { file: location.file().into(), line: location.line(), column: location.column() }
    }
}

thread_local! {
    static SUPERVISED: Cell<bool> = const { Cell::new(false) };
    static LOCATION: RefCell<Option<Location>> = const { RefCell::new(None) };
}

static HOOK: Once = Once::new();

fn install_hook() {
    HOOK.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if SUPERVISED.get() {
                LOCATION.set(info.location().map(Location::from));
            } else {
                previous(info);
            }
        }));
    });
}

/// Runs `work` to its end; a panic in it becomes a value. `work` is pinned by the caller: handed over by value, a
/// future is kept twice in the one that awaits it, and these futures live as long as their agents.
///
/// # Cancel safety
/// As safe as `work` is.
pub(crate) fn catch<F: Future + ?Sized>(
    mut work: Pin<&mut F>,
) -> impl Future<Output = Result<F::Output, Panic>> {
    install_hook();
    std::future::poll_fn(move |context| {
        let before = SUPERVISED.replace(true);
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)));
        SUPERVISED.set(before);
        match polled {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
            Err(payload) => Poll::Ready(Err(Panic::at(message_of(&*payload), LOCATION.take()))),
        }
    })
}

fn message_of(payload: &(dyn Any + Send)) -> String {
    payload
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a value that is not text".to_owned())
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use super::*;

    #[tokio::test]
    async fn a_panic_is_kept_with_its_message_and_its_place() {
        let number = 3;
        let panic = catch(pin!(async { panic!("order {number} has no price") })).await.unwrap_err();
        assert_eq!(panic.message(), "order 3 has no price");
        assert!(panic.to_string().starts_with("panic at "), "{panic}");
        let place = panic.location().unwrap();
        assert!(
            place.to_string().ends_with(&format!("caught.rs:{}:{}", place.line, place.column)),
            "{place}"
        );
    }

    #[tokio::test]
    async fn a_payload_that_is_not_text_is_said_to_be_none() {
        let panic = catch(pin!(async { std::panic::panic_any(7_u8) })).await.unwrap_err();
        assert_eq!(panic.message(), "a value that is not text");
    }

    #[tokio::test]
    async fn work_that_does_not_panic_is_untouched() {
        assert_eq!(catch(pin!(async { 5 })).await, Ok(5));
    }
}
