//! What is decided in this domain, as pure functions: no clock, no process, no registry.

pub mod catalogue;
pub mod domain_use;
pub mod fair;
pub mod idle;
pub mod signs;
