//! What the tests of the whole share: scenarios of supervision, and what runs and compares them.

pub mod scenario;
// Rooms below use those above.
pub mod generate;
pub mod oracle;
pub mod recorded;
pub mod differential;
