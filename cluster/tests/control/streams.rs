//! Requests that are answered by a stream.

use mistersmith_cluster::control::api::ProblemCode;
use mistersmith_cluster::control::{CallAnswer, ClientError, ControlClient, Items};

use crate::paths::request;
use crate::shop::{Shop, until};

async fn open(client: &ControlClient, payload: &str) -> Items {
    match client.call(&request("count", payload)).await.unwrap() {
        CallAnswer::Stream(items) => items,
        CallAnswer::One(reply) => panic!("expected a stream, got {reply}"),
    }
}

/// How the stream ends, whatever was sent before.
async fn end(items: &mut Items) -> Option<ClientError> {
    loop {
        match items.next().await {
            None => return None,
            Some(Ok(_)) => {}
            Some(Err(error)) => return Some(error),
        }
    }
}

#[tokio::test]
async fn items_come_in_order_and_the_end_is_an_end() {
    let shop = Shop::open().await;
    let mut items = open(&shop.client().await, r#"{"to": 300}"#).await;
    for number in 1..=300 {
        assert_eq!(items.next().await.unwrap().unwrap().get(), number.to_string());
    }
    assert!(items.next().await.is_none());
    assert!(items.next().await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_is_held_up_by_a_reader_that_does_not_read_and_told_when_it_hangs_up() {
    let shop = Shop::open().await;
    let mut items = open(&shop.client().await, "{}").await;
    assert_eq!(items.next().await.unwrap().unwrap().get(), "1");
    let sent = || shop.levers.sent.lock().unwrap().0;
    // The buffers of the sockets take what they can; then nothing goes on.
    let still = std::sync::Mutex::new((0, 0));
    until("the agent is held up", async || {
        let mut still = still.lock().unwrap();
        let (number, looks) = *still;
        *still = if sent() == number { (number, looks + 1) } else { (sent(), 0) };
        looks == 50
    })
    .await;
    drop(items);
    until("the stream is cancelled", async || shop.levers.sent.lock().unwrap().1).await;
}

#[tokio::test]
async fn a_stream_whose_agent_is_killed_breaks_off_and_says_so() {
    let shop = Shop::open().await;
    let client = shop.client().await;
    let mut items = open(&client, "{}").await;
    assert!(client.kill("sales/till").await.unwrap().killed);
    let end = end(&mut items).await;
    let Some(ClientError::Problem(problem)) = end else { panic!("expected a problem, got {end:?}") };
    assert_eq!(problem.code, ProblemCode::Interrupted);
    assert!(items.next().await.is_none(), "an interrupted stream is over");
}

#[tokio::test]
async fn a_stream_ends_with_a_reason_when_the_interface_stops() {
    let shop = Shop::open().await;
    let mut items = open(&shop.client().await, "{}").await;
    let (end, ()) = tokio::join!(end(&mut items), shop.server.stop());
    let Some(ClientError::Problem(problem)) = end else { panic!("expected a problem, got {end:?}") };
    assert_eq!(problem.code, ProblemCode::Stopping);
}
