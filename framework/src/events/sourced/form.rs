//! The events of one kind of agent as a Rust type, and the form in which they are written.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::events::{EventName, EventType, EventTypeError, Json, StateEvent, UpcastError, Upcasts};

/// The changes that the state of an agent can go through: an enum, one variant for each.
///
/// A variant's name is the name of its events in the log, its fields are their data. When the fields change, the
/// events that lie in logs stay as they are: add the step that leads from the old form to the new one.
///
/// ```
/// use mistersmith::events::{Event, Upcasts};
/// use serde::{Deserialize, Serialize};
/// use serde_json::json;
///
/// #[derive(Serialize, Deserialize)]
/// enum Change { PaidIn { cents: u64 }, Closed }
///
/// impl Event for Change {
///     fn upcasts() -> Upcasts {
///         // It was `{ "units": 3 }` once.
///         Upcasts::none().step("PaidIn", 1, |old| Ok(json!({ "cents": old["units"].as_u64().unwrap_or(0) * 100 })))
///     }
/// }
/// ```
pub trait Event: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The steps from old forms to the present one.
    #[must_use]
    fn upcasts() -> Upcasts {
        Upcasts::none()
    }
}

/// Why an event could not be written, or be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FormError {
    /// It cannot be written as JSON.
    #[error("expected an event that JSON has a form for: {0}")]
    Unwritable(serde_json::Error),
    /// It is not written as a variant is.
    #[error("expected an enum, whose variants give events their names, got {got}")]
    NotAVariant {
        /// How it is written.
        got: String,
    },
    /// Its name is none for an event.
    #[error(transparent)]
    Name(#[from] EventTypeError),
    /// It cannot be brought to the present form.
    #[error(transparent)]
    Upcast(#[from] UpcastError),
    /// It was written by a newer version of the agent.
    #[error("expected at most {present}, got {got}: it was written by a newer version of the agent")]
    Newer {
        /// The newest form that is understood.
        present: EventType,
        /// What came.
        got: EventType,
    },
    /// It is not what the agent understands.
    #[error("{event_type} cannot be read: {source}")]
    Unreadable {
        /// What it is, in its present form.
        event_type: EventType,
        /// What is wrong.
        source: serde_json::Error,
    },
}

impl StateEvent {
    /// The event as the kind that it was written as, brought up to its present form. Reads nothing else of the event.
    ///
    /// # Errors
    /// When it is no event of this kind, was written by a newer version, or cannot be brought up.
    pub fn read_as<E: Event>(&self) -> Result<E, FormError> {
        read(&self.event_type, &self.data, &E::upcasts())
    }
}

/// The name and the data of an event.
pub(super) fn write<E: Event>(event: &E, upcasts: &Upcasts) -> Result<(EventType, Json), FormError> {
    let text = serde_json::to_string(event).map_err(FormError::Unwritable)?;
    let (name, data) = variant(&text).ok_or_else(|| FormError::NotAVariant { got: text.clone() })?;
    let data = Json::parse(data).map_err(|_| FormError::NotAVariant { got: text.clone() })?;
    let event_type = EventType { name: EventName::new(name)?, version: upcasts.present_version(name) };
    Ok((event_type, data))
}

/// The event of this type with this data, whatever form it was written in.
pub(super) fn read<E: Event>(event_type: &EventType, data: &Json, upcasts: &Upcasts) -> Result<E, FormError> {
    let (got, data) = upcasts.bring_up(event_type.clone(), data)?;
    let version = upcasts.present_version(got.name.as_str());
    if got.version > version {
        return Err(FormError::Newer { present: got.clone().version(version), got });
    }
    let text = format!("{{\"{}\":{data}}}", got.name);
    serde_json::from_str(&text).map_err(|source| FormError::Unreadable { event_type: got, source })
}

/// The name and the content of a variant as serde writes it: `{"Name":content}`, or `"Name"` for one without content.
fn variant(text: &str) -> Option<(&str, &str)> {
    if let Some(rest) = text.strip_prefix("{\"") {
        let (name, rest) = rest.split_once("\":")?;
        return Some((name, rest.strip_suffix('}')?));
    }
    Some((text.strip_prefix('"')?.strip_suffix('"')?, "null"))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Change {
        Opened,
        PaidIn { cents: u64 },
        Renamed(String),
        Moved(u8, u8),
    }

    impl Event for Change {
        fn upcasts() -> Upcasts {
            Upcasts::none().step("PaidIn", 1, |old| Ok(json!({ "cents": old.as_u64().unwrap_or(0) * 100 })))
        }
    }

    #[derive(Serialize, Deserialize)]
    struct Pair {
        a: u8,
        b: u8,
    }

    impl Event for Pair {}
    impl Event for u8 {}

    #[test]
    fn a_variant_gives_its_event_the_name_and_reads_back_from_it() {
        let upcasts = Change::upcasts();
        for (change, name, data) in [
            (Change::Opened, "Opened@1", "null"),
            (Change::PaidIn { cents: 5 }, "PaidIn@2", r#"{"cents":5}"#),
            (Change::Renamed("a \"b\": {}".into()), "Renamed@1", r#""a \"b\": {}""#),
            (Change::Moved(1, 2), "Moved@1", "[1,2]"),
        ] {
            let (event_type, json) = write(&change, &upcasts).unwrap();
            assert_eq!((event_type.to_string().as_str(), json.as_str()), (name, data));
            assert_eq!(read::<Change>(&event_type, &json, &upcasts).unwrap(), change);
        }
    }

    #[test]
    fn an_old_form_is_brought_up_and_one_from_the_future_is_refused() {
        let read = |name: &str, data: &str| {
            read::<Change>(&name.parse().unwrap(), &Json::parse(data).unwrap(), &Change::upcasts())
        };
        assert_eq!(read("PaidIn@1", "3").unwrap(), Change::PaidIn { cents: 300 });
        assert!(matches!(read("PaidIn@3", "3"), Err(FormError::Newer { .. })));
        assert!(matches!(read("Burnt@1", "3"), Err(FormError::Unreadable { .. })));
    }

    #[test]
    fn what_is_no_variant_is_refused_when_it_is_written() {
        assert!(matches!(write(&Pair { a: 1, b: 2 }, &Upcasts::none()), Err(FormError::NotAVariant { .. })));
        assert!(matches!(write(&7_u8, &Upcasts::none()), Err(FormError::NotAVariant { .. })));
    }
}
