//! `smith`: a node of the reference application, and the command line to talk to one.

mod smith;

use std::process::ExitCode;

use clap::Parser;

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    smith::execute(smith::CommandLine::parse()).await
}
