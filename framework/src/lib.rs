//! OTP for Rust, on ractor.

pub mod clock;
pub mod exit;
pub mod supervisor;
