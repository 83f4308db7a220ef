//! How one text becomes one value: numbers in a range, words of a list, names, addresses, and what parses itself.

use std::fmt::Display;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use super::nearest::did_you_mean;
use super::source::{Node, Value};
use super::value::{Limit, Refused, Scalar, Span};
use crate::supervisor::Shutdown;

/// A text as it was written.
pub(super) struct Written<'a> {
    text: &'a str,
    plain: bool,
}

impl<'a> Written<'a> {
    /// The text of a node that is one.
    pub(super) fn of(node: &'a Node) -> Result<Self, Refused> {
        match &node.value {
            Value::Text { text, plain } => Ok(Self { text, plain: *plain }),
            Value::Nothing => Err(Refused::new("a value").hint("remove the key to keep the default")),
            Value::List(_) | Value::Map(_) => Err(Refused::new("one value")),
        }
    }

    /// What it is when nobody says what it should be.
    pub(super) fn scalar(&self) -> Scalar {
        if self.plain { Scalar::from_plain(self.text) } else { Scalar::Text(self.text.to_owned()) }
    }

    /// `refused`, with the advice to take the quotes away if they are what is wrong.
    fn unquoted(&self, refused: Refused) -> Result<(), Refused> {
        if self.plain { Ok(()) } else { Err(refused.hint("remove the quotes")) }
    }
}

/// A whole number in this range.
pub(super) fn whole(range: RangeInclusive<u32>) -> impl Fn(&Written<'_>) -> Result<u32, Refused> {
    move |written| {
        let refused = || Refused::new(format!("a whole number from {} to {}", range.start(), range.end()));
        written.unquoted(refused())?;
        let digits = written.text.bytes().all(|byte| byte.is_ascii_digit());
        let number = written.text.parse().ok().filter(|number| digits && range.contains(number));
        number.ok_or_else(refused)
    }
}

/// `true` or `false`.
pub(super) fn boolean(written: &Written<'_>) -> Result<bool, Refused> {
    let refused = || Refused::new("true or false");
    written.unquoted(refused())?;
    match written.text {
        "true" => Ok(true),
        "false" => Ok(false),
        "yes" | "on" | "True" | "TRUE" => Err(refused().hint("did you mean `true`?")),
        "no" | "off" | "False" | "FALSE" => Err(refused().hint("did you mean `false`?")),
        _ => Err(refused()),
    }
}

/// One of these, by the word that each displays.
pub(super) fn choice<T: Display + Copy>(all: &[T]) -> impl Fn(&Written<'_>) -> Result<T, Refused> {
    move |written| {
        let words = all.iter().map(T::to_string).collect::<Vec<_>>();
        match words.iter().position(|word| word == written.text) {
            Some(index) => Ok(all[index]),
            None => Err(Refused::new(one_of(words.iter()))
                .maybe_hint(did_you_mean(written.text, words.iter().map(String::as_str)))),
        }
    }
}

/// What knows by itself what it looks like: sizes and rates.
pub(super) fn parsed<T: FromStr<Err = Refused>>(written: &Written<'_>) -> Result<T, Refused> {
    written.text.parse()
}

/// A duration of at least one millisecond.
pub(super) fn duration(written: &Written<'_>) -> Result<Duration, Refused> {
    let duration = parsed::<Span>(written)?.duration();
    if duration < Duration::from_millis(1) {
        return Err(Refused::new("a duration of at least 1ms"));
    }
    Ok(duration)
}

