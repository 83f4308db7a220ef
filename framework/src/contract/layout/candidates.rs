//! What is offered where a type asks for a text, a number or bytes: the first that it accepts is taken.

/// One of each kind of text that types read themselves from, plainest first.
pub(super) const TEXTS: &[&str] = &[
    "a",
    "alpha",
    "1",
    "1.0.0",
    "67e55044-10b1-426f-9247-bb680e5fe0c8",
    "0123456789abcdef",
    "a.b",
    "a/b",
    "a:1",
    "a@b",
    "a@1.0.0",
    "2025-01-31T12:00:00Z",
    "2025-01-31",
    "12:00:00",
    "1s",
    "1KiB",
    "127.0.0.1",
    "::1",
    "127.0.0.1:80",
    "http://localhost/",
    "true",
    "{}",
    "A",
    "",
];

/// Whole numbers that every integer type has.
pub(super) const NUMBERS: &[u8] = &[1, 0, 2, 10, 100];

/// Fractions: one between 0 and 1 first.
pub(super) const FRACTIONS: &[f32] = &[0.5, 1.0, 0.0, 2.0, 100.0];

/// Truths.
pub(super) const TRUTHS: &[bool] = &[true, false];

/// Characters: one that takes more than a byte is left to the tests of codecs.
pub(super) const CHARACTERS: &[char] = &['a', 'A', '1', '/'];

/// Byte strings, by the lengths of what is kept in them: a UUID, a digest, addresses.
pub(super) const BYTES: &[&[u8]] = &[&[7; 16], &[7; 32], &[7; 4], &[7; 8], &[7; 20], &[7; 64], &[7], &[]];
