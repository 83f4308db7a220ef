//! OTP for Rust, on ractor.

pub mod clock;
pub mod contract;
pub mod exit;
mod engine;
pub mod supervisor;
pub mod identity;
pub mod message;
pub mod registry;
pub mod routing;
pub mod agent;
pub mod domain;
pub mod system;
pub mod config;
