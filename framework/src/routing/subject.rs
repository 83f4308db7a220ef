//! The subjects of agents, and patterns of them with NATS's wildcards: values, and one pure match.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::identity::{AgentId, AgentName, DomainName, NameError};

/// The first token of every subject of ours.
const AGENTS: &str = "agents";

/// The subject of an agent: `agents.{domain}.{name}`. All instances of the name share it.
///
/// ```
/// use mistersmith::routing::Subject;
///
/// let subject: Subject = "agents.security.auth".parse()?;
/// assert_eq!(subject.name.as_str(), "auth");
/// # Ok::<(), mistersmith::routing::SubjectError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Subject {
    /// The domain.
    pub domain: DomainName,
    /// The name there.
    pub name: AgentName,
}

/// Some subjects: tokens joined by dots, where `*` stands for one token and `>`, at the end, for one or more.
///
/// ```
/// use mistersmith::routing::SubjectPattern;
///
/// let pattern: SubjectPattern = "agents.security.*".parse()?;
/// assert!(pattern.matches("agents.security.auth"));
/// assert!(!pattern.matches("agents.data.cache"));
/// assert!("agents.*.cache".parse::<SubjectPattern>()?.matches("agents.data.cache"));
/// assert!("agents.>.cache".parse::<SubjectPattern>().is_err());
/// # Ok::<(), mistersmith::routing::SubjectError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SubjectPattern(String);

/// Why a text is no subject, or no pattern of subjects.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SubjectError {
    /// A token is empty.
    #[error("expected tokens joined by dots, got {got:?}, in which a token is empty")]
    EmptyToken {
        /// What came.
        got: String,
    },
    /// A character is in it that no name has.
    #[error("expected tokens of a-z, 0-9, _ and -, or a wildcard alone, got {token:?} in {got:?}")]
    Token {
        /// What came.
        got: String,
        /// The first token that is none.
        token: String,
    },
    /// `>` stands before the end.
    #[error("expected `>` as the last token, got {got:?}; use `*` for one token in the middle")]
    TailNotLast {
        /// What came.
        got: String,
    },
    /// It is not the subject of one agent.
    #[error("expected agents.{{domain}}.{{name}} without wildcards, got {got:?}")]
    NotOneAgent {
        /// What came.
        got: String,
    },
    /// The domain or the name is none.
    #[error(transparent)]
    Name(#[from] NameError),
}

impl Subject {
    /// The subject of this agent.
    #[must_use]
    pub fn of(id: &AgentId) -> Self {
        Self { domain: id.domain.clone(), name: id.name.clone() }
    }
}

impl SubjectPattern {
    /// All agents of a domain.
    #[must_use]
    pub fn domain(domain: &DomainName) -> Self {
        Self(format!("{AGENTS}.{domain}.*"))
    }

    /// Whether this subject is meant.
    #[must_use]
    pub fn matches(&self, subject: &str) -> bool {
        matches(self.0.split('.'), subject.split('.'))
    }

    /// Whether this agent is meant, by its subject `agents.{domain}.{name}`.
    #[must_use]
    pub fn means(&self, id: &AgentId) -> bool {
        matches(self.0.split('.'), [AGENTS, id.domain.as_str(), id.name.as_str()].into_iter())
    }

    /// The pattern as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether the tokens of a pattern mean the tokens of a subject.
fn matches<'a>(
    mut pattern: impl Iterator<Item = &'a str>,
    mut subject: impl Iterator<Item = &'a str>,
) -> bool {
    loop {
        match (pattern.next(), subject.next()) {
            (Some(">"), Some(_)) | (None, None) => return true,
            (Some("*"), Some(_)) => {}
            (Some(wanted), Some(token)) if wanted == token => {}
            _ => return false,
        }
    }
}

fn is_token(token: &str) -> bool {
    token.chars().all(|character| matches!(character, 'a'..='z' | '0'..='9' | '_' | '-'))
}

impl FromStr for SubjectPattern {
    type Err = SubjectError;

    fn from_str(text: &str) -> Result<Self, SubjectError> {
        let got = || text.to_owned();
        let mut tokens = text.split('.').peekable();
        while let Some(token) = tokens.next() {
            match token {
                "" => return Err(SubjectError::EmptyToken { got: got() }),
                ">" if tokens.peek().is_some() => return Err(SubjectError::TailNotLast { got: got() }),
                "*" | ">" => {}
                _ if is_token(token) => {}
                _ => return Err(SubjectError::Token { got: got(), token: token.to_owned() }),
            }
        }
        Ok(Self(got()))
    }
}

