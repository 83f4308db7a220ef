//! The action of a request: its struct's name in snake case, made while compiling.
//!
//! An action is a token of a NATS subject and a word on a command line, so it is ASCII, and no two requests of
//! a contract may have the same one. Both are checked at compile time.

/// The number of bytes of [`snake_case`] of the name.
#[must_use]
pub const fn snake_case_length(name: &str) -> usize {
    let name = name.as_bytes();
    let mut length = name.len();
    let mut at = 0;
    while at < name.len() {
        if starts_a_word(name, at) {
            length += 1;
        }
        at += 1;
    }
    length
}

/// The name in snake case: `PlaceOrder` is `place_order`, `HTTPGet` is `http_get`.
///
/// # Panics
/// While compiling, for a name that is not ASCII, or with another `LENGTH` than [`snake_case_length`] gives.
#[must_use]
pub const fn snake_case<const LENGTH: usize>(name: &str) -> [u8; LENGTH] {
    assert!(name.is_ascii(), "the name of a request is part of a NATS subject: use ASCII letters and digits");
    let name = name.as_bytes();
    let mut snake = [0; LENGTH];
    let (mut from, mut to) = (0, 0);
    while from < name.len() {
        if starts_a_word(name, from) {
            snake[to] = b'_';
            to += 1;
        }
        snake[to] = name[from].to_ascii_lowercase();
        from += 1;
        to += 1;
    }
    snake
}

/// The bytes of [`snake_case`] as text.
#[must_use]
pub const fn text(ascii: &[u8]) -> &str {
    match str::from_utf8(ascii) {
        Ok(text) => text,
        Err(_) => "", // `snake_case` gives ASCII only
    }
}

/// Whether no two of the actions are the same.
#[must_use]
pub const fn all_distinct(actions: &[&str]) -> bool {
    let mut left = 0;
    while left < actions.len() {
        let mut right = left + 1;
        while right < actions.len() {
            if equal(actions[left].as_bytes(), actions[right].as_bytes()) {
                return false;
            }
            right += 1;
        }
        left += 1;
    }
    true
}

const fn starts_a_word(name: &[u8], at: usize) -> bool {
    if at == 0 || !name[at].is_ascii_uppercase() || name[at - 1] == b'_' {
        return false;
    }
    let after_a_small_one = !name[at - 1].is_ascii_uppercase();
    let before_a_small_one = at + 1 < name.len() && name[at + 1].is_ascii_lowercase();
    after_a_small_one || before_a_small_one
}

const fn equal(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let mut at = 0;
    while at < left.len() {
        if left[at] != right[at] {
            return false;
        }
        at += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::{all_distinct, snake_case, snake_case_length, text};

    macro_rules! snake {
        ($name:literal) => {
            text(&snake_case::<{ snake_case_length($name) }>($name))
        };
    }

    #[test]
    fn words_are_parted_where_a_reader_parts_them() {
        assert_eq!(snake!("Add"), "add");
        assert_eq!(snake!("PlaceOrder"), "place_order");
        assert_eq!(snake!("HTTPGet"), "http_get");
        assert_eq!(snake!("GetV2Of"), "get_v2_of");
        assert_eq!(snake!("Already_Parted"), "already_parted");
        assert_eq!(snake!("X"), "x");
    }

    #[test]
    fn the_same_action_twice_is_seen() {
        assert!(all_distinct(&["add", "read", "reads"]));
        assert!(!all_distinct(&["add", "read", "add"]));
    }
}
