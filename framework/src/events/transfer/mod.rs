//! A log as lines of JSON: to be looked at with any tool, to be kept, and to be taken up by another log.
//!
//! ```text
//! {"mistersmith_events":1}
//! {"position":1,"agent":"bank/account#6f1c…","sequence":1,"time":1700000000000000,"type":"PaidIn@1","data":{"cents":500},"crc":"2f42ed4e"}
//! {"snapshot_of":"bank/account#6f1c…","sequence":1,"time":1700000000000001,"version":1,"state":{"balance":500},"crc":"703975e7"}
//! {"end":{"events":1,"snapshots":1}}
//! ```
//!
//! Where the first events of an agent were dropped, a line says so before all events: `beginning_of`, with `after`, the
//! last event that was dropped, and the snapshot that stands for it; lines with the answers that have outlived their events
//! follow it (`answer_of`).
//!
//! The first line says the version of the form. A line for an event has, where there are such, `causality` (a map of
//! replicas), `trace`, `cause` (`agent` and `sequence`), `by`, `replica`, and `answered` (`action`, `key`, and `reply` or `refusal`).
//! Times are microseconds since the Unix epoch. `crc` is the CRC-32 (of IEEE 802.3) of the line up to the comma before it.
//! Lines end with a line feed; a reader passes over fields that it does not know. The last line says that it is the last.

mod sealed;
mod event_line;
mod snapshot_line;
mod line;
mod export;
mod import_error;
mod import;

pub use export::{Export, ExportError, Exported};
pub use import::{Import, Imported};
pub use import_error::ImportError;
pub use sealed::LineError;
