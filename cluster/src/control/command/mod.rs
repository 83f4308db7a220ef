//! The commands that every application can have: what they are called, what they take, and how they end.

mod output;
mod table;
mod words;
mod duration;
mod since;
mod moment;
mod selector;
mod failure;
mod tree;
mod past;
mod dry_run;
mod agents;
mod inspect;
mod restarts;
mod expected;
mod call;
mod act;
mod logged;

use std::io;
use std::time::Duration;

use clap::Subcommand;
use mistersmith::events::EventName;

use super::client::ControlClient;
use failure::Failure;

pub use dry_run::DryRun;
pub use failure::Outcome;
pub use logged::{show_event, show_state};
pub use moment::Moment;
pub use output::Output;
pub use selector::NodeSelector;
pub use since::Since;

/// What can be asked of a running node from the command line. An application takes it over with
/// `#[command(flatten)]`, or as a subcommand of its own.
#[derive(Clone, Debug, Subcommand)]
#[non_exhaustive]
pub enum ControlCommand {
    /// Show the supervision tree
    ///
    /// Supervisors with their strategy and the restarts they may still make; agents with their stage, health,
    /// restarts, queue, handled messages, incarnation and age.
    /// With --at, as it was when an event of `restarts` happened, or so long ago.
    #[command(after_help = "Examples:\n  tree\n  tree --watch\n  tree --at 40\n  tree --at 5m\n  \
                            tree --json | jq '.root.children'")]
    Tree {
        /// As it was at an event (40), or so long ago (5m)
        #[arg(long, value_name = "NUMBER|TIME", value_parser = since::parse, conflicts_with = "watch")]
        at: Option<Since>,
        /// Show it again every second, until Ctrl-C
        #[arg(long, conflicts_with = "json")]
        watch: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Say what would follow if agents ended now; nothing happens
    #[command(
        after_help = "Examples:\n  dry-run --if tally=error\n  dry-run --if counting=killed --json\n  \
                            dry-run --if tally=panic --if tally=panic       one after the other"
    )]
    DryRun(DryRun),
    /// List all agents
    #[command(after_help = "Examples:\n  agents\n  agents --json | jq -r '.agents[].agent'")]
    Agents {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Ask an agent, and show its reply
    ///
    /// The payload is JSON; where the action takes nothing it may be left out. A stream of replies is shown a line
    /// of JSON each, until it is complete or Ctrl-C. `inspect` lists the actions of an agent.
    #[command(after_help = "Examples:\n  call counting tally add '{\"amount\": 3}'\n  \
                            call counting tally read\n  \
                            echo '{\"amount\": 3}' | call counting tally add -\n  \
                            call counting tally add @request.json --timeout 500ms")]
    Call {
        /// The agent's domain
        domain: String,
        /// The agent's name (of several instances a healthy one is asked), NAME#NUMBER, or the beginning of its UUID
        agent: String,
        /// What is asked: an action of the agent's contract
        action: String,
        /// With what: JSON, `-` for what comes on standard input, `@FILE` for what is in a file
        json: Option<String>,
        /// How long an answer is waited for: 500ms, 5s, 2m
        #[arg(long, value_parser = duration::parse, default_value = "30s")]
        timeout: Duration,
    },
    /// Show everything that is known of one agent
    #[command(
        after_help = "Examples:\n  inspect tally\n  inspect counting/tally --json\n  inspect tally#2         the second of several instances\n  inspect 6f1cb7a4"
    )]
    Inspect {
        /// The agent: NAME, DOMAIN/NAME, DOMAIN/NAME#NUMBER, its id, or the beginning of its UUID
        id: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Show what supervisors did, and why
    ///
    /// Causes first: what an event led to stands below it, indented.
    #[command(
        after_help = "Examples:\n  restarts\n  restarts --since 40\n  restarts --since 5m\n  restarts --follow --json"
    )]
    Restarts {
        /// Only events with a higher number (40), or of so long ago at most: 500ms, 5s, 2m, 3h
        #[arg(long, value_name = "NUMBER|TIME", value_parser = since::parse, default_value = "0")]
        since: Since,
        /// Go on with what happens, until Ctrl-C
        #[arg(long)]
        follow: bool,
        /// As JSON, a line for each event
        #[arg(long)]
        json: bool,
    },
    /// Show what the event log has of an agent
    ///
    /// The changes of its state, each with its number, and those of its life, in the order of the log. Up to or after a
    /// number, only those of its state. `system/supervision` has what supervisors decided.
    #[command(
        after_help = "Examples:\n  events counting/tally\n  events counting/tally --since 40 --type Added\n  \
                            events counting/tally --as-of 2026-11-23T14:05:00Z\n  \
                            events counting/tally --since 5m --follow --json"
    )]
    Events {
        /// The agent: its name, domain/name, a full id, or the beginning of its instance's UUID
        id: String,
        /// Only those after an event (40), of so long ago at most (5m), or since a time (2026-11-23T14:05:00Z)
        #[arg(long, value_name = "NUMBER|TIME", value_parser = moment::parse)]
        since: Option<Moment>,
        /// Only those up to an event (40), to so long ago (5m), or to a time (2026-11-23T14:05:00Z)
        #[arg(long, value_name = "NUMBER|TIME", value_parser = moment::parse)]
        as_of: Option<Moment>,
        /// Only those of this kind, such as PaidIn
        #[arg(long = "type", value_name = "NAME", value_parser = |text: &str| EventName::new(text))]
        event_type: Option<EventName>,
        /// Go on with what comes, until Ctrl-C
        #[arg(long, conflicts_with = "as_of")]
        follow: bool,
        /// As JSON, a line for each event
        #[arg(long)]
        json: bool,
    },
    /// Show the state of an event-sourced agent, made from its events
    #[command(after_help = "Examples:\n  state counting/tally\n  state counting/tally --as-of 40\n  \
                            state counting/tally --as-of 5m --json")]
    State {
        /// The agent: its name, domain/name, a full id, or the beginning of its instance's UUID
        id: String,
        /// As it was after an event (40), so long ago (5m), or at a time (2026-11-23T14:05:00Z)
        #[arg(long, value_name = "NUMBER|TIME", value_parser = moment::parse)]
        as_of: Option<Moment>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Kill an agent; its supervisor decides what follows
    #[command(
        after_help = "Examples:\n  kill tally\n  kill counting/tally\n  kill tally#2         the second of several instances\n  kill 6f1cb7a4"
    )]
    Kill {
        /// The agent: NAME, DOMAIN/NAME, DOMAIN/NAME#NUMBER, its id, or the beginning of its UUID
        id: String,
    },
    /// Let an agent finish what waits for it, then end it for good
    #[command(after_help = "Examples:\n  drain tally\n  drain counting/tally --limit 5s")]
    Drain {
        /// The agent: NAME, DOMAIN/NAME, DOMAIN/NAME#NUMBER, its id, or the beginning of its UUID
        id: String,
        /// How long what waits may take; what is left then comes back to those who had sent it
        #[arg(long, value_parser = duration::parse, default_value = "30s")]
        limit: Duration,
    },
    /// Let an agent take no new messages until it is resumed
    #[command(after_help = "Examples:\n  suspend counting/tally --reason \"the till is being counted\"")]
    Suspend {
        /// The agent: NAME, DOMAIN/NAME, DOMAIN/NAME#NUMBER, its id, or the beginning of its UUID
        id: String,
        /// Why; whoever asks the agent is told
        #[arg(long)]
        reason: String,
    },
    /// Let a suspended agent go on
    #[command(after_help = "Examples:\n  resume counting/tally")]
    Resume {
        /// The agent: NAME, DOMAIN/NAME, DOMAIN/NAME#NUMBER, its id, or the beginning of its UUID
        id: String,
    },
    /// Say whether the node is ready, and why not; the exit code is 1 when it is not
    #[command(after_help = "Examples:\n  health\n  health --json")]
    Health {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

/// Carries out a command on the node that is meant. What goes wrong is said on the output's second channel, and
/// in the outcome, which an application returns as its exit code.
///
/// # Errors
/// When the output cannot be written; a reader that has gone away (`tree | head`) is no error.
///
/// # Cancel safety
/// What was asked of the node may be done.
pub async fn run(command: ControlCommand, node: &NodeSelector, output: &mut Output) -> io::Result<Outcome> {
    match carry_out(command, node, output).await {
        Ok(outcome) => Ok(outcome),
        Err(failure) => failure.explain(node, output),
    }
}

async fn carry_out(
    command: ControlCommand,
    node: &NodeSelector,
    output: &mut Output,
) -> Result<Outcome, Failure> {
    if let ControlCommand::Tree { watch: true, .. } = command {
        return tree::watch(node, output).await;
    }
    let client = ControlClient::connect(&node.locate()?).await?;
    match command {
        ControlCommand::Tree { at: Some(at), json, .. } => past::show(&client, at, json, output).await,
        ControlCommand::Tree { json, .. } => tree::show(&client, json, output).await,
        ControlCommand::DryRun(dry_run) => dry_run.ask(&client, output).await,
        ControlCommand::Agents { json } => agents::show(&client, json, output).await,
        ControlCommand::Call { domain, agent, action, json, timeout } => {
            call::run(&client, call::Asked { domain, agent, action, json, timeout }, output).await
        }
        ControlCommand::Inspect { id, json } => inspect::show(&client, &id, json, output).await,
        ControlCommand::Restarts { since, follow, json } => {
            restarts::show(&client, since, follow, json, output).await
        }
        ControlCommand::Events { id, since, as_of, event_type, follow, json } => {
            let wanted = logged::Wanted { since, as_of, event_type, follow };
            logged::events(&client, &id, wanted, json, output).await
        }
        ControlCommand::State { id, as_of, json } => logged::state(&client, &id, as_of, json, output).await,
        ControlCommand::Kill { id } => act::kill(&client, &id, output).await,
        ControlCommand::Drain { id, limit } => act::drain(&client, &id, limit, output).await,
        ControlCommand::Suspend { id, reason } => act::suspend(&client, &id, &reason, output).await,
        ControlCommand::Resume { id } => act::resume(&client, &id, output).await,
        ControlCommand::Health { json } => act::health(&client, json, output).await,
    }
}
