//! Reads the settings that only an agent's own code understands, and says everything that is wrong with them.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use mistersmith::config::{DomainSettings, Scalar};
use mistersmith::identity::{AgentName, NameError};

/// One setting that cannot be as it is written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{path}: expected {expected}, got {got}")]
pub struct SettingProblem {
    /// Which one, as keys joined by dots.
    pub path: String,
    /// What would have been taken.
    pub expected: String,
    /// What was there.
    pub got: String,
}

/// Why a domain cannot be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// Its settings are not what its agents understand.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Settings(Vec<SettingProblem>),
    /// Its code gives it a name that is none.
    #[error(transparent)]
    Name(#[from] NameError),
}

/// Reads the settings of one domain's agents; collects what is wrong.
#[derive(Debug)]
pub struct DomainReader<'a> {
    domain: &'static str,
    settings: &'a DomainSettings,
    problems: Vec<SettingProblem>,
}

/// Reads the settings of one agent. Each read says what there is; what is left over at the end is unknown.
#[derive(Debug)]
pub struct AgentReader<'a> {
    place: String,
    left: BTreeMap<&'a str, &'a Scalar>,
    known: Vec<&'static str>,
    problems: &'a mut Vec<SettingProblem>,
}

impl<'a> DomainReader<'a> {
    /// Of the domain of this name.
    #[must_use]
    pub fn new(domain: &'static str, settings: &'a DomainSettings) -> Self {
        Self { domain, settings, problems: Vec::new() }
    }

    /// Reads what is said for this agent.
    pub fn agent<T>(&mut self, agent: &'static str, read: impl FnOnce(&mut AgentReader<'_>) -> T) -> T {
        let said = AgentName::new(agent).ok().and_then(|name| self.settings.agents.get(&name));
        let left = said.into_iter().flat_map(|said| &said.settings);
        let mut reader = AgentReader {
            place: format!("domains.{}.agents.{agent}.settings", self.domain),
            left: left.map(|(key, value)| (key.as_str(), value)).collect(),
            known: Vec::new(),
            problems: &mut self.problems,
        };
        let settings = read(&mut reader);
        reader.refuse_the_rest();
        settings
    }

    /// Whether everything could be read.
    ///
    /// # Errors
    /// [`SetupError::Settings`]: everything that could not, in order.
    pub fn finish(mut self) -> Result<(), SetupError> {
        self.problems.sort();
        if self.problems.is_empty() { Ok(()) } else { Err(SetupError::Settings(self.problems)) }
    }
}

impl AgentReader<'_> {
    /// A duration such as `5s`, at least a millisecond; `default` when nothing is said.
    pub fn duration(&mut self, key: &'static str, default: Duration) -> Duration {
        let read = |value: &Scalar| value.duration().filter(|duration| *duration >= Duration::from_millis(1));
        self.read(key, "a duration of at least 1ms, with its unit, such as 250ms or 5s", read)
            .unwrap_or(default)
    }

    /// A whole number of this range; `default` when nothing is said.
    pub fn whole(&mut self, key: &'static str, range: RangeInclusive<u32>, default: u32) -> u32 {
        let read = |value: &Scalar| {
            value.whole().and_then(|whole| u32::try_from(whole).ok()).filter(|whole| range.contains(whole))
        };
        let expected = format!("a whole number from {} to {}", range.start(), range.end());
        self.read(key, &expected, read).unwrap_or(default)
    }

    fn read<T>(
        &mut self,
        key: &'static str,
        expected: &str,
        read: impl FnOnce(&Scalar) -> Option<T>,
    ) -> Option<T> {
        self.known.push(key);
        let value = self.left.remove(key)?;
        let taken = read(value);
        if taken.is_none() {
            self.refuse(key, expected.to_owned(), format!("\"{value}\""));
        }
        taken
    }

    fn refuse_the_rest(&mut self) {
        let expected = match self.known.as_slice() {
            [] => "no settings, as this agent has none".to_owned(),
            known => format!("one of {}", known.join(", ")),
        };
        for key in std::mem::take(&mut self.left).into_keys() {
            self.refuse(key, expected.clone(), "an unknown key".to_owned());
        }
    }

    fn refuse(&mut self, key: &str, expected: String, got: String) {
        self.problems.push(SettingProblem { path: format!("{}.{key}", self.place), expected, got });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mistersmith::config::AgentSettings;

    fn settings(pairs: &[(&str, &str)]) -> DomainSettings {
        let mut agent = AgentSettings::default();
        agent.settings =
            pairs.iter().map(|(key, value)| ((*key).to_owned(), Scalar::from_plain(value))).collect();
        let mut domain = DomainSettings::default();
        domain.agents.insert(AgentName::new("clerk").unwrap(), agent);
        domain
    }

    fn read(settings: &DomainSettings) -> (Duration, u32, Result<(), SetupError>) {
        let mut reader = DomainReader::new("office", settings);
        let (pause, most) = reader.agent("clerk", |clerk| {
            (clerk.duration("pause", Duration::from_secs(5)), clerk.whole("most", 1..=9, 3))
        });
        (pause, most, reader.finish())
    }

    #[test]
    fn what_is_not_said_is_the_default_and_what_is_said_is_taken() {
        let (pause, most, read_all) = read(&settings(&[("most", "7")]));
        assert_eq!((pause, most), (Duration::from_secs(5), 7));
        assert!(read_all.is_ok());
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let (.., refused) = read(&settings(&[("pause", "5"), ("most", "10"), ("mots", "1")]));
        let place = "domains.office.agents.clerk.settings";
        assert_eq!(
            refused.unwrap_err().to_string(),
            format!(
                "{place}.most: expected a whole number from 1 to 9, got \"10\"\n\
                 {place}.mots: expected one of pause, most, got an unknown key\n\
                 {place}.pause: expected a duration of at least 1ms, with its unit, such as 250ms or 5s, got \"5\""
            )
        );
    }
}
