//! An exit from a word, for people who want to try one: the kinds by their stable names, with a text if one fits.

use std::str::FromStr;

use super::{Exit, Panic};

/// A word that names no exit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no exit \"{word}\"; expected normal, shutdown, killed, error, panic or stopped, or one with a text, such as error:disk is full"
)]
pub struct UnknownExit {
    /// The word.
    pub word: String,
}

impl FromStr for Exit {
    type Err = UnknownExit;

    /// Reads a [kind](Exit::kind), alone or with a text behind a colon: what an error or a panic says, the value of
    /// `shutdown_with` and the reason of `stopped`.
    fn from_str(word: &str) -> Result<Self, UnknownExit> {
        let (kind, text) =
            word.split_once(':').map_or((word, None), |(kind, text)| (kind, Some(text.trim())));
        let said = text.unwrap_or("tried").to_owned();
        Ok(match (kind.trim(), text) {
            ("normal", None) => Self::Normal,
            ("shutdown", None) => Self::Shutdown,
            ("killed", None) => Self::Killed,
            ("error", _) => Self::error(anyhow::Error::msg(said)),
            ("panic", _) => Self::Panic(Panic::new(said)),
            ("stopped", _) => Self::Stopped { reason: said },
            ("shutdown_with", Some(_)) => Self::ShutdownWith { value: said },
            _ => return Err(UnknownExit { word: word.to_owned() }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_as_its_kind() {
        for (word, shown) in [
            ("normal", "normal"),
            ("shutdown", "shutdown"),
            ("killed", "killed"),
            ("error", "error: tried"),
            ("error: disk is full", "error: disk is full"),
            ("panic:oops", "panic: oops"),
            ("stopped", "stopped from outside: tried"),
            ("shutdown_with:moved", "shutdown: moved"),
        ] {
            assert_eq!(word.parse::<Exit>().map(|exit| exit.to_string()).as_deref(), Ok(shown));
        }
        for word in ["", "crash", "normal:really", "shutdown_with"] {
            let error = word.parse::<Exit>().unwrap_err();
            assert!(error.to_string().contains("expected normal, shutdown, killed, error, panic"), "{error}");
        }
    }
}
