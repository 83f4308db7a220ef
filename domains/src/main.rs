//! `smith`: a node of the reference application, and the command line to talk to one.

mod smith;

use std::process::ExitCode;

use clap::Parser;

/// Messages are allocated by one thread and freed by another: see docs/decisions/0007.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    match smith::execute(smith::CommandLine::parse()).await {
        Ok(code) => code,
        Err(error) => {
            smith::complain(format_args!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}
