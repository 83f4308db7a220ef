//! Requests that come as text: one reply, a stream of items, and what is said when there is neither.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::sync::Arc;

use mistersmith::agent::{CallJsonError, Control, JsonAnswer, JsonItemError, JsonItems, Sink};
use mistersmith::contract::Opening;
use mistersmith::message::Budget;
use mistersmith::prelude::*;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
struct Double {
    number: i64,
}
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
struct Count {
    to: u64,
}
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
enum Request {
    Double(Double),
    Count(Count),
}
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
enum Response {
    Doubled(i64),
    Number(u64),
}

struct Numbers;
replies! { Numbers refuses String: Double => Doubled(i64), Count => stream Number(u64) }

struct Counter;

impl Agent for Counter {
    type Contract = Numbers;
    type Args = ();
    async fn init((): (), _: &mut Context<Self>) -> anyhow::Result<Self> {
        Ok(Self)
    }
}

impl Handle<Double> for Counter {
    async fn handle(&mut self, Double { number }: Double, _: &mut Context<Self>) -> Answer<Double> {
        Double::respond(number * 2)
    }
}

/// Counts as far as its reader's credits go; to 0 is refused, and beyond the credits it breaks off.
impl HandleStream<Count> for Counter {
    async fn handle_stream(
        &mut self,
        Count { to }: Count,
        items: Sink<Count>,
        _: &mut Context<Self>,
    ) -> anyhow::Result<Opening<Numbers>> {
        if to == 0 {
            return Count::reject("nothing to count".to_owned());
        }
        if (1..=to).all(|number| items.try_send(number).is_ok()) {
            items.finish();
        }
        Count::accept()
    }
}

async fn counter() -> (System, Arc<dyn Control>) {
    let domain = DomainSpec::new("counting", Flags::new(Strategy::OneForOne, 3, 5)).unwrap();
    let domain = domain.agent(AgentSpec::new::<Counter>("counter", ()).unwrap());
    let system = System::builder("shop").domain(domain).start().await.unwrap();
    let counter = system.agent("counting/counter").unwrap();
    (system, counter)
}

async fn count(counter: &Arc<dyn Control>, to: u64) -> Result<JsonItems, CallJsonError> {
    let json = format!("{{\"to\": {to}}}");
    counter.call_json("count", &json, Budget::UNLIMITED).await.map(|answer| match answer {
        JsonAnswer::Stream(items) => items,
        JsonAnswer::One(reply) => panic!("expected a stream, got {reply}"),
    })
}

#[tokio::test(start_paused = true)]
async fn text_goes_in_and_the_reply_comes_out_as_text() {
    let (_system, counter) = counter().await;
    let answer = counter.call_json("double", r#"{"number": 21}"#, Budget::UNLIMITED).await.unwrap();
    assert!(matches!(answer, JsonAnswer::One(reply) if reply == "42"));
}

#[tokio::test(start_paused = true)]
async fn items_come_as_text_and_end_when_the_agent_has_finished() {
    let (_system, counter) = counter().await;
    let mut items = count(&counter, 3).await.unwrap();
    for number in ["1", "2", "3"] {
        assert_eq!(items.next().await.unwrap().unwrap(), number);
    }
    assert!(items.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn no_more_is_on_the_way_than_the_credits_and_what_broke_off_says_so_once() {
    let (_system, counter) = counter().await;
    let mut items = count(&counter, 1_000).await.unwrap();
    for number in 1..=64 {
        assert_eq!(items.next().await.unwrap().unwrap(), number.to_string());
    }
    assert!(matches!(items.next().await, Some(Err(JsonItemError::Interrupted(_)))));
    assert!(items.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_refused_is_a_refusal() {
    let (_system, counter) = counter().await;
    let refused = count(&counter, 0).await;
    assert!(matches!(refused, Err(CallJsonError::Refused { text, .. }) if text == "nothing to count"));
}
