//! Cases of whole trees: branches, applications, names, and what a child does with its link.

use std::sync::Arc;

use mistersmith::clock::Clock;
use mistersmith::domain::DomainSpec;
use mistersmith::exit::Exit;
use mistersmith::identity::{AgentName, DomainName, Incarnation};
use mistersmith::registry::{Pulse, Record, RegisterError};
use mistersmith::supervisor::{
    ChildSpec, Flags, RactorChild, Restart, RestartChildError, Shutdown, Strategy, Supervisor,
};
use mistersmith::system::{StartError, System};
use mistersmith::testing::{Act, OnStart, Perform, ScriptedAgent, Scripting, Spawn, settled};
use ractor::{Actor, ActorProcessingErr, ActorRef, pg};

use crate::sight::counts;
use crate::tree::{OneForAll, OneForOne, Tree, children, flags, spec};

/// A system of one domain with one agent, all one_for_all.
async fn ward(agent: &ScriptedAgent) -> Result<System, StartError> {
    let flags = Flags::new(Strategy::OneForAll, 9, 5);
    let ward = DomainSpec::new("ward", flags).unwrap().agent(agent.spec().unwrap());
    System::builder("ward").clock(Clock::seeded(1)).domains(flags).domain(ward).start().await
}

/// When a child of an application fails at its first start, the application does not start, and its error names
/// supervisor after supervisor down to the cause.
#[tokio::test(start_paused = true)]
async fn faulty_application_shutdown() {
    let faulty = ScriptedAgent::new("patient").starts([OnStart::Error("no bed".to_owned())]);
    let Err(StartError::NotStarted(exit)) = ward(&faulty).await else { panic!("it started") };
    let (mut exit, mut names) = (&exit, Vec::new());
    while let Exit::NotStarted { child, cause } = exit {
        names.push(child.as_str());
        exit = cause;
    }
    assert_eq!(names, ["domains", "ward", "patient"]);
    assert_eq!(exit.to_string(), "error: no bed");
}

/// Unlinks itself from its supervisor as soon as it runs.
struct Unlinked;

enum Never {}
impl ractor::Message for Never {}

impl Actor for Unlinked {
    type Msg = Never;
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, _: ActorRef<Never>, (): ()) -> Result<(), ActorProcessingErr> {
        Ok(())
    }

    async fn post_start(&self, myself: ActorRef<Never>, (): &mut ()) -> Result<(), ActorProcessingErr> {
        let supervisor = myself.try_get_supervisor().ok_or("it was linked")?;
        myself.unlink(supervisor);
        Ok(())
    }
}

/// A child that cut its link is stopped as any other, and its own end is seen as any other. (In Erlang nobody hears of
/// that.)
#[tokio::test(start_paused = true)]
async fn child_unlink() {
    for restart in [Restart::Permanent, Restart::Temporary] {
        let (trace, []) = children([]);
        let child = RactorChild::new(|| (Unlinked, ()));
        let running = child.adopted();
        let child = ChildSpec::worker("child", child).shutdown(Shutdown::Infinity).restart(restart);
        let tree = Tree::start(&trace, flags(OneForOne, 2), &[child]).await;
        settled(&tree.clock).await;
        let first = running.get().unwrap();
        assert!(first.try_get_supervisor().is_none());
        first.stop(None);
        settled(&tree.clock).await;
        let again = usize::from(restart == Restart::Permanent);
        assert_eq!(counts(&tree.root).await, [again, again, 0, again]);
        if restart == Restart::Permanent {
            let second = running.get().unwrap();
            assert_ne!(first.get_id(), second.get_id());
            tree.root.terminate_child("child").await.unwrap();
            assert_eq!(second.get_status(), ractor::ActorStatus::Stopped);
            assert_eq!(tree.list().await, "child=down");
        }
        tree.stop().await;
    }
    let patient = DomainSpec::new("ward", Flags::new(Strategy::OneForOne, 9, 5)).unwrap();
    let patient = patient.agent(ScriptedAgent::new("patient").spec().unwrap());
    let system = System::builder("unlinked").clock(Clock::seeded(1)).domain(patient).start().await.unwrap();
    // It links itself in its first turn.
    system.find::<Scripting>().unwrap().ask(Perform { act: Act::Reply }).await.unwrap();
    let agent = pg::get_scoped_members(&"unlinked".to_owned(), &"ward".to_owned()).remove(0);
    agent.unlink(agent.try_get_supervisor().unwrap());
    agent.stop(None);
    settled(system.clock()).await;
    assert_eq!(named(&system), 2, "an agent whose link somebody else cut");
    system.stop().await;
}

