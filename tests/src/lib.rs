//! What the tests of the whole share: scenarios of supervision, what runs and compares them, and a load to be killed under.

// Rooms below use those above.
pub mod program;
pub mod scenario;
pub mod generate;
pub mod oracle;
pub mod ours;
pub mod recorded;
pub mod differential;
pub mod ledger;
