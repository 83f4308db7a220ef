//! Where the events of a node are told: on standard error, as the configuration says.

use std::io::{IsTerminal, stderr};

use mistersmith::config::{LogFormat, LogLevel, LogSettings};
use tracing::level_filters::LevelFilter;

/// Begins to tell. What was told before is lost; a second call changes nothing.
pub(super) fn begin(settings: LogSettings) {
    let level = match settings.level {
        LogLevel::Off => LevelFilter::OFF,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let subscriber = tracing_subscriber::fmt().with_max_level(level).with_writer(stderr);
    let begun = match settings.format {
        LogFormat::Text => subscriber.with_ansi(stderr().is_terminal()).try_init(),
        LogFormat::Json => subscriber.json().flatten_event(true).try_init(),
    };
    begun.ok();
}
