//! What happens at a start before anything runs: the token that is due is played.

use mistersmith::exit::Exit;

use super::stage::Stage;
use super::terms::{exit_of, exited};
use crate::scenario::{StartToken, Term};

/// What a start comes to by its script.
pub(super) enum Outcome {
    /// It goes on.
    Run,
    /// It is not needed.
    NotNeeded,
    /// It failed with this, as its supervisor sees it.
    Failed(Exit),
    /// The start function raised this.
    Raised(Term),
}

/// Plays the token that is due for `id`.
pub(super) async fn play(stage: &Stage, id: &str) -> Outcome {
    let mut token = stage.next_start(id);
    while let StartToken::Gate = token {
        token = stage.gate(id, format!("gate {id}")).await;
    }
    let reason = |reason: Option<Term>| reason.unwrap_or_else(|| Term::atom("start_failed"));
    let failed = |term: Term| {
        stage.note(format!("start_error {id} {term}"));
        Outcome::Failed(exit_of(&term))
    };
    let info = matches!(token, StartToken::Info);
    if let Some(role) = stage.state().roles.get_mut(id) {
        role.passes_info = info;
    }
    match token {
        StartToken::Ok | StartToken::Info | StartToken::Gate => Outcome::Run,
        StartToken::Slow(millis) => {
            stage.slow(id, millis).await;
            Outcome::Run
        }
        StartToken::Ignore => {
            stage.note(format!("start_ignore {id}"));
            Outcome::NotNeeded
        }
        StartToken::Error(term) | StartToken::Throw(term) | StartToken::Bad(term) | StartToken::Die(term) => {
            failed(reason(term))
        }
        StartToken::Exit(term) => failed(exited(reason(term))),
        StartToken::Raise(term) => Outcome::Raised(reason(term)),
    }
}
