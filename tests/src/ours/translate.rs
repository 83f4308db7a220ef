//! What a scenario writes about supervisors and children, as specifications of ours.
//!
//! A scenario may write what Erlang refuses. What our types exclude is refused here, with Erlang's term for it;
//! whatever they can express goes to the real check, in the place where Erlang would come to it.

use std::sync::Arc;
use std::time::Duration;

use mistersmith::supervisor::{
    AutoShutdown, ChildSpec, ChildType, Flags, Restart, Shutdown, Strategy, SupervisorSpec,
};
use mistersmith::testing::around;

use super::branch::Branch;
use super::stage::{Stage, Template};
use super::terms;
use crate::scenario::{Child, Keys, SupBlock, Term};

/// Why Erlang refuses a supervisor.
pub(super) struct Refused {
    tag: &'static str,
    /// What it says of the flags or the children.
    pub(super) error: Term,
}

impl Refused {
    /// The reason with which a supervisor ends that is started so.
    pub(super) fn reason(self) -> Term {
        Term::tuple([Term::atom(self.tag), self.error])
    }
}

/// The specification of a supervisor.
pub(super) fn supervisor(stage: &Arc<Stage>, block: &SupBlock) -> Result<SupervisorSpec, Refused> {
    let of_flags = |error| Refused { tag: "supervisor_data", error };
    let is_dynamic = block.keys.term("strategy").is_some_and(|strategy| strategy.is("simple_one_for_one"));
    stage.write(&block.id, |role| role.refused = None);
    let flags = flags(&block.keys).map_err(of_flags)?;
    if let Some(wrong) = SupervisorSpec::new(&block.id, flags).check().first() {
        return Err(of_flags(terms::problem(wrong)));
    }
    if is_dynamic { dynamic(stage, block, flags) } else { of_children(stage, block, flags) }
}

fn of_children(stage: &Arc<Stage>, block: &SupBlock, flags: Flags) -> Result<SupervisorSpec, Refused> {
    let refused = |error| Refused { tag: "start_spec", error };
    let mut spec = SupervisorSpec::new(&block.id, flags);
    for child in &block.children {
        spec = spec.child(self::child(stage, &block.id, child, flags.auto_shutdown).map_err(refused)?);
        if let Some(wrong) = spec.check().first() {
            return Err(refused(terms::problem(wrong)));
        }
    }
    stage.write(&block.id, |role| role.template = None);
    Ok(spec)
}

/// What an upgrade to this specification answers, if a start from it is refused so: of instances, Erlang counts the
/// templates last, and then tells all it has made of them.
pub(super) fn refused_upgrade(stage: &Arc<Stage>, block: &SupBlock, at_start: Term) -> Term {
    let flags = flags(&block.keys).ok().filter(|_| at_start == ids(block));
    let Some(flags) = flags else { return at_start };
    match stage.put_off(|| of_children(stage, block, flags)).0 {
        Err(Refused { error, .. }) => error,
        Ok(_) => {
            let Term::List(mut keys) = ids(block) else { return at_start };
            keys.sort();
            let records = keys.into_iter().map(|id| (id, Term::atom("CHILD"))).collect();
            let made = Term::tuple([ids(block), Term::Map(records)]);
            Term::tuple([Term::atom("ok"), made])
        }
    }
}

fn ids(block: &SupBlock) -> Term {
    Term::List(block.children.iter().map(|child| Term::atom(child.id())).collect())
}

/// A supervisor whose instances are started from their names.
fn dynamic(stage: &Arc<Stage>, block: &SupBlock, flags: Flags) -> Result<SupervisorSpec, Refused> {
    let [template] = &block.children[..] else {
        return Err(Refused { tag: "bad_start_spec", error: ids(block) });
    };
    // Instances of a supervisor are workers, too: what is written below it is about nobody who is started.
    let (usual_type, inherited) = match template {
        Child::Worker(worker) => ("worker", worker.keys.clone()),
        Child::Sup(_) => ("supervisor", Keys::default()),
    };
    let refused = |error| Refused { tag: "start_spec", error };
    let fields = fields(template.id(), template.keys(), usual_type, flags.auto_shutdown).map_err(refused)?;
    let child = fields.of(ChildSpec::template(template.id(), ChildType::Worker)).start_timeout(None);
    let (others, sup) = (Arc::clone(stage), block.id.clone());
    // Instances are started from the numbers of their seats, and what holds the supervisor from no number.
    let spec = SupervisorSpec::dynamic(&block.id, flags).template(child.clone(), move |seat: &String| {
        let mut state = others.state();
        let seated = seat.parse().ok().and_then(|seat| state.seats.get(seat));
        let puppet = seated.map(|seated| seated.puppet.clone()).or_else(|| state.holder.take());
        drop(state);
        puppet.unwrap_or_else(|| others.seat("", &sup).1)
    });
    if let Some(wrong) = spec.check().first() {
        return Err(refused(terms::problem(wrong)));
    }
    let template = Template { child, keys: inherited };
    stage.write(&block.id, |role| role.template = Some(template));
    Ok(spec.into())
}

