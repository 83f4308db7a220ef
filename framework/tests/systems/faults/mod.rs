//! Faults of agents, counted afterwards: as many registry entries, members of the process group and living incarnations
//! as before, and none once the system has stopped.

mod house;
mod agents;
mod clean_up;
mod deaf;
mod domain;
mod many;
