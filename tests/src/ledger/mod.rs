//! Accounts that count: the load under which a log's process is killed, and what its log must hold afterwards.
//!
//! Each client pays in 1, 2, 3 and so on, one after the other, and says so when it was acknowledged. An account takes a
//! number only after the one before it, so that nothing can be missing, twice, or out of order without being noticed
//! when its events are read again.

mod account;
mod clients;
mod paid;

pub use account::{Account, Count, key};
pub use clients::{ACCOUNTS, run};
pub use paid::{Paid, model_beside};
