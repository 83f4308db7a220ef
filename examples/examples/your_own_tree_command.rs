//! Any application can have `tree`, `call`, `restarts` and the rest: its own subcommands and ours in one enum.
//!
//! Run it: `cargo run -p mistersmith-examples --example your_own_tree_command` shows what one would type.
//! With `-- open` it is the application itself; then, in another terminal, try `-- tree --watch`, `-- kill sales/till`.

#![allow(clippy::print_stdout, missing_docs, missing_debug_implementations, reason = "an example prints")]

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use mistersmith::prelude::*;
use mistersmith_cluster::control::{
    ControlCommand, ControlOptions, ControlServer, NodeSelector, Output, run,
};

/// A shop with a till.
#[derive(Parser)]
struct Shop {
    /// Which shop is meant; not needed when only one is open.
    #[command(flatten)]
    node: NodeSelector,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Open the shop, until Ctrl-C
    Open,
    #[command(flatten)]
    Control(ControlCommand),
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
struct Pay {
    cents: u32,
}
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
enum Request {
    Pay(Pay),
}
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
enum Response {
    Total(u64),
}
struct Money;
replies! { Money: Pay => Total(u64) }

struct Till {
    total: u64,
}

impl Agent for Till {
    type Contract = Money;
    type Args = ();
    async fn init((): (), _: &mut Context<Self>) -> anyhow::Result<Self> {
        Ok(Self { total: 0 })
    }
}

impl Handle<Pay> for Till {
    async fn handle(&mut self, Pay { cents }: Pay, _: &mut Context<Self>) -> Answer<Pay> {
        self.total += u64::from(cents);
        Pay::respond(self.total)
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let Shop { node, command } = Shop::parse();
    match command {
        Some(Command::Control(command)) => {
            let node =
                node.start_hint("cargo run -p mistersmith-examples --example your_own_tree_command -- open");
            Ok(run(command, &node, &mut Output::stdio()).await?.into())
        }
        Some(Command::Open) => {
            let (shop, control) = open(ControlOptions::default()).await?;
            println!("the shop is open at {}; Ctrl-C closes it", control.address());
            tokio::signal::ctrl_c().await?;
            control.stop().await;
            shop.stop().await;
            Ok(ExitCode::SUCCESS)
        }
        None => tour().await,
    }
}

/// The two lines that make a system one that can be looked at.
async fn open(options: ControlOptions) -> anyhow::Result<(System, ControlServer)> {
    let sales = DomainSpec::new("sales", Flags::new(Strategy::OneForOne, 3, 5))?;
    let sales = sales.agent(AgentSpec::new::<Till>("till", ())?);
    let shop = System::builder("shop").domain(sales).start().await?;
    let control = ControlServer::start(&shop, options).await?;
    Ok((shop, control))
}

/// What one would type in the second terminal, with the files of the shop in a folder that goes away.
async fn tour() -> anyhow::Result<ExitCode> {
    let folder = tempfile::tempdir()?;
    let (token_file, node_file) = (folder.path().join("shop.token"), folder.path().join("shop.json"));
    let options = ControlOptions {
        token_file: Some(token_file),
        node_file: Some(node_file),
        ..ControlOptions::default()
    };
    let (shop, control) = open(options).await?;
    for typed in ["tree", "call sales till pay {\"cents\":250}", "kill sales/till", "restarts", "health"] {
        println!("\n$ shop {typed}");
        let newest = shop.history().newest();
        let Shop { node, command } = Shop::try_parse_from(["shop"].into_iter().chain(typed.split(' ')))?;
        if let Some(Command::Control(command)) = command {
            run(command, &node.folder(folder.path()), &mut Output::stdio()).await?;
        }
        if typed.starts_with("kill") {
            shop.history().after(newest).await; // its supervisor has decided
        }
    }
    control.stop().await;
    shop.stop().await;
    Ok(ExitCode::SUCCESS)
}
