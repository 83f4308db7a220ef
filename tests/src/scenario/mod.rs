//! Scenarios of supervision as values: a tree, and what is done to it, read from text and written back.
//!
//! The format is one for any implementation, so that two can be compared line by line; `tests/scenarios/FORMAT.md`
//! is its page. A value that Erlang would refuse (a strategy of `foo`) is a value here too, because what comes of
//! it is part of what is compared. Only what is no scenario at all is an error, with its line.
//!
//! ```
//! use mistersmith_tests::scenario::{Action, Scenario};
//!
//! let text = "sup root intensity=3\n  child a start=ok,error*2\nend\n---\ncrash a\nwhich root\n";
//! let scenario = Scenario::parse(text)?;
//! assert_eq!(scenario.steps[1].action, Action::Which { sup: "root".into() });
//! assert_eq!(Scenario::parse(&scenario.to_string())?, scenario);
//! # Ok::<_, mistersmith_tests::scenario::Malformed>(())
//! ```

mod action;
mod batch;
mod keys;
mod malformed;
mod options;
mod order;
mod read_action;
mod read_term;
mod reader;
mod script;
mod term;
mod tree;

use std::fmt;

pub use action::{Action, BurstExit, Call, ChildName, NewChild, Step};
pub use batch::{Part, split};
pub use keys::{Keys, Value};
pub use malformed::Malformed;
pub use options::{ClockKind, Options};
pub use script::{OnStop, StartToken, StartTokens};
pub use term::{Source, Term};
pub use tree::{Child, SupBlock, Worker};

/// One scenario: how it is run, the tree that is started, and what is done to it, one step after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// How it is run.
    pub options: Options,
    /// The supervisor at the root, with everything below it.
    pub root: SupBlock,
    /// What is done, in this order.
    pub steps: Vec<Step>,
}

impl Scenario {
    /// Reads one scenario.
    ///
    /// # Errors
    /// The first line that is none of a scenario.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        reader::read(text)
    }
}

/// As text that [`Scenario::parse`] reads.
impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.options)?;
        self.root.write(f, 0)?;
        f.write_str("---\n")?;
        for step in &self.steps {
            writeln!(f, "{}", step.text)?;
            if let Some(block) = step.action.following_block() {
                block.write(f, 0)?;
            }
            if let Some((children, end)) = step.action.open_block() {
                for child in children {
                    child.write(f, 1)?;
                }
                writeln!(f, "{end}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_is_read_and_written_and_read_again() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/samples");
        let mut samples = 0;
        for entry in std::fs::read_dir(folder).expect("the samples are there") {
            let path = entry.expect("the samples are readable").path();
            if path.extension().is_some_and(|extension| extension == "scn") {
                let text = std::fs::read_to_string(&path).expect("a sample is text");
                let scenario =
                    Scenario::parse(&text).unwrap_or_else(|wrong| panic!("{}:{wrong}", path.display()));
                assert_eq!(
                    Scenario::parse(&scenario.to_string()).as_ref(),
                    Ok(&scenario),
                    "{}",
                    path.display()
                );
                samples += 1;
            }
        }
        assert!(samples >= 16, "only {samples} samples were read");
    }
}
