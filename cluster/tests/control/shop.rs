//! A small system to look at: a till that adds, refuses, panics, waits and streams; and a node that serves it.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mistersmith::agent::{Agent, AgentSpec, Context, Handle, HandleStream, Sink};
use mistersmith::clock::Clock;
use mistersmith::contract::{Answer, Ask, Opening, Subscribe};
use mistersmith::domain::DomainSpec;
use mistersmith::identity::Capability;
use mistersmith::replies;
use mistersmith::supervisor::{Flags, Strategy};
use mistersmith::system::System;
use mistersmith_cluster::control::{
    ControlClient, ControlCommand, ControlOptions, ControlServer, Located, NodeSelector, Outcome, Output, run,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

/// Adds an amount.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Add {
    /// How much; nothing negative.
    pub(crate) amount: i64,
}
/// Reads the total.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Read;
/// Divides the total; by nothing, the till breaks.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Divide {
    pub(crate) by: i64,
}
/// Waits until the test lets it go on.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Wait;
/// Counts up to a number, or without end.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Count {
    pub(crate) to: Option<u64>,
}
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) enum Request {
    Add(Add),
    Read(Read),
    Divide(Divide),
    Wait(Wait),
    Count(Count),
}
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) enum Response {
    Total(i64),
    Waited,
    Number(u64),
}
/// Why the till says no.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("{amount} is negative")]
    Negative { amount: i64 },
}

pub(crate) struct Money;
replies! { Money refuses Refusal: Add => Total(i64), Read => Total(i64), Divide => Total(i64), Wait => Waited, Count => stream Number(u64) }

/// What a test knows of the till, and holds in its hand.
#[derive(Clone, Default)]
pub(crate) struct Levers {
    /// Told when one waits.
    pub(crate) waits: Arc<Notify>,
    /// Lets one that waits go on.
    pub(crate) go: Arc<Notify>,
    /// How many numbers were sent, and whether the reader is gone.
    pub(crate) sent: Arc<Mutex<(u64, bool)>>,
}

struct Till {
    total: i64,
    levers: Levers,
}

impl Agent for Till {
    type Contract = Money;
    type Args = Levers;
    async fn init(levers: Levers, _: &mut Context<Self>) -> anyhow::Result<Self> {
        Ok(Self { total: 10, levers })
    }
}

impl Handle<Add> for Till {
    async fn handle(&mut self, Add { amount }: Add, _: &mut Context<Self>) -> Answer<Add> {
        if amount < 0 {
            return Add::refuse(Refusal::Negative { amount });
        }
        self.total += amount;
        Add::respond(self.total)
    }
}

impl Handle<Read> for Till {
    async fn handle(&mut self, Read: Read, _: &mut Context<Self>) -> Answer<Read> {
        Read::respond(self.total)
    }
}

impl Handle<Divide> for Till {
    async fn handle(&mut self, Divide { by }: Divide, _: &mut Context<Self>) -> Answer<Divide> {
        anyhow::ensure!(by != 0, "the till cannot divide by {by}");
        Divide::respond(self.total / by)
    }
}

impl Handle<Wait> for Till {
    async fn handle(&mut self, Wait: Wait, _: &mut Context<Self>) -> Answer<Wait> {
        self.levers.waits.notify_one();
        self.levers.go.notified().await;
        Wait::respond(())
    }
}

impl HandleStream<Count> for Till {
    async fn handle_stream(
        &mut self,
        Count { to }: Count,
        items: Sink<Count>,
        context: &mut Context<Self>,
    ) -> anyhow::Result<Opening<Money>> {
        let sent = Arc::clone(&self.levers.sent);
        context.spawn(async move {
            for number in 1..=to.unwrap_or(u64::MAX) {
                if items.send(number).await.is_err() {
                    sent.lock().unwrap().1 = true;
                    return;
                }
                sent.lock().unwrap().0 = number;
            }
            items.finish();
        })?;
        Count::accept()
    }
}

/// A shop whose clock is seeded, served on a port of its own, with its files in a folder of its own.
pub(crate) struct Shop {
    pub(crate) system: System,
    pub(crate) server: ControlServer,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) levers: Levers,
}

pub(crate) fn system(levers: &Levers) -> mistersmith::system::Builder {
    let till = AgentSpec::new::<Till>("till", levers.clone()).unwrap();
    let till = till.capability(Capability::new("money.count").unwrap());
    let spare = AgentSpec::new::<Till>("spare", levers.clone()).unwrap().instances(2);
    let sales = DomainSpec::new("sales", Flags::new(Strategy::OneForOne, 3, 5)).unwrap();
    System::builder("shop").clock(Clock::seeded(7)).domain(sales.agent(till).agent(spare))
}

pub(crate) fn options(folder: &Path) -> ControlOptions {
    ControlOptions {
        token_file: Some(folder.join("token")),
        node_file: Some(folder.join("shop.json")),
        ..ControlOptions::default()
    }
}

impl Shop {
    pub(crate) async fn open() -> Self {
        let (folder, levers) = (tempfile::tempdir().unwrap(), Levers::default());
        let system = system(&levers).start().await.unwrap();
        let server = ControlServer::start(&system, options(folder.path())).await.unwrap();
        Self { system, server, folder, levers }
    }

    pub(crate) fn token(&self) -> String {
        std::fs::read_to_string(self.server.token_file()).unwrap().trim().to_owned()
    }

    pub(crate) async fn client(&self) -> ControlClient {
        let node = Located::at(self.server.address(), self.server.token_file());
        ControlClient::connect(&node).await.unwrap()
    }

    /// What a command says, what it complains of, and how it ends.
    pub(crate) async fn say(&self, words: &[&str]) -> (String, String, Outcome) {
        self.say_with(words, |output| output).await
    }

    pub(crate) async fn say_with(
        &self,
        words: &[&str],
        change: impl FnOnce(Output) -> Output,
    ) -> (String, String, Outcome) {
        say(&self.selector(), words, change).await
    }

    pub(crate) fn selector(&self) -> NodeSelector {
        NodeSelector::default().folder(self.folder.path()).start_hint("shop run")
    }

    /// Waits until the till has been started so many times.
    pub(crate) async fn till_is_up(&self, incarnation: u64) {
        let client = self.client().await;
        until("the till is up again", async || {
            let till = client.agent("sales/till").await.unwrap().entry.agent;
            till.incarnation == incarnation && till.stage == mistersmith::identity::lifecycle::Stage::Active
        })
        .await;
    }
}

pub(crate) async fn say(
    node: &NodeSelector,
    words: &[&str],
    change: impl FnOnce(Output) -> Output,
) -> (String, String, Outcome) {
    let (out, complaints) = (Written::default(), Written::default());
    let mut output = change(Output::new(out.clone(), complaints.clone()));
    let outcome = run(command(words), node, &mut output).await.unwrap();
    (out.text(), complaints.text(), outcome)
}

#[derive(Debug, clap::Parser)]
pub(crate) struct Line {
    #[command(subcommand)]
    pub(crate) command: ControlCommand,
}

pub(crate) fn command(words: &[&str]) -> ControlCommand {
    use clap::Parser;
    Line::try_parse_from([&["shop"], words].concat()).unwrap().command
}

/// Text that was written to a channel.
#[derive(Clone, Default)]
pub(crate) struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl std::io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Sockets are real here, so conditions are polled, for ten seconds at most.
pub(crate) async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    let clock = Clock::machine();
    for _ in 0..1_000 {
        if holds().await {
            return;
        }
        clock.sleep(Duration::from_millis(10)).await;
    }
    panic!("{what}: not within ten seconds");
}
