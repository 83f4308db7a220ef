//! A demonstration: a bank that may be killed at any instant, again and again, and whose books balance to the cent.
//!
//! ```text
//! bank
//! └── account-0 … account-7    event-sourced: what they have answered is in the log
//! clerks (needs bank)
//! └── clerk-0 … clerk-7        each transfers money from its account to others, without end
//! ```
//!
//! A transfer is two changes of two accounts, and the process may die between them. So it is three requests, each under
//! a key that says which transfer it is: *take out* takes the money out of one account and notes that it is on its way,
//! *put in* puts it into the other, *settle* notes that it has arrived. A clerk that starts asks its account what is on
//! its way, and finishes that first. However often a request is repeated, it is done once.
//!
//! Whether the books balance is counted from the log ([`Books`]), not from what the agents say.

mod contract;
mod account;
mod clerk;
mod books;
mod options;
mod run;

#[cfg(test)]
mod tests;

pub use books::Books;
pub use options::BankOptions;
pub use run::bank;

/// What makes the states of the agent of this name in the bank's domain from its events; `None` for one that is no
/// account.
pub(crate) fn past_states(name: &str) -> Option<mistersmith::events::PastStates> {
    let is_account = (0..ACCOUNTS).any(|number| account_name(number) == name);
    is_account.then(|| mistersmith::events::PastStates::made_with::<account::Account>(()))
}

/// The system's name; with the names of its agents it says which their instances are.
const SYSTEM: &str = "smith-demo-bank";

/// The domain of the accounts.
pub(crate) const DOMAIN: &str = "bank";

/// The domain of the clerks.
const CLERKS: &str = "clerks";

/// How many accounts there are, each with a clerk.
const ACCOUNTS: u32 = 8;

/// What an account begins with: 1,000.00.
const OPENING: u64 = 100_000;

/// What account number `number` is called.
fn account_name(number: u32) -> String {
    format!("account-{number}")
}
