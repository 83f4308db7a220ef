//! What the message workloads want of a peer: an actor that adds up what it is told and says the sum.

/// An actor that adds up. Cheap to clone.
pub(crate) trait Adder: Clone + Send + Sync + 'static {
    /// Starts one.
    fn start() -> impl Future<Output = Self> + Send;

    /// Adds 1, without waiting for it to be done.
    fn tell(&self) -> impl Future<Output = ()> + Send;

    /// The sum.
    fn ask(&self) -> impl Future<Output = u64> + Send;
}
