//! OTP for Rust.

pub mod contract;
