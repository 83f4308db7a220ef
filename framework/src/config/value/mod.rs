//! What one value in a configuration can be: a size, a rate, a duration, a limit, a plain scalar.

mod duration;
mod limit;
mod rate;
mod refused;
mod scalar;
mod size;

pub(super) use duration::Span;
pub use limit::Limit;
pub use rate::{Per, Rate};
pub use refused::Refused;
pub use scalar::Scalar;
pub use size::ByteSize;

/// A text of decimal digits at its front, as a number, and what follows; none when there is no such number.
fn number_and_unit(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    Some((digits.parse().ok()?, unit.trim_start()))
}