impl FromStr for Subject {
    type Err = SubjectError;

    fn from_str(text: &str) -> Result<Self, SubjectError> {
        let tokens: Vec<_> = text.split('.').collect();
        let [AGENTS, domain, name] = tokens[..] else {
            return Err(SubjectError::NotOneAgent { got: text.to_owned() });
        };
        if [domain, name].iter().any(|token| matches!(*token, "*" | ">")) {
            return Err(SubjectError::NotOneAgent { got: text.to_owned() });
        }
        Ok(Self { domain: DomainName::new(domain)?, name: AgentName::new(name)? })
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{AGENTS}.{}.{}", self.domain, self.name)
    }
}

impl fmt::Display for SubjectPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Subject {
    type Error = SubjectError;

    fn try_from(text: String) -> Result<Self, SubjectError> {
        text.parse()
    }
}

impl TryFrom<String> for SubjectPattern {
    type Error = SubjectError;

    fn try_from(text: String) -> Result<Self, SubjectError> {
        text.parse()
    }
}

impl From<Subject> for String {
    fn from(subject: Subject) -> Self {
        subject.to_string()
    }
}

impl From<SubjectPattern> for String {
    fn from(pattern: SubjectPattern) -> Self {
        pattern.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn token() -> impl Strategy<Value = String> {
        "[a-c]{1,2}"
    }

    fn subject() -> impl Strategy<Value = Vec<String>> {
        prop::collection::vec(token(), 1..6)
    }

    fn pattern(text: &str) -> SubjectPattern {
        text.parse().unwrap()
    }

    /// The meaning of a pattern, said the other way round: as a regular expression would read it.
    fn meant(pattern: &[String], subject: &[String]) -> bool {
        let tail = pattern.last().is_some_and(|last| last == ">");
        let fixed = pattern.len() - usize::from(tail);
        let long_enough = if tail { subject.len() > fixed } else { subject.len() == fixed };
        long_enough
            && pattern[..fixed].iter().zip(subject).all(|(wanted, got)| wanted == "*" || wanted == got)
    }

    proptest! {
        #[test]
        fn a_pattern_means_what_its_definition_says(
            mut wanted in prop::collection::vec(prop_oneof![token(), Just("*".to_owned())], 1..5),
            tail in any::<bool>(),
            subject in subject(),
        ) {
            if tail {
                wanted.push(">".to_owned());
            }
            prop_assert_eq!(pattern(&wanted.join(".")).matches(&subject.join(".")), meant(&wanted, &subject));
        }

        #[test]
        fn a_subject_means_itself_and_nothing_else(one in subject(), other in subject()) {
            let only = pattern(&one.join("."));
            prop_assert!(only.matches(&one.join(".")));
            prop_assert_eq!(only.matches(&other.join(".")), one == other);
        }

        #[test]
        fn a_star_in_place_of_any_token_means_at_least_as_much(subject in subject(), at in any::<prop::sample::Index>()) {
            let mut wanted = subject.clone();
            let at = at.index(wanted.len());
            wanted[at] = "*".to_owned();
            prop_assert!(pattern(&wanted.join(".")).matches(&subject.join(".")));
            wanted.truncate(at);
            wanted.push(">".to_owned());
            prop_assert!(pattern(&wanted.join(".")).matches(&subject.join(".")));
        }

        #[test]
        fn what_is_read_is_written_again_and_nothing_makes_reading_panic(text in ".{0,24}") {
            if let Ok(pattern) = text.parse::<SubjectPattern>() {
                prop_assert_eq!(pattern.to_string(), text);
            }
        }
    }

    #[test]
    fn what_is_wrong_with_a_pattern_is_said() {
        for (text, words) in [
            ("", "a token is empty"),
            ("agents..auth", "a token is empty"),
            ("agents.>.auth", "as the last token"),
            ("agents.sec*", "got \"sec*\""),
            ("agents.Security.*", "got \"Security\""),
            ("agents.my shop", "got \"my shop\""),
        ] {
            let error = text.parse::<SubjectPattern>().unwrap_err().to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
    }

    #[test]
    fn a_subject_of_one_agent_has_three_tokens_and_no_wildcard() {
        for text in
            ["agents.security", "agents.security.*", "agents.security.auth.check", "shop.security.auth"]
        {
            let error = text.parse::<Subject>().unwrap_err();
            assert!(matches!(error, SubjectError::NotOneAgent { .. }), "{text}: {error}");
        }
        assert!(matches!("agents.security.event".parse::<Subject>(), Err(SubjectError::Name(_))));
    }
}
