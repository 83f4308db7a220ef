//! What everybody in a running scenario shares: who there is, what they are to do, and the trace.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mistersmith::clock::Clock;
use mistersmith::supervisor::{ChildSpec, Supervisor};
use mistersmith::testing::Puppet;
use tokio::sync::{Notify, oneshot};

use super::record::Record;
use super::seats::{Seat, Seats};
use crate::scenario::{Child, Keys, OnStop, StartToken, StartTokens, SupBlock, Term};

/// One running scenario.
pub(super) struct Stage {
    /// The clock that the supervisors read.
    pub(super) clock: Clock,
    /// Follows the time that passes, whatever the supervisors' clock shows.
    pub(super) timer: Clock,
    /// Whether the supervisors' reports are printed.
    pub(super) reports: bool,
    state: Mutex<State>,
    /// Told whenever somebody begins or ends.
    pub(super) changed: Notify,
}

/// What can change.
#[derive(Default)]
pub(super) struct State {
    pub(super) record: Record,
    pub(super) roles: Roles,
    pub(super) seats: Seats,
    /// What is started under no name, to hold a supervisor.
    pub(super) holder: Option<Puppet>,
    /// Whether the process that started the root has been killed.
    pub(super) is_parent_dead: bool,
    /// Whoever waits to be released, by number: the newest of a name goes first.
    pub(super) gates: BTreeMap<u64, (String, oneshot::Sender<StartToken>)>,
    /// Those for whom a supervisor waits until some time has passed, by number.
    pub(super) slow: BTreeMap<u64, String>,
    /// How many have waited.
    waits: u64,
    /// What is being written for later.
    put_off: Option<Later>,
}

/// Everybody by id.
pub(super) type Roles = BTreeMap<String, Role>;

/// One id: what is written about it, and what has become of it.
#[derive(Clone, Default)]
pub(super) struct Role {
    /// The supervisor it is a child of.
    pub(super) parent: Option<String>,
    pub(super) starts: Option<StartTokens>,
    /// How many starts there were under the present script.
    pub(super) attempts: u64,
    pub(super) on_stop: OnStop,
    /// Where the newest incarnation is, if it is a worker.
    pub(super) seat: Option<Seat>,
    /// How many incarnations there were.
    pub(super) count: u64,
    pub(super) is_alive: bool,
    /// Whether it is a supervisor that has started all its children.
    pub(super) is_up: bool,
    /// Whether its parent has told so.
    pub(super) is_told: bool,
    /// Whether its last start passed something on.
    pub(super) passes_info: bool,
    /// Whether it was asked to stop with a reason of its own: it is no kill if that is `killed`.
    pub(super) stops_in_order: bool,
    /// Whether it is being killed before it has come up.
    pub(super) is_doomed: bool,
    /// How each of its incarnations ended that has.
    pub(super) exits: BTreeMap<u64, Term>,
    pub(super) is_sup: bool,
    /// Whether its start function is nobody's: what it does is not written down.
    pub(super) is_foreign: bool,
    /// Whether it stops all its children.
    pub(super) is_stopping: bool,
    /// What its instances have in common, if it is a dynamic supervisor.
    pub(super) template: Option<Template>,
    /// The name of the template that its running process has: a new one comes with its next start, or its own upgrade.
    pub(super) serves: Option<String>,
    /// How those of its instances ended that it stopped with all others, and that did not end as they should.
    pub(super) odd_stops: BTreeSet<Term>,
    /// Why it refused its last upgrade. Erlang has the new code by then, and meets it at the next start.
    pub(super) refused: Option<Term>,
    /// The supervisor from its begin on, and which incarnation it is.
    pub(super) handle: Option<(u64, Supervisor)>,
}

