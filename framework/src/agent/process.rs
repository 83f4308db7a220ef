//! One incarnation of an agent: takes messages from its mailbox in batches and hands them to its handlers.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use super::context::Hand;
use super::info::Waiting;
use super::seat::Seat;
use super::{Agent, Context, NotNeeded};
use crate::contract::{Contract, Dispatch, Dispatched};
use crate::engine::{Behaviour, Fence, Myself, Turn};
use crate::exit::{Exit, catch};
use crate::identity::Incarnation;
use crate::identity::lifecycle::Stage;
use crate::message::scope::{self, Scope};
use crate::message::{Budget, Envelope, Failure, ReplyTo, Why};
use crate::registry::{Record, Registration};

/// How many messages are handled before stop, kill and others get a look. In the trial this design comes from,
/// larger batches were no faster.
const BATCH: usize = 64;

/// One incarnation. Dropped in this order: the agent, its tasks, its seat with its entry in the registry.
pub(super) struct AgentProcess<A: Agent> {
    agent: A,
    context: Context<A>,
    seated: Sitting<A>,
    /// On whose behalf it works: its own, within the budget of the message in hand.
    scope: Option<Scope>,
    turns: u32,
    /// Whose turn it is when both wait: private messages and messages alternate, so that neither starves.
    private_first: bool,
}

/// An incarnation on its seat. When it is dropped, whichever way it ended, the mailbox is the next one's.
struct Sitting<A: Agent> {
    seat: Arc<Seat<A>>,
    incarnation: Incarnation,
    /// Knows how it ended.
    fence: Fence,
    /// Its entry in the registry, once it has one.
    registration: Option<Registration>,
    /// Why it did not start, if it did not.
    not_started: Option<Box<str>>,
}

/// What an agent does next.
enum Work<A: Agent> {
    Private(Waiting<A>),
    Message(Envelope<A::Contract>),
}

impl<A: Agent> Drop for Sitting<A> {
    fn drop(&mut self) {
        let exit = || self.fence.exit().map(|exit| exit.to_string());
        let reason = self.not_started.take().map(String::from).or_else(exit);
        let reason = reason.unwrap_or_else(|| "killed".to_owned());
        self.seat.end(self.incarnation, self.registration.take(), reason);
    }
}

impl<A: Agent> Behaviour for AgentProcess<A> {
    type Args = Arc<Seat<A>>;

    async fn init(seat: Arc<Seat<A>>, myself: Myself) -> Result<Option<Self>, Exit> {
        let Some(incarnation) = seat.begin() else { return Ok(None) };
        let not_started = Some("its start was broken off".into());
        let mut seated =
            Sitting { seat, incarnation, fence: myself.fence(), registration: None, not_started };
        let seat = Arc::clone(&seated.seat);
        let mut context = Context::new(myself.clone(), &seat, incarnation);
        let mut scope = Some(Scope::beside(Arc::clone(&seat.id), myself.fence()));
        let initialised = {
            let init = pin!(A::init(seat.args.clone(), &mut context));
            scope::run(&mut scope, init).await
        };
        let agent = match initialised {
            Ok(agent) => agent,
            Err(error) if error.is::<NotNeeded>() => {
                seated.not_started = Some(NotNeeded.to_string().into());
                return Ok(None);
            }
            Err(error) => {
                let exit = Exit::error(error);
                seated.not_started = Some(exit.to_string().into());
                return Err(exit);
            }
        };
        let record = Record::new(
            Arc::clone(&seat.id),
            incarnation,
            A::Contract::NAME,
            seat.myself.clone(),
            Arc::clone(&seat.pulse),
        );
        let record =
            record.with_capabilities(seat.capabilities.iter().cloned()).with_stage(Stage::Registered);
        let registration = seat.surroundings.registry.register(record).map_err(Exit::error)?;
        seated.not_started = None;
        let registration = seated.registration.insert(registration);
        seat.registered();
        let changes = seat.open(incarnation, myself.waker(), registration);
        let mut process = Self { agent, context, seated, scope, turns: 0, private_first: true };
        for change in changes {
            process.agent.stage_changed(&change);
        }
        Ok(Some(process))
    }

    async fn turn(&mut self) -> Turn {
        self.turns = self.turns.wrapping_add(1);
        let Self { agent, context, seated, scope, private_first, .. } = self;
        let seat = &seated.seat;
        let mut meter = seat.mailbox.ledger().meter(self.turns.into());
        seat.pulse.begin();
        let turn = {
            let batch = pin!(batch(agent, context, seated, private_first));
            let batch = pin!(scope::run(scope, batch));
            meter.around(&seat.surroundings.clock, batch).await
        };
        if let Some(scope) = scope {
            scope.step_beside();
        }
        seat.pulse.end();
        meter.rest(&seat.surroundings.clock, || context.process.is_stopping()).await;
        turn
    }

    async fn terminate(&mut self, exit: &Exit) -> anyhow::Result<()> {
        let mut scope = Some(Scope::beside(Arc::clone(&self.seated.seat.id), self.context.process.fence()));
        let terminate = pin!(self.agent.terminate(exit, &mut self.context));
        scope::run(&mut scope, terminate).await
    }
}

