//! The page and the suites name each other completely: a case that is not listed, a case without a test or a
//! reason, a test that is not there, and a test that no case names, all fail here.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const PAGE: &str = include_str!("../../../docs/otp.md");

/// How many cases each suite has, by its heading on the page.
const SUITES: [(&str, usize); 7] = [
    ("supervisor_SUITE", 93),
    ("Elixir's Supervisor", 6),
    ("Elixir's DynamicSupervisor", 29),
    ("Elixir's PartitionSupervisor", 12),
    ("Elixir's Task.Supervisor", 18),
    ("Elixir's Registry", 27),
    ("pg_SUITE", 28),
];

/// The sources of a folder of tests and of those in it, by module; of the comparison with Erlang, those beside its code.
fn sources(folder: &str) -> Vec<(String, String)> {
    let place = if folder == "differential" { "../tests/src" } else { "tests" };
    let mut found = Vec::new();
    gather(&Path::new(env!("CARGO_MANIFEST_DIR")).join(place).join(folder), "", &mut found);
    found
}

fn gather(folder: &Path, module: &str, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap().path();
        let below = format!("{module}{}::", path.file_stem().unwrap().to_string_lossy());
        if path.is_dir() {
            gather(&path, &below, found);
        } else {
            found.push((below, fs::read_to_string(&path).unwrap()));
        }
    }
}

/// The tests of a folder of tests, as `file::test`.
fn tests(folder: &str) -> BTreeSet<String> {
    let mut tests = BTreeSet::new();
    for (module, source) in sources(folder).iter().filter(|(module, _)| module != "page::") {
        let attributes = source.split("#[test]").skip(1).chain(source.split("#[tokio::test").skip(1));
        tests.extend(attributes.map(|after| {
            let name = after.split_once("fn ").expect("a test is a function").1;
            format!("{module}{}", name.split_once('(').expect("with arguments").0)
        }));
    }
    tests
}

/// The rows of the table below a heading, cell by cell.
fn rows(heading: &str) -> Vec<Vec<&'static str>> {
    let below =
        PAGE.split(&format!("# {heading}\n")).nth(1).unwrap_or_else(|| panic!("no heading {heading}"));
    let lines = below.lines().skip_while(|line| !line.starts_with("|--")).skip(1);
    let rows = lines.take_while(|line| line.starts_with('|'));
    rows.map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect()).collect()
}

fn names(cell: &'static str) -> Vec<&'static str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_case_has_a_test_or_a_reason_and_every_test_is_a_case() {
    let (tests, others) = (tests("otp"), tests("supervision"));
    let (mut named, mut problems) = (BTreeSet::new(), Vec::new());
    for (suite, count) in SUITES {
        let rows = rows(suite);
        assert_eq!(rows.len(), count, "{suite}");
        for (row, number) in rows.into_iter().zip(1..) {
            let [place, case, test, note] = row[..] else { panic!("{suite}: {row:?}") };
            assert_eq!(place, number.to_string(), "{suite}: {case}");
            if names(test).is_empty() && (test != "–" || note.is_empty()) {
                problems.push(format!("{suite} {number} has neither test nor reason"));
            }
            for name in names(test) {
                let other = name.strip_prefix("supervision::");
                if !other.map_or_else(|| tests.contains(name), |other| others.contains(other)) {
                    problems.push(format!("{suite} {number} names {name}, which is no test"));
                }
                let (_, function) = name.rsplit_once("::").expect("file::test");
                if suite.ends_with("_SUITE") && case != format!("`{function}`") {
                    problems.push(format!("{suite} {number} is {case} and its test {function}"));
                }
                named.insert(name.to_owned());
            }
        }
    }
    problems.extend(tests.difference(&named).map(|test| format!("{test} is named by no case")));
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn every_deliberate_difference_names_a_test() {
    let rows = rows("Deliberate differences");
    assert!(!rows.is_empty());
    for row in rows {
        let names = names(row[row.len() - 1]);
        assert!(!names.is_empty(), "{row:?}");
        for name in names {
            let (folder, test) = name.split_once("::").expect("folder::file::test");
            assert!(tests(folder).contains(&test.replace("tests::", "")), "{name} is no test");
        }
    }
}

#[test]
fn each_of_the_fifteen_traces_that_the_page_speaks_of_is_a_test() {
    assert!(PAGE.contains("`tests/supervision` has the fifteen behaviours"));
    let mut traces = BTreeSet::new();
    for (_, source) in sources("supervision") {
        let numbers = source.split("/// Trace ").skip(1).map(|after| {
            let end = after.find(|character: char| !character.is_ascii_digit()).unwrap();
            assert!(after.split("fn ").next().unwrap().contains("test"), "no test: {}", &after[..80]);
            after[..end].parse::<u32>().expect("the number of a trace")
        });
        traces.extend(numbers);
    }
    assert_eq!(traces, (1..=15).collect());
}
