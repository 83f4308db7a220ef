//! The place in a JSON text as a person names it: `order.lines[2].amount` for a line and a column.
//!
//! serde's errors know the line and the column but not the field. This reads the text once more, up to that
//! place, only to know which fields and elements it is inside of; it judges nothing.

/// The field or element that the byte before this line and column (both from 1, column in bytes) belongs to;
/// `payload` when that is the whole text.
pub(super) fn of(json: &str, line: usize, column: usize) -> String {
    let start: usize = json.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let end = (start + column).min(json.len());
    let mut reader = Reader::default();
    json.as_bytes()[..end].iter().for_each(|&byte| reader.read(byte));
    reader.place()
}

enum Inside {
    Object { key: String, value: bool },
    Array { index: usize },
}

#[derive(Default)]
struct Reader {
    nesting: Vec<Inside>,
    text: Option<Vec<u8>>, // the string being read
    escaped: bool,
}

impl Reader {
    fn read(&mut self, byte: u8) {
        if let Some(text) = &mut self.text {
            match (self.escaped, byte) {
                (false, b'"') => self.end_of_text(),
                (false, b'\\') => self.escaped = true,
                _ => {
                    self.escaped = false;
                    text.push(byte);
                }
            }
            return;
        }
        match (byte, self.nesting.last_mut()) {
            (b'"', _) => self.text = Some(Vec::new()),
            (b'{', _) => self.nesting.push(Inside::Object { key: String::new(), value: false }),
            (b'[', _) => self.nesting.push(Inside::Array { index: 0 }),
            (b'}' | b']', _) => drop(self.nesting.pop()),
            (b':', Some(Inside::Object { value, .. })) => *value = true,
            (b',', Some(Inside::Object { value, .. })) => *value = false,
            (b',', Some(Inside::Array { index })) => *index += 1,
            _ => {}
        }
    }

    fn end_of_text(&mut self) {
        let text = self.text.take().unwrap_or_default();
        if let Some(Inside::Object { key, value: false }) = self.nesting.last_mut() {
            *key = String::from_utf8_lossy(&text).into_owned();
        }
    }

    fn place(&self) -> String {
        let mut place = String::new();
        for inside in &self.nesting {
            match inside {
                Inside::Object { key, .. } if key.is_empty() => {}
                Inside::Object { key, .. } if place.is_empty() => place.push_str(key),
                Inside::Object { key, .. } => place.extend([".", key]),
                Inside::Array { index } => place.push_str(&format!("[{index}]")),
            }
        }
        if place.is_empty() { "payload".to_owned() } else { place }
    }
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn fields_and_elements_are_named_from_the_outside_in() {
        let json = "{\"order\": {\n  \"id\": \"a\\\"b,c\", \"lines\": [1, {\"amount\": true}]}}";
        let column =
            |part: &str| json.lines().nth(1).and_then(|line| line.find(part)).map(|at| at + part.len());
        assert_eq!(of(json, 2, column("true").unwrap()), "order.lines[1].amount");
        assert_eq!(of(json, 2, column("a\\\"b,c\"").unwrap()), "order.id");
        assert_eq!(of(json, 2, column("[1").unwrap()), "order.lines[0]");
        assert_eq!(of(json, 1, 1), "payload");
        assert_eq!(of("[true]", 1, 5), "[0]");
    }

    proptest::proptest! {
        #[test]
        fn any_text_at_any_place_has_an_answer(json in ".{0,60}", line in 0usize..5, column in 0usize..80) {
            proptest::prop_assert!(!of(&json, line, column).is_empty());
        }
    }
}
