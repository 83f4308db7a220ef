//! Promises of the demonstration, on real files and a real system.

mod checker;
mod contract;
mod generator;
mod runs;