/// Three branches below a one_for_all root: a crash touches its branch only; a branch that gives up restarts the
/// whole tree, which then has the children of its specification, also those that had been stopped by hand, and no
/// others.
#[tokio::test(start_paused = true)]
async fn tree() {
    let (trace, [a, b, c, d]) = children(["a", "b", "c", "d"]);
    let branch = |name: &str, children: &[ChildSpec]| {
        ChildSpec::supervisor(spec(name, Flags::new(OneForOne, 4, 3_600), children))
    };
    let below = [
        branch("first", &[a.child(), b.child()]),
        branch("second", &[]),
        branch("third", &[]).restart(Restart::Transient),
    ];
    let tree = Tree::start(&trace, Flags::new(OneForAll, 4, 3_600), &below).await;
    let second = tree.root.child("second").unwrap();
    second.start_child(c.child()).await.unwrap();
    second.start_child(d.child()).await.unwrap();
    assert_eq!(tree.trace().await, "+c +d");
    assert_eq!(counts(&tree.root).await, [3, 3, 3, 0]);

    for child in [&a, &b, &a, &b] {
        child.crash("boom");
        let words = tree.trace().await;
        assert!(["a!boom +a", "b!boom +b"].contains(&words.as_str()), "{words}");
    }
    d.crash("boom");
    assert_eq!(tree.trace().await, "d!boom +d");

    tree.root.terminate_child("third").await.unwrap();
    assert_eq!(tree.list().await, "first second third=down");
    a.crash("boom"); // the fifth in the first branch
    assert_eq!(tree.trace().await, "a!boom -b -d -c +a +b");
    assert_eq!(tree.list().await, "first second third");
    assert_eq!(counts(&tree.root.child("second").unwrap()).await, [0, 0, 0, 0]);
    assert_eq!(tree.budget_left().await, 3, "all that was one restart");
    tree.stop().await;
}

/// The incarnation that is found under the one agent's name, which only one has.
fn named(system: &System) -> u64 {
    let (domain, name) = (DomainName::new("ward").unwrap(), AgentName::new("patient").unwrap());
    let found = system.registry().by_name(&domain, &name);
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].incarnation.number()
}

fn supervisor(system: &System) -> Supervisor {
    system.domains_supervisor().unwrap().child("ward").unwrap()
}

/// A name belongs to the process that has it now: to a new one after a kill of the supervisor or the worker, after
/// an error, and after the worker or its supervisor was terminated and restarted by hand.
#[tokio::test(start_paused = true)]
async fn simple_global_supervisor() {
    let system = ward(&ScriptedAgent::new("patient")).await.unwrap();
    let control = system.agents().remove(0);
    let mut before = named(&system);
    for step in 0..5 {
        match step {
            0 => supervisor(&system).kill(),
            1 => assert!(control.kill()),
            2 => {
                let agent = system.find::<Scripting>().unwrap();
                agent.ask(Perform { act: Act::Error }).await.expect_err("it fails");
            }
            3 => {
                supervisor(&system).terminate_child("patient").await.unwrap();
                assert!(system.registry().is_empty());
                supervisor(&system).restart_child("patient").await.unwrap();
            }
            _ => {
                system.domains_supervisor().unwrap().terminate_child("ward").await.unwrap();
                assert!(system.registry().is_empty());
                system.domains_supervisor().unwrap().restart_child("ward").await.unwrap();
            }
        }
        settled(system.clock()).await;
        let now = named(&system);
        assert_eq!(now, before + 1, "step {step}");
        let answered = system.find::<Scripting>().unwrap().ask(Perform { act: Act::Reply }).await.unwrap();
        assert_eq!(answered.number(), now, "step {step}");
        before = now;
    }
    system.stop().await;
}

/// A start that finds its name taken by somebody outside of the supervisor fails and says by whom; who is there
/// stays.
#[tokio::test(start_paused = true)]
async fn already_started_outside_supervisor() {
    let system = ward(&ScriptedAgent::new("patient")).await.unwrap();
    let id = system.agents()[0].id().clone();
    supervisor(&system).terminate_child("patient").await.unwrap();
    let foreign = Record::new(id, Incarnation::new(7), "Scripting", Arc::new(()), Arc::new(Pulse::default()));
    let foreign = system.registry().register(foreign).unwrap();
    let failed = supervisor(&system).restart_child("patient").await;
    let Err(RestartChildError::Failed(Exit::Error(fault))) = failed else { panic!("{failed:?}") };
    let Some(RegisterError::Fenced { present, .. }) = fault.downcast_ref() else { panic!("{fault}") };
    assert_eq!((present.number(), named(&system)), (7, 7));
    drop(foreign);
    supervisor(&system).restart_child("patient").await.unwrap();
    system.stop().await;
}
