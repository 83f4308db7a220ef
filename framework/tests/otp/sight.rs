//! What can be seen of a tree from outside: whether it is up, how it counts its children, how each of them ended.

use mistersmith::exit::Exit;
use mistersmith::supervisor::{ChildState, Supervisor};

use crate::tree::Tree;

/// The exits a child may choose: those of Erlang's tables.
pub(crate) fn done() -> Exit {
    Exit::ShutdownWith { value: "done".to_owned() }
}

pub(crate) fn error(text: &str) -> Exit {
    Exit::error(anyhow::Error::msg(text.to_owned()))
}

/// How the last incarnation of this child ended, as text; empty when none has.
pub(crate) fn last_exit(supervisor: &Supervisor, id: &str) -> String {
    let tree = supervisor.tree();
    let child = tree.children.into_iter().find(|child| child.id.as_str() == id);
    child
        .unwrap_or_else(|| panic!("no child {id}"))
        .last_exit
        .map(|exit| exit.to_string())
        .unwrap_or_default()
}

/// `specs`, `active`, `supervisors` and `workers`, in Erlang's order.
pub(crate) async fn counts(supervisor: &Supervisor) -> [usize; 4] {
    let counts = supervisor.count_children().await.unwrap();
    [counts.specs, counts.active, counts.supervisors, counts.workers]
}

pub(crate) fn is_up(tree: &Tree) -> bool {
    tree.root.tree().state == ChildState::Running
}
