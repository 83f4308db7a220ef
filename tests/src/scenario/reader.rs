//! Reads a scenario line by line.

use super::keys::{OF_SUP, OF_WORKER};
use super::malformed::Wrong;
use super::read_action::read_action;
use super::{Child, Keys, Malformed, Options, Scenario, Step, SupBlock, Worker};

/// The lines that say something, one after the other.
pub(super) struct Lines<'a> {
    lines: Vec<(usize, &'a str)>,
    at: usize,
    /// How many lines the text has.
    total: usize,
}

/// One line in its parts.
pub(super) struct Line<'a> {
    pub(super) number: usize,
    pub(super) text: &'a str,
    pub(super) tokens: Vec<&'a str>,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        let numbered = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
        let lines = numbered.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')).collect();
        Self { lines, at: 0, total: text.lines().count() }
    }

    pub(super) fn next(&mut self) -> Option<Line<'a>> {
        let (number, text) = *self.lines.get(self.at)?;
        self.at += 1;
        Some(Line { number, text, tokens: text.split_whitespace().collect() })
    }

    /// The next line; the text must not end here.
    pub(super) fn expect_next(&mut self, expected: &str) -> Result<Line<'a>, Malformed> {
        let end =
            Malformed { line: self.total, expected: expected.to_owned(), got: "the end of the text".into() };
        self.next().ok_or(end)
    }
}

pub(super) fn read(text: &str) -> Result<Scenario, Malformed> {
    let mut lines = Lines::of(text);
    let mut options = Options::default();
    let root = loop {
        let line = lines.expect_next("an `option` line, or the `sup` line of the root")?;
        match line.tokens[..] {
            ["option", key, value] => options.set(key, value).map_err(|wrong| wrong.at(line.number))?,
            ["sup", ..] => break read_sup(&line, &line.tokens[1..], &mut lines)?,
            _ => {
                return Err(
                    Wrong::new("an `option` line, or the `sup` line of the root", line.text).at(line.number)
                );
            }
        }
    };
    let divider = lines.expect_next("the line `---` between the tree and the actions")?;
    if divider.tokens != ["---"] {
        return Err(
            Wrong::new("the line `---` between the tree and the actions", divider.text).at(divider.number)
        );
    }
    let mut steps = Vec::new();
    while let Some(line) = lines.next() {
        let action = read_action(&line, &line.tokens, &mut lines)?;
        steps.push(Step { action, text: line.tokens.join(" ") });
    }
    Ok(Scenario { options, root, steps })
}

/// Reads the id and the keys of a supervisor from `tokens`, and the block below it.
pub(super) fn read_sup(
    line: &Line<'_>,
    tokens: &[&str],
    lines: &mut Lines<'_>,
) -> Result<SupBlock, Malformed> {
    let (id, keys) = read_id_and_keys(tokens, OF_SUP).map_err(|wrong| wrong.at(line.number))?;
    let mut children = Vec::new();
    loop {
        let expected = format!("a `child` or `sup` line, or the `end` of {id}");
        let line = lines.expect_next(&expected)?;
        match line.tokens[..] {
            ["end"] => return Ok(SupBlock { id, keys, children }),
            ["child", ..] => children
                .push(Child::Worker(read_worker(&line.tokens[1..]).map_err(|wrong| wrong.at(line.number))?)),
            ["sup", ..] => children.push(Child::Sup(read_sup(&line, &line.tokens[1..], lines)?)),
            _ => return Err(Wrong::new(expected, line.text).at(line.number)),
        }
    }
}

pub(super) fn read_worker(tokens: &[&str]) -> Result<Worker, Wrong> {
    read_id_and_keys(tokens, OF_WORKER).map(|(id, keys)| Worker { id, keys })
}

fn read_id_and_keys(tokens: &[&str], known: &[&str]) -> Result<(String, Keys), Wrong> {
    match tokens {
        [] => Err(Wrong::new("an id", "")),
        [id, ..] if id.contains('=') => Err(Wrong::new("an id before the keys", id)),
        [id, keys @ ..] => Ok(((*id).to_owned(), Keys::read(keys, known)?)),
    }
}
