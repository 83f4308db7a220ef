//! An agent that never yields: killed, it counts nowhere, nobody takes its place beside it, and when it has gone at last
//! nothing of it is left.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mistersmith::agent::{Agent, AgentSpec, Context, Handle};
use mistersmith::clock::Clock;
use mistersmith::contract::{Answer, Ask};
use mistersmith::exit::Exit;
use mistersmith::replies;
use mistersmith::routing::CallError;
use mistersmith::supervisor::{Flags, Shutdown, Strategy, What};
use mistersmith::testing::{Act, PATIENCE, ScriptedAgent, eventually};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;

use super::house::{House, beside};

/// Listen to your bell, and to nothing else until it is gone.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
struct Listen;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
enum Request {
    Listen(Listen),
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
enum Response {
    Heard,
}

struct Listening;
replies! { Listening: Listen => Heard }

type Bell = Arc<Mutex<Option<Receiver<()>>>>;

struct Deaf(Bell);

impl Agent for Deaf {
    type Contract = Listening;
    type Args = Bell;

    async fn init(bell: Bell, _: &mut Context<Self>) -> anyhow::Result<Self> {
        Ok(Self(bell))
    }
}

impl Handle<Listen> for Deaf {
    async fn handle(&mut self, _: Listen, _: &mut Context<Self>) -> Answer<Listen> {
        let bell = self.0.lock().unwrap().take().unwrap();
        while bell.recv().is_ok() {}
        Listen::respond(())
    }
}

/// A house of a till, a post and one that is deaf by now, until `ring` is dropped.
struct Noise {
    house: House,
    ring: SyncSender<()>,
    in_hand: JoinHandle<bool>,
}

impl Noise {
    /// On the machine's clock, because a paused one stands still while code blocks.
    async fn begin(name: &str) -> Self {
        let (ring, bell) = sync_channel(0);
        let deaf = AgentSpec::new::<Deaf>("stock", Arc::new(Mutex::new(Some(bell)))).unwrap();
        let (flags, others) =
            (Flags::new(Strategy::OneForAll, 50, 5), ["till", "post"].map(ScriptedAgent::new));
        let deaf = deaf.shutdown(Shutdown::BrutalKill);
        let house = House::with(name, flags, others.into(), Some(deaf), Clock::machine()).await;
        let stock = house.system.find::<Listening>().unwrap();
        let in_hand =
            beside(async move { matches!(stock.ask(Listen).await, Err(CallError::Unknown { .. })) });
        ring.send(()).unwrap();
        Self { house, ring, in_hand }
    }

    /// It was killed, and has been reported.
    async fn reported(&mut self) {
        eventually(self.house.system.history(), |event| matches!(event.what, What::Orphaned { .. })).await;
        self.house.orphans += 1;
        until(&self.house, |house| house.is_empty_but(1)).await;
        self.house.nobody_but(1);
        self.ring.send(()).expect("it is still there");
    }

    /// It goes; what it had in hand is not answered any more.
    async fn gone(self) -> House {
        drop(self.ring);
        assert!(self.in_hand.await.unwrap(), "its asker does not learn what came of it");
        self.house
    }
}

/// Stops it; where threads are real, the last of them may be a moment behind.
async fn close(house: House) {
    house.system.stop().await;
    until(&house, |house| house.is_empty_but(0)).await;
    house.close().await;
}

/// Until it is so.
async fn until(house: &House, is_so: impl Fn(&House) -> bool) {
    let poll = async {
        while !is_so(house) {
            house.system.clock().sleep(Duration::from_millis(1)).await;
        }
    };
    Clock::machine().timeout(PATIENCE, poll).await.expect("it comes to be so");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn one_that_never_yields_in_a_group_restart_is_fenced_and_its_group_comes_back_when_it_has_gone() {
    let mut noise = Noise::begin("faults_deaf_group").await;
    noise.house.perform("till", Act::Error).await;
    noise.reported().await;
    let mut house = noise.gone().await;
    until(&house, House::is_whole).await;
    house.count();
    assert_eq!(house.budget_left(), 49, "waiting is not counted");
    close(house).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn one_that_never_yields_below_a_killed_domain_keeps_its_place_and_nothing_else() {
    let mut noise = Noise::begin("faults_deaf_domain").await;
    noise.house.system.domains_supervisor().unwrap().child("floor").unwrap().kill();
    noise.reported().await;
    let mut house = noise.gone().await;
    until(&house, House::is_whole).await;
    house.count();
    assert_eq!(house.budget_left(), 50);
    close(house).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_system_that_stops_beside_one_that_never_yields_leaves_that_alone_and_then_nobody() {
    let mut noise = Noise::begin("faults_deaf_stop").await;
    assert!(matches!(noise.house.system.stop().await, Exit::Shutdown));
    noise.reported().await;
    close(noise.gone().await).await;
}
