//! Events of an old form are brought to the present one, step by step, when they are read; the log is never rewritten.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;

use serde_json::Value;

use super::{EventName, EventType, EventTypeError, Json};

/// One step: from the data of a version to the data of the next.
type Step = fn(Value) -> anyhow::Result<Value>;

/// The steps that lead from every form in which an event was ever written to the present one.
///
/// ```
/// use mistersmith::events::{EventType, Json, Upcasts};
/// use serde_json::json;
///
/// // Version 1 counted in whole units; version 2 counts in cents, and is called otherwise.
/// let upcasts = Upcasts::none()
///     .step("Deposited", 1, |old| Ok(json!({ "cents": old["amount"].as_i64().unwrap_or(0) * 100 })))
///     .renamed("Deposited", 2, "PaidIn");
///
/// let old: EventType = "Deposited@1".parse()?;
/// let (now, data) = upcasts.bring_up(old, &Json::parse(r#"{"amount":3}"#)?)?;
/// assert_eq!((now.to_string().as_str(), data.as_str()), ("PaidIn@3", r#"{"cents":300}"#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct Upcasts {
    steps: BTreeMap<(String, u32), (String, Step)>,
}

/// Why an event could not be brought to the present form.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UpcastError {
    /// A step failed.
    #[error("the step up from {from} failed: {source:#}")]
    Step {
        /// The form that it was to lead from.
        from: EventType,
        /// What the step said.
        source: anyhow::Error,
    },
    /// The event is not written as JSON of any form.
    #[error("the data of {event_type} cannot be read: {source}")]
    Unreadable {
        /// The form it claims to have.
        event_type: EventType,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// A step leads to what is no name.
    #[error(transparent)]
    Name(#[from] EventTypeError),
}

impl Upcasts {
    /// No steps: every event is in its first form.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// With the step from version `from` of the kind `name` to the version after it.
    #[must_use]
    pub fn step(self, name: impl Into<String>, from: u32, step: Step) -> Self {
        let name = name.into();
        self.leading_to(name.clone(), from, name, step)
    }

    /// With a step from version `from` of the kind `name` to the version after it, of the kind `to`, with the same
    /// data.
    #[must_use]
    pub fn renamed(self, name: impl Into<String>, from: u32, to: impl Into<String>) -> Self {
        self.leading_to(name.into(), from, to.into(), Ok)
    }

    fn leading_to(mut self, name: String, from: u32, to: String, step: Step) -> Self {
        self.steps.insert((name, from), (to, step));
        self
    }

    /// The version in which an event of the kind `name` is written now: one more than there are steps to it.
    #[must_use]
    pub fn present_version(&self, name: &str) -> NonZeroU32 {
        let leads_here = self.steps.iter().filter(|(_, (to, _))| to == name);
        let last = leads_here.map(|((_, from), _)| from.saturating_add(1)).max();
        last.and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN)
    }

    /// The present form of an event of this type with this data.
    ///
    /// # Errors
    /// When a step fails, or the data is not JSON.
    pub fn bring_up(&self, event_type: EventType, data: &Json) -> Result<(EventType, Json), UpcastError> {
        if !self.leads_up(&event_type) {
            return Ok((event_type, data.clone()));
        }
        let unreadable = |event_type: &EventType, source| UpcastError::Unreadable {
            event_type: event_type.clone(),
            source,
        };
        let mut value: Value = data.read().map_err(|source| unreadable(&event_type, source))?;
        let mut present = event_type;
        while let Some((to, step)) =
            self.steps.get(&(present.name.as_str().to_owned(), present.version.get()))
        {
            value = step(value).map_err(|source| UpcastError::Step { from: present.clone(), source })?;
            let version = present.version.saturating_add(1);
            present = EventType { name: EventName::new(to)?, version };
        }
        let data = Json::of(&value).map_err(|source| unreadable(&present, source))?;
        Ok((present, data))
    }

    fn leads_up(&self, from: &EventType) -> bool {
        !self.steps.is_empty()
            && self.steps.contains_key(&(from.name.as_str().to_owned(), from.version.get()))
    }
}

impl fmt::Debug for Upcasts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let steps = self.steps.iter().map(|((name, from), (to, _))| (format!("{name}@{from}"), to));
        f.debug_map().entries(steps).finish()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn steps() -> Upcasts {
        Upcasts::none()
            .step("Added", 1, |old| Ok(json!({ "amount": old })))
            .step("Added", 2, |old| Ok(json!({ "cents": old["amount"].as_i64().unwrap_or(0) * 100 })))
            .step("Broken", 1, |_| anyhow::bail!("no such account"))
    }

    fn up(event_type: &str, data: &str) -> Result<(String, String), UpcastError> {
        let data = Json::parse(data).unwrap();
        let (event_type, data) = steps().bring_up(event_type.parse().unwrap(), &data)?;
        Ok((event_type.to_string(), data.to_string()))
    }

    #[test]
    fn an_event_goes_up_from_any_version_to_the_same_present_one() {
        for (event_type, data) in
            [("Added@1", "3"), ("Added@2", r#"{"amount":3}"#), ("Added@3", r#"{"cents":300}"#)]
        {
            let present = up(event_type, data).unwrap();
            assert_eq!(present, ("Added@3".to_owned(), r#"{"cents":300}"#.to_owned()), "{event_type}");
        }
    }

    #[test]
    fn what_is_written_now_has_the_version_that_the_steps_lead_to() {
        assert_eq!(steps().present_version("Added").get(), 3);
        assert_eq!(steps().present_version("Opened").get(), 1);
        assert_eq!(steps().renamed("Added", 3, "PaidIn").present_version("PaidIn").get(), 4);
    }

    #[test]
    fn a_step_that_fails_says_from_where_it_was_to_lead() {
        let error = up("Broken@1", "{}").unwrap_err();
        assert_eq!(error.to_string(), "the step up from Broken@1 failed: no such account");
    }

    #[test]
    fn a_version_from_the_future_stays_what_it_is() {
        assert_eq!(up("Added@9", "1").unwrap().0, "Added@9");
    }
}
