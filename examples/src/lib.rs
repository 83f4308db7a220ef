//! Examples: one lesson each, in `examples/`. Each ends by itself and is run by a test in `tests/`.
//!
//! `cargo run --example NAME` runs one; the first lines of its file say what it teaches.
