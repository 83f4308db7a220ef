//! The reference application: domains of agents that do real work, and the node `smith` that runs them.
//!
//! A domain is one folder: a table of its agents, its contract, one file per agent. [`roster::ROSTER`] lists them;
//! [`node::assemble`] makes a system of them, as a configuration says.

pub mod settings;
pub mod agent_lifecycle;
pub mod roster;
pub mod node;
pub mod bank;
pub mod demo;
pub mod past_states;

#[cfg(test)]
mod codecs;
