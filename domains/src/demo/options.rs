//! What can be asked of a run.

use std::path::PathBuf;

use clap::Args;

/// Kill agents while they work, and count afterwards whether anything was lost.
#[derive(Args, Clone, Debug, Default)]
pub struct CrashOptions {
    /// Decides which agents are killed and when; the same seed kills the same ones again. Random by default.
    #[arg(long)]
    pub seed: Option<u64>,

    /// A file of your own, one order per line: order_id,time,customer,sku,quantity,unit_price,currency. Lines of
    /// at most 4096 bytes; of any number. By default, orders that ship with the project.
    #[arg(long, value_name = "FILE")]
    pub input: Option<PathBuf>,

    /// The folder for what comes out; it must be empty or not there. By default, a new one for temporary files.
    #[arg(long, value_name = "FOLDER")]
    pub output: Option<PathBuf>,

    /// Lines per second; 0 for as fast as possible. By default, so many that it takes about ten seconds.
    #[arg(long, value_name = "LINES")]
    pub rate: Option<u32>,

    /// Only the summary, as JSON.
    #[arg(long)]
    pub json: bool,
}
