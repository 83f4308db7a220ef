//! OTP for Rust.
