//! What a command says, on a system that is always the same; what differs from run to run is replaced.

use mistersmith_cluster::control::Outcome;

use crate::shop::Shop;

/// Text without addresses, process numbers, UUIDs, moments and lengths of time.
async fn normal(shop: &Shop, text: &str) -> String {
    let mut text = text.replace(&shop.server.address().to_string(), "ADDRESS");
    text = text.replace(&format!("process {}", std::process::id()), "process PID");
    for (number, entry) in shop.client().await.agents().await.unwrap().agents.iter().enumerate() {
        let uuid = &entry.agent.instance;
        text = text.replace(uuid, "UUID").replace(&uuid[..8], &format!("{number:08}"));
    }
    text.lines().map(|line| times(moments(line).as_str()) + "\n").collect()
}

fn moments(line: &str) -> String {
    match line.split_once("1970-").or(line.split_once("2019-")) {
        Some((before, after)) => format!("{before}TIME{}", &after[18..]),
        None => line.to_owned(),
    }
}

/// `0.4 ms` and `3.2 s` become `AGE`, with one space behind it.
fn times(line: &str) -> String {
    let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    let mut at = 1;
    while at < words.len() {
        let unit = words[at].trim_end_matches([',', ';']);
        if matches!(unit, "ms" | "s") && words[at - 1].contains('.') && words[at - 1].parse::<f64>().is_ok() {
            words[at - 1] = format!("AGE{}", &words[at][unit.len()..]);
            words.remove(at);
        }
        // As wide as the widest of them, so neither ages nor their heading keep what fills the column.
        while words[at - 1] == "AGE" && words.get(at).is_some_and(String::is_empty) {
            words.remove(at);
        }
        at += 1;
    }
    words.join(" ")
}

pub(crate) async fn said(shop: &Shop, words: &[&str]) -> String {
    let (out, complaint, outcome) = shop.say(words).await;
    assert_eq!((complaint.as_str(), outcome), ("", Outcome::Done));
    normal(shop, &out).await
}

/// A shop in which something has happened: the till added, broke, came back, and is suspended.
pub(crate) async fn eventful() -> Shop {
    let shop = Shop::open().await;
    shop.say(&["call", "sales", "till", "add", r#"{"amount": 1}"#]).await;
    shop.say(&["call", "sales", "till", "divide", r#"{"by": 0}"#]).await;
    shop.till_is_up(2).await;
    shop.say(&["suspend", "sales/till", "--reason", "being counted"]).await;
    shop
}
