//! One supervisor of a dry run: its children as they would be, and what is done to them when a step is carried out.

use std::sync::Arc;
use std::time::Duration;

use super::children::{Key, State};
use super::forecast::{Outcome, Restarted};
use super::in_order::InOrder;
use super::plan::{Member, plan};
use super::step::{Family, Step, after_end, waits_for};
use super::{
    Backoff, Budget, ChildId, ChildSpec, Flags, Plan, Restart, Strategy, Supervisor, SupervisorSpec, Verdict,
};
use crate::exit::Exit;

/// A supervisor, as it would be.
#[derive(Clone, Debug)]
pub(super) struct Level {
    pub(super) flags: Flags,
    budget: Budget,
    posts: Posts,
}

/// Its children in start order.
#[derive(Clone, Debug)]
struct Posts {
    list: InOrder<Post>,
    keeps_ended: bool,
}

#[derive(Clone, Debug)]
struct Post {
    key: Key,
    spec: Arc<ChildSpec>,
    standing: Standing,
    /// It has ended for good, and says at any further start that it is not needed.
    retired: bool,
    /// An earlier process of it was killed and does not yield.
    orphaned: bool,
    /// What [`Backoff::next_attempt`] begins with: the attempts so far, and since when the present one runs.
    attempts: u32,
    since: Duration,
}

#[derive(Clone, Debug)]
enum Standing {
    /// It runs; with what is below it, if it is a supervisor.
    Up(Option<Level>),
    Restarting,
    Down,
}

impl Level {
    /// A supervisor that has just come up from this specification.
    pub(super) fn of_spec(spec: &SupervisorSpec) -> Self {
        let up = |(key, spec): (usize, &Arc<ChildSpec>)| Post {
            key: key as Key,
            standing: if spec.start.is_retired() { Standing::Down } else { Standing::up(spec) },
            spec: Arc::clone(spec),
            retired: spec.start.is_retired(),
            orphaned: false,
            attempts: 0,
            since: Duration::ZERO,
        };
        let posts = Posts::new(spec.children.iter().enumerate().map(up), !spec.is_dynamic());
        Self { flags: spec.flags, budget: Budget::new(spec.flags.intensity), posts }
    }

    /// A supervisor as it is at this moment.
    pub(super) fn of_running(supervisor: &Supervisor) -> Self {
        let (flags, budget, children) = supervisor.standing();
        let posts = children.into_iter().map(|(key, child)| Post {
            key,
            standing: match &child.state {
                State::Running(running) => Standing::Up(running.supervisor.as_deref().map(Self::of_running)),
                State::Restarting => Standing::Restarting,
                State::Down => Standing::Down,
            },
            retired: child.spec.start.is_retired()
                || (matches!(child.state, State::Down) && child.spec.start.stays_retired()),
            orphaned: child.is_orphaned(),
            attempts: child.attempts,
            since: match &child.state {
                State::Running(running) => running.since,
                State::Restarting | State::Down => Duration::ZERO,
            },
            spec: child.spec,
        });
        let posts = Posts::new(posts, !supervisor.is_dynamic());
        Self { flags, budget, posts }
    }

    /// The paths of everything below, with the keys that lead there.
    pub(super) fn keys(&self, path: &str, above: &[Key], found: &mut Vec<(String, Vec<Key>)>) {
        for post in self.posts.list.iter() {
            let (path, keys) = (post.path(path), [above, &[post.key]].concat());
            found.push((path.clone(), keys.clone()));
            if let Standing::Up(Some(below)) = &post.standing {
                below.keys(&path, &keys, found);
            }
        }
    }

    /// Whether the child that these keys lead to has a process.
    pub(super) fn is_up(&self, keys: &[Key]) -> bool {
        let Some((&key, further)) = keys.split_first() else { return true };
        match self.posts.list.get(key).map(|post| &post.standing) {
            Some(Standing::Up(Some(below))) => below.is_up(further),
            Some(Standing::Up(None)) => further.is_empty(),
            Some(Standing::Down | Standing::Restarting) | None => false,
        }
    }

    /// For whose end the restart waits that the child at the end of these keys is in, by their paths; nobody's, if it
    /// is in none, or waits for something else.
    pub(super) fn awaited(&self, path: &str, keys: &[Key]) -> Vec<String> {
        let Some((&key, further)) = keys.split_first() else { return Vec::new() };
        match self.posts.list.get(key) {
            Some(Post { standing: Standing::Restarting, .. }) if further.is_empty() => {
                let strategy = self.flags.strategy;
                let restart = plan(strategy, key, self.posts.members(strategy, key));
                self.orphans(path, &restart.start)
            }
            Some(post) => match &post.standing {
                Standing::Up(Some(below)) => below.awaited(&post.path(path), further),
                _ => Vec::new(),
            },
            None => Vec::new(),
        }
    }

    /// Those of a group that were killed and do not yield, by their paths.
    fn orphans(&self, path: &str, group: &[Key]) -> Vec<String> {
        let orphans = waits_for(&self.posts, group);
        orphans.into_iter().filter_map(|key| Some(self.posts.list.get(key)?.path(path))).collect()
    }

    pub(super) fn id(&self, key: Key) -> Option<ChildId> {
        self.posts.list.get(key).map(|post| post.spec.id.clone())
    }

    /// The supervisor of this key, with its path.
    pub(super) fn below(&mut self, key: Key, path: &str) -> Option<(String, &mut Self)> {
        let post = self.posts.list.get_mut(key)?;
        let path = post.path(path);
        match &mut post.standing {
            Standing::Up(Some(below)) => Some((path, below)),
            _ => None,
        }
    }

