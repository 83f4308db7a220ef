//! Every log keeps every promise of a log.

use std::sync::Arc;

use mistersmith::events::{EventLog, MemoryLog, Underway};
use mistersmith::testing::event_log::{LogUnderTest, keeps_every_promise};

struct InMemory(Arc<MemoryLog>);

impl LogUnderTest for InMemory {
    fn open(&self) -> Underway<'_, Arc<dyn EventLog>> {
        let log: Arc<dyn EventLog> = self.0.clone();
        Box::pin(std::future::ready(log))
    }
}

#[tokio::test]
async fn the_log_in_memory_keeps_every_promise() {
    keeps_every_promise(|| Box::new(InMemory(Arc::default()))).await;
}
