//! A batch: several scenarios in one text, separated by lines that begin with `%%%`.

/// One scenario of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// The line that separates it from what is before it, if there is one.
    pub heading: Option<&'a str>,
    /// The number of its first line in the whole text, counted from 1.
    pub first_line: usize,
    /// Its own text.
    pub text: &'a str,
}

/// The scenarios of a text, in order. Parts in which nothing is said are left out.
#[must_use]
pub fn split(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let (mut heading, mut first_line, mut begin, mut at) = (None, 1, 0, 0);
    for (index, line) in text.split_inclusive('\n').enumerate() {
        if line.starts_with("%%%") {
            parts.push(Part { heading, first_line, text: &text[begin..at] });
            heading = Some(line.trim_end());
            first_line = index + 2;
            begin = at + line.len();
        }
        at += line.len();
    }
    parts.push(Part { heading, first_line, text: &text[begin..] });
    parts.retain(|part| part.text.lines().any(says_something));
    parts
}

fn says_something(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with('#')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scenarios_are_separated_with_their_headings_and_lines() {
        let parts = split("# first\nsup a\n%%% two\nsup b\nend\n%%%\n\n%%% three\nsup c");
        let seen: Vec<_> =
            parts.iter().map(|part| (part.heading, part.first_line, part.text.lines().count())).collect();
        assert_eq!(seen, [(None, 1, 2), (Some("%%% two"), 4, 2), (Some("%%% three"), 9, 1)]);
    }
}
