//! What the commands print of a system as it is, and of what is done to it.

use mistersmith_cluster::control::{Outcome, run};

use crate::said::{eventful, said};
use crate::shop::{Shop, Written, command, until};

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
