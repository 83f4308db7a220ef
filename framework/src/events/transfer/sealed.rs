//! A line with its checksum, and what is written in lines of every kind.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::events::Json;
use crate::identity::{AgentKey, AgentName, DomainName, InstanceId};

/// The version of the form that is written. Older ones are read; newer ones are refused.
pub(super) const VERSION: u32 = 1;

/// Why a line cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LineError {
    /// It is no exported log.
    #[error("expected the first line of an exported log, {{\"mistersmith_events\":1}}, got {got:?}")]
    NotAnExport {
        /// The beginning of what came.
        got: String,
    },
    /// It was written by a newer version.
    #[error(
        "expected an export of version {VERSION} at most, got {found}; import it with the version that wrote it, or a newer one"
    )]
    Newer {
        /// The version that it has.
        found: u32,
    },
    /// It is not what was written.
    #[error("the line is damaged: expected the checksum {written}, got {found:08x}")]
    Checksum {
        /// What the line says.
        written: String,
        /// What it has.
        found: u32,
    },
    /// It has no checksum, or something in it is not what it should be.
    #[error("the line cannot be read: {what}")]
    Unreadable {
        /// What is wrong.
        what: String,
    },
}

/// JSON in a line has no line feeds; the text of a [`Json`] may, between its parts.
pub(super) fn raw(json: &Json) -> Result<Box<RawValue>, serde_json::Error> {
    RawValue::from_string(json.as_str().replace(['\n', '\r'], " "))
}

/// The line with its checksum.
pub(super) fn sealed(line: &impl Serialize) -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string(line)?;
    text.pop();
    let crc = crc32fast::hash(text.as_bytes());
    text.push_str(&format!(",\"crc\":\"{crc:08x}\"}}"));
    Ok(text)
}

/// Whether a line is what was written, by its checksum.
pub(super) fn check(line: &str) -> Result<(), LineError> {
    let no_checksum =
        || unreadable("expected an object that ends with its checksum, as \"crc\":\"1c291ca3\"");
    let (body, crc) = line.rsplit_once(",\"crc\":\"").ok_or_else(no_checksum)?;
    let written = crc.strip_suffix("\"}").ok_or_else(no_checksum)?;
    let found = crc32fast::hash(body.as_bytes());
    if u32::from_str_radix(written, 16) != Ok(found) {
        return Err(LineError::Checksum { written: written.to_owned(), found });
    }
    Ok(())
}

pub(super) fn unreadable(what: impl ToString) -> LineError {
    LineError::Unreadable { what: what.to_string() }
}

pub(super) fn json(raw: &RawValue) -> Result<Json, LineError> {
    Json::parse(raw.get()).map_err(unreadable)
}

/// The agent that `domain/name#instance` says.
pub(super) fn agent(text: &str) -> Result<AgentKey, LineError> {
    let wrong = || unreadable(format!("expected an agent as domain/name#uuid, got {text:?}"));
    let (domain, rest) = text.split_once('/').ok_or_else(wrong)?;
    let (name, instance) = rest.split_once('#').ok_or_else(wrong)?;
    Ok(AgentKey {
        domain: DomainName::new(domain).map_err(unreadable)?,
        name: AgentName::new(name).map_err(unreadable)?,
        instance: instance.parse::<InstanceId>().map_err(unreadable)?,
    })
}
