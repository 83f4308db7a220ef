//! Nothing starts that cannot run, and what starts, starts in order.

use mistersmith::contract::Contract;
use mistersmith::system::StartError;
use mistersmith::testing::{OnStart, Report, ScriptedAgent, Scripting, Spawn};

use crate::shop::{domain, incarnation, system};

#[tokio::test(start_paused = true)]
async fn everything_that_is_wrong_is_said_at_once_and_nothing_starts() {
    let first = ScriptedAgent::new("first");
    let probe = first.probe();
    let shop = domain("shop", 3, &["till", "till"]).needs("bank").unwrap().agent(first.spec().unwrap());
    let error = system([shop, domain("stock", 3, &[]).needs("stock").unwrap()]).start().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the system cannot start as it is put together:\
         \n  - domain shop has agent till twice; rename one of them, or give it instances\
         \n  - domain shop needs domain bank, which is not there; add it, or drop the need\
         \n  - domain stock is in a circle of needs; no order starts each domain after those it needs"
    );
    assert!(probe.take().is_empty());
}

#[tokio::test(start_paused = true)]
async fn domains_start_after_those_they_need_and_stop_before_them() {
    let (till, stock) = (ScriptedAgent::new("till"), ScriptedAgent::new("stock"));
    let (first, second) = (stock.probe(), till.probe());
    let shop = domain("shop", 3, &[]).agent(till.spec().unwrap()).needs("storage").unwrap();
    let storage = domain("storage", 3, &[]).agent(stock.spec().unwrap());
    let system = system([shop, storage]).start().await.unwrap();
    let names: Vec<_> = system.domains().iter().map(ToString::to_string).collect();
    assert_eq!(names, ["storage", "shop"]);
    assert!(matches!(first.take()[..], [Report::Starting(_), Report::Started(_)]));
    assert!(matches!(second.take()[..], [Report::Starting(_), Report::Started(_)]));
    system.stop().await;
    second.expect(Report::Stopping("shutdown".into())).await;
    first.expect(Report::Stopping("shutdown".into())).await;
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_does_not_start_stops_those_before_it_and_is_named() {
    let (good, bad) =
        (ScriptedAgent::new("good"), ScriptedAgent::new("bad").starts([OnStart::Panic("no paper".into())]));
    let probe = good.probe();
    let shop = domain("shop", 3, &[]).agent(good.spec().unwrap()).agent(bad.spec().unwrap());
    let Err(StartError::NotStarted(exit)) = system([shop]).start().await else { panic!("it started") };
    let text = exit.to_string();
    assert!(
        text.starts_with(
            "child domains did not start: child shop did not start: child bad did not start: panic at"
        ),
        "{text}"
    );
    let reports = probe.take();
    assert_eq!(reports.last(), Some(&Report::Stopping("shutdown".into())), "{reports:?}");
}

#[tokio::test(start_paused = true)]
async fn two_systems_of_one_name_in_one_process_share_nothing() {
    let one = system([domain("shop", 3, &["till"])]).start().await.unwrap();
    let two = system([domain("shop", 3, &["till"])]).start().await.unwrap();
    one.stop().await;
    assert!(one.find::<Scripting>().is_err());
    assert_eq!(incarnation(&two, "shop/till").await, 1);
    assert_eq!(Scripting::NAME, two.agents()[0].facts().contract);
    two.stop().await;
}
