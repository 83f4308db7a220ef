//! A demonstration: agents are killed, and panic, while they work through a file of orders, and nothing is lost.
//!
//! ```text
//! orders (one_for_one)
//! ├── quarantine      knows which orders made somebody panic: two tries, then they are rejected
//! ├── conductor       kills by a script that a seed has drawn; says when it is over
//! ├── writer          results.csv and rejects.csv; answers when a row is on the disk
//! ├── pricer x 3      order -> priced order
//! ├── parser x 3      line -> order
//! └── reader          the input; acknowledges a line in acknowledged.txt when the writer has answered
//! ```
//!
//! It is written as any user of the library would write it: agents, contracts, one domain. What makes it safe:
//!
//! - an agent's queue survives its death; of the message in hand the asker learns that the outcome is *unknown*,
//!   and asks again, under the same idempotency key: the number of the line;
//! - the writer does a key once. It reads from its own files what it has done, so that this holds after its death;
//! - the reader reads from its acknowledgements where it was, lets the stations finish what its predecessor had
//!   asked, and delivers again what is not acknowledged;
//! - a panicking station tells the quarantine which order it had in hand, before its asker learns of it.
//!
//! What was done is in the end counted from the files ([`Recount`]), not from what the program remembers. The
//! reader and the writer hold the number of every line, and the writer the id of every order, in memory.

mod rejection;
mod order;
mod price;
mod lines;
mod journal;
mod pace;
mod script;
mod folder;
mod quarantine;
mod in_hand;
mod conductor;
mod writer;
mod pricer;
mod parser;
mod delivery;
mod reader;
mod pipeline;
mod recount;
mod deaths;
mod summary;
mod options;
mod progress;
mod crash;

#[cfg(test)]
mod tests;

pub use crash::crash;
pub use deaths::Deaths;
pub use lines::LONGEST_LINE;
pub use options::CrashOptions;
pub use recount::Recount;
pub use summary::CrashSummary;
