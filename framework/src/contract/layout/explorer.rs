//! Which answers to make up next: the search for samples that show every way a type can go.
//!
//! Each attempt answers everything that the type asks, and notes the choices it made. An accepted attempt marks
//! them as seen. After a rejected one the last candidate is replaced by the next, and when there is no next, the
//! one before it, as an odometer turns.

use std::fmt;

use super::LayoutError;
use super::node::{EMPTY, FULL, Kind, Node, Way};

const ROOT: usize = 0;
const MOST_NODES: usize = 10_000;
const MOST_ATTEMPTS: usize = 20_000;

/// What a deserialization failed with.
#[derive(Debug)]
pub(super) struct Rejection(String);

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Rejection {}

impl serde::de::Error for Rejection {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// The state of the search.
#[derive(Debug)]
pub(super) struct Explorer {
    type_name: &'static str,
    nodes: Vec<Node>,
    trail: Vec<(usize, usize)>, // what this attempt chose: node and way, or node and candidate
    place: Vec<String>,
    around: Vec<&'static str>, // the visitors this one is inside of: a type that meets its own is recursive
    last_leaf: String,
    stopped: Option<LayoutError>,
    without_values: bool, // this attempt came to an enum without variants
    attempts: usize,
    done: bool,
}

impl Explorer {
    pub(super) fn new(type_name: &'static str) -> Self {
        Self {
            type_name,
            nodes: vec![Node::unknown()],
            trail: Vec::new(),
            place: Vec::new(),
            around: Vec::new(),
            last_leaf: String::new(),
            stopped: None,
            without_values: false,
            attempts: 0,
            done: false,
        }
    }

    pub(super) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    pub(super) fn is_done(&self) -> bool {
        self.done
    }

    pub(super) fn begin(&mut self) {
        self.trail.clear();
        self.place.clear();
        self.around.clear();
        self.without_values = false;
        self.attempts += 1;
    }

    pub(super) fn accept(&mut self) {
        for &(node, chosen) in &self.trail {
            let node = &mut self.nodes[node];
            if let Kind::Leaf(..) = node.kind {
                (node.proven, node.offset) = (Some(chosen), 0);
            } else {
                node.ways[chosen] = Way::Seen;
            }
        }
        self.done = self.is_explored(ROOT);
    }

    /// # Errors
    /// When there is nothing else to try.
    pub(super) fn reject(&mut self, rejection: &Rejection) -> Result<(), LayoutError> {
        if let Some(error) = self.stopped.take() {
            return Err(error);
        }
        if self.without_values {
            self.close_the_way_here();
            return Ok(());
        }
        if self.attempts < MOST_ATTEMPTS && (self.close_a_refused_emptiness() || self.turn()) {
            return Ok(());
        }
        Err(LayoutError::Refused {
            place: if self.last_leaf.is_empty() { "the start".to_owned() } else { self.last_leaf.clone() },
            type_name: self.type_name,
            message: rejection.to_string(),
        })
    }

    /// The part was asked for as this; stops when it was something else before.
    pub(super) fn see(&mut self, node: usize, kind: Kind) -> Result<(), Rejection> {
        let known = self.nodes[node].kind;
        if known == Kind::Unknown {
            let ways = match kind {
                Kind::Option | Kind::Sequence | Kind::Map => 2,
                Kind::Enum(_, variants) => variants.len(),
                _ => 0,
            };
            self.nodes[node].kind = kind;
            self.nodes[node].ways = vec![Way::Open; ways];
        } else if known != kind {
            return Err(self.stop_self_describing());
        }
        Ok(())
    }

    /// The candidate to offer at a leaf.
    pub(super) fn choose_candidate(&mut self, node: usize, candidates: usize) -> usize {
        let chosen = self.nodes[node].candidate(candidates);
        self.trail.push((node, chosen));
        self.last_leaf = self.place();
        chosen
    }

    /// The way to go at a choice: one that is not yet explored, if there is one.
    pub(super) fn choose_way(&mut self, node: usize) -> Result<usize, Rejection> {
        let open = |way: &usize| !self.is_way_explored(node, *way);
        let possible = |way: &usize| self.nodes[node].ways[*way] != Way::Closed;
        let ways = 0..self.nodes[node].ways.len();
        let Some(way) = ways.clone().find(open).or_else(|| ways.clone().find(possible)) else {
            self.without_values = true;
            return Err(Rejection("a type without values".to_owned()));
        };
        self.trail.push((node, way));
        Ok(way)
    }

