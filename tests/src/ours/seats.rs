//! The places of workers: two that live under one name, below one supervisor or below two, are two places.
//!
//! A name says what its incarnations do at their starts and stops; a seat is who they are to their supervisor. One
//! place has one incarnation at a time.

use std::collections::BTreeMap;
use std::sync::Arc;

use mistersmith::supervisor::Instance;
use mistersmith::testing::Puppet;

use super::stage::{Stage, State};
use super::worker::Part;
use crate::scenario::{OnStop, Term};

/// Which place.
pub(super) type Seat = u64;

/// All places that there were.
#[derive(Clone, Default)]
pub(super) struct Seats(BTreeMap<Seat, Seated>);

/// One place.
#[derive(Clone)]
pub(super) struct Seated {
    pub(super) id: String,
    /// The supervisor.
    pub(super) sup: String,
    /// The last incarnation, by the number that its name gave it.
    pub(super) number: u64,
    pub(super) is_alive: bool,
    /// What it does when it is asked to stop.
    pub(super) mode: OnStop,
    /// Which instance it is of its supervisor, if that is dynamic, and of which incarnation of that.
    pub(super) instance: Option<(Instance, u64)>,
    pub(super) puppet: Puppet,
}

impl Seats {
    pub(super) fn get(&self, seat: Seat) -> Option<&Seated> {
        self.0.get(&seat)
    }

    pub(super) fn get_mut(&mut self, seat: Seat) -> Option<&mut Seated> {
        self.0.get_mut(&seat)
    }

    /// The newest incarnation of a name below a supervisor.
    pub(super) fn newest(&self, sup: &str, id: &str) -> Option<&Seated> {
        self.0.values().filter(|seat| seat.id == id && seat.sup == sup).max_by_key(|seat| seat.number)
    }

    /// The instance of a supervisor for which this holds. A number is given again by the next incarnation of a
    /// supervisor: the newest is meant.
    pub(super) fn instance(&self, sup: &str, is_it: impl Fn(Instance) -> bool) -> Option<(Seat, &Seated)> {
        let of_it = |seat: &Seated| {
            seat.instance.filter(|(instance, _)| seat.sup == sup && is_it(*instance)).map(|(_, since)| since)
        };
        let found = self.0.iter().filter_map(|(number, seat)| Some((of_it(seat)?, *number, seat)));
        found.max_by_key(|(since, ..)| *since).map(|(_, number, seat)| (number, seat))
    }

    /// Lets go of who sits there: they hold the stage.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

impl Stage {
    /// A new place for a worker of this name.
    pub(super) fn seat(self: &Arc<Self>, id: &str, sup: &str) -> (Seat, Puppet) {
        let mut state = self.state();
        let seat = state.seats.0.last_key_value().map_or(0, |(last, _)| last + 1);
        let puppet = Puppet::new(id, Part { id: id.to_owned(), seat, stage: Arc::clone(self) });
        let seated = Seated {
            id: id.to_owned(),
            sup: sup.to_owned(),
            number: 0,
            is_alive: false,
            mode: OnStop::default(),
            instance: None,
            puppet: puppet.clone(),
        };
        state.seats.0.insert(seat, seated);
        (seat, puppet)
    }
}

impl State {
    /// The next incarnation of its name begins there; returns its number.
    pub(super) fn sits(&mut self, seat: Seat) -> u64 {
        let Some((id, sup)) = self.seats.get(seat).map(|seated| (seated.id.clone(), seated.sup.clone()))
        else {
            return 0;
        };
        let number = self.begins(&id);
        let role = self.roles.entry(id).or_default();
        (role.parent, role.seat, role.is_sup) = (Some(sup), Some(seat), false);
        let mode = role.on_stop.clone();
        if let Some(seated) = self.seats.get_mut(seat) {
            (seated.number, seated.is_alive, seated.mode) = (number, true, mode);
        }
        number
    }

    /// The incarnation there has ended. Returns its number, and the topmost supervisor above it that has ended before
    /// it, if one has.
    pub(super) fn rises(&mut self, seat: Seat, reason: &Term) -> (u64, Option<String>) {
        let Some(seated) = self.seats.get_mut(seat) else { return (0, None) };
        seated.is_alive = false;
        let (id, sup, number) = (seated.id.clone(), seated.sup.clone(), seated.number);
        let above = self.has_ended_above(Some(sup));
        if self.roles.get(&id).is_some_and(|role| role.seat == Some(seat) && role.count == number) {
            self.ends(&id, reason);
        } else if let Some(role) = self.roles.get_mut(&id) {
            role.exits.insert(number, reason.clone());
        }
        (number, above)
    }
}
