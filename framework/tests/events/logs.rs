//! Every log keeps every promise of a log.

use std::sync::Arc;

use mistersmith::events::{Durability, EventLog, MemoryLog, SqliteLog, SqliteOptions, Underway};
use mistersmith::testing::event_log::{LogUnderTest, keeps_every_promise};
use tempfile::TempDir;

struct InMemory(Arc<MemoryLog>);

impl LogUnderTest for InMemory {
    fn open(&self) -> Underway<'_, Arc<dyn EventLog>> {
        let log: Arc<dyn EventLog> = self.0.clone();
        Box::pin(std::future::ready(log))
    }
}

struct InFile(TempDir, Durability);

impl LogUnderTest for InFile {
    fn open(&self) -> Underway<'_, Arc<dyn EventLog>> {
        let log = SqliteLog::open(self.0.path().join("log"), SqliteOptions::new(self.1)).unwrap();
        Box::pin(std::future::ready(Arc::new(log) as Arc<dyn EventLog>))
    }
}

#[tokio::test]
async fn the_log_in_memory_keeps_every_promise() {
    keeps_every_promise(|| Box::new(InMemory(Arc::default()))).await;
}

#[tokio::test]
async fn the_log_in_a_file_keeps_every_promise() {
    for durability in [Durability::ProcessDeath, Durability::PowerLoss] {
        keeps_every_promise(|| Box::new(InFile(TempDir::new().unwrap(), durability))).await;
    }
}
