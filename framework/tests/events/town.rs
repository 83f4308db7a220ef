//! A town with one account of the bank, in a log that fails when it is told to.

#![allow(unreachable_pub, reason = "as the contract of its account")]

use std::sync::Arc;

use mistersmith::agent::{AgentSpec, Control};
use mistersmith::events::*;
use mistersmith::identity::AgentKey;
use mistersmith::prelude::*;
use mistersmith::supervisor::Flags;
use mistersmith::system::{Builder, LifeRetention};
use mistersmith::testing::settled;

use super::bank::{Account, Bank, PayIn, Read};
use super::moody::Moody;

/// A town with one account.
pub struct Town {
    pub system: System,
    pub log: Arc<Moody>,
    pub account: AgentRef<Bank>,
}

impl Town {
    pub async fn open() -> Self {
        Self::on(&Moody::new(), |spec| spec, Recovery::Eager).await
    }

    /// A town whose account has the events of this log, and perhaps further properties.
    pub async fn on(
        log: &Arc<Moody>,
        with: impl Fn(EventSourcedSpec<Account>) -> EventSourcedSpec<Account>,
        recovery: Recovery,
    ) -> Self {
        let spec = with(EventSourcedSpec::new((), log.clone(), recovery));
        Self::with_agent(log, spec.agent("account").unwrap()).await
    }

    /// A town that records the lives of its agents in this log, where its account has its events, too.
    pub async fn recorded_in(log: &Arc<Moody>) -> Self {
        let spec = EventSourcedSpec::<Account>::in_system_log((), Recovery::Eager);
        Self::built(log, spec.agent("account").unwrap(), |builder| builder.event_log(log.clone())).await
    }

    /// As [`Self::recorded_in`], where so much of lives is kept.
    pub async fn keeping(log: &Arc<Moody>, lives: LifeRetention) -> Self {
        let spec = EventSourcedSpec::<Account>::in_system_log((), Recovery::Eager);
        let with = |builder: Builder| builder.event_log(log.clone()).keep_lives(lives);
        Self::built(log, spec.agent("account").unwrap(), with).await
    }

    async fn with_agent(log: &Arc<Moody>, agent: AgentSpec) -> Self {
        Self::built(log, agent, |builder| builder).await
    }

    async fn built(log: &Arc<Moody>, agent: AgentSpec, with: impl Fn(Builder) -> Builder) -> Self {
        let bank = DomainSpec::new("bank", Flags::new(Strategy::OneForOne, 3, 5)).unwrap().agent(agent);
        let clock = mistersmith::clock::Clock::seeded(1);
        let builder = with(System::builder("town").clock(clock)).domain(bank);
        let system = builder.start().await.unwrap();
        let account = system.find::<Bank>().unwrap();
        Self { system, log: log.clone(), account }
    }

    /// An account with an event in its log that cannot be applied, freshly opened.
    pub async fn poisoned(event_type: &str, data: &str, recovery: Recovery) -> Self {
        let town = Self::open().await;
        town.pay_in(100).await;
        town.write(event_type, data).await;
        town.write("PaidIn@2", r#"{"cents":7}"#).await;
        Self::on(&town.end().await, |spec| spec, recovery).await
    }

    /// Ends it, as if its process had died; its log stays.
    pub async fn end(self) -> Arc<Moody> {
        self.system.stop().await;
        self.log
    }

    pub fn control(&self) -> Arc<dyn Control> {
        self.system.agents().into_iter().next().unwrap()
    }

    pub fn key(&self) -> AgentKey {
        self.control().id().key()
    }

    pub async fn settle(&self) {
        settled(self.system.clock()).await;
    }

    pub async fn pay_in(&self, cents: u64) -> u64 {
        self.account.ask(PayIn { cents }).await.unwrap()
    }

    pub async fn balance(&self) -> u64 {
        self.account.ask(Read).await.unwrap()
    }

    /// All events of the account.
    pub async fn events(&self) -> Vec<StateEvent> {
        self.log.inside.read(Query::of(self.key(), Sequence::START)).await.unwrap().events
    }

    /// Writes an event of the account behind its back.
    pub async fn write(&self, event_type: &str, data: &str) {
        let (event_type, data) = (event_type.parse().unwrap(), Json::parse(data).unwrap());
        let event = NewEvent::new(Timestamp::from_micros(1), event_type, data);
        let last = self.log.inside.last(&self.key()).await.unwrap();
        self.log.inside.append(Append::new(self.key(), last, [event])).await.unwrap();
    }
}
