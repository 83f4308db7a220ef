//! One incarnation of an agent: takes messages from its mailbox in batches and hands them to its handlers.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use super::context::Hand;
use super::mailbox::{Next, Phase};
use super::seat::Seat;
use super::{Agent, Context, NotNeeded};
use crate::contract::{Contract, Dispatch, Dispatched};
use crate::engine::{Behaviour, Myself, Turn};
use crate::exit::Exit;
use crate::identity::lifecycle::AgentState;
use crate::message::scope::{self, Scope};
use crate::message::{Budget, Envelope, Failure, ReplyTo, Why};
use crate::registry::{Record, Registration};
use crate::routing::Reach;

/// How many messages are handled before stop, kill and others get a look. In the trial this design comes from,
/// larger batches were no faster.
const BATCH: usize = 64;

/// One incarnation. Dropped in this order: the agent, its tasks, its entry in the registry.
pub(super) struct AgentProcess<A: Agent> {
    agent: A,
    context: Context<A>,
    _registration: Registration,
    seat: Departing<A>,
    myself: Myself,
    turns: u64,
}

/// Leaves the mailbox to the next incarnation when this one is dropped, whichever way it ended.
struct Departing<A: Agent>(Arc<Seat<A>>);

impl<A: Agent> Drop for Departing<A> {
    fn drop(&mut self) {
        self.0.mailbox.leave();
        self.0.advance(AgentState::Terminated { reason: "the incarnation ended".to_owned() });
    }
}

impl<A: Agent> Behaviour for AgentProcess<A> {
    type Args = Arc<Seat<A>>;

    async fn init(seat: Arc<Seat<A>>, myself: Myself) -> Result<Option<Self>, Exit> {
        let incarnation = seat.next_incarnation();
        let clock = &seat.surroundings.clock;
        seat.advance(AgentState::Registering { started_at: clock.now() });
        let (id, surroundings) = (Arc::clone(&seat.id), Arc::clone(&seat.surroundings));
        let ledger = Arc::clone(&seat.ledger);
        let mut context =
            Context::new(&myself, seat.reference(), Arc::clone(&id), incarnation, surroundings, ledger);
        let built = scope::run(Scope::beside(id), A::init(seat.args.clone(), &mut context)).await;
        let agent = match built {
            Ok(agent) => agent,
            Err(error) if error.is::<NotNeeded>() => return Ok(None),
            Err(error) => return Err(Exit::error(error)),
        };
        let registry = &seat.surroundings.registry;
        let record = Record::new(
            (*seat.id).clone(),
            incarnation,
            A::Contract::NAME,
            Arc::new(Reach::new(seat.reference())),
            Arc::clone(&seat.pulse),
        );
        let record = record.with_capabilities(seat.capabilities.iter().cloned());
        let registration = registry.register(record).map_err(Exit::error)?;
        seat.advance(AgentState::Registered { registry_id: registry.id() });
        if let Some(group) = &seat.group {
            group.join(&myself);
        }
        let mut process =
            Self { agent, context, _registration: registration, seat: Departing(seat), myself, turns: 0 };
        process.announce_active();
        process.resume_phase();
        Ok(Some(process))
    }

    async fn turn(&mut self) -> Turn {
        self.turns = self.turns.wrapping_add(1);
        let Self { agent, context, seat: Departing(seat), myself, .. } = self;
        let mut meter = seat.ledger.meter(self.turns);
        seat.pulse.begin();
        let turn = {
            let scope = Scope::beside(Arc::clone(&seat.id));
            let batch = pin!(scope::run(scope, batch(agent, context, seat, myself)));
            meter.around(&seat.surroundings.clock, batch).await
        };
        seat.pulse.end();
        if let Some(pause) = meter.pause() {
            seat.surroundings.clock.sleep(pause).await;
        }
        turn
    }

    async fn terminate(&mut self, exit: &Exit) -> anyhow::Result<()> {
        let scope = Scope::beside(Arc::clone(&self.seat.0.id));
        scope::run(scope, self.agent.terminate(exit, &mut self.context)).await
    }
}

