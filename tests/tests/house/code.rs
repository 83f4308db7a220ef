//! The code of a Rust text: without its comments, without what stands in quotes, without its tests.
//!
//! Bytes are replaced, never removed, so that an offset in the code is an offset in the text.

/// The text with its comments blanked and the insides of its literals replaced by underscores.
pub(crate) fn code_of(text: &str) -> String {
    let mut code = text.as_bytes().to_vec();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        if let Some(length) = comment(rest) {
            fill(&mut code[at..at + length], b' ');
            at += length;
        } else if let Some(length) = literal(rest) {
            fill(&mut code[at + 1..at + length - 1], b'_');
            at += length;
        } else {
            at += first.len_utf8();
        }
    }
    String::from_utf8(code).expect("whole characters were replaced by ASCII")
}

/// The code with every item below `#[cfg(test)]` blanked.
pub(crate) fn without_tests(code: &str) -> String {
    let marks = ["#[cfg(test)]", "#[cfg(all(test"];
    let mut shipped = code.as_bytes().to_vec();
    let mut from = 0;
    while let Some(found) = marks.iter().filter_map(|mark| code[from..].find(mark)).min() {
        let begin = from + found;
        from = begin + item(&code[begin..]);
        fill(&mut shipped[begin..from], b' ');
    }
    String::from_utf8(shipped).expect("whole characters were replaced by ASCII")
}

/// Where the word stands alone in the code, not within a longer name.
pub(crate) fn word_places<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    code.match_indices(word).map(|(at, _)| at).filter(move |&at| {
        !code[..at].ends_with(is_word_character) && !code[at + word.len()..].starts_with(is_word_character)
    })
}

/// The name that the code begins with; empty when it begins with something else.
pub(crate) fn leading_word(code: &str) -> &str {
    &code[..code.find(|character| !is_word_character(character)).unwrap_or(code.len())]
}

fn is_word_character(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn fill(bytes: &mut [u8], with: u8) {
    bytes.iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = with);
}

/// The length of the comment that begins here; block comments nest.
fn comment(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if !rest.starts_with("/*") {
        return None;
    }
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        match rest.as_bytes().get(at..at + 2) {
            Some(b"/*") => (depth, at) = (depth + 1, at + 2),
            Some(b"*/") => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return Some(at);
        }
    }
    Some(rest.len())
}

/// The length of the string or character literal that begins here; a lifetime is none.
fn literal(rest: &str) -> Option<usize> {
    match rest.as_bytes() {
        [b'"', ..] => {
            let mut escaped = false;
            let end = rest[1..].find(|character| {
                let ends = character == '"' && !escaped;
                escaped = character == '\\' && !escaped;
                ends
            });
            Some(end.map_or(rest.len(), |end| end + 2))
        }
        [b'\'', b'\\', _, after @ ..] => {
            Some(after.iter().position(|&byte| byte == b'\'').map_or(rest.len(), |end| end + 4))
        }
        [b'\'', ..] => {
            let length = 1 + rest[1..].chars().next().map_or(0, char::len_utf8);
            rest[length..].starts_with('\'').then_some(length + 1)
        }
        [b'r', ..] => {
            let hashes = rest[1..].len() - rest[1..].trim_start_matches('#').len();
            let inside = rest[1 + hashes..].strip_prefix('"')?;
            let end = format!("\"{}", "#".repeat(hashes));
            Some(inside.find(&end).map_or(rest.len(), |found| found + 2 + hashes + end.len()))
        }
        _ => None,
    }
}

/// The length of the item that begins here, with its attributes, up to its closing brace or its semicolon.
fn item(code: &str) -> usize {
    let (mut braces, mut brackets) = (0, 0);
    for (index, byte) in code.bytes().enumerate() {
        match byte {
            b'(' | b'[' => brackets += 1,
            b')' | b']' => brackets -= 1,
            b'{' => braces += 1,
            b'}' => braces -= 1,
            _ => {}
        }
        if (braces == 0 && brackets == 0 && matches!(byte, b'}' | b';')) || braces < 0 {
            return index + 1;
        }
    }
    code.len()
}

#[test]
fn comments_are_not_code() {
    assert_eq!(code_of("a // b\nc /* d /* e */ f */ g /* h"), "a     \nc                   g     ");
    assert_eq!(code_of("a /// ä"), "a       ");
}

#[test]
fn what_stands_in_quotes_is_not_code() {
    assert_eq!(code_of(r#"a("b // \" c", d)"#), r#"a("_________", d)"#);
    assert_eq!(code_of("r\"a\\\" b r#\"c \" d\"# e"), "r___\" b r________# e");
    assert_eq!(code_of(r"'a' '\'' '\\' '\u{1F}' b'c'"), r"'_' '__' '__' '______' b'_'");
    assert_eq!(code_of("'ä' f::<'a>(&'b c, 'd)"), "'__' f::<'a>(&'b c, 'd)");
}

#[test]
fn what_is_compiled_for_tests_only_is_not_shipped() {
    let code =
        "use a;\n#[cfg(test)]\n#[b(c)]\nmod tests { fn f() { d } }\n#[cfg(test)] use e::{f, g};\nfn h() {}";
    let shipped = without_tests(code);
    assert_eq!(shipped.split_whitespace().collect::<Vec<_>>(), ["use", "a;", ";", "fn", "h()", "{}"]);
    assert_eq!(shipped.lines().count(), code.lines().count());
}
