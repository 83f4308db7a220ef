//! What can be asked of the bank.

use std::path::PathBuf;

use clap::Args;

/// Run a bank that may be killed at any instant.
#[derive(Args, Clone, Debug, Default)]
pub struct BankOptions {
    /// The folder of the bank's log; a bank that is there goes on. By default, `smith-demo-bank` among the temporary
    /// files.
    #[arg(long, value_name = "FOLDER")]
    pub folder: Option<PathBuf>,

    /// Ends by itself after so many seconds; by default, Ctrl-C ends it.
    #[arg(long, value_name = "SECONDS")]
    pub seconds: Option<u64>,

    /// Only counts the books of a bank that is there and does not run.
    #[arg(long, conflicts_with = "seconds")]
    pub check: bool,
}
