//! Reads an Erlang term.

use super::Term;
use super::malformed::Wrong;
use super::term::continues_a_name;

impl Term {
    /// Reads a whole text as one term.
    pub(super) fn read(text: &str) -> Result<Self, Wrong> {
        let mut rest = Rest { text, at: 0 };
        let term = rest.term()?;
        if rest.left().is_empty() { Ok(term) } else { Err(Wrong::new("the end of the term", rest.left())) }
    }
}

struct Rest<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Rest<'a> {
    fn left(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip_blanks(&mut self) {
        self.at += self.left().len() - self.left().trim_start().len();
    }

    fn eat(&mut self, word: &str) -> bool {
        self.skip_blanks();
        let found = self.left().starts_with(word);
        if found {
            self.at += word.len();
        }
        found
    }

    fn expect(&mut self, word: &str) -> Result<(), Wrong> {
        if self.eat(word) { Ok(()) } else { Err(Wrong::new(format!("`{word}`"), self.left())) }
    }

    fn take_while(&mut self, goes_on: impl Fn(char) -> bool) -> &'a str {
        let left = self.left();
        let length = left.find(|character| !goes_on(character)).unwrap_or(left.len());
        self.at += length;
        &left[..length]
    }

    fn term(&mut self) -> Result<Term, Wrong> {
        self.skip_blanks();
        let left = self.left();
        match left.chars().next() {
            Some('{') => Ok(Term::Tuple(self.list("{", "}", Self::term)?)),
            Some('[') => Ok(Term::List(self.list("[", "]", Self::term)?)),
            Some('#') => {
                self.expect("#")?;
                Ok(Term::Map(self.list("{", "}", Self::pair)?))
            }
            Some('\'') => Ok(Term::Atom(self.quoted('\'')?)),
            Some('"') => Ok(Term::Text(self.quoted('"')?)),
            Some(first) if first.is_ascii_digit() || first == '-' => self.number(),
            Some(first) if first.is_lowercase() => Ok(Term::atom(self.take_while(continues_a_name))),
            _ => Err(Wrong::new("an Erlang term (an atom, an integer, a tuple, a list or a map)", left)),
        }
    }

    fn pair(&mut self) -> Result<(Term, Term), Wrong> {
        let key = self.term()?;
        self.expect("=>")?;
        Ok((key, self.term()?))
    }

    fn list<T>(
        &mut self,
        open: &str,
        close: &str,
        mut part: impl FnMut(&mut Self) -> Result<T, Wrong>,
    ) -> Result<Vec<T>, Wrong> {
        self.expect(open)?;
        let mut parts = Vec::new();
        if self.eat(close) {
            return Ok(parts);
        }
        loop {
            parts.push(part(self)?);
            if self.eat(close) {
                return Ok(parts);
            }
            self.expect(",")?;
        }
    }

    fn quoted(&mut self, quote: char) -> Result<String, Wrong> {
        let begin = self.left();
        let mut characters = begin.char_indices().skip(1);
        let mut text = String::new();
        while let Some((at, character)) = characters.next() {
            if character == quote {
                self.at += at + quote.len_utf8();
                return Ok(text);
            }
            let escape = if character == '\\' { characters.next().map(|(_, after)| after) } else { None };
            text.push(match escape {
                Some('s') => ' ',
                Some('n') => '\n',
                Some('t') => '\t',
                Some(after) => after,
                None => character,
            });
        }
        Err(Wrong::new(format!("a closing {quote}"), begin))
    }

    fn number(&mut self) -> Result<Term, Wrong> {
        let begin = self.left();
        let text = self.take_while(|character| character.is_ascii_digit() || "+-.eE".contains(character));
        if text.contains('.') && text.parse::<f64>().is_ok() {
            return Ok(Term::Float(text.to_owned()));
        }
        text.parse().map(Term::Integer).map_err(|_| Wrong::new("a number", begin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Term {
        Term::read(text).expect("it is a term")
    }

    #[test]
    fn what_is_written_is_read_again() {
        for text in [
            "a",
            "'EXIT'",
            "-7",
            "1.5",
            "{}",
            "[]",
            "{shutdown,{failed_to_start_child,f,nope}}",
            "[#{id=>a,start=>{m,f,[]},shutdown=>-1},\"two\\swords\"]",
            "'end'",
            "'it\\'s'",
        ] {
            assert_eq!(read(text).source().to_string(), text);
        }
    }

    #[test]
    fn a_trace_shows_atoms_without_quotes() {
        assert_eq!(read("{'EXIT',{'two words',#{a=>1}}}").to_string(), "{EXIT,{two words,#{a => 1}}}");
    }

    #[test]
    fn what_is_no_term_is_named() {
        for (text, expected) in [
            ("Foo", "an Erlang term"),
            ("{a", "`,`"),
            ("a}", "the end"),
            ("'a", "a closing '"),
            ("", "an Erlang"),
        ] {
            let wrong = Term::read(text).expect_err(text);
            assert!(wrong.expected.starts_with(expected), "{text}: {wrong:?}");
        }
    }
}
