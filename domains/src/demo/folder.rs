//! The files of one run: a folder of its own, in which nothing was before.

use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::lines::Lines;

/// The orders that ship with the project.
const SHIPPED: &[u8] = include_bytes!("../../data/orders.csv");

const RESULTS_HEADER: &str = "line,order_id,customer,sku,quantity,packs,total,currency\n";
const REJECTS_HEADER: &str = "line,kind,detail\n";

/// Where a run reads and writes.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    pub(super) path: PathBuf,
    pub(super) input: PathBuf,
}

impl Folder {
    /// Makes the folder, with files that have a header only; without an `input`, with a copy of the shipped one.
    pub(super) fn prepare(path: PathBuf, input: Option<&Path>) -> anyhow::Result<Self> {
        if let Some(input) = input {
            check_readable(input)?;
        }
        if is_used(&path)? {
            bail!(
                "{} is there and not empty; nothing is overwritten: name a folder that is not there",
                path.display()
            );
        }
        fs::create_dir_all(&path).with_context(|| format!("cannot make the folder {}", path.display()))?;
        let copy = path.join("orders.csv");
        let folder = Self { input: input.map_or_else(|| copy.clone(), Path::to_path_buf), path };
        if input.is_none() {
            fs::write(&copy, SHIPPED).with_context(|| format!("cannot write {}", copy.display()))?;
        }
        for (file, header) in [
            (folder.results(), RESULTS_HEADER),
            (folder.rejects(), REJECTS_HEADER),
            (folder.acknowledgements(), ""),
        ] {
            fs::write(&file, header).with_context(|| format!("cannot write {}", file.display()))?;
        }
        Ok(folder)
    }

    /// One row per order that has a price.
    pub(super) fn results(&self) -> PathBuf {
        self.path.join("results.csv")
    }

    /// One row per line that came to no result, with the reason.
    pub(super) fn rejects(&self) -> PathBuf {
        self.path.join("rejects.csv")
    }

    /// One line number per line whose row was on the disk before.
    pub(super) fn acknowledgements(&self) -> PathBuf {
        self.path.join("acknowledged.txt")
    }

    /// The lines of the input.
    pub(super) fn lines(&self) -> io::Result<Lines<BufReader<File>>> {
        Ok(Lines::new(BufReader::new(File::open(&self.input)?)))
    }
}

fn check_readable(input: &Path) -> anyhow::Result<()> {
    let wanted = || format!("cannot read {}; expected a file of order lines", input.display());
    if fs::metadata(input).with_context(wanted)?.is_dir() {
        bail!("{} is a folder; expected a file of order lines", input.display());
    }
    File::open(input).with_context(wanted).map(drop)
}

fn is_used(path: &Path) -> anyhow::Result<bool> {
    match fs::read_dir(path) {
        Ok(mut entries) => Ok(entries.next().is_some()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => {
            Err(error).with_context(|| format!("expected a folder to write to: {}", path.display()))
        }
    }
}
