//! The recount is itself checked: files that are not as a run leaves them do not add up.

use std::path::Path;

use super::super::Recount;
use super::super::folder::Folder;

const INPUT: &str = "A-1,x\nA-2,x\nA-3,x\n";
const RESULTS: &str = "line,order_id\n1,A-1\n3,A-3\n";
const REJECTS: &str = "line,kind,detail\n2,bad_date,expected a date, got x\n";
const ACKNOWLEDGED: &str = "1\n3\n2\n";

fn recount(input: &str, results: &str, rejects: &str, acknowledged: &str) -> Recount {
    let place = tempfile::tempdir().unwrap();
    let file = |path: &Path, text: &str| std::fs::write(path, text).unwrap();
    file(&place.path().join("input.csv"), input);
    let folder = Folder::prepare(place.path().join("output"), Some(&place.path().join("input.csv"))).unwrap();
    file(&folder.results(), results);
    file(&folder.rejects(), rejects);
    file(&folder.acknowledgements(), acknowledged);
    Recount::of(&folder).unwrap()
}

#[test]
fn files_that_add_up_do() {
    let count = recount(INPUT, RESULTS, REJECTS, ACKNOWLEDGED);
    assert!(count.is_complete(), "{count:?}");
    assert_eq!((count.lines, count.results, count.rejects, count.acknowledged), (3, 2, 1, 3));
}

#[test]
fn a_dropped_row_is_missing() {
    for (results, rejects) in
        [(RESULTS.replace("3,A-3\n", ""), REJECTS.to_owned()), (RESULTS.to_owned(), String::new())]
    {
        let count = recount(INPUT, &results, &rejects, ACKNOWLEDGED);
        assert_eq!(count.missing, 1, "{count:?}");
        assert!(!count.is_consistent());
    }
}

#[test]
fn a_row_that_is_there_twice_is_doubled() {
    let both = |text: &str| format!("{text}{}", text.lines().last().map(|row| format!("{row}\n")).unwrap());
    assert!(recount(INPUT, &both(RESULTS), REJECTS, ACKNOWLEDGED).doubled > 0);
    assert!(recount(INPUT, RESULTS, &both(REJECTS), ACKNOWLEDGED).doubled > 0);
    assert!(recount(INPUT, RESULTS, REJECTS, &both(ACKNOWLEDGED)).doubled > 0);
}

#[test]
fn a_line_with_a_result_and_a_reject_is_doubled_and_so_is_an_order_with_two_results() {
    let rejects = format!("{REJECTS}1,panic,again\n");
    assert_eq!(recount(INPUT, RESULTS, &rejects, ACKNOWLEDGED).doubled, 1);
    let (input, results) = (INPUT.replace("A-3", "A-1"), RESULTS.replace("A-3", "A-1"));
    assert_eq!(recount(&input, &results, REJECTS, ACKNOWLEDGED).doubled, 1);
}

#[test]
fn what_the_input_does_not_have_is_foreign() {
    assert_eq!(recount(INPUT, &format!("{RESULTS}9,A-9\n"), REJECTS, ACKNOWLEDGED).foreign, 1);
    assert_eq!(recount(INPUT, &RESULTS.replace("A-3", "A-4"), REJECTS, ACKNOWLEDGED).foreign, 1);
    assert_eq!(recount(INPUT, RESULTS, REJECTS, &format!("{ACKNOWLEDGED}9\n")).foreign, 1);
}

#[test]
fn a_line_without_an_end_was_not_acknowledged_and_leaves_the_run_incomplete() {
    let count = recount(INPUT, RESULTS, REJECTS, "1\n3\n2");
    assert_eq!(count.unacknowledged, 1);
    assert!(count.is_consistent() && !count.is_complete());
}
