//! `tree --at`: the supervision tree as it was, as text.

use super::failure::{Failure, Outcome};
use super::output::{Span, Tone};
use super::table::Table;
use super::{Output, Since, words};
use crate::control::api::{PastMoment, PastProcess, PastReport};
use crate::control::client::ControlClient;

pub(super) async fn show(
    client: &ControlClient,
    at: Since,
    json: bool,
    output: &mut Output,
) -> Result<Outcome, Failure> {
    let moment = match at {
        Since::Event(number) => PastMoment::Event(number),
        Since::Ago(ago) => PastMoment::Ago(ago),
    };
    let past = client.past(moment).await?;
    if json {
        output.json(&past)?;
        return Ok(Outcome::Done);
    }
    let PastReport { system, at, root, .. } = &past;
    output.line(&format!("{system} as it was {} after its start", words::span(*at)))?;
    let mut table = Table::new(&["NAME", "STATE", "FOR"]);
    rows(root, *at, "", "", &mut table);
    table.show(output)?;
    Ok(Outcome::Done)
}

/// The rows of a process and everything below it; `first` stands before its name, `rest` before those below it.
fn rows(node: &PastProcess, at: f64, first: &str, rest: &str, table: &mut Table) {
    let name = Span::plain(format!("{first}{}", node.child));
    let known = node.since.map(|since| words::span(at - since)).unwrap_or_default();
    table.cells(vec![name, words::process(node.process), Span(known, Tone::Quiet)]);
    for (position, child) in node.children.iter().enumerate() {
        let is_last = position + 1 == node.children.len();
        let (first, below) = if is_last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        rows(child, at, &format!("{rest}{first}"), &format!("{rest}{below}"), table);
    }
}
