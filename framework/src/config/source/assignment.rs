//! A variable of the environment or a flag: one path and one value, as a tree with one branch.

use super::tree::Node;
use super::{Origin, Problem, yaml};

/// The tree of the variable `name`, whose part after the prefix is `rest`.
pub(super) fn of_variable(name: &str, rest: &str, text: &str, problems: &mut Vec<Problem>) -> Option<Node> {
    let origin = Origin::Environment { variable: name.into() };
    let path = rest.split("__").map(str::to_ascii_lowercase).collect::<Vec<_>>();
    tree(&path, text, origin, problems)
}

/// The tree of the flag that sets `path`, which was the flag number `order`.
pub(super) fn of_flag(order: usize, path: &str, text: &str, problems: &mut Vec<Problem>) -> Option<Node> {
    let origin = Origin::Flag { order, path: path.into() };
    let path = path.trim().split('.').map(str::to_owned).collect::<Vec<_>>();
    tree(&path, text, origin, problems)
}

fn tree(path: &[String], text: &str, origin: Origin, problems: &mut Vec<Problem>) -> Option<Node> {
    if path.iter().any(String::is_empty) || path.len() > 16 {
        let hint = "write for instance node.name, or SMITH_NODE__NAME in the environment";
        problems.push(Problem::new(origin, "", "a path of keys", format!("{:?}", path.join("."))).hint(hint));
        return None;
    }
    value(text.trim(), &origin, problems).map(|node| node.below(path.iter().map(String::as_str)))
}

/// Lists, maps and quoted texts are YAML; anything else is a plain text as it stands, so that `a: b` or `#1` need no
/// quotes.
fn value(text: &str, origin: &Origin, problems: &mut Vec<Problem>) -> Option<Node> {
    if text.starts_with(['[', '{', '"', '\'']) {
        yaml::parse(text, &|_, _| origin.clone(), problems)
    } else {
        Some(Node::plain(text, origin.clone()))
    }
}
