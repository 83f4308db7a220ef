//! Where a command writes to, and what may be written there: colours and redrawing on a terminal only.

use std::io::{self, IsTerminal, Read, Write};

use serde::Serialize;

/// Where a command reads from and writes to.
pub struct Output {
    out: Box<dyn Write + Send>,
    complaints: Box<dyn Write + Send>,
    input: Box<dyn Read + Send>,
    terminal: bool,
    colours: bool,
    width: Option<usize>,
}

/// How a piece of text is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Quiet,
    Good,
    Careful,
    Bad,
}

/// A piece of text on a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span(pub(super) String, pub(super) Tone);

impl Span {
    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self(text.into(), Tone::Plain)
    }
}

impl Output {
    /// Standard output, standard error and standard input. Lines are cut to the width of a terminal, which also
    /// gets colours, unless `NO_COLOR` is set.
    #[must_use]
    pub fn stdio() -> Self {
        let out = io::stdout();
        let terminal = out.is_terminal();
        let size = if terminal { rustix::termios::tcgetwinsize(&out).ok() } else { None };
        let no_colours = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            out: Box::new(out),
            complaints: Box::new(io::stderr()),
            input: Box::new(io::stdin()),
            terminal,
            colours: terminal && !no_colours,
            width: size.map(|size| usize::from(size.ws_col)).filter(|&width| width > 0),
        }
    }

    /// Other channels, which are no terminals: no colours, and lines as long as they are. There is no input.
    #[must_use]
    pub fn new(out: impl Write + Send + 'static, complaints: impl Write + Send + 'static) -> Self {
        Self {
            out: Box::new(out),
            complaints: Box::new(complaints),
            input: Box::new(io::empty()),
            terminal: false,
            colours: false,
            width: None,
        }
    }

    /// With this input.
    #[must_use]
    pub fn input(mut self, input: impl Read + Send + 'static) -> Self {
        self.input = Box::new(input);
        self
    }

    /// With lines cut to so many characters.
    #[must_use]
    pub fn width(mut self, width: usize) -> Self {
        self.width = Some(width);
        self
    }

    /// With colours.
    #[must_use]
    pub fn colours(mut self) -> Self {
        self.colours = true;
        self
    }

    /// Everything that comes as input.
    pub(super) fn read(&mut self) -> io::Result<String> {
        let mut text = String::new();
        self.input.read_to_string(&mut text)?;
        Ok(text)
    }

    /// Empties the screen, if there is one.
    pub(super) fn clear(&mut self) -> io::Result<()> {
        if self.terminal {
            self.out.write_all(b"\x1b[H\x1b[2J\x1b[3J")?;
        }
        Ok(())
    }

    /// A line of text for people.
    pub(super) fn line(&mut self, text: &str) -> io::Result<()> {
        self.spans(&[Span::plain(text)])
    }

    /// A line of pieces. What comes from elsewhere cannot steer the terminal: control characters are shown as one
    /// dot each.
    pub(super) fn spans(&mut self, spans: &[Span]) -> io::Result<()> {
        let mut left = self.width.unwrap_or(usize::MAX);
        let length: usize = spans.iter().map(|Span(text, _)| text.chars().count()).sum();
        let cut = length > left;
        left -= usize::from(cut);
        let mut line = String::new();
        for Span(text, tone) in spans {
            let shown: String = text.chars().take(left).map(visible).collect();
            left -= shown.chars().count();
            line.push_str(&self.toned(&shown, *tone));
        }
        if cut {
            line.push('…');
        }
        writeln!(self.out, "{}", line.trim_end())?;
        self.out.flush()
    }

    /// A line that is data already.
    pub(super) fn data(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{text}")?;
        self.out.flush()
    }

    /// A value as JSON over several lines.
    pub(super) fn json(&mut self, value: &impl Serialize) -> io::Result<()> {
        let text = serde_json::to_string_pretty(value)?;
        self.data(&text)
    }

    /// What went wrong.
    pub(super) fn complain(&mut self, text: &str) -> io::Result<()> {
        let shown: String = text.chars().map(|c| if c == '\n' { c } else { visible(c) }).collect();
        writeln!(self.complaints, "{shown}")?;
        self.complaints.flush()
    }

    fn toned(&self, text: &str, tone: Tone) -> String {
        let code = match tone {
            Tone::Plain => return text.to_owned(),
            Tone::Quiet => 2,
            Tone::Good => 32,
            Tone::Careful => 33,
            Tone::Bad => 31,
        };
        if self.colours && !text.trim().is_empty() {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

fn visible(character: char) -> char {
    if character.is_control() { '·' } else { character }
}

impl std::fmt::Debug for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { terminal, colours, width, .. } = self;
        f.debug_struct("Output")
            .field("terminal", terminal)
            .field("colours", colours)
            .field("width", width)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn shown(change: impl FnOnce(Output) -> Output, spans: &[Span]) -> String {
        let written = Written::default();
        change(Output::new(written.clone(), io::sink())).spans(spans).unwrap();
        let bytes = written.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_line_is_cut_to_the_width_and_says_so() {
        let spans = [Span::plain("äöü"), Span::plain("xyz")];
        assert_eq!(shown(|output| output.width(6), &spans), "äöüxyz\n");
        assert_eq!(shown(|output| output.width(5), &spans), "äöüx…\n");
        assert_eq!(shown(|output| output.width(1), &spans), "…\n");
    }

    #[test]
    fn colours_are_for_those_who_want_them() {
        let spans = [Span("down".to_owned(), Tone::Bad), Span("  ".to_owned(), Tone::Bad)];
        assert_eq!(shown(|output| output, &spans), "down\n");
        assert_eq!(shown(Output::colours, &spans), "\u{1b}[31mdown\u{1b}[0m\n");
    }

    #[test]
    fn text_from_elsewhere_cannot_steer_the_terminal() {
        assert_eq!(shown(|output| output, &[Span::plain("a\u{1b}[2Jb\nc\u{9b}d")]), "a·[2Jb·c·d\n");
    }
}
