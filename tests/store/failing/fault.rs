//! A command of which one call to the system fails, or is the last.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use tempfile::TempDir;

/// How a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Any call, once.
    Io,
    /// One with a path, once.
    Denied,
    /// All from there on that need room.
    Full,
    /// Before one that changes the disk, or in the middle of a write.
    Killed,
}

impl Fault {
    pub(super) const ALL: [Fault; 4] = [Fault::Io, Fault::Denied, Fault::Full, Fault::Killed];

    pub(super) fn name(self) -> &'static str {
        match self {
            Fault::Io => "EIO",
            Fault::Denied => "EACCES",
            Fault::Full => "ENOSPC",
            Fault::Killed => "KILL",
        }
    }

    /// What the system says.
    fn words(self) -> &'static str {
        match self {
            Fault::Io => "Input/output error",
            Fault::Denied => "Permission denied",
            Fault::Full => "No space left on device",
            Fault::Killed => "",
        }
    }
}

/// Which call fails.
#[derive(Debug, Clone, Copy)]
pub(super) enum Call {
    /// From 1.
    Nth(usize),
    None,
}

/// What came of a command.
pub(super) struct Ran {
    /// A line about the call that failed; empty if the command has fewer calls.
    pub(super) call: String,
    pub(super) output: Output,
}

impl Ran {
    pub(super) fn errors(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    /// An error names what failed with the words of the system, and calls nothing damaged.
    pub(super) fn assert_clear(&self, fault: Fault, case: &str) {
        let (errors, status) = (self.errors(), self.output.status);
        // What `--without` is about to take out.
        let errors = errors.lines().filter(|line| !line.starts_with("block "));
        let errors = errors.collect::<Vec<_>>().join("\n");
        if fault == Fault::Killed {
            return assert_eq!(status.signal(), Some(9), "{case}");
        }
        assert!(matches!(status.code(), Some(0 | 1)), "{case}{status}");
        assert_eq!(errors.contains("error: "), !status.success(), "{case}");
        assert!(errors.is_empty() || errors.contains(fault.words()), "{case}");
        for word in ["damaged", "--without", "panicked", "flamebook repair"] {
            assert!(!errors.contains(word), "{case}");
        }
    }
}

/// Runs a command of which a call fails.
pub(super) fn run(folder: &Path, arguments: &[&str], fault: Fault, call: Call) -> Ran {
    let (at, log) = match call {
        Call::Nth(at) => (at as i64, folder.with_extension("log")),
        Call::None => (i64::MAX, folder.with_extension("log")),
    };
    let output = preloaded(folder, arguments, fault, at, &log);
    let call = fs::read_to_string(&log).unwrap_or_default();
    let _ = fs::remove_file(log);
    Ran { call, output }
}

/// The number of calls that a command makes and that may fail so.
pub(super) fn count(folder: &Path, arguments: &[&str], fault: Fault) -> usize {
    let log = folder.with_extension("log");
    let output = preloaded(folder, arguments, fault, 0, &log);
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    let calls = fs::read_to_string(&log).expect("a line for each call");
    fs::remove_file(log).expect("a file of ours");
    calls.lines().count()
}

fn preloaded(folder: &Path, arguments: &[&str], fault: Fault, at: i64, log: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flamebook"));
    command.current_dir(folder).args(arguments).env("LD_PRELOAD", LIBRARY.path());
    // One file after another, so that the n-th call is the same each time.
    command.env("RAYON_NUM_THREADS", "1").env("FAILING_LOG", log);
    command.env("FAILING_AS", fault.name()).env("FAILING_AT", at.to_string());
    command.output().expect("the program starts")
}

/// Whether calls can be made to fail here; else the reason is printed.
pub(super) fn can_fail() -> bool {
    LIBRARY.0.is_some()
}

/// The compiled `failing.c`.
struct Library(Option<TempDir>);

const NAME: &str = "failing.so";

static LIBRARY: LazyLock<Library> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/store/failing/failing.c");
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-w", "-o"]).arg(folder.path().join(NAME)).arg(source);
    match compiler.output() {
        Ok(output) => {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            Library(Some(folder))
        }
        Err(error) => {
            let is_ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
            assert!(!is_ci, "a C compiler must be there in CI: {error}");
            eprintln!("ABSENT: a C compiler; calls that fail are skipped: {error}");
            Library(None)
        }
    }
});

impl Library {
    fn path(&self) -> PathBuf {
        self.0.as_ref().expect("a compiled library").path().join(NAME)
    }
}