impl Stage {
    pub(super) fn new(clock: Clock, reports: bool) -> Arc<Self> {
        Arc::new(Self {
            clock,
            timer: Clock::seeded(1),
            reports,
            state: Mutex::default(),
            changed: Notify::new(),
        })
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn note(&self, line: String) {
        self.state().record.event(line);
    }

    /// Notes that `id` belongs to `parent`, with the scripts that are written about it anew.
    pub(super) fn cast(&self, id: &str, parent: Option<&str>, keys: &Keys) {
        let (parent, keys) = (parent.map(str::to_owned), keys.clone());
        self.write(id, move |role| {
            if !role.is_alive {
                role.parent = parent;
            }
            role.direct(&keys);
        });
    }

    /// Notes everything that is written in a block, whether or not it makes sense.
    pub(super) fn specify(&self, child: &Child, parent: Option<&str>) {
        self.cast(child.id(), parent, child.keys());
        if let Child::Sup(block) = child {
            self.specify_children(block);
        }
    }

    /// The same for those in a block, without the supervisor itself.
    pub(super) fn specify_children(&self, block: &SupBlock) {
        block.children.iter().for_each(|child| self.specify(child, Some(&block.id)));
    }

    /// Changes what is written about `id`: now, or later, if that is being [put off](Self::put_off).
    pub(super) fn write(&self, id: &str, change: impl FnOnce(&mut Role) + Send + 'static) {
        let mut state = self.state();
        match &mut state.put_off {
            Some(later) => later.0.push((id.to_owned(), Box::new(change))),
            None => change(state.roles.entry(id.to_owned()).or_default()),
        }
    }

    /// Does this; what is written about anybody meanwhile does not hold before it is [applied](Self::apply).
    pub(super) fn put_off<T>(&self, write: impl FnOnce() -> T) -> (T, Later) {
        let before = self.state().put_off.replace(Later::default());
        let done = write();
        let later = std::mem::replace(&mut self.state().put_off, before);
        (done, later.unwrap_or_default())
    }

    pub(super) fn apply(&self, later: Later) {
        later.0.into_iter().for_each(|(id, change)| change(self.state().roles.entry(id).or_default()));
    }

    /// What `id` does at the start that begins now.
    pub(super) fn next_start(&self, id: &str) -> StartToken {
        let mut state = self.state();
        let Some(role) = state.roles.get_mut(id) else { return StartToken::Ok };
        role.attempts += 1;
        role.starts.as_ref().map_or(StartToken::Ok, |starts| starts.at(role.attempts - 1))
    }

    /// The supervisor of this id, when it is up: to be waited for.
    ///
    /// # Errors
    /// How the one ended that was coming up, or `noproc` if there was none.
    pub(super) async fn when_up(&self, id: &str) -> Result<Supervisor, Term> {
        let none = || Term::atom("noproc");
        let asked = self
            .state()
            .roles
            .get(id)
            .filter(|role| role.is_alive)
            .map(|role| role.count)
            .ok_or_else(none)?;
        loop {
            let changed = self.changed.notified();
            {
                let state = self.state();
                let role = state.roles.get(id).ok_or_else(none)?;
                if !role.is_alive || role.count != asked {
                    return Err(role.exits.get(&asked).cloned().unwrap_or_else(none));
                }
                if let Some(supervisor) = state.supervisor(id).filter(|_| role.is_up) {
                    return Ok(supervisor);
                }
            }
            changed.await;
        }
    }

    /// Waits until `id` is released; the gate closes when the future is dropped.
    pub(super) async fn gate(&self, id: &str, line: String) -> StartToken {
        let (release, released) = oneshot::channel();
        let wait = {
            let mut state = self.state();
            state.record.event(line);
            let wait = state.waits();
            state.gates.insert(wait, (id.to_owned(), release));
            wait
        };
        let _closing = Closing { stage: self, wait };
        // The sender is only dropped with the gate, or when nobody waits any more.
        released.await.unwrap_or(StartToken::Ok)
    }

    /// Takes so many milliseconds, for which a supervisor waits.
    pub(super) async fn slow(&self, id: &str, millis: u64) {
        let wait = self.state().is_slow(id);
        let _closing = Closing { stage: self, wait };
        self.timer.sleep(std::time::Duration::from_millis(millis)).await;
    }
}

impl Role {
    pub(super) fn direct(&mut self, keys: &Keys) {
        if let Some(starts) = keys.start() {
            self.starts = Some(starts.clone());
            self.attempts = 0;
        }
        if let Some(mode) = keys.on_stop() {
            self.on_stop = mode.clone();
        }
    }
}

/// What is written about some, and does not hold yet.
#[derive(Default)]
pub(super) struct Later(Vec<(String, Change)>);

type Change = Box<dyn FnOnce(&mut Role) + Send>;

/// What the instances of a dynamic supervisor have in common.
#[derive(Clone)]
pub(super) struct Template {
    pub(super) child: ChildSpec,
    pub(super) keys: Keys,
}

/// Nobody waits there any more, whichever way that came.
struct Closing<'a> {
    stage: &'a Stage,
    wait: u64,
}

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        let mut state = self.stage.state();
        state.gates.remove(&self.wait);
        state.slow.remove(&self.wait);
    }
}

impl State {
    /// A new incarnation of `id`; returns its number.
    pub(super) fn begins(&mut self, id: &str) -> u64 {
        let role = self.roles.entry(id.to_owned()).or_default();
        role.count += 1;
        role.is_alive = true;
        role.is_up = false;
        role.is_doomed = false;
        role.is_stopping = false;
        role.odd_stops.clear();
        role.stops_in_order = false;
        role.count
    }

