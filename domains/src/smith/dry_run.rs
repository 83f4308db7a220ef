//! `smith dry-run`: what would follow if agents ended, on the node that runs, or of a file with no node anywhere.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use mistersmith_cluster::control::{self, ControlCommand, DryRun, NodeSelector, Output};

use super::check::refuse;
use super::say::program;
use super::sources;

/// What is to be tried, and where.
#[derive(Args, Clone, Debug)]
pub(crate) struct DryRunOptions {
    /// The configuration of a node that need not run; without one, the node that runs is asked
    #[arg(conflicts_with_all = ["node", "address", "token_file"])]
    file: Option<PathBuf>,
    #[command(flatten)]
    dry_run: DryRun,
    #[command(flatten)]
    node: NodeSelector,
}

/// Tells what would follow, one end after the other.
pub(super) async fn tell(options: DryRunOptions) -> anyhow::Result<ExitCode> {
    let DryRunOptions { file, dry_run, node } = options;
    let mut output = Output::stdio();
    let Some(file) = file else {
        let hint = format!("{0} run; or without one: {0} dry-run FILE --if CHILD=REASON", program());
        let node = node.start_hint(hint);
        return Ok(control::run(ControlCommand::DryRun(dry_run), &node, &mut output).await?.into());
    };
    match sources::file_alone(&file) {
        Ok(ready) => Ok(dry_run.tell(ready.builder.dry_run(), &mut output)?.into()),
        Err(wrong) => Ok(refuse(&wrong)),
    }
}
