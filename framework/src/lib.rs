//! OTP for Rust, on ractor.

pub mod clock;
pub mod exit;
mod engine;
pub mod supervisor;
