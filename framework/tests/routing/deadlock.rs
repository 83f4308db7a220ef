//! An ask that would wait on itself is refused before it is sent, with the path.

use mistersmith::routing::CallError;
use mistersmith::system::System;

use crate::shop::{Desk, Pass, clerk, named, open};

async fn pass(shop: &System, along: &[&str]) -> Result<String, String> {
    passed(shop, along, false).await
}

async fn passed(shop: &System, along: &[&str], from_a_task: bool) -> Result<String, String> {
    let names = along[1..].iter().map(|&name| name.to_owned()).collect();
    match named(shop, along[0]).ask(Pass { along: names, from_a_task }).await {
        Ok(name) => Ok(name),
        Err(CallError::Refused(why)) => Err(why.0),
        Err(other) => Err(format!("{other:?}")),
    }
}

async fn three(name: &str) -> System {
    open(name, ["a", "b", "c"].map(|name| clerk(name, &Desk::default()))).await
}

#[tokio::test(start_paused = true)]
async fn a_chain_without_a_ring_is_answered() {
    let shop = three("chain").await;
    assert_eq!(pass(&shop, &["a", "b", "c"]).await, Ok("c".to_owned()));
    shop.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_asks_itself_is_refused() {
    let shop = three("self").await;
    let error = pass(&shop, &["a", "a"]).await.unwrap_err();
    assert!(error.contains("floor/a -> floor/a"), "{error}");
    assert_eq!(pass(&shop, &["a", "b"]).await, Ok("b".to_owned()), "it answers as before");
    shop.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_ring_of_two_is_refused_with_its_path() {
    let shop = three("two").await;
    let error = pass(&shop, &["a", "b", "a"]).await.unwrap_err();
    assert!(error.contains("floor/a -> floor/b -> floor/a"), "{error}");
    shop.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_ring_of_three_is_refused_with_its_path() {
    let shop = three("three").await;
    let error = pass(&shop, &["a", "b", "c", "a"]).await.unwrap_err();
    assert!(error.contains("floor/a -> floor/b -> floor/c -> floor/a"), "{error}");
    let error = pass(&shop, &["a", "b", "c", "b"]).await.unwrap_err();
    assert!(error.contains("floor/a -> floor/b -> floor/c -> floor/b"), "{error}");
    shop.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_task_beside_an_agent_may_ask_it_because_the_agent_does_not_wait() {
    let shop = three("task").await;
    assert_eq!(passed(&shop, &["a", "a"], true).await, Ok("a".to_owned()));
    assert_eq!(passed(&shop, &["a", "b", "a"], true).await, Ok("a".to_owned()));
    shop.stop().await;
}

#[tokio::test(start_paused = true)]
async fn agents_that_ask_each_other_from_their_tasks_do_not_mistake_it_for_a_ring() {
    let shop = three("crossing").await;
    let (one, other) = tokio::join!(passed(&shop, &["a", "b"], true), passed(&shop, &["b", "a"], true));
    assert_eq!((one, other), (Ok("b".to_owned()), Ok("a".to_owned())));
    shop.stop().await;
}
