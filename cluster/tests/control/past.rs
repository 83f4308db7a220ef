//! What the commands print of what has happened: the history, and the tree as it was.

use mistersmith_cluster::control::api::PastMoment;
use mistersmith_cluster::control::{Outcome, run};

use crate::said::{eventful, said};
use crate::shop::{Shop, Written, command, until};

#[tokio::test]
async fn the_tree_is_shown_as_it_was_at_an_event_and_so_long_ago() {
    let shop = eventful().await;
    let client = shop.client().await;
    let till = |past: mistersmith_cluster::control::api::PastReport| {
        past.root.children[1].children[0].children[0].clone()
    };
    let newest = client.restarts(0, false).await.unwrap().newest;
    let (out, complaint, _) = shop.say(&["tree", "--at", &newest.to_string()]).await;
    assert_eq!(complaint, "");
    let lines: Vec<_> = out.lines().collect();
    assert!(lines[0].starts_with("shop as it was ") && lines[0].ends_with(" after its start"), "{out}");
    assert!(lines[1].starts_with("NAME") && lines[6].starts_with("      ├─ till     running"), "{out}");
    let now = till(client.past(PastMoment::Ago(std::time::Duration::ZERO)).await.unwrap());
    assert_eq!((now.child.as_str(), now.process), ("till", mistersmith::supervisor::ChildState::Running));
    let none = client.past(PastMoment::Ago(std::time::Duration::from_secs(9_999))).await.unwrap();
    assert!(none.root.children.is_empty(), "there was nothing yet: {none:?}");
    let (_, complaint, outcome) = shop.say(&["tree", "--at", "999"]).await;
    assert_eq!(outcome, Outcome::Refused);
    assert!(complaint.contains("there is no event 999; the newest is"), "{complaint}");
}

#[tokio::test]
async fn restarts_of_an_agent_are_all_counted_also_those_by_an_earlier_supervisor() {
    let shop = Shop::open().await;
    for incarnation in 2..=5 {
        shop.say(&["kill", "sales/till"]).await;
        shop.till_is_up(incarnation).await;
    }
    for (words, restarts) in [
        (["tree"].as_slice(), "till     active   healthy  4 "),
        (&["agents"], "active  healthy  4 "),
        (&["inspect", "sales/till"], "  restarts      4\n"),
    ] {
        let shown = said(&shop, words).await;
        assert!(shown.contains(restarts), "{words:?}: {shown}");
    }
}

#[tokio::test]
async fn the_history_has_what_an_event_led_to_below_it() {
    let shop = Shop::open().await;
    for incarnation in 2..=4 {
        shop.say(&["kill", "sales/till"]).await;
        shop.till_is_up(incarnation).await;
    }
    shop.say(&["kill", "sales/till"]).await;
    shop.till_is_up(5).await;
    assert_eq!(
        said(&shop, &["restarts", "--since", "6"]).await,
        "\
TIME  #7 root/domains/sales: gave up: a restart of till would be one too many (killed)
TIME    #8 root/domains/sales: stopped: shutdown
TIME    #9 root/domains: sales ended: shutdown; its restart begins
TIME      #10 root/domains/sales: up, with 3 children
TIME      #11 root/domains: sales ended: shutdown; started sales; took AGE, 2 restarts left
"
    );
    // The shop's own clock began long ago.
    assert_eq!(said(&shop, &["restarts", "--since", "1s"]).await, "nothing has happened in the last 1s\n");
    let all = said(&shop, &["restarts"]).await;
    assert_eq!(said(&shop, &["restarts", "--since", "99999999m"]).await, all);
}

#[tokio::test]
async fn a_follower_of_the_history_sees_what_happens() {
    let shop = Shop::open().await;
    let (out, selector) = (Written::default(), shop.selector());
    let mut output = mistersmith_cluster::control::Output::new(out.clone(), std::io::sink());
    let follow = run(command(&["restarts", "--since", "3", "--follow", "--json"]), &selector, &mut output);
    let watched = async {
        shop.say(&["kill", "sales/till"]).await;
        until("the event is seen", async || out.text().contains(r#""event":"decided","child":"till""#)).await;
    };
    tokio::select! {
        ended = follow => panic!("{ended:?}"),
        () = watched => {}
    }
    assert!(out.text().lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()));
}
