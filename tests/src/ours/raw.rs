//! Child specifications as raw terms of Erlang, checked as Erlang checks them as far as our types exclude them.

use super::terms;
use super::translate;
use crate::scenario::{Keys, Term};
use mistersmith::supervisor::{AutoShutdown, ChildSpec, Flags, Strategy, SupervisorSpec};

/// The id and the fields of a raw specification, or what Erlang says of it.
pub(super) fn child(term: &Term, flag: AutoShutdown) -> Result<(String, Keys), Term> {
    let tagged = |tag: &str, value: &Term| Term::tuple([Term::atom(tag), value.clone()]);
    let names = ["id", "start", "restart", "shutdown", "type", "modules"];
    let pairs: Vec<(&str, &Term)> = match term {
        Term::Tuple(parts) if parts.len() == names.len() => names.into_iter().zip(parts).collect(),
        Term::Map(pairs) => pairs.iter().filter_map(|(key, value)| Some((key.as_atom()?, value))).collect(),
        _ => return Err(tagged("invalid_child_spec", term)),
    };
    let part = |name: &str| pairs.iter().rev().find(|(key, _)| *key == name).map(|(_, value)| *value);
    let id = part("id").ok_or_else(|| Term::atom("missing_id"))?.to_string();
    let start = part("start").ok_or_else(|| Term::atom("missing_start"))?;
    match start {
        Term::Tuple(call) if matches!(call[..], [Term::Atom(_), Term::Atom(_), Term::List(_)]) => {}
        _ => return Err(tagged("invalid_mfa", start)),
    }
    let known = ["restart", "significant", "type", "shutdown"];
    let keys = known.iter().fold(Keys::default(), |keys, key| match part(key) {
        Some(value) => keys.with(key, value.clone()),
        None => keys,
    });
    let fields = translate::fields(&id, &keys, "worker", flag)?;
    let wrong = match part("modules") {
        None => None,
        Some(Term::Atom(name)) if name == "dynamic" => None,
        Some(Term::List(modules)) => modules
            .iter()
            .find(|module| module.as_atom().is_none())
            .map(|module| tagged("invalid_module", module)),
        Some(modules) => Some(tagged("invalid_modules", modules)),
    };
    match wrong {
        None => Ok((id, keys)),
        Some(wrong) => Err(first_problem([fields.of(probe(&id))], flag).unwrap_or(wrong)),
    }
}

/// What `check_childspecs` answers.
pub(super) fn check(specs: &Term, auto_shutdown: Option<&Term>) -> Result<(), Term> {
    let badarg = |term: &Term| Term::tuple([Term::atom("badarg"), term.clone()]);
    let Term::List(list) = specs else { return Err(badarg(specs)) };
    let flag = match auto_shutdown.map(|term| (term, term.as_atom())) {
        Some((_, Some("never"))) => AutoShutdown::Never,
        // Without a flag, significance is checked against the restart type only.
        None | Some((_, Some("undefined" | "any_significant"))) => AutoShutdown::AnySignificant,
        Some((_, Some("all_significant"))) => AutoShutdown::AllSignificant,
        Some((term, _)) => return Err(badarg(term)),
    };
    let mut children = Vec::new();
    for term in list {
        let (id, keys) = child(term, flag)?;
        children.push(translate::fields(&id, &keys, "worker", flag)?.of(probe(&id)));
        if let Some(problem) = first_problem(children.clone(), flag) {
            return Err(problem);
        }
    }
    Ok(())
}

fn probe(id: &str) -> ChildSpec {
    ChildSpec::supervisor(SupervisorSpec::new(id, Flags::new(Strategy::OneForOne, 1, 5)))
}

/// The first thing that the real check finds.
fn first_problem(children: impl IntoIterator<Item = ChildSpec>, flag: AutoShutdown) -> Option<Term> {
    let flags = Flags::new(Strategy::OneForOne, 1, 5).auto_shutdown(flag);
    let spec = children.into_iter().fold(SupervisorSpec::new("check", flags), SupervisorSpec::child);
    spec.check().first().map(terms::problem)
}
