//! `log`: how much is told, and in which form.

use std::fmt;

use super::Section;
use crate::config::outline::Outline;
use crate::config::reader::Reader;
use crate::config::reading::choice;

/// How much is told, and in which form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogSettings {
    /// The least important that is told; `info` unless said otherwise.
    pub level: LogLevel,
    /// The form; `text` unless said otherwise.
    pub format: LogFormat,
}

/// The least important that is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LogLevel {
    /// Nothing.
    Off,
    /// What went wrong for good.
    Error,
    /// What went wrong and was dealt with.
    Warn,
    /// What happened.
    #[default]
    Info,
    /// What was decided.
    Debug,
    /// Every message.
    Trace,
}

/// The form of a line of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object to a line.
    Json,
}

const LEVELS: [LogLevel; 6] =
    [LogLevel::Off, LogLevel::Error, LogLevel::Warn, LogLevel::Info, LogLevel::Debug, LogLevel::Trace];

impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Off => "off",
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        })
    }
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Json => "json",
        })
    }
}

impl Section for LogSettings {
    fn read(&mut self, at: &mut Reader<'_>) {
        at.set("level", &mut self.level, choice(&LEVELS));
        at.set("format", &mut self.format, choice(&[LogFormat::Text, LogFormat::Json]));
    }

    fn outline(&self) -> Outline {
        Outline::map().put("level", self.level).put("format", self.format)
    }
}
