//! What a scripted child does at its starts, and when it is asked to stop.

use std::fmt;

use super::Term;
use super::malformed::Wrong;

/// What happens at one start. Where no reason is written, it is `start_failed`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum StartToken {
    /// It starts.
    Ok,
    /// It starts, and passes something on.
    Info,
    /// It says that it is not needed.
    Ignore,
    /// It returns an error.
    Error(Option<Term>),
    /// The start function raises an error.
    Raise(Option<Term>),
    /// The start function throws.
    Throw(Option<Term>),
    /// The start function exits.
    Exit(Option<Term>),
    /// It returns what a start function must not return.
    Bad(Option<Term>),
    /// The new process ends before it is ready.
    Die(Option<Term>),
    /// It starts after so many milliseconds.
    Slow(u64),
    /// It blocks until it is released.
    Gate,
}

impl StartToken {
    const EXPECTED: &str =
        "ok, info, ignore, error[:R], raise[:R], throw[:R], exit[:R], bad[:R], die[:R], slow:MS or gate";

    pub(super) fn read(text: &str) -> Result<Self, Wrong> {
        let (word, rest) = text.split_once(':').map_or((text, None), |(word, rest)| (word, Some(rest)));
        let reason = || rest.map(Term::read).transpose();
        Ok(match (word, rest) {
            ("ok", None) => Self::Ok,
            ("info", None) => Self::Info,
            ("ignore", None) => Self::Ignore,
            ("gate", None) => Self::Gate,
            ("error", _) => Self::Error(reason()?),
            ("raise", _) => Self::Raise(reason()?),
            ("throw", _) => Self::Throw(reason()?),
            ("exit", _) => Self::Exit(reason()?),
            ("bad", _) => Self::Bad(reason()?),
            ("die", _) => Self::Die(reason()?),
            ("slow", Some(millis)) => Self::Slow(read_millis(millis)?),
            _ => return Err(Wrong::new(Self::EXPECTED, text)),
        })
    }
}

impl fmt::Display for StartToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, reason) = match self {
            Self::Ok => ("ok", &None),
            Self::Info => ("info", &None),
            Self::Ignore => ("ignore", &None),
            Self::Gate => ("gate", &None),
            Self::Slow(millis) => return write!(f, "slow:{millis}"),
            Self::Error(reason) => ("error", reason),
            Self::Raise(reason) => ("raise", reason),
            Self::Throw(reason) => ("throw", reason),
            Self::Exit(reason) => ("exit", reason),
            Self::Bad(reason) => ("bad", reason),
            Self::Die(reason) => ("die", reason),
        };
        f.write_str(word)?;
        reason.as_ref().map_or(Ok(()), |reason| write!(f, ":{}", reason.source()))
    }
}

/// What happens at the starts of one id, one token each, with how often it repeats; the last repeats for ever.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StartTokens(pub Vec<(StartToken, u32)>);

impl StartTokens {
    pub(super) fn read(text: &str) -> Result<Self, Wrong> {
        split_at_commas(text).into_iter().map(read_repeated).collect::<Result<_, _>>().map(Self)
    }

    /// What happens at the start after `before` others.
    #[must_use]
    pub fn at(&self, before: u64) -> StartToken {
        let mut left = before;
        for (token, times) in &self.0 {
            match left.checked_sub(u64::from(*times)) {
                Some(rest) => left = rest,
                None => return token.clone(),
            }
        }
        self.0.last().map_or(StartToken::Ok, |(token, _)| token.clone())
    }
}

fn read_repeated(text: &str) -> Result<(StartToken, u32), Wrong> {
    let repeats = |(token, times): (&str, &str)| Some((StartToken::read(token).ok()?, times.parse().ok()?));
    match text.rsplit_once('*').and_then(repeats) {
        Some((token, times)) if times > 0 => Ok((token, times)),
        _ => Ok((StartToken::read(text)?, 1)),
    }
}

/// Splits at the commas that are not inside of a term.
fn split_at_commas(text: &str) -> Vec<&str> {
    let (mut parts, mut begin, mut depth, mut quote) = (Vec::new(), 0, 0_i32, None);
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(character),
            (None, '{' | '[') => depth += 1,
            (None, '}' | ']') => depth -= 1,
            (None, ',') if depth == 0 => {
                parts.push(&text[begin..at]);
                begin = at + 1;
            }
            (None, _) => {}
        }
    }
    parts.push(&text[begin..]);
    parts
}

impl fmt::Display for StartTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (token, times)) in self.0.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { "," })?;
            write!(f, "{token}")?;
            if *times != 1 {
                write!(f, "*{times}")?;
            }
        }
        Ok(())
    }
}

/// How a worker answers its supervisor's request to stop.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub enum OnStop {
    /// It exits with the reason it was given.
    #[default]
    Trap,
    /// It does not trap exits: it dies at once.
    NoTrap,
    /// It exits with another reason.
    Exit(Term),
    /// It exits with the given reason after so many milliseconds.
    Slow(u64),
    /// It never exits.
    Ignore,
    /// It waits until it is released.
    Gate,
}

impl OnStop {
    pub(super) fn read(text: &str) -> Result<Self, Wrong> {
        Ok(match text.split_once(':') {
            None if text == "trap" => Self::Trap,
            None if text == "notrap" => Self::NoTrap,
            None if text == "ignore" => Self::Ignore,
            None if text == "gate" => Self::Gate,
            Some(("exit", reason)) => Self::Exit(Term::read(reason)?),
            Some(("slow", millis)) => Self::Slow(read_millis(millis)?),
            _ => return Err(Wrong::new("trap, notrap, exit:R, slow:MS, ignore or gate", text)),
        })
    }
}

impl fmt::Display for OnStop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trap => f.write_str("trap"),
            Self::NoTrap => f.write_str("notrap"),
            Self::Exit(reason) => write!(f, "exit:{}", reason.source()),
            Self::Slow(millis) => write!(f, "slow:{millis}"),
            Self::Ignore => f.write_str("ignore"),
            Self::Gate => f.write_str("gate"),
        }
    }
}

pub(super) fn read_millis(text: &str) -> Result<u64, Wrong> {
    text.parse().map_err(|_| Wrong::new("a number of milliseconds", text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_token_repeats_for_ever_and_others_as_often_as_is_written() {
        let tokens = StartTokens::read("ok*2,error:{a,b},gate").unwrap();
        let at: Vec<_> = (0..6).map(|before| tokens.at(before).to_string()).collect();
        assert_eq!(at, ["ok", "ok", "error:{a,b}", "gate", "gate", "gate"]);
        assert_eq!(tokens.to_string(), "ok*2,error:{a,b},gate");
    }

    #[test]
    fn what_is_no_token_is_named() {
        assert_eq!(StartTokens::read("ok,maybe").unwrap_err().got, "`maybe`");
        assert_eq!(StartTokens::read("slow").unwrap_err().got, "`slow`");
        assert_eq!(OnStop::read("exit").unwrap_err().got, "`exit`");
    }
}