    /// Lets a child end; returns what was below it.
    pub(super) fn end(&mut self, key: Key, path: &str) -> Vec<String> {
        let mut stopped = Vec::new();
        if let Some(post) = self.posts.list.get_mut(key) {
            post.stop(path, &mut stopped);
        }
        stopped.pop(); // itself
        stopped
    }

    /// What is done about a child that has ended.
    pub(super) fn decide(&mut self, now: Duration, key: Key, exit: &Exit) -> Step<Key> {
        after_end(&self.flags, &mut self.budget, now, &self.posts, key, exit)
    }

    pub(super) fn stays_down(&mut self, key: Key, verdict: Verdict) -> Outcome {
        if verdict == Verdict::Forget {
            self.posts.forget(key);
            return Outcome::Forgotten;
        }
        if let Some(post) = self.posts.list.get_mut(key) {
            post.retired = post.spec.start.stays_retired();
        }
        Outcome::StaysDown
    }

    /// Carries out a restart in which every start succeeds, and whatever is waited for comes.
    pub(super) fn carry_out(&mut self, plan: &Plan<Key>, key: Key, path: &str, now: Duration) -> Restarted {
        let wait = self.flags.backoff.and_then(|backoff| self.wait(backoff, key, now));
        let orphans = self.orphans(path, &plan.start);
        let (mut stopped, mut forgotten, mut started) = (Vec::new(), Vec::new(), Vec::new());
        for &key in &plan.stop {
            if let Some(post) = self.posts.list.get_mut(key) {
                post.stop(path, &mut stopped);
            }
        }
        for &key in &plan.forget {
            forgotten.extend(self.posts.forget(key));
        }
        for &key in &plan.start {
            if let Some(post) = self.posts.list.get_mut(key) {
                post.start(path, now, &mut started);
            }
        }
        Restarted { stopped, forgotten, started, wait, orphans, budget_left: self.budget.left(now) }
    }

    /// How long the next start of this child waits, and that it has been counted.
    fn wait(&mut self, backoff: Backoff, key: Key, now: Duration) -> Option<[f64; 2]> {
        let period = self.flags.intensity.period_seconds;
        let post = self.posts.list.get_mut(key)?;
        let ran = now.saturating_sub(post.since);
        (post.attempts, post.since) = (Backoff::next_attempt(post.attempts, Some(ran), period), now);
        let delay = |random| backoff.delay(post.attempts, random).as_secs_f64();
        Some([delay(1.0), delay(0.0)])
    }

    /// Stops everything, the last started first.
    pub(super) fn stop_all(&mut self, path: &str) -> Vec<String> {
        let mut stopped = Vec::new();
        for post in self.posts.list.iter_mut().rev() {
            post.stop(path, &mut stopped);
        }
        stopped
    }

    fn start_all(&self, path: &str, started: &mut Vec<String>) {
        for post in self.posts.list.iter() {
            post.note_up(path, started);
        }
    }
}

impl Standing {
    fn up(spec: &ChildSpec) -> Self {
        Self::Up(spec.start.below().as_ref().map(Level::of_spec))
    }
}

impl Post {
    fn path(&self, above: &str) -> String {
        format!("{above}/{}", self.spec.id)
    }

    /// Stops it, if it runs, after what is below it.
    fn stop(&mut self, above: &str, stopped: &mut Vec<String>) {
        if let Standing::Up(below) = std::mem::replace(&mut self.standing, Standing::Down) {
            let path = self.path(above);
            stopped.extend(below.map(|mut below| below.stop_all(&path)).unwrap_or_default());
            stopped.push(path);
        }
    }

    fn start(&mut self, above: &str, now: Duration, started: &mut Vec<String>) {
        (self.since, self.orphaned) = (now, false);
        if self.retired {
            self.standing = Standing::Down;
            return;
        }
        self.standing = Standing::up(&self.spec);
        self.note_up(above, started);
    }

    /// Names what came up, if it did: it, after what is below it.
    fn note_up(&self, above: &str, started: &mut Vec<String>) {
        let Standing::Up(below) = &self.standing else { return };
        let path = self.path(above);
        below.iter().for_each(|below| below.start_all(&path, started));
        started.push(path);
    }
}

impl Posts {
    fn new(posts: impl Iterator<Item = Post>, keeps_ended: bool) -> Self {
        Self { list: posts.map(|post| (post.key, post)).collect(), keeps_ended }
    }

    fn forget(&mut self, key: Key) -> Option<ChildId> {
        self.list.remove(key).map(|post| post.spec.id.clone())
    }
}

impl Family<Key> for Posts {
    fn kind(&self, child: Key) -> (Restart, bool) {
        let spec = self.list.get(child).map(|post| &post.spec);
        spec.map_or((Restart::Temporary, false), |spec| (spec.restart, spec.significant))
    }

    fn keeps_ended(&self) -> bool {
        self.keeps_ended
    }

    fn significant_up(&self) -> bool {
        self.list.iter().any(|post| post.spec.significant && !matches!(post.standing, Standing::Down))
    }

    fn is_orphaned(&self, child: Key) -> bool {
        self.list.get(child).is_some_and(|post| post.orphaned)
    }

    fn members(&self, _: Strategy, _: Key) -> impl Iterator<Item = Member<Key>> {
        self.list.iter().map(|post| Member {
            key: post.key,
            running: matches!(post.standing, Standing::Up(_)),
            temporary: post.spec.restart == Restart::Temporary,
        })
    }
}
