//! A system ends in good order, or at once.

use std::time::Duration;

use mistersmith::exit::Exit;
use mistersmith::identity::{AgentName, DomainName};
use mistersmith::routing::CallError;
use mistersmith::testing::{Act, Perform, Scripting};

use crate::shop::{domain, system};

#[tokio::test(start_paused = true)]
async fn shutting_down_handles_what_waits_and_takes_nothing_new() {
    let system = system([domain("shop", 3, &["till"])]).start().await.unwrap();
    let till = system.find::<Scripting>().unwrap();
    let asked: Vec<_> = (0..5).map(|_| till.ask(Perform { act: Act::Slow(100) })).collect();
    let mut asked: Vec<_> = asked.into_iter().map(Box::pin).collect();
    for ask in &mut asked {
        assert!(poll_once(ask).await.is_none(), "it is slow");
    }
    let ended = system.shut_down(Duration::from_secs(60));
    let answers = async {
        let mut answers = Vec::new();
        for ask in asked {
            answers.push(ask.await);
        }
        answers
    };
    let (exit, answers) = tokio::join!(ended, answers);
    assert!(matches!(exit, Exit::Shutdown));
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    let late = till.ask(Perform { act: Act::Reply }).await;
    assert!(matches!(late, Err(CallError::Gone { .. })), "{late:?}");
}

#[tokio::test(start_paused = true)]
async fn a_drain_that_takes_too_long_is_cut_and_what_waited_comes_back() {
    let system = system([domain("shop", 3, &["till"])]).start().await.unwrap();
    let till = system.find::<Scripting>().unwrap();
    let mut hung = Box::pin(till.ask(Perform { act: Act::Hang }));
    assert!(poll_once(&mut hung).await.is_none());
    let mut waiting = Box::pin(till.ask(Perform { act: Act::Reply }));
    assert!(poll_once(&mut waiting).await.is_none());
    let (exit, hung, waiting) = tokio::join!(system.shut_down(Duration::from_secs(1)), hung, waiting);
    assert!(matches!(exit, Exit::Shutdown));
    assert!(matches!(hung, Err(CallError::Unknown { .. })), "{hung:?}");
    assert!(matches!(waiting, Err(CallError::Gone { .. })), "{waiting:?}");
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_hangs_does_not_take_the_time_of_the_others() {
    let domains = [domain("storage", 3, &["stock"]), domain("shop", 3, &["till", "scale"])];
    let system = system(domains).start().await.unwrap();
    let named = |domain: &str, name: &str| {
        let (domain, name) = (DomainName::new(domain).unwrap(), AgentName::new(name).unwrap());
        system.find_named::<Scripting>(&domain, &name).unwrap()
    };
    let (stock, till, scale) = (named("storage", "stock"), named("shop", "till"), named("shop", "scale"));
    let mut hung = Box::pin(scale.ask(Perform { act: Act::Hang }));
    assert!(poll_once(&mut hung).await.is_none());
    let slow = || Perform { act: Act::Slow(1_000) };
    let mut asked = [Box::pin(till.ask(slow())), Box::pin(stock.ask(slow()))];
    for ask in &mut asked {
        assert!(poll_once(ask).await.is_none());
    }
    let [till, stock] = asked;
    let began = system.clock().now();
    let (_, _, till, stock) = tokio::join!(system.shut_down(Duration::from_secs(10)), hung, till, stock);
    assert!(till.is_ok() && stock.is_ok(), "{till:?} {stock:?}");
    // Half of the limit for its domain, which is one of two, and 5 s until it is killed.
    assert_eq!((system.clock().now() - began).as_secs(), 5 + 5);
}

#[tokio::test(start_paused = true)]
async fn a_killed_system_is_gone_without_a_word() {
    let system = system([domain("shop", 3, &["till"])]).start().await.unwrap();
    system.kill();
    assert!(matches!(system.ended().await, Exit::Killed));
    assert!(system.registry().is_empty());
}

/// Polls once, and lets everybody else go on.
async fn poll_once<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    let polled = std::future::poll_fn(|context| {
        let polled = std::pin::Pin::new(&mut *future).poll(context);
        std::task::Poll::Ready(match polled {
            std::task::Poll::Ready(output) => Some(output),
            std::task::Poll::Pending => None,
        })
    })
    .await;
    tokio::task::yield_now().await;
    polled
}
