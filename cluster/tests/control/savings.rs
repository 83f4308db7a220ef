//! A shop with an event log, in which a jar keeps what is put into it.

use std::sync::Arc;

use mistersmith::events::{
    Decide, Deciding, Decision, Event, EventLog, EventSourced, EventSourcedSpec, MemoryLog, Recovery, persist,
};
use mistersmith::prelude::*;
use mistersmith_cluster::control::ControlServer;

use crate::shop::{Levers, Shop, options, system};

/// Puts coins into the jar.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct PutIn {
    pub(crate) coins: u64,
}
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) enum Request {
    PutIn(PutIn),
}
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) enum Response {
    Coins(u64),
}

pub(crate) struct Saving;
replies! { Saving: PutIn => Coins(u64) }

#[derive(Serialize, Deserialize)]
pub(crate) enum Change {
    CameIn { coins: u64 },
}

impl Event for Change {}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Jar {
    coins: u64,
}

impl EventSourced for Jar {
    type Contract = Saving;
    type Args = ();
    type Event = Change;
    type Snapshot = Self;

    fn begin((): &()) -> Self {
        Self { coins: 0 }
    }

    fn apply(&mut self, Change::CameIn { coins }: &Change) -> anyhow::Result<()> {
        self.coins += coins;
        Ok(())
    }

    fn snapshot(&self) -> Self {
        self.clone()
    }

    fn restore((): &(), snapshot: Self) -> anyhow::Result<Self> {
        Ok(snapshot)
    }
}

impl Decide<PutIn> for Jar {
    async fn decide(
        &self,
        PutIn { coins }: PutIn,
        _: &mut Deciding<'_, Self>,
    ) -> anyhow::Result<Decision<Self, PutIn>> {
        Ok(persist([Change::CameIn { coins }]).reply_with(|jar: &Self| jar.coins))
    }
}

impl Shop {
    /// A shop whose jar has got 5 coins and then 7.
    pub(crate) async fn with_log() -> Self {
        let (folder, levers) = (tempfile::tempdir().unwrap(), Levers::default());
        let log: Arc<dyn EventLog> = Arc::new(MemoryLog::new());
        let jar = EventSourcedSpec::<Jar>::in_system_log((), Recovery::Eager).agent("jar").unwrap();
        let savings = DomainSpec::new("savings", Flags::new(Strategy::OneForOne, 3, 5)).unwrap().agent(jar);
        let system = system(&levers).event_log(log).domain(savings).start().await.unwrap();
        let server = ControlServer::start(&system, options(folder.path())).await.unwrap();
        let shop = Self { system, server, folder, levers };
        for coins in [5, 7] {
            shop.put_in(coins).await;
        }
        shop
    }

    pub(crate) async fn put_in(&self, coins: u64) {
        self.system.find::<Saving>().unwrap().ask(PutIn { coins }).await.unwrap();
    }
}