/// `unlimited`, or what `most` takes.
pub(super) fn limit<T>(
    most: impl Fn(&Written<'_>) -> Result<T, Refused>,
) -> impl Fn(&Written<'_>) -> Result<Limit<T>, Refused> {
    move |written| match written.text {
        "unlimited" => Ok(Limit::Unlimited),
        _ => most(written).map(Limit::AtMost).map_err(|Refused { expected, hint }| {
            Refused::new(format!("{expected}, or unlimited")).maybe_hint(hint)
        }),
    }
}

/// The period of an intensity, in whole seconds as Erlang counts it: `5` or `5s`.
pub(super) fn period(written: &Written<'_>) -> Result<u32, Refused> {
    let refused = || Refused::new("whole seconds from 1 to 4294967295, such as 5 or 5s");
    written.unquoted(refused())?;
    let seconds = match written.text.parse::<Span>() {
        Ok(span) if span.duration().subsec_nanos() == 0 => u32::try_from(span.duration().as_secs()).ok(),
        Ok(_) => None,
        Err(_) => written.text.parse().ok(),
    };
    seconds.filter(|seconds| *seconds > 0).ok_or_else(refused)
}

/// A child's shutdown as Erlang writes it: milliseconds, `infinity` or `brutal_kill`; or a duration with its unit.
pub(super) fn shutdown(written: &Written<'_>) -> Result<Shutdown, Refused> {
    match written.text {
        "infinity" => return Ok(Shutdown::Infinity),
        "brutal_kill" => return Ok(Shutdown::BrutalKill),
        _ => {}
    }
    let milliseconds = written.text.parse::<u32>().ok().map(|millis| Duration::from_millis(millis.into()));
    let span = || written.text.parse::<Span>().ok().map(Span::duration);
    milliseconds.or_else(span).map(Shutdown::After).ok_or_else(|| {
        Refused::new("milliseconds, a duration such as 5s, infinity or brutal_kill")
            .maybe_hint(did_you_mean(written.text, ["infinity", "brutal_kill"]))
    })
}

/// A name of `a-z`, `0-9`, `_` and `-`, at most 64 bytes: one token of a NATS subject.
pub(super) fn name(written: &Written<'_>) -> Result<String, Refused> {
    check_name(written.text).map(|()| written.text.to_owned())
}

/// Whether `text` is such a name.
pub(super) fn check_name(text: &str) -> Result<(), Refused> {
    let fits = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '_' | '-');
    if (1..=64).contains(&text.len()) && text.chars().all(fits) {
        return Ok(());
    }
    Err(Refused::new("a name of a-z, 0-9, _ and -, at most 64 bytes"))
}

/// One of the names that exist.
pub(super) fn known_name<N: AsRef<str> + Clone>(written: &Written<'_>, known: &[N]) -> Result<N, Refused> {
    known.iter().find(|name| name.as_ref() == written.text).cloned().ok_or_else(|| {
        Refused::new(one_of(known.iter().map(N::as_ref)))
            .maybe_hint(did_you_mean(written.text, known.iter().map(N::as_ref)))
    })
}

/// A path in the file system; whether something is there is seen when it is used.
pub(super) fn path(written: &Written<'_>) -> Result<PathBuf, Refused> {
    if written.text.is_empty() {
        return Err(Refused::new("a path"));
    }
    Ok(PathBuf::from(written.text))
}

/// An address that only this machine can reach.
pub(super) fn loopback(written: &Written<'_>) -> Result<SocketAddr, Refused> {
    let refused = || Refused::new("a loopback address with a port, such as 127.0.0.1:0 or [::1]:7070");
    match written.text.parse::<SocketAddr>() {
        Ok(address) if address.ip().is_loopback() => Ok(address),
        Ok(_) => Err(refused().hint(
            "whoever reaches it can stop agents, so only this machine may; for others put an authenticating proxy \
             in front",
        )),
        Err(_) => {
            let port = written.text.strip_prefix("localhost:");
            Err(refused().maybe_hint(port.map(|port| format!("did you mean 127.0.0.1:{port}?"))))
        }
    }
}

/// `one of a, b, c`; or the only one; or that there is none.
pub(super) fn one_of(words: impl ExactSizeIterator<Item = impl Display>) -> String {
    let count = words.len();
    let words = words.map(|word| word.to_string()).collect::<Vec<_>>().join(", ");
    match count {
        0 => "nothing here, for there is none".to_owned(),
        1 => words,
        _ => format!("one of {words}"),
    }
}
