//! A scenario with two traces, told as a story: what was done, and what each side made of it.

use std::fmt;

use crate::scenario::Scenario;

/// A scenario of which two traces differ.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The scenario.
    pub scenario: Scenario,
    /// What real OTP did.
    pub theirs: String,
    /// What we did.
    pub ours: String,
}

/// The scenario; then the traces side by side, with a mark at each line that differs.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.scenario)?;
        let (theirs, ours): (Vec<_>, Vec<_>) = (self.theirs.lines().collect(), self.ours.lines().collect());
        let width = theirs.iter().map(|line| line.chars().count()).max().unwrap_or(0).clamp(20, 70);
        writeln!(f, "    {:width$} | ours", "real OTP")?;
        for (left, right) in aligned(&theirs, &ours) {
            let mark = if left == right { ' ' } else { '*' };
            writeln!(f, "  {mark} {:width$} | {}", left.unwrap_or("-"), right.unwrap_or("-"))?;
        }
        Ok(())
    }
}

/// The lines of both, those that are equal in one row: a longest common subsequence.
fn aligned<'a>(left: &[&'a str], right: &[&'a str]) -> Vec<(Option<&'a str>, Option<&'a str>)> {
    let mut common = vec![vec![0_usize; right.len() + 1]; left.len() + 1];
    for i in (0..left.len()).rev() {
        for j in (0..right.len()).rev() {
            common[i][j] = if left[i] == right[j] {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let (mut i, mut j, mut rows) = (0, 0, Vec::new());
    while i < left.len() || j < right.len() {
        if i < left.len() && j < right.len() && left[i] == right[j] {
            rows.push((Some(left[i]), Some(right[j])));
            (i, j) = (i + 1, j + 1);
        } else if j == right.len() || (i < left.len() && common[i + 1][j] >= common[i][j + 1]) {
            rows.push((Some(left[i]), None));
            i += 1;
        } else {
            rows.push((None, Some(right[j])));
            j += 1;
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_marked_and_what_is_common_stands_in_one_row() {
        let scenario = Scenario::parse("sup root\n  child a\nend\n---\ncrash a\n").unwrap();
        let theirs = "> crash a\n  stop a #1 boom\n  start a #2\n".to_owned();
        let ours = "> crash a\n  stop a #1 boom\n  start a #3\n".to_owned();
        let story = Difference { scenario, theirs, ours }.to_string();
        for line in [
            "crash a",
            "    > crash a            | > crash a",
            "  *   start a #2         | -",
            "  * -                    |   start a #3",
        ] {
            assert!(story.lines().any(|other| other == line), "{line:?} is not in\n{story}");
        }
    }
}
