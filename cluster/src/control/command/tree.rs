//! `tree`: the supervision tree as text, once or again and again.

use std::io;
use std::time::Duration;

use mistersmith::clock::Clock;
use mistersmith::supervisor::ChildType;

use super::failure::{Failure, Outcome};
use super::output::{Span, Tone};
use super::table::Table;
use super::{NodeSelector, Output, words};
use crate::control::api::{AgentReport, SupervisionReport, TreeNode, TreeReport};
use crate::control::client::ControlClient;

/// The time between two looks.
const AGAIN: Duration = Duration::from_secs(1);

pub(super) async fn show(
    client: &ControlClient,
    json: bool,
    output: &mut Output,
) -> Result<Outcome, Failure> {
    let tree = client.tree().await?;
    if json {
        output.json(&tree)?;
    } else {
        draw(&tree, client, output)?;
    }
    Ok(Outcome::Done)
}

/// Shows it every second until Ctrl-C. A node that ends meanwhile is waited for: the next one of its name may have
/// another address and another token.
pub(super) async fn watch(node: &NodeSelector, output: &mut Output) -> Result<Outcome, Failure> {
    let clock = Clock::machine();
    let mut looked = Ok(look(node).await?);
    let mut is_gone = false;
    loop {
        match looked {
            Ok((tree, client)) => {
                is_gone = false;
                output.clear()?;
                draw(&tree, &client, output)?;
                output.line("")?;
            }
            Err(Failure::Output(error)) => return Err(error.into()),
            Err(_) if is_gone => {}
            Err(_) => {
                is_gone = true;
                output.line("the node has ended; the tree is as it was last seen")?;
                output.line("waiting for a node to come back; Ctrl-C ends this")?;
            }
        }
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => return Ok(interrupted.map(|()| Outcome::Done)?),
            () = clock.sleep(AGAIN) => {}
        }
        looked = look(node).await;
    }
}

async fn look(node: &NodeSelector) -> Result<(TreeReport, ControlClient), Failure> {
    let client = ControlClient::connect(&node.locate()?).await?;
    Ok((client.tree().await?, client))
}

fn draw(tree: &TreeReport, client: &ControlClient, output: &mut Output) -> io::Result<()> {
    output.line(&format!("{} at {}, process {}", tree.system, client.address(), tree.pid))?;
    let mut table =
        Table::new(&["NAME", "STATE", "HEALTH", "RESTARTS", "QUEUED", "HANDLED", "INCARNATION", "AGE"]);
    rows(&tree.root, "", "", &mut table);
    table.show(output)
}

/// The rows of a node and everything below it; `first` stands before its name, `rest` before those below it.
fn rows(node: &TreeNode, first: &str, rest: &str, table: &mut Table) {
    let name = Span::plain(format!("{first}{}", node.child.child));
    match &node.supervision {
        Some(supervision) => table.across(name, supervisor(node, *supervision)),
        None if node.child.child_type == ChildType::Supervisor => table.across(name, down(node)),
        None => table.cells(worker(name, node)),
    }
    for (position, child) in node.children.iter().enumerate() {
        let is_last = position + 1 == node.children.len();
        let (first, below) = if is_last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        rows(child, &format!("{rest}{first}"), &format!("{rest}{below}"), table);
    }
}

fn supervisor(node: &TreeNode, supervision: SupervisionReport) -> Vec<Span> {
    let SupervisionReport { flags, budget_left } = supervision;
    let intensity = flags.intensity;
    let used = intensity.restarts.saturating_sub(budget_left);
    let tone = if budget_left == 0 && used > 0 { Tone::Bad } else { Tone::Quiet };
    let budget = format!(
        "{used} of {} restarts used in {} s, {budget_left} left",
        intensity.restarts, intensity.period_seconds
    );
    let mut spans = vec![
        words::process(node.child.process),
        Span::plain(format!("  {}, ", flags.strategy)),
        Span(budget, tone),
    ];
    if let Some(backoff) = flags.backoff {
        let (first, max) = (words::span(backoff.first.as_secs_f64()), words::span(backoff.max.as_secs_f64()));
        spans.push(Span(format!(", restarts wait {first} to {max}"), Tone::Quiet));
    }
    if node.child.restarts > 0 {
        let restarts = words::count(node.child.restarts, "restart");
        spans.push(Span(format!(", {restarts} of its own"), Tone::Careful));
    }
    spans
}

fn down(node: &TreeNode) -> Vec<Span> {
    let mut spans = vec![words::process(node.child.process)];
    let why = waits(node).into_iter().chain(last_exit(node));
    spans.extend(why.map(|span| Span(format!("  {}", span.0), span.1)));
    spans
}

fn worker(name: Span, node: &TreeNode) -> Vec<Span> {
    let child = &node.child;
    // The incarnation outlives the supervisor, whose own count begins again with it.
    let restarts = node.agent.as_ref().map_or(child.restarts, AgentReport::restarts);
    let restarts = Span(restarts.to_string(), if restarts > 0 { Tone::Careful } else { Tone::Plain });
    let age = Span::plain(child.age_seconds.map(words::span).unwrap_or_default());
    let nothing = || Span::plain("");
    let mut cells = match &node.agent {
        None => {
            vec![
                name,
                words::process(child.process),
                nothing(),
                restarts,
                nothing(),
                nothing(),
                nothing(),
                age,
            ]
        }
        Some(agent) => vec![
            name,
            words::stage(agent, Some(child)),
            words::health(agent.health.as_ref()),
            restarts,
            Span::plain(format!("{}/{}", agent.queued, agent.capacity)),
            Span::plain(agent.handled.to_string()),
            Span::plain(agent.incarnation.to_string()),
            age,
        ],
    };
    cells.extend(waits(node));
    match node.agent.as_ref().and_then(|agent| agent.ended.as_ref()) {
        Some(reason) => cells.push(Span(format!("by hand: {reason}"), Tone::Quiet)),
        None => cells.extend(last_exit(node)),
    }
    cells
}

/// Why it does not run yet, if somebody or something is waited for.
fn waits(node: &TreeNode) -> Option<Span> {
    if node.child.orphaned {
        return Some(Span("killed, but does not yield".to_owned(), Tone::Bad));
    }
    let left = node.child.next_attempt_seconds?;
    Some(Span(format!("next attempt in {}", words::span(left)), Tone::Careful))
}

/// How its last incarnation ended, if that was nothing polite.
fn last_exit(node: &TreeNode) -> Option<Span> {
    let exit = node.child.last_exit.as_ref()?;
    let tone = if exit.abnormal { Tone::Bad } else { Tone::Quiet };
    Some(Span(format!("last exit: {}", exit.text), tone))
}
