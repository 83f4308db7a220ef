//! A node in a folder of its own, for one test; killed with it.

use std::fs;
use std::io::Read;
use std::process::{Child, Stdio};
use std::time::Duration;

use mistersmith::clock::Clock;
use tempfile::TempDir;

use super::command::{Ended, run, smith};

/// How long anything may take that a test waits for.
const WITHIN: Duration = Duration::from_secs(30);

pub(crate) struct Node {
    pub(crate) folder: TempDir,
    child: Child,
    clock: Clock,
}

impl Node {
    /// Starts a node and returns when it says that it is ready.
    pub(crate) async fn start(arguments: &[&str]) -> Self {
        let mut node = Self::begin(arguments, Stdio::piped());
        node.until("the node is ready", |node| node.smith(&["health"]).code == Some(0)).await;
        node
    }

    /// Starts a node that talks to `out`, and returns at once.
    pub(crate) fn begin(arguments: &[&str], out: impl Into<Stdio>) -> Self {
        let folder = TempDir::new().unwrap();
        let mut all = vec!["run"];
        all.extend(arguments);
        let mut command = smith(folder.path(), &all);
        let child = command.stdin(Stdio::null()).stdout(out).stderr(Stdio::piped()).spawn().unwrap();
        Self { folder, child, clock: Clock::machine() }
    }

    /// Whether SIGTERM is its own to handle by now.
    pub(crate) fn hears_signals(&self) -> bool {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
        u64::from_str_radix(caught.trim(), 16).unwrap() & (1 << (15 - 1)) != 0
    }

    /// Runs a command against it.
    pub(crate) fn smith(&self, arguments: &[&str]) -> Ended {
        run(self.folder.path(), arguments)
    }

    /// Runs a command that has to succeed, and returns what it says.
    #[track_caller]
    pub(crate) fn says(&self, arguments: &[&str]) -> String {
        let ended = self.smith(arguments);
        assert_eq!(ended.code, Some(0), "smith {arguments:?}: {ended:?}");
        ended.out
    }

    /// Looks again and again until it is so.
    pub(crate) async fn until(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let deadline = self.clock.deadline(WITHIN);
        while !is_so(self) {
            assert!(!deadline.has_passed(self.clock.now()), "not within {WITHIN:?}: {what}");
            if let Some(status) = self.child.try_wait().unwrap() {
                let mut complaints = String::new();
                self.child.stderr.take().unwrap().read_to_string(&mut complaints).unwrap();
                panic!("the node ended ({status}) while a test waited until {what}: {complaints}");
            }
            self.clock.sleep(Duration::from_millis(20)).await;
        }
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, name: &str) {
        signal(&self.child, name);
    }

    /// Waits until it has ended; what it said, and the folder that it leaves.
    pub(crate) async fn end(mut self) -> (Ended, TempDir) {
        let deadline = self.clock.deadline(WITHIN);
        while self.child.try_wait().unwrap().is_none() {
            assert!(!deadline.has_passed(self.clock.now()), "the node did not end within {WITHIN:?}");
            self.clock.sleep(Duration::from_millis(20)).await;
        }
        let (mut out, mut complaints) = (String::new(), String::new());
        if let Some(mut said) = self.child.stdout.take() {
            said.read_to_string(&mut out).unwrap();
        }
        self.child.stderr.take().unwrap().read_to_string(&mut complaints).unwrap();
        let code = self.child.wait().unwrap().code();
        let folder = std::mem::replace(&mut self.folder, TempDir::new().unwrap());
        (Ended { code, out, complaints }, folder)
    }
}

/// Sends a process a signal.
pub(crate) fn signal(process: &Child, name: &str) {
    let status = std::process::Command::new("kill").args([name, &process.id().to_string()]).status();
    assert!(status.unwrap().success());
}

/// Looks again and again until it is so.
pub(crate) async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let clock = Clock::machine();
    let deadline = clock.deadline(WITHIN);
    while !is_so() {
        assert!(!deadline.has_passed(clock.now()), "not within {WITHIN:?}: {what}");
        clock.sleep(Duration::from_millis(20)).await;
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