    /// A number for who waits now.
    fn waits(&mut self) -> u64 {
        self.waits += 1;
        self.waits
    }

    /// From now on a supervisor waits for `id` until some time has passed.
    pub(super) fn is_slow(&mut self, id: &str) -> u64 {
        let wait = self.waits();
        self.slow.insert(wait, id.to_owned());
        wait
    }

    /// Takes the newest gate of `id`.
    pub(super) fn open(&mut self, id: &str) -> Option<oneshot::Sender<StartToken>> {
        let newest = *self.gates.iter().rfind(|(_, (other, _))| other == id)?.0;
        self.gates.remove(&newest).map(|(_, release)| release)
    }

    /// The present incarnation of `id` has ended. Returns its number, and the topmost supervisor above it that has
    /// ended before it, if one has.
    pub(super) fn ends(&mut self, id: &str, reason: &Term) -> (u64, Option<String>) {
        self.slow.retain(|_, other| other != id);
        let above = self.has_ended_above(self.roles.get(id).and_then(|role| role.parent.clone()));
        let role = self.roles.entry(id.to_owned()).or_default();
        role.is_alive = false;
        role.is_up = false;
        role.exits.insert(role.count, reason.clone());
        (role.count, above)
    }

    /// The topmost from this supervisor on that has ended.
    pub(super) fn has_ended_above(&self, mut at: Option<String>) -> Option<String> {
        let mut above = None;
        while let Some(parent) = at {
            let role = self.roles.get(&parent);
            at = role.and_then(|role| role.parent.clone());
            if role.is_some_and(|role| !role.is_alive) {
                above = Some(parent);
            }
        }
        above
    }

    /// The process of `id` has the template that is specified now.
    pub(super) fn takes_template(&mut self, id: &str) {
        if let Some(role) = self.roles.get_mut(id) {
            role.serves = role.template.as_ref().map(|template| template.child.id().to_string());
        }
    }

    /// Writes down how instances of `id` ended that it stopped with all others, if not as they should: in Erlang's
    /// order of terms, each reason once, under the name of the template.
    pub(super) fn tell_odd_stops(&mut self, id: &str) {
        let Some(role) = self.roles.get_mut(id) else { return };
        let Some(template) = role.serves.clone() else { return };
        for reason in std::mem::take(&mut role.odd_stops) {
            self.record.event(format!("report {id} shutdown_error {template} {reason}"));
        }
    }

    /// The parent of `id` tells that it is up, if it has not yet.
    pub(super) fn tell_up(&mut self, id: &str) {
        let is_parent_dead = self.is_parent_dead;
        let Some(role) = self.roles.get_mut(id).filter(|role| role.is_up && !role.is_told) else { return };
        role.is_told = true;
        let line = format!("sup_up {id} #{}", role.count);
        if role.parent.is_some() || !is_parent_dead {
            self.record.event(line);
        }
    }

    /// The supervisor of `id` waits for it now, so the one above that goes on.
    pub(super) fn tell_up_above(&mut self, id: &str) {
        if let Some(parent) = self.roles.get(id).and_then(|role| role.parent.clone()) {
            self.tell_up(&parent);
        }
    }

    /// Whether the supervisor `id` is there, and serves its queue.
    pub(super) fn serves(&self, id: &str) -> bool {
        let serves = |role: &Role| role.is_alive && !role.is_stopping && !role.is_doomed;
        let doomed = |(other, role): (&String, &Role)| role.is_doomed && is_below(&self.roles, id, other);
        self.roles.get(id).is_some_and(serves) && !self.roles.iter().any(doomed)
    }

    /// The supervisor of this id, from its begin to its end.
    pub(super) fn supervisor(&self, id: &str) -> Option<Supervisor> {
        let role = self.roles.get(id).filter(|role| role.is_alive)?;
        let (count, supervisor) = role.handle.as_ref()?;
        (*count == role.count).then(|| supervisor.clone())
    }

    /// Keeps a supervisor that begins.
    pub(super) fn keep(&mut self, id: &str, supervisor: &Supervisor) {
        if let Some(role) = self.roles.get_mut(id) {
            role.handle = Some((role.count, supervisor.clone()));
        }
    }
}

/// Whether `id` is below the supervisor `above`.
pub(super) fn is_below(roles: &Roles, id: &str, above: &str) -> bool {
    let mut at = roles.get(id).and_then(|role| role.parent.as_deref());
    while let Some(parent) = at {
        if parent == above {
            return true;
        }
        at = roles.get(parent).and_then(|role| role.parent.as_deref());
    }
    false
}