/// The specification of a child of `sup`, or what Erlang says of it.
pub(super) fn child(
    stage: &Arc<Stage>,
    sup: &str,
    child: &Child,
    flag: AutoShutdown,
) -> Result<ChildSpec, Term> {
    match child {
        Child::Worker(worker) => {
            let fields = fields(&worker.id, &worker.keys, "worker", flag)?;
            Ok(fields.of(stage.seat(&worker.id, sup).1.child()).start_timeout(None))
        }
        Child::Sup(sup) => {
            let fields = fields(&sup.id, &sup.keys, "supervisor", flag)?;
            let (spec, invalid) = match supervisor(stage, sup) {
                Ok(spec) => (spec, None),
                Err(refused) => {
                    let nothing = Flags::new(Strategy::OneForOne, 1, 5);
                    (SupervisorSpec::new(&sup.id, nothing), Some(refused.reason()))
                }
            };
            let branch = Branch { id: sup.id.clone(), stage: Arc::clone(stage), invalid };
            Ok(around(fields.of(ChildSpec::supervisor(spec)), branch))
        }
    }
}

/// The flags of a supervisor; what is not written is Erlang's default.
pub(super) fn flags(keys: &Keys) -> Result<Flags, Term> {
    let strategy = match word(keys, "strategy", "one_for_one") {
        Ok("one_for_one" | "simple_one_for_one") => Strategy::OneForOne,
        Ok("one_for_all") => Strategy::OneForAll,
        Ok("rest_for_one") => Strategy::RestForOne,
        other => return Err(invalid("invalid_strategy", other)),
    };
    let intensity = number(keys, "intensity", 1).map_err(|value| invalid("invalid_intensity", Err(value)))?;
    let period = number(keys, "period", 5).map_err(|value| invalid("invalid_period", Err(value)))?;
    let auto_shutdown = match word(keys, "auto_shutdown", "never") {
        Ok("never") => AutoShutdown::Never,
        Ok("any_significant") => AutoShutdown::AnySignificant,
        Ok("all_significant") => AutoShutdown::AllSignificant,
        other => return Err(invalid("invalid_auto_shutdown", other)),
    };
    Ok(Flags::new(strategy, intensity, period).auto_shutdown(auto_shutdown))
}

/// What is written about a child, beside its start.
pub(super) struct Fields {
    restart: Restart,
    significant: bool,
    child_type: ChildType,
    shutdown: Shutdown,
}

impl Fields {
    pub(super) fn of(&self, child: ChildSpec) -> ChildSpec {
        child
            .restart(self.restart)
            .significant(self.significant)
            .counted_as(self.child_type)
            .shutdown(self.shutdown)
    }
}

/// Reads the fields in the order in which Erlang checks them.
pub(super) fn fields(
    id: &str,
    keys: &Keys,
    usual_type: &'static str,
    flag: AutoShutdown,
) -> Result<Fields, Term> {
    let restart = match word(keys, "restart", "permanent") {
        Ok("permanent") => Restart::Permanent,
        Ok("transient") => Restart::Transient,
        Ok("temporary") => Restart::Temporary,
        other => return Err(invalid("invalid_restart_type", other)),
    };
    let significant = match word(keys, "significant", "false") {
        Ok("true") => true,
        Ok("false") => false,
        other => return Err(invalid("invalid_significant", other)),
    };
    // Erlang checks how these two go together before it looks at the rest.
    let late = |tag, value| unless_checked(id, restart, significant, flag, invalid(tag, value));
    let child_type = match word(keys, "type", usual_type) {
        Ok("worker") => ChildType::Worker,
        Ok("supervisor") => ChildType::Supervisor,
        other => return Err(late("invalid_child_type", other)),
    };
    let shutdown = match keys.term("shutdown") {
        None => Shutdown::default_of(child_type),
        Some(term) => match term {
            Term::Atom(name) if name == "brutal_kill" => Shutdown::BrutalKill,
            Term::Atom(name) if name == "infinity" => Shutdown::Infinity,
            Term::Integer(millis) if let Ok(millis) = u64::try_from(*millis) => {
                Shutdown::After(Duration::from_millis(millis))
            }
            other => return Err(late("invalid_shutdown", Err(other))),
        },
    };
    Ok(Fields { restart, significant, child_type, shutdown })
}

/// What the real check says of a child of which this much is known; `otherwise` if it says nothing.
fn unless_checked(
    id: &str,
    restart: Restart,
    significant: bool,
    flag: AutoShutdown,
    otherwise: Term,
) -> Term {
    let flags = Flags::new(Strategy::OneForOne, 1, 5);
    let child =
        ChildSpec::supervisor(SupervisorSpec::new(id, flags)).restart(restart).significant(significant);
    let problems = SupervisorSpec::new("check", flags.auto_shutdown(flag)).child(child).check();
    problems.first().map_or(otherwise, terms::problem)
}

/// The atom of this key; what stands there instead, if that is none.
fn word<'a>(keys: &'a Keys, key: &str, usual: &'a str) -> Result<&'a str, &'a Term> {
    keys.term(key).map_or(Ok(usual), |term| term.as_atom().ok_or(term))
}

fn number<'a>(keys: &'a Keys, key: &str, usual: u32) -> Result<u32, &'a Term> {
    match keys.term(key) {
        None => Ok(usual),
        Some(Term::Integer(number)) if *number >= 0 => Ok(u32::try_from(*number).unwrap_or(u32::MAX)),
        Some(other) => Err(other),
    }
}

fn invalid(tag: &str, value: Result<&str, &Term>) -> Term {
    let value = value.map_or_else(Term::clone, Term::atom);
    Term::tuple([Term::atom(tag), value])
}
