//! What the commands print, on a system that is always the same; what differs from run to run is replaced.

use mistersmith_cluster::control::api::PastMoment;
use mistersmith_cluster::control::{Outcome, run};

use crate::shop::{Shop, Written, command, until};

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

async fn said(shop: &Shop, words: &[&str]) -> String {
    let (out, complaint, outcome) = shop.say(words).await;
    assert_eq!((complaint.as_str(), outcome), ("", Outcome::Done));
    normal(shop, &out).await
}

/// A shop in which something has happened: the till added, broke, came back, and is suspended.
async fn eventful() -> Shop {
    let shop = Shop::open().await;
    shop.say(&["call", "sales", "till", "add", r#"{"amount": 1}"#]).await;
    shop.say(&["call", "sales", "till", "divide", r#"{"by": 0}"#]).await;
    shop.till_is_up(2).await;
    shop.say(&["suspend", "sales/till", "--reason", "being counted"]).await;
    shop
}

#[tokio::test]
async fn the_tree_shows_budgets_states_restarts_and_how_things_ended() {
    let shop = eventful().await;
    assert_eq!(
        said(&shop, &["tree"]).await,
        "\
shop at ADDRESS, process PID
NAME              STATE      HEALTH     RESTARTS  QUEUED   HANDLED  INCARNATION  AGE
root              running  one_for_all, 0 of 3 restarts used in 5 s, 3 left
├─ registry       running               0                                        AGE
└─ domains        running  rest_for_one, 0 of 3 restarts used in 5 s, 3 left
   └─ sales       running  one_for_one, 1 of 3 restarts used in 5 s, 2 left
      ├─ till     suspended  suspended  1         0/10000  2        2            AGE last exit: error: the till cannot divide by 0
      ├─ spare    active     healthy    0         0/10000  0        1            AGE
      └─ spare-2  active     healthy    0         0/10000  0        1            AGE
"
    );
}

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
async fn the_tree_fits_the_terminal_and_has_colours_on_one() {
    let shop = Shop::open().await;
    let (narrow, ..) = shop.say_with(&["tree"], |output| output.width(30)).await;
    assert!(narrow.lines().all(|line| line.chars().count() <= 30), "{narrow}");
    assert!(narrow.contains("└─ domains        running  on…") || narrow.contains('…'), "{narrow}");
    let (colourful, ..) = shop.say_with(&["tree"], mistersmith_cluster::control::Output::colours).await;
    assert!(colourful.contains("\u{1b}[32mactive\u{1b}[0m"), "{colourful}");
}

#[tokio::test]
async fn agents_are_a_table() {
    let shop = eventful().await;
    assert_eq!(
        said(&shop, &["agents"]).await,
        "\
AGENT        INSTANCE  VERSION  STATE      HEALTH     RESTARTS  QUEUED   HANDLED  AGE CONTRACT
sales/till   00000000  1.0.0    suspended  suspended  1         0/10000  2        AGE Money
sales/spare  00000001  1.0.0    active     healthy    0         0/10000  0        AGE Money
sales/spare  00000002  1.0.0    active     healthy    0         0/10000  0        AGE Money
"
    );
}

#[tokio::test]
async fn one_agent_is_shown_with_everything_that_is_known_of_it() {
    let shop = eventful().await;
    assert_eq!(
        said(&shop, &["inspect", "sales/till"]).await,
        "\
sales/till@1.0.0#UUID
  state         suspended
  reason        being counted
  health        suspended
  restart       permanent
  restarts      1
  age           AGE
  last exit     error: the till cannot divide by 0
  incarnation   2
  contract      Money
  capabilities  money.count
  mailbox       0 of 10000 waiting, when full: refuse
  handled       2
  dead letters  0
  busy          AGE, at most AGE at a time
  memory        0 bytes of 512000000
  tasks         0 of 100
  refused       0 because of its limits
actions
  add
  read
  divide
  wait
  count (a stream)
history
TIME  #4 root/domains/sales: till, incarnation 1, ended: error: the till cannot divide by 0; started till; took AGE, 2 restarts left
"
    );
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

#[tokio::test]
async fn what_is_done_to_an_agent_is_said_in_a_sentence() {
    let shop = Shop::open().await;
    for (words, expected) in [
        (["suspend", "sales/till", "--reason", "counted"].as_slice(), "sales/till@1.0.0#UUID is suspended\n"),
        (&["resume", "sales/till"], "sales/till@1.0.0#UUID is active\n"),
        (
            &["drain", "sales/till", "--limit", "5s"],
            "sales/till@1.0.0#UUID has handled what waited, and has ended\n",
        ),
    ] {
        assert_eq!(said(&shop, words).await, expected);
    }
    let (_, complaint, outcome) = shop.say(&["kill", "sales/till"]).await;
    assert!(complaint.ends_with("has no process to kill; it is down, or being restarted\n"), "{complaint}");
    assert_eq!(outcome, Outcome::Refused);
    let (_, complaint, outcome) = shop.say(&["resume", "sales/till"]).await;
    assert_eq!(
        (complaint.as_str(), outcome),
        ("the agent is terminated; expected suspended\n", Outcome::Refused)
    );
}

#[tokio::test]
async fn health_is_a_sentence_and_an_exit_code() {
    let shop = Shop::open().await;
    assert_eq!(said(&shop, &["health"]).await, "shop is ready\n");
    shop.say(&["suspend", "sales/till", "--reason", "counted"]).await;
    let (out, complaint, outcome) = shop.say(&["health"]).await;
    assert_eq!(out, "shop is not ready\n  agent sales/till is not fit: suspended\n");
    assert_eq!((complaint.as_str(), outcome), ("", Outcome::Refused));
}

#[tokio::test]
async fn json_is_what_the_interface_says() {
    let shop = Shop::open().await;
    for words in [["tree"].as_slice(), &["agents"], &["inspect", "sales/till"], &["health"]] {
        let (out, ..) = shop.say(&[words, &["--json"]].concat()).await;
        assert!(serde_json::from_str::<serde_json::Value>(&out).unwrap().is_object(), "{out}");
    }
    let (out, ..) = shop.say(&["restarts", "--json"]).await;
    assert_eq!(out.lines().count(), 3);
}

#[tokio::test]
async fn a_watched_tree_outlives_its_node_and_finds_the_next() {
    let shop = Shop::open().await;
    let (out, selector) = (Written::default(), shop.selector());
    let mut output = mistersmith_cluster::control::Output::new(out.clone(), std::io::sink());
    let watch = run(command(&["tree", "--watch"]), &selector, &mut output);
    let scene = async {
        until("the tree is seen", async || out.text().contains("till")).await;
        shop.server.stop().await;
        until("the end is seen", async || out.text().contains("the node has ended")).await;
        let seen = out.text().len();
        let again = crate::shop::options(shop.folder.path());
        let _again = mistersmith_cluster::control::ControlServer::start(&shop.system, again).await.unwrap();
        until("the next node is seen", async || out.text()[seen..].contains("till")).await;
    };
    tokio::select! {
        ended = watch => panic!("{ended:?}"),
        () = scene => {}
    }
    assert_eq!(out.text().matches("the node has ended").count(), 1);
}

#[test]
fn every_command_has_help_with_an_example() {
    use clap::{CommandFactory, Subcommand};
    let app = mistersmith_cluster::control::ControlCommand::augment_subcommands(clap::Command::new("shop"));
    for command in app.get_subcommands() {
        let help = command.clone().render_long_help().to_string();
        assert!(help.contains("Examples:"), "{help}");
        assert!(command.get_about().is_some_and(|about| !about.to_string().is_empty()));
    }
    crate::shop::Line::command().debug_assert();
}
