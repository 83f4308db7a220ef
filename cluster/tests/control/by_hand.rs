//! An agent that was ended by hand is seen to be, wherever one looks.

use mistersmith_cluster::control::Outcome;

use crate::shop::{Shop, until};

#[tokio::test]
async fn a_drained_agent_is_shown_as_ended_also_when_its_domain_has_been_started_again() {
    let shop = Shop::open().await;
    shop.say(&["drain", "sales/till"]).await;
    for again in [false, true] {
        if again {
            shop.system.domains_supervisor().unwrap().child("sales").unwrap().kill();
            until("the domain is back", async || {
                shop.say(&["inspect", "spare#1"]).await.0.contains("incarnation   2")
            })
            .await;
        }
        let said = async |words: &[&str]| {
            let (out, complaint, outcome) = shop.say(words).await;
            assert_eq!((complaint.as_str(), outcome), ("", Outcome::Done), "{words:?}");
            out
        };
        let tree = said(&["tree"]).await;
        let row = tree.lines().find(|line| line.contains("till")).unwrap();
        assert!(row.contains(" ended ") && row.contains("by hand: drained by hand"), "{tree}");
        assert!(said(&["agents"]).await.lines().any(|row| row.contains("till") && row.contains(" ended ")));
        let inspected = said(&["inspect", "till"]).await;
        assert!(inspected.contains("ended         by hand: drained by hand; no restart"), "{inspected}");
        let health = said(&["health"]).await;
        let note = "  agent sales/till was ended by hand (drained by hand); no restart brings it back\n";
        assert_eq!(health, format!("shop is ready\n{note}"));
        let json: serde_json::Value = serde_json::from_str(&said(&["health", "--json"]).await).unwrap();
        assert_eq!(json["notes"].as_array().map(Vec::len), Some(1), "{json}");
    }
}
