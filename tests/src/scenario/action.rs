//! What can be done to a tree, one step at a time.

use std::fmt;

use super::{Child, Keys, StartToken, SupBlock, Term, Worker};

/// One step: what is done, and the line by which the trace names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What is done.
    pub action: Action,
    /// Its line.
    pub text: String,
}

impl From<Action> for Step {
    fn from(action: Action) -> Self {
        Self { text: action.to_string(), action }
    }
}

/// Something that is done to a tree. `name` is a worker or a supervisor, `sup` a supervisor.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the fields are the words of the format, and said above")]
pub enum Action {
    /// A worker ends itself.
    Exit { name: String, reason: Term },
    /// A worker ends itself; the reason defaults to `boom`.
    Crash { name: String, reason: Option<Term> },
    /// A kill that nobody can trap.
    Kill { name: String },
    /// An exit signal from a process that is not its parent.
    Signal { name: String, reason: Term },
    /// A worker drops the link to its supervisor.
    Unlink { name: String },
    /// Workers end while their supervisor is held, so that their exits wait together.
    Burst { sup: String, exits: Vec<BurstExit> },
    /// The root's parent asks the root to stop; the reason defaults to `shutdown`.
    Stop { reason: Option<Term> },
    /// The root's parent is killed.
    KillParent,
    /// A child is added.
    StartChild { sup: String, child: NewChild },
    /// A call about one child.
    Manage { call: Call, sup: String, child: ChildName },
    /// The list of children.
    Which { sup: String },
    /// The counts of children.
    Count { sup: String },
    /// A check of specifications, by themselves.
    Check { specs: Term, auto_shutdown: Option<Term> },
    /// A running supervisor takes another specification.
    Upgrade { sup: String, to: SupBlock },
    /// New scripts for a worker.
    Set { name: String, keys: Keys },
    /// A gate opens.
    Release { name: String, token: StartToken },
    /// A call that is not waited for.
    Async(Box<Action>),
    /// An action whose time is taken.
    Timed(Box<Action>),
    /// Time passes, on the supervisors' clock; milliseconds.
    Wait(u64),
    /// Time passes, on the machine's clock; milliseconds.
    Sleep(u64),
    /// Time passes until the clock is so many milliseconds past a whole second.
    Align(u64),
    /// A remark.
    Note(String),
}

/// One of several exits that wait together; the reason defaults to `boom`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BurstExit {
    /// The worker.
    pub name: String,
    /// Its exit.
    pub reason: Option<Term>,
}

/// What is added to a supervisor.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum NewChild {
    /// A worker.
    Worker(Worker),
    /// A supervisor.
    Sup(SupBlock),
    /// An instance of a dynamic supervisor's template.
    Instance(Worker),
    /// A raw term.
    Term(Term),
}

/// A call about one child.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    /// Stop it.
    Terminate,
    /// Start it again.
    Restart,
    /// Forget it.
    Delete,
    /// Read its specification.
    GetSpec,
}

/// How a call names a child.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ChildName {
    /// By its id, or by its pid where its supervisor is dynamic.
    Usual(String),
    /// By its id.
    Id(String),
    /// By its pid.
    Pid(String),
}

impl ChildName {
    /// The child's id.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Usual(id) | Self::Id(id) | Self::Pid(id) => id,
        }
    }
}

impl Call {
    /// Every call.
    pub const ALL: [Self; 4] = [Self::Terminate, Self::Restart, Self::Delete, Self::GetSpec];

    /// What the call is called.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Terminate => "terminate_child",
            Self::Restart => "restart_child",
            Self::Delete => "delete_child",
            Self::GetSpec => "get_childspec",
        }
    }
}

impl Action {
    /// The supervisor that is specified with it, if one is.
    #[must_use]
    pub fn block(&self) -> Option<&SupBlock> {
        match self {
            Self::Upgrade { to, .. } => Some(to),
            Self::StartChild { child: NewChild::Sup(sup), .. } => Some(sup),
            Self::Async(action) | Self::Timed(action) => action.block(),
            _ => None,
        }
    }

    /// The block that follows its line, written out as a block of its own.
    pub(super) fn following_block(&self) -> Option<&SupBlock> {
        match self {
            Self::Upgrade { to, .. } => Some(to),
            Self::Async(action) | Self::Timed(action) => action.following_block(),
            _ => None,
        }
    }

    /// The children and the end of the block that its line opens.
    pub(super) fn open_block(&self) -> Option<(&[Child], &'static str)> {
        match self {
            Self::StartChild { child: NewChild::Sup(sup), .. } => Some((&sup.children, "end")),
            Self::Async(action) | Self::Timed(action) => action.open_block(),
            _ => None,
        }
    }
}

/// The action's own line; a block that follows it is not in it.
impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exit { name, reason } => write!(f, "exit {name} {}", reason.source()),
            Self::Crash { name, reason: None } => write!(f, "crash {name}"),
            Self::Crash { name, reason: Some(reason) } => write!(f, "crash {name} {}", reason.source()),
            Self::Kill { name } => write!(f, "kill {name}"),
            Self::Signal { name, reason } => write!(f, "signal {name} {}", reason.source()),
            Self::Unlink { name } => write!(f, "unlink {name}"),
            Self::Burst { sup, exits } => {
                write!(f, "burst {sup}")?;
                exits.iter().try_for_each(|BurstExit { name, reason }| match reason {
                    None => write!(f, " {name}"),
                    Some(reason) => write!(f, " {name}:{}", reason.source()),
                })
            }
            Self::Stop { reason: None } => f.write_str("stop"),
            Self::Stop { reason: Some(reason) } => write!(f, "stop {}", reason.source()),
            Self::KillParent => f.write_str("kill_parent"),
            Self::StartChild { sup, child } => write!(f, "start_child {sup} {child}"),
            Self::Manage { call, sup, child } => write!(f, "{} {sup} {child}", call.word()),
            Self::Which { sup } => write!(f, "which {sup}"),
            Self::Count { sup } => write!(f, "count {sup}"),
            Self::Check { specs, auto_shutdown: None } => write!(f, "check {}", specs.source()),
            Self::Check { specs, auto_shutdown: Some(auto) } => {
                write!(f, "check {} {}", specs.source(), auto.source())
            }
            Self::Upgrade { sup, .. } => write!(f, "upgrade {sup}"),
            Self::Set { name, keys } => write!(f, "set {name}{keys}"),
            Self::Release { name, token } => write!(f, "release {name} {token}"),
            Self::Async(action) => write!(f, "async {action}"),
            Self::Timed(action) => write!(f, "timed {action}"),
            Self::Wait(millis) => write!(f, "wait {millis}"),
            Self::Sleep(millis) => write!(f, "sleep {millis}"),
            Self::Align(millis) => write!(f, "align {millis}"),
            Self::Note(text) => write!(f, "note {text}"),
        }
    }
}

impl fmt::Display for NewChild {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Worker(worker) => write!(f, "child {}{}", worker.id, worker.keys),
            Self::Sup(sup) => write!(f, "sup {}{}", sup.id, sup.keys),
            Self::Instance(worker) => write!(f, "dyn {}{}", worker.id, worker.keys),
            Self::Term(term) => write!(f, "term {}", term.source()),
        }
    }
}

impl fmt::Display for ChildName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usual(id) => f.write_str(id),
            Self::Id(id) => write!(f, "id:{id}"),
            Self::Pid(id) => write!(f, "pid:{id}"),
        }
    }
}