/// Handles what waits until there is nothing, or enough was handled, or the agent is to stop.
async fn batch<A: Agent>(
    agent: &mut A,
    context: &mut Context<A>,
    seated: &Sitting<A>,
    private_first: &mut bool,
) -> Turn {
    let seat = &seated.seat;
    let mut now = None;
    for _ in 0..BATCH {
        if context.process.is_stopping() {
            return Turn::Wait;
        }
        if seat.life.has_news() {
            seat.life.news().iter().for_each(|change| agent.stage_changed(change));
        }
        let handled = match next(context, seated, private_first) {
            Some(Work::Private(info)) => handle_private(agent, context, seat, info, &mut now).await,
            Some(Work::Message(envelope)) => match take_in_hand(context, seat, envelope, &mut now) {
                Some(request) => handle(agent, context, seat, request, &mut now).await,
                None => Ok(()),
            },
            None if seat.mailbox.rest(seated.incarnation) => return Turn::Wait,
            None => continue,
        };
        if let Err(exit) = handled {
            return Turn::End(exit);
        }
        if let Some(exit) = context.end.take() {
            return Turn::End(*exit);
        }
    }
    Turn::Again
}

fn next<A: Agent>(context: &Context<A>, seated: &Sitting<A>, private_first: &mut bool) -> Option<Work<A>> {
    let private = || context.infos.get()?.pop().map(Work::Private);
    let message = || seated.seat.mailbox.next(seated.incarnation).map(Work::Message);
    let work = if *private_first { private().or_else(message) } else { message().or_else(private) };
    *private_first = !matches!(work, Some(Work::Private(_)));
    work
}

/// Handles one private message. `now` as for [`take_in_hand`].
async fn handle_private<A: Agent>(
    agent: &mut A,
    context: &mut Context<A>,
    seat: &Seat<A>,
    info: Waiting<A>,
    now: &mut Option<Duration>,
) -> Result<(), Exit> {
    seat.mailbox.stir();
    scope::enter(Budget::UNLIMITED, None, true);
    let mut waited = false;
    let mut delivery = info.deliver(agent, context);
    let handled = carefully(delivery.as_mut(), &mut waited).await;
    drop(delivery);
    if waited {
        *now = None;
    }
    seat.pulse.advance_privately();
    handled
}

/// Makes this the message in hand; its request, unless it is too late. `now` is the batch's clock reading, if there
/// has been one; it is thrown away when a handler has waited.
fn take_in_hand<A: Agent>(
    context: &mut Context<A>,
    seat: &Seat<A>,
    envelope: Envelope<A::Contract>,
    now: &mut Option<Duration>,
) -> Option<<A::Contract as Contract>::Request> {
    if envelope.deadline.is_set() {
        let now = *now.get_or_insert_with(|| context.clock().now());
        if envelope.deadline.has_passed(now) {
            seat.mailbox.dead_letter(envelope, Why::TooLate);
            return None;
        }
    }
    let budget = envelope.budget();
    scope::enter(budget, envelope.extra.as_ref(), true);
    let Envelope { reply, sender, extra, request, .. } = envelope;
    context.hand = Some(Hand { reply, sender, budget, extra });
    Some(request)
}

/// Handles the request of the message in hand, and answers it. `now` as for [`take_in_hand`].
async fn handle<A: Agent>(
    agent: &mut A,
    context: &mut Context<A>,
    seat: &Seat<A>,
    request: <A::Contract as Contract>::Request,
    now: &mut Option<Duration>,
) -> Result<(), Exit> {
    let mut waited = false;
    let outcome = {
        let dispatch = pin!(A::Contract::dispatch(agent, request, context));
        carefully(dispatch, &mut waited).await
    };
    if waited {
        *now = None;
    }
    let hand = context.hand.take();
    seat.pulse.advance();
    let hand = hand.filter(|_| !context.process.is_fenced());
    match (outcome, hand) {
        (Ok(outcome), Some(hand)) => answer(hand.reply, outcome),
        (Err(exit), Some(hand)) => {
            if hand.reply.is_awaited() {
                hand.reply.fail(Failure::Ended(Arc::new(exit.clone())));
            }
            return Err(exit);
        }
        (outcome, None) => drop(outcome?),
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

/// Runs a handler: its error and its panic are exits. Notes whether it ever had to wait.
///
/// A panic is caught here already, and not by the engine alone, because unwinding costs about a microsecond for each
/// future that it has to go through.
async fn carefully<T, F>(work: Pin<&mut F>, waited: &mut bool) -> Result<T, Exit>
where
    F: Future<Output = anyhow::Result<T>> + ?Sized,
{
    let mut work = pin!(catch(work));
    let done = std::future::poll_fn(|context| {
        let polled = work.as_mut().poll(context);
        *waited |= polled.is_pending();
        polled
    });
    match done.await {
        Ok(done) => done.map_err(Exit::error),
        Err(panic) => Err(Exit::Panic(panic)),
    }
}
