//! A scrape that runs beside the test, and the store that it fills.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::cells::Cells;

/// The store in the folder of the test.
pub(super) const STORE: &str = "x.flamestore";

/// How long a test waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(120);

/// A scrape under way.
pub(super) struct Scrape {
    child: Child,
    folder: PathBuf,
}

/// How it ended.
pub(super) struct Ended {
    pub(super) status: ExitStatus,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

pub(super) fn folder() -> TempDir {
    tempfile::tempdir().expect("a scratch folder")
}

impl Scrape {
    /// Starts it every two seconds with these arguments.
    pub(super) fn start(folder: &Path, arguments: &[&str]) -> Scrape {
        let log = |name: &str| File::create(folder.join(name)).expect("a file");
        let child = Command::new(env!("CARGO_BIN_EXE_flamebook"))
            .args(["scrape", STORE, "--every", "2s"])
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(log("stdout"))
            .stderr(log("stderr"))
            .spawn()
            .expect("the program starts");
        Scrape { child, folder: folder.to_owned() }
    }

    /// Waits until something is true.
    pub(super) fn until(&mut self, what: &str, mut holds: impl FnMut(&Scrape) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !holds(self) {
            let ended = self.child.try_wait().expect("a child of ours");
            assert!(ended.is_none(), "ended before {what}: {}", self.stderr());
            assert!(Instant::now() < end, "waited in vain for {what}: {}", self.stderr());
            thread::sleep(Duration::from_millis(50));
        }
    }

    pub(super) fn stderr(&self) -> String {
        std::fs::read_to_string(self.folder.join("stderr")).expect("a file")
    }

    /// The number of profiles of a type in the store.
    pub(super) fn stored(&self, query: &str) -> usize {
        stored(&self.folder, query)
    }

    /// Ends it as a service is ended.
    pub(super) fn stop(self) -> Ended {
        self.end("TERM")
    }

    pub(super) fn kill(self) {
        self.end("KILL");
    }

    /// Waits until it ends by itself, or by a signal that was sent.
    pub(super) fn wait(mut self) -> Ended {
        let status = self.child.wait().expect("a child of ours");
        let text = |name: &str| std::fs::read_to_string(self.folder.join(name)).expect("a file");
        Ended { status, stdout: text("stdout"), stderr: text("stderr") }
    }

    fn end(self, signal: &str) -> Ended {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([&format!("-{signal}"), &id]).status();
        assert!(sent.expect("kill is there").success());
        self.wait()
    }
}

/// The number of profiles that a query finds in the store; 0 while there are none.
pub(super) fn stored(folder: &Path, query: &str) -> usize {
    let mut cells = Cells::new(folder);
    if cells.try_run(&format!("use {STORE:?}")).is_err() {
        return 0;
    }
    match cells.try_run(&format!("{query} | profiles")) {
        Ok(_) => cells.table(&format!("{query} | profiles")).height(),
        Err(_) => 0,
    }
}