impl<A: Agent> AgentProcess<A> {
    /// Opens the mailbox. One that was suspended or draining when the incarnation before ended still is.
    fn resume_phase(&mut self) {
        let seat = &self.seat.0;
        let next = match seat.mailbox.open(self.myself.waker()) {
            Phase::Suspended => AgentState::Suspended { reason: seat.mailbox.reason() },
            Phase::Draining => {
                let (reason, deadline) = ("was draining".to_owned(), seat.surroundings.clock.now());
                AgentState::Draining { reason, deadline }
            }
            Phase::Open | Phase::Between | Phase::Gone => return,
        };
        if let Some(change) = seat.advance(next) {
            self.agent.stage_changed(&change);
        }
    }

    fn announce_active(&mut self) {
        let since = self.context.clock().now();
        let message_count = self.seat.0.pulse.handled();
        if let Some(change) = self.seat.0.advance(AgentState::Active { since, message_count }) {
            self.agent.stage_changed(&change);
        }
    }
}

/// Handles what waits: private messages first, then messages, until there are none, or enough were handled, or the
/// agent is to stop.
async fn batch<A: Agent>(agent: &mut A, context: &mut Context<A>, seat: &Seat<A>, myself: &Myself) -> Turn {
    let mut now = None;
    for _ in 0..BATCH {
        if myself.is_stopping() {
            return Turn::Wait;
        }
        let handled = if let Some(info) = context.infos.pop() {
            scope::enter(Budget::UNLIMITED, None, true);
            info.deliver(agent, context).await
        } else {
            match seat.mailbox.next() {
                Next::Message(envelope) => handle(agent, context, seat, envelope, &mut now).await,
                Next::Nothing => return Turn::Wait,
            }
        };
        if let Err(error) = handled {
            return Turn::End(Exit::error(error));
        }
        if let Some(exit) = context.end.take() {
            return Turn::End(exit);
        }
    }
    Turn::Again
}

/// Handles one message and answers it. `now` is the batch's clock reading, if there has been one; it is thrown
/// away when a handler has waited.
async fn handle<A: Agent>(
    agent: &mut A,
    context: &mut Context<A>,
    seat: &Seat<A>,
    envelope: Envelope<A::Contract>,
    now: &mut Option<Duration>,
) -> anyhow::Result<()> {
    if envelope.deadline.is_set() {
        let now = *now.get_or_insert_with(|| context.clock().now());
        if envelope.deadline.has_passed(now) {
            seat.mailbox.dead_letter(envelope, Why::TooLate);
            return Ok(());
        }
    }
    let budget = envelope.budget();
    scope::enter(budget, envelope.wait_path().cloned(), true);
    let Envelope { reply, sender, extra, request, .. } = envelope;
    context.hand = Some(Hand { reply, sender, budget, extra });
    let mut waited = false;
    let outcome = {
        let dispatch = pin!(A::Contract::dispatch(agent, request, context));
        noting_waits(dispatch, &mut waited).await
    };
    if waited {
        *now = None;
    }
    let hand = context.hand.take();
    seat.pulse.advance();
    let outcome = outcome?;
    if let Some(hand) = hand {
        answer(hand.reply, outcome);
    }
    Ok(())
}

/// Sends what a handler returned to where the answer goes.
fn answer<C: Contract>(reply: ReplyTo<C>, outcome: Dispatched<C>) {
    match (outcome, reply) {
        (Dispatched::Response(response), ReplyTo::One(port)) => drop(port.send(Ok(response))),
        (Dispatched::Refusal(refusal), reply) => reply.fail(Failure::Refused(refusal)),
        (Dispatched::Streaming, ReplyTo::Stream(port)) => {
            if let Some(opened) = port.opened {
                let _ = opened.send(Ok(()));
            }
        }
        (Dispatched::Response(_) | Dispatched::Streaming | Dispatched::Later, _) => {}
    }
}

/// Runs `work`, and notes whether it ever had to wait.
fn noting_waits<F: Future>(mut work: Pin<&mut F>, waited: &mut bool) -> impl Future<Output = F::Output> {
    std::future::poll_fn(move |context| {
        let polled = work.as_mut().poll(context);
        *waited |= polled.is_pending();
        polled
    })
}
