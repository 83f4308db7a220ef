//! What the tests of the whole share: scenarios of supervision, and what runs and compares them.

// Rooms below use those above.
pub mod scenario;
pub mod generate;
pub mod oracle;
pub mod ours;
pub mod recorded;
pub mod differential;
