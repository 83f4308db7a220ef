//! The conductor: counts what is acknowledged, kills whom the script names at that count, and says when it is
//! over.
//!
//! A process because it must outlive those it kills; it is not in the script.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use mistersmith::agent::{Agent, Context, Control, Handle, HandleInfo, Later};
use mistersmith::contract::{Answer, Ask};
use mistersmith::identity::Incarnation;
use mistersmith::replies;
use mistersmith::system::System;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::script::{Kill, Victim};

/// How long to wait until somebody who is dead may be back.
const AGAIN: Duration = Duration::from_millis(5);

/// So many lines are acknowledged.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Acknowledged {
    pub(super) lines: u64,
    /// Whether these are all.
    pub(super) all: bool,
}

/// How many lines are acknowledged?
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Count;

/// Answer when all lines are acknowledged.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Finish;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) enum Request {
    Acknowledged(Acknowledged),
    Count(Count),
    Finish(Finish),
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) enum Response {
    Noted,
    Lines(u64),
    Finished,
}

pub(super) struct Conducting;
replies! { Conducting: Acknowledged => Noted, Count => Lines(u64), Finish => Finished }

pub(super) struct Conductor {
    system: System,
    script: VecDeque<Kill>,
    lines: u64,
    all: bool,
    waiting: Vec<Later<Finish>>,
    /// The last one that was killed.
    killed: Option<(Arc<dyn Control>, Incarnation)>,
    /// Whether a look is due already.
    looking: bool,
}

/// Time for another look at the script.
struct Look;

impl Agent for Conductor {
    type Contract = Conducting;
    type Args = Arc<[Kill]>;

    async fn init(script: Arc<[Kill]>, context: &mut Context<Self>) -> anyhow::Result<Self> {
        context.send_self(Look);
        let (system, script) = (super::pipeline::around(context)?, script.iter().copied().collect());
        Ok(Self { system, script, lines: 0, all: false, waiting: Vec::new(), killed: None, looking: true })
    }
}

impl Handle<Acknowledged> for Conductor {
    async fn handle(
        &mut self,
        Acknowledged { lines, all }: Acknowledged,
        context: &mut Context<Self>,
    ) -> Answer<Acknowledged> {
        (self.lines, self.all) = (self.lines.max(lines), all);
        self.go_on(context);
        Acknowledged::respond(())
    }
}

impl Handle<Count> for Conductor {
    async fn handle(&mut self, Count: Count, _: &mut Context<Self>) -> Answer<Count> {
        Count::respond(self.lines)
    }
}

impl Handle<Finish> for Conductor {
    async fn handle(&mut self, Finish: Finish, context: &mut Context<Self>) -> Answer<Finish> {
        let (asker, answer) = context.defer::<Finish>();
        self.waiting.push(asker);
        self.go_on(context);
        answer
    }
}

impl HandleInfo<Look> for Conductor {
    async fn handle_info(&mut self, Look: Look, context: &mut Context<Self>) -> anyhow::Result<()> {
        self.looking = false;
        self.go_on(context);
        Ok(())
    }
}

impl Conductor {
    /// Kills those whose moment has come, one after the other: the next one when the last one is back.
    fn go_on(&mut self, context: &mut Context<Self>) {
        loop {
            if !self.last_one_is_back() {
                return self.look_again(context);
            }
            let Some(kill) = self.script.front().filter(|kill| kill.after <= self.lines) else { break };
            if !self.kill(kill.victim) {
                return self.look_again(context);
            }
            self.script.pop_front();
        }
        if self.all {
            self.waiting.drain(..).for_each(|asker| asker.reply(()));
        }
    }

    fn last_one_is_back(&self) -> bool {
        self.killed.as_ref().is_none_or(|(agent, incarnation)| agent.facts().incarnation > *incarnation)
    }

    /// Kills it; not when it is dead already.
    fn kill(&mut self, Victim { station, instance }: Victim) -> bool {
        let agents = self.system.agents().into_iter();
        let Some(agent) = agents.filter(|agent| agent.id().name.as_str() == station).nth(instance - 1) else {
            return false;
        };
        let incarnation = agent.facts().incarnation;
        let killed = agent.kill();
        if killed {
            self.killed = Some((agent, incarnation));
        }
        killed
    }

    fn look_again(&mut self, context: &mut Context<Self>) {
        if !self.looking {
            context.send_after(AGAIN, Look);
            self.looking = true;
        }
    }
}
