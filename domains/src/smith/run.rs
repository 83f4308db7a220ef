//! `smith run`: starts a node, shows it, and stays until it is told to stop or gives up.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use mistersmith::exit::Exit;
use mistersmith::system::{Builder, System};
use mistersmith_cluster::control::{
    self, ControlCommand, ControlOptions, ControlServer, NodeSelector, Output,
};
use mistersmith_domains::node;

use super::command_line::RunOptions;
use super::say::{complain, program, say};
use super::signals::Signals;
use super::sources::{self, Ready};
use super::{check, last_words, logging, node_log};

/// How long all agents together may take to finish what waits for them when the node is told to stop.
const DRAIN_WITHIN: Duration = Duration::from_secs(30);

/// The node gave up; `EX_SOFTWARE` of sysexits.h.
const GAVE_UP: u8 = 70;
/// A second signal, or one before the node was up; what a shell reports of a program that Ctrl-C has ended.
const KILLED: u8 = 130;

/// Starts a node, and returns when it has ended.
pub(super) async fn run(options: RunOptions) -> anyhow::Result<ExitCode> {
    let ready = match sources::everything(&options.given()) {
        Ok(ready) => ready,
        Err(wrong) => return Ok(check::refuse(&wrong)),
    };
    let Ready { loaded, builder } = ready;
    let configuration = loaded.configuration;
    logging::begin(configuration.log);
    // From here on no signal ends the process by itself; one during the start is seen by the start.
    let mut signals = Signals::listen()?;
    let options = ControlOptions {
        listen: configuration.control.listen,
        token_file: configuration.control.token_file.clone(),
        ..ControlOptions::default()
    };
    if let Err(error) = ControlServer::check(configuration.node.name.as_ref(), &options).await {
        complain(format_args!("not started: {error}"));
        return Ok(ExitCode::FAILURE);
    }
    let log = match node_log::open_for(&configuration) {
        Ok(log) => log,
        Err(error) => {
            complain(format_args!("not started: {error:#}"));
            return Ok(ExitCode::FAILURE);
        }
    };
    let log_file = log.as_ref().map(|(path, _)| path.clone());
    if let Some((path, damage)) = log.as_ref().and_then(|(path, log)| Some((path, log.damage()?))) {
        complain(format_args!("{damage}\n{}", node_log::help_with_damage(path)));
        complain("the node starts without recording anything, and is not ready");
    }
    let builder = match log {
        Some((_, log)) => builder.event_log(Arc::new(log)),
        None => builder,
    };
    say(format_args!("smith {}: starting node {}", env!("CARGO_PKG_VERSION"), configuration.node.name));
    for domain in node::domains(&configuration)? {
        let agents: Vec<_> = domain.agents().iter().map(|agent| agent.name().as_str()).collect();
        say(format_args!("  {}: {}", domain.name(), agents.join(", ")));
    }
    let (system, control) = match unless(start(builder, options), signals.next()).await {
        Ok(Some(started)) => started,
        Ok(None) => return Ok(ExitCode::FAILURE),
        Err(signal) => {
            complain(format_args!("{signal} before the node was up: what had started is killed"));
            return Ok(ExitCode::from(KILLED));
        }
    };
    introduce(&system, &control, log_file.as_deref()).await?;
    let code = stay(&system, &mut signals).await;
    control.stop().await;
    Ok(code)
}

/// What `starting` comes to, unless there is a signal first: dropping the start kills what it had started.
async fn unless<T>(
    starting: impl Future<Output = T>,
    signal: impl Future<Output = &'static str>,
) -> Result<T, &'static str> {
    tokio::select! {
        biased;
        started = starting => Ok(started),
        signal = signal => Err(signal),
    }
}

/// Starts the system and its control interface, or says why not.
async fn start(builder: Builder, options: ControlOptions) -> Option<(System, ControlServer)> {
    let system = match builder.start().await {
        Ok(system) => system,
        Err(error) => {
            complain(format_args!("not started: {error}"));
            return None;
        }
    };
    match ControlServer::start(&system, options).await {
        Ok(control) => Some((system, control)),
        Err(error) => {
            complain(format_args!("not started: {error}"));
            system.stop().await;
            None
        }
    }
}

/// Shows the tree, and says how to talk to the node.
async fn introduce(system: &System, control: &ControlServer, log: Option<&Path>) -> anyhow::Result<()> {
    let took = system.clock().now();
    say(format_args!("up in {:.1} ms\n", took.as_secs_f64() * 1000.0));
    let myself = NodeSelector::at(control.address(), control.token_file());
    let tree = ControlCommand::Tree { at: None, watch: false, json: false };
    control::run(tree, &myself, &mut Output::stdio()).await?;
    say(format_args!("\ncontrol interface: http://{}", control.address()));
    say(format_args!("token file:        {}", control.token_file().display()));
    if let Some(log) = log {
        say(format_args!("event log:         {}", log.display()));
    }
    let smith = program();
    say("\nin another terminal:");
    for command in [
        "tree --watch",
        "call agent_lifecycle health_monitor report",
        "kill agent_lifecycle/agent_registry",
        "restarts",
        "events agent_lifecycle/agent_registry",
    ] {
        say(format_args!("  {smith} {command}"));
    }
    say("Ctrl-C stops the node in good order.");
    Ok(())
}

/// Waits until the system gives up, or is told to stop and has.
async fn stay(system: &System, signals: &mut Signals) -> ExitCode {
    let signal = tokio::select! {
        exit = system.ended() => return gave_up(system, &exit),
        signal = signals.next() => signal,
    };
    let waiting: usize = system.agents().iter().map(|agent| agent.facts().queued).sum();
    say(format_args!(
        "\n{signal}: stopping in good order, {waiting} messages wait; once more kills everything at once"
    ));
    tokio::select! {
        exit = system.shut_down(DRAIN_WITHIN) => {
            say(format_args!("stopped: {exit}"));
            ExitCode::SUCCESS
        }
        signal = signals.next() => {
            complain(format_args!("{signal} again: everything is killed, nothing is cleaned up"));
            system.kill();
            ExitCode::from(KILLED)
        }
    }
}

fn gave_up(system: &System, exit: &Exit) -> ExitCode {
    complain("the node has given up; what led to it:");
    for line in last_words::of(&system.history().events(), exit) {
        complain(format_args!("  {line}"));
    }
    complain(format_args!("{} run starts it again", program()));
    ExitCode::from(GAVE_UP)
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::sync::Arc;

    use super::*;

    #[tokio::test]
    async fn a_signal_during_the_start_drops_what_had_started() {
        let held = Arc::new(());
        let starting = {
            let held = Arc::clone(&held);
            async move {
                let _held = held;
                pending::<()>().await;
            }
        };
        assert_eq!(unless(starting, ready("SIGINT")).await, Err("SIGINT"));
        assert_eq!(Arc::strong_count(&held), 1);
        assert_eq!(unless(ready(7), pending()).await, Ok(7));
    }
}
