//! What `call` prints, and where its payload comes from.

use mistersmith_cluster::control::Outcome;

use crate::said::said;
use crate::shop::Shop;

#[tokio::test]
async fn a_call_shows_the_reply_or_the_items_and_takes_its_payload_from_anywhere() {
    let shop = Shop::open().await;
    let payload = r#"{"amount": 5}"#;
    let file = shop.folder.path().join("request.json");
    std::fs::write(&file, payload).unwrap();
    let file = format!("@{}", file.display());
    let call = |json| ["call", "sales", "till", "add", json];
    assert_eq!(said(&shop, &call(payload)).await, "15\n");
    assert_eq!(said(&shop, &call(&file)).await, "20\n");
    let (out, ..) = shop.say_with(&call("-"), |output| output.input(payload.as_bytes())).await;
    assert_eq!(out, "25\n");
    assert_eq!(said(&shop, &["call", "sales", "till", "count", r#"{"to": 3}"#]).await, "1\n2\n3\n");
    let (_, complaint, outcome) = shop.say(&call("@/nowhere")).await;
    assert!(complaint.starts_with("cannot read /nowhere: "), "{complaint}");
    assert_eq!(outcome, Outcome::Usage);
}

#[tokio::test]
async fn a_call_that_cannot_be_is_refused_with_what_could() {
    let shop = Shop::open().await;
    for (words, expected, outcome) in [
        (["sale", "till", "add", "{}"], "there is no domain \"sale\"\nthere is: sales\n", Outcome::Refused),
        (
            ["sales", "tilt", "add", "{}"],
            "there is no agent \"tilt\" in domain sales\nthere is: till, spare\n",
            Outcome::Refused,
        ),
        (
            ["sales", "till", "ad", "{}"],
            "Money has no action `ad`; it has: add, read, divide, wait, count\n",
            Outcome::Refused,
        ),
        (
            ["sales", "till", "add", r#"{"amount": -4}"#],
            "refused: -4 is negative\nas data: {\"Negative\":{\"amount\":-4}}\n",
            Outcome::Refused,
        ),
    ] {
        let (out, complaint, ended) = shop.say(&[&["call"], words.as_slice()].concat()).await;
        assert_eq!((out.as_str(), complaint.as_str(), ended), ("", expected, outcome));
    }
    for (json, outcome) in [("{", Outcome::Usage), ("{}", Outcome::Refused)] {
        let (_, complaint, ended) = shop.say(&["call", "sales", "till", "add", json]).await;
        assert!(complaint.contains("expected a payload of this schema:\n{"), "{complaint}");
        assert!(complaint.contains("\"description\": \"Adds an amount.\""), "{complaint}");
        assert_eq!(ended, outcome);
    }
}

#[tokio::test]
async fn a_payload_that_is_no_json_is_answered_with_what_would_be_right() {
    let shop = Shop::open().await;
    let till = shop.client().await.agent("sales/till").await.unwrap().entry.agent.instance;
    for (domain, agent, action, expected) in [
        ("sales", "till", "add", "expected a payload of this schema:\n{"),
        ("sales", &till[..8], "add", "\"description\": \"Adds an amount.\""),
        ("sales", "spare", "ad", "Money has no action `ad`; it has: add, read, divide, wait, count"),
        ("sales", "tilt", "add", "there is no agent \"tilt\" in domain sales; there is: till, spare"),
        ("sale", "till", "add", "there is no domain \"sale\"; there is: sales"),
    ] {
        let (out, complaint, outcome) = shop.say(&["call", domain, agent, action, "{"]).await;
        assert!(complaint.starts_with("the payload is no JSON: EOF while parsing"), "{complaint}");
        assert!(complaint.contains(expected), "{agent} {action}: {complaint}");
        assert_eq!((out.as_str(), outcome), ("", Outcome::Usage));
    }
}