    /// A part of a part, found when it is first asked for.
    pub(super) fn part(&mut self, node: usize, index: usize) -> Result<usize, Rejection> {
        while self.nodes[node].parts.len() <= index {
            if self.nodes.len() >= MOST_NODES {
                return Err(self.stop(LayoutError::TooLarge { type_name: self.type_name, limit: MOST_NODES }));
            }
            let part = self.nodes.len();
            self.nodes.push(Node::unknown());
            self.nodes[node].parts.push(part);
        }
        Ok(self.nodes[node].parts[index])
    }

    /// Does something at a place inside of this one.
    pub(super) fn at<T>(&mut self, place: impl Into<String>, inside: impl FnOnce(&mut Self) -> T) -> T {
        self.place.push(place.into());
        let result = inside(self);
        self.place.pop();
        result
    }

    /// Does something inside of a visitor with parts; stops when it is inside of itself.
    pub(super) fn within<V, T>(
        &mut self,
        inside: impl FnOnce(&mut Self) -> Result<T, Rejection>,
    ) -> Result<T, Rejection> {
        let visitor = std::any::type_name::<V>();
        if self.around.contains(&visitor) {
            return Err(self.stop(LayoutError::Recursive { place: self.place(), type_name: self.type_name }));
        }
        self.around.push(visitor);
        let result = inside(self);
        self.around.pop();
        result
    }

    pub(super) fn stop_self_describing(&mut self) -> Rejection {
        self.stop(LayoutError::SelfDescribing { place: self.place(), type_name: self.type_name })
    }

    fn stop(&mut self, error: LayoutError) -> Rejection {
        let rejection = Rejection(error.to_string());
        self.stopped.get_or_insert(error);
        rejection
    }

    fn place(&self) -> String {
        if self.place.is_empty() { "the start".to_owned() } else { self.place.join(".") }
    }

    fn is_explored(&self, node: usize) -> bool {
        match self.nodes[node].kind {
            Kind::Unknown => false,
            Kind::Leaf(..) => self.nodes[node].proven.is_some(),
            _ if self.nodes[node].ways.is_empty() => {
                self.nodes[node].parts.iter().all(|&part| self.is_explored(part))
            }
            _ => (0..self.nodes[node].ways.len()).all(|way| self.is_way_explored(node, way)),
        }
    }

    fn is_way_explored(&self, node: usize, way: usize) -> bool {
        let Node { kind, parts, ways, .. } = &self.nodes[node];
        match (ways[way], kind) {
            (Way::Open, _) => false,
            (Way::Closed, _) => true,
            (Way::Seen, Kind::Enum(..)) => parts.get(way).is_some_and(|&part| self.is_explored(part)),
            (Way::Seen, _) => way != FULL || parts.iter().all(|&part| self.is_explored(part)),
        }
    }

    /// What this attempt came to has no values: so has the way that led there.
    fn close_the_way_here(&mut self) {
        let choice = self.trail.iter().rev().find(|(node, _)| !self.nodes[*node].ways.is_empty());
        match choice {
            Some(&(node, way)) => self.close(node, way),
            None => self.done = true,
        }
    }

    /// Where all candidates are proven, it is an untried emptiness that was refused.
    fn close_a_refused_emptiness(&mut self) -> bool {
        let is_proven = |&(node, _): &(usize, usize)| match self.nodes[node].kind {
            Kind::Leaf(..) => self.nodes[node].proven.is_some() && self.nodes[node].offset == 0,
            _ => true,
        };
        let untried = |&&(node, way): &&(usize, usize)| {
            way == EMPTY
                && matches!(self.nodes[node].kind, Kind::Option | Kind::Sequence | Kind::Map)
                && self.nodes[node].ways[EMPTY] == Way::Open
        };
        if !self.trail.iter().all(is_proven) {
            return false;
        }
        let refused = self.trail.iter().rev().find(untried).copied();
        if let Some((node, _)) = refused {
            self.close(node, EMPTY);
        }
        refused.is_some()
    }

    fn close(&mut self, node: usize, way: usize) {
        self.nodes[node].ways[way] = Way::Closed;
        self.done = self.is_explored(ROOT);
    }

    /// Goes to the next combination of candidates; false when it was the last.
    fn turn(&mut self) -> bool {
        for &(node, _) in self.trail.iter().rev() {
            let node = &mut self.nodes[node];
            if let Kind::Leaf(_, candidates) = node.kind {
                node.offset = (node.offset + 1) % candidates;
                if node.offset != 0 {
                    return true;
                }
            }
        }
        false
    }
}
