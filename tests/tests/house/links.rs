//! Every relative link of a page leads to a file that is there.

use std::fs;
use std::path::Path;

/// The links of `text` to files, as `](target)`, without those to the web, to a heading, or in a code block.
fn targets(text: &str) -> Vec<&str> {
    let mut in_code = false;
    let prose = text.lines().filter(|line| {
        in_code ^= line.starts_with("```");
        !in_code
    });
    let targets = prose.flat_map(|line| line.split("](").skip(1)).filter_map(|rest| rest.split(')').next());
    targets
        .map(|target| target.split('#').next().unwrap_or_default())
        .filter(|target| is_file(target))
        .collect()
}

fn is_file(target: &str) -> bool {
    !target.is_empty() && !target.contains("://") && !target.contains(' ')
}

/// The links of all pages that lead nowhere.
pub(crate) fn findings() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this package lies in the repository");
    let mut findings = Vec::new();
    for folder in [root.to_owned(), root.join("docs"), root.join("docs/decisions")] {
        let entries = fs::read_dir(&folder).expect("the folder can be read");
        let pages = entries.map(|entry| entry.expect("it can be read").path());
        for page in pages.filter(|page| page.extension().is_some_and(|extension| extension == "md")) {
            let text = fs::read_to_string(&page).expect("a page is text");
            let broken = targets(&text).into_iter().filter(|target| !folder.join(target).exists());
            findings.extend(broken.map(|target| format!("{}: {target}", page.display())));
        }
    }
    findings
}

#[test]
fn links_to_files_are_found_and_others_are_not() {
    let text = "[a](docs/a.md#top) [b](https://b) [c](#c)\n```\n[d](d.md)\n```\n| [e](e.md), [f](../f) |";
    assert_eq!(targets(text), ["docs/a.md", "e.md", "../f"]);
}
