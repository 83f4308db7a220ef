//! A dry run of the node that runs: the same story as of a tree that does not, and errors that say who there is.

use mistersmith::exit::Exit;
use mistersmith_cluster::control::api::{DryRunRequest, EndRequest, OutcomeReport, ProblemCode};
use mistersmith_cluster::control::{ClientError, ControlCommand, Outcome, Output};

use crate::shop::{Shop, Written, command};

#[tokio::test]
async fn what_would_follow_is_told_from_what_is_down_and_spent_and_nothing_happens() {
    let shop = Shop::open().await;
    for incarnation in 2..=4 {
        shop.say(&["kill", "till"]).await;
        shop.till_is_up(incarnation).await;
    }
    let before = shop.system.history().newest();
    let (out, complaint, outcome) = shop.say(&["dry-run", "--if", "till=killed"]).await;
    assert_eq!((complaint.as_str(), outcome), ("", Outcome::Done));
    let expected = "\
root/domains/sales/till ends: killed
root/domains/sales gives up: one more restart would be one too many (one_for_one, at most 3 in 5 s)
  stops: spare-2, spare
root/domains/sales ends: shutdown
root/domains starts it again (rest_for_one, at most 3 in 5 s)
  starts: sales/till, sales/spare, sales/spare-2, sales
  left: 2 of 3 restarts
";
    assert_eq!(out, expected);
    assert_eq!(shop.system.history().newest(), before);
}

#[tokio::test]
async fn a_tree_that_does_not_run_gives_the_same_text_and_the_same_data() {
    let shop = Shop::open().await;
    for json in [&[][..], &["--json"]] {
        let words = [&["dry-run", "--if", "sales/till=error:disk", "--if", "domains=killed"], json].concat();
        let (of_node, ..) = shop.say(&words).await;
        let ControlCommand::DryRun(dry_run) = command(&words) else { panic!("{words:?}") };
        let out = Written::default();
        let mut output = Output::new(out.clone(), std::io::sink());
        let tree = crate::shop::system(&shop.levers).dry_run();
        assert_eq!(dry_run.tell(tree, &mut output).unwrap(), Outcome::Done);
        assert_eq!(out.text(), of_node);
        assert!(of_node.contains("error: disk"), "{of_node}");
    }
}

#[tokio::test]
async fn whoever_cannot_end_is_refused_with_who_can_behind_what_came_before() {
    let shop = Shop::open().await;
    for (ends, told, complaint) in [
        (&["tilt=error"][..], "", "there is no child tilt; there are root/registry, root/domains, "),
        (&["spare=error"], "", "\"spare\" means several agents: sales/spare#1, sales/spare#2; say which"),
        (&["spare#2=error"], "root/domains/sales/spare-2 ends: error: tried", ""),
        (&["root/domains/sales/spare=error"], "root/domains/sales/spare ends: error: tried", ""),
        (&["domains=killed", "tilt=error"], "root/domains ends: killed", "there is no child tilt; "),
    ] {
        let words: Vec<_> = ends.iter().flat_map(|end| ["--if", end]).collect();
        let (out, complaints, outcome) = shop.say(&[&["dry-run"], &words[..]].concat()).await;
        assert_eq!(outcome, if complaint.is_empty() { Outcome::Done } else { Outcome::Refused });
        assert!(out.starts_with(told) && out.is_empty() == told.is_empty(), "{ends:?}: {out}");
        assert!(complaints.starts_with(complaint), "{ends:?}: {complaints}");
    }
    shop.say(&["drain", "till"]).await;
    let (_, complaints, _) = shop.say(&["dry-run", "--if", "till=error"]).await;
    assert_eq!(complaints, "root/domains/sales/till is down by then, so it cannot end\n");
}

#[tokio::test]
async fn a_client_hears_what_would_follow_as_data() {
    let shop = Shop::open().await;
    let client = shop.client().await;
    let end = |child: &str, exit: &str| EndRequest { child: child.to_owned(), exit: exit.to_owned() };
    let ask = async |ends: Vec<EndRequest>| client.dry_run(&DryRunRequest { ends }).await;
    let report = ask(vec![end("till", "panic"), end("nobody", "error")]).await.unwrap();
    let OutcomeReport::Restarted { started, budget_left, .. } = &report.forecasts[0].outcome else {
        panic!("{report:?}")
    };
    assert_eq!((started[0].as_str(), *budget_left), ("root/domains/sales/till", 2));
    assert_eq!(report.refused.unwrap().code, ProblemCode::UnknownChild);
    let many = (0..101).map(|_| end("till", "killed")).collect();
    for (ends, code) in [
        (vec![], ProblemCode::BadBody),
        (many, ProblemCode::BadBody),
        (vec![end("till", "boredom")], ProblemCode::BadBody),
        (vec![end("spare", "error")], ProblemCode::AmbiguousAgent),
        (vec![end("nobody", "error")], ProblemCode::UnknownChild),
    ] {
        let Err(ClientError::Problem(problem)) = ask(ends).await else { panic!("{code:?} was expected") };
        assert_eq!(problem.code, code, "{problem}");
    }
    shop.system.dry_run().unwrap().end("till", Exit::Killed).unwrap();
}
