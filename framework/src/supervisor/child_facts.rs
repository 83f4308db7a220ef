//! What a child specification says, for whoever reads one.

use super::{ChildSpec, ChildType, Restart, Shutdown};

impl ChildSpec {
    /// As a child of this type: a column in a count, and nothing else. The shutdown policy stays as it is.
    #[must_use]
    pub fn counted_as(mut self, child_type: ChildType) -> Self {
        self.child_type = child_type;
        self
    }

    /// Whether the child is started again when it ends.
    #[must_use]
    pub fn restart_type(&self) -> Restart {
        self.restart
    }

    /// How the child is stopped.
    #[must_use]
    pub fn shutdown_policy(&self) -> Shutdown {
        self.shutdown
    }

    /// What the child is counted as.
    #[must_use]
    pub fn child_type(&self) -> ChildType {
        self.child_type
    }

    /// Whether the child is significant for its supervisor's automatic shutdown.
    #[must_use]
    pub fn is_significant(&self) -> bool {
        self.significant
    }
}
