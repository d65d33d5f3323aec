//! What `use` opens, and what it says: several patterns, standard input, copies, files that
//! are none, and what becomes of the source before.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::cells::Cells;
use crate::recording::{self, Recording};
use crate::store::{flamebook, said};

/// 10 ns in `f`, at this second.
fn recording(second: i64) -> Recording {
    Recording::of("cpu", "nanoseconds").at(1_767_225_600 + second).lasting(10).stack("main;f", 10)
}

/// Files of two versions.
fn versions() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a scratch folder");
    recording(0).save(folder.path(), "prof/1/cpu.pb");
    recording(60).save(folder.path(), "prof/2/cpu.pb");
    recording(120).save(folder.path(), "x.pb");
    folder
}

/// What the last statement says below its result.
fn notes(cells: &mut Cells, code: &str) -> Vec<String> {
    cells.run(code).pop().expect("a note").header.notes
}

#[test]
fn a_folder_may_be_a_placeholder_and_patterns_may_be_several() {
    let folder = versions();
    for (code, total) in [
        (r#"use "prof/{version}""#, 20.0),
        (r#"use "prof""#, 20.0),
        (r#"use "x.pb""#, 10.0),
        (r#"use "prof/{version}/*.pb", "x.pb""#, 30.0),
        (r#"use "prof/1" "prof/2""#, 20.0),
        // The same file by two patterns is one file.
        (r#"use "prof/1/cpu.pb", "prof/*/cpu.pb""#, 20.0),
    ] {
        let mut cells = Cells::new(folder.path());
        cells.run(code);
        assert_eq!(cells.number(r#"self("f", cpu)"#), total, "{code}");
    }
    let mut cells = Cells::over(folder.path(), "prof/{version}");
    assert_eq!(cells.number(r#"self("f", cpu{version="2"})"#), 10.0);
    let report = cells.error(r#"use "x.pb", "demo:""#);
    assert!(report.contains("\"demo:\" is opened alone"), "{report}");
    let report = cells.error(r#"use "-""#);
    assert!(report.contains("standard input, and there is none here"), "{report}");
}

#[test]
fn a_second_source_says_what_becomes_of_the_first() {
    let folder = versions();
    let mut cells = Cells::over(folder.path(), "x.pb");
    assert_eq!(notes(&mut cells, r#"use "x.pb""#), [""; 0], "it is opened again");
    assert_eq!(
        notes(&mut cells, r#"use "prof/1""#),
        [r#""x.pb" is closed; `use "x.pb" as old` would keep it"#]
    );
    let code = "use \"x.pb\" as one\nuse \"prof\"";
    assert_eq!(notes(&mut cells, code), [r#""x.pb" stays open: `from one`"#]);
    assert_eq!(cells.number(r#"self("f", cpu from one)"#), 10.0);
    assert_eq!(cells.number(r#"self("f", cpu)"#), 20.0);
    assert_eq!(
        notes(&mut cells, r#"use "prof/1" as one"#),
        [
            r#""x.pb", which was one, is closed"#,
            r#""prof" is closed; `use "prof" as old` would keep it"#
        ]
    );
}

/// Runs `flamebook eval` with this on its standard input.
fn eval(folder: &Path, arguments: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flamebook"));
    command.current_dir(folder).arg("eval").args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    child.stdin.take().expect("a pipe").write_all(input).expect("it reads");
    child.wait_with_output().expect("it ends")
}

#[test]
fn standard_input_is_a_profile_or_queries() {
    let folder = versions();
    let query = r#"assert self("f", $) == 10"#;
    for (kind, input) in
        [("cpu", recording(0).bytes()), ("samples", b"main;f 4\nmain;g;f 6\n".to_vec())]
    {
        let query = query.replace('$', kind);
        let done = eval(folder.path(), &["-", &query], &input);
        assert!(done.status.success(), "{done:?}");
    }
    let done = eval(folder.path(), &["x.pb", "-"], query.replace('$', "cpu").as_bytes());
    assert!(done.status.success(), "{done:?}");
    // As a shell expands `prof/*/cpu.pb`.
    let paths = ["prof/1/cpu.pb", "prof/2/cpu.pb", r#"assert self("f", cpu) == 20"#];
    assert!(eval(folder.path(), &paths, b"").status.success());
}

#[test]
fn a_recording_in_two_files_counts_once() {
    let folder = versions();
    fs::copy(folder.path().join("x.pb"), folder.path().join("copy.pb")).expect("a copy");
    #[cfg(unix)]
    std::os::unix::fs::symlink("x.pb", folder.path().join("link.pb")).expect("a link");
    let mut cells = Cells::new(folder.path());
    let said = notes(&mut cells, r#"use "*.pb""#);
    assert_eq!(cells.number(r#"self("f", cpu)"#), 10.0);
    // The first by name is the one that counts.
    assert_eq!(
        said,
        ["link.pb and 1 more: the same recording is in another file, too; it counts once"]
    );
    crate::store::said(folder.path(), &["import", "s.flamestore", "*.pb"]);
    let mut store = Cells::over(folder.path(), "s.flamestore");
    assert_eq!(store.number(r#"self("f", cpu)"#), 10.0);
    // With labels of their own, they are different series.
    let mut cells = Cells::over(folder.path(), "{name}.pb");
    assert_eq!(cells.number(r#"self("f", cpu)"#), 30.0);
}

#[cfg(unix)]
#[test]
fn a_pipe_in_a_folder_is_passed_over_and_counted() {
    let folder = versions();
    let made = Command::new("mkfifo").arg(folder.path().join("prof/1/live.pb")).status();
    assert!(made.expect("mkfifo").success());
    let before = Instant::now();
    let opened = Cells::new(folder.path()).run(r#"use "prof/**""#);
    let skipped = &opened[0].header.skipped;
    assert_eq!(skipped.len(), 1, "{skipped:?}");
    assert!(skipped[0].reason.starts_with("a named pipe is not opened"), "{skipped:?}");
    let import = flamebook(folder.path(), &["import", "s.flamestore", "prof"]);
    assert!(import.status.success(), "{import:?}");
    let errors = String::from_utf8_lossy(&import.stderr);
    assert!(errors.contains("skipped prof/1/live.pb: a named pipe"), "{errors}");
    let report = Cells::new(folder.path()).error(r#"use "prof/1/live.pb""#);
    assert!(report.contains("a named pipe is not opened"), "{report}");
    assert!(before.elapsed() < Duration::from_secs(20), "nothing waits for the pipe");
}

#[test]
fn what_a_format_drops_is_said_by_import_and_by_the_store() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    recording::write(folder.path(), "x.folded", b"main;f 0.5\nmain;g 1.5\n");
    let import = flamebook(folder.path(), &["import", "s.flamestore", "x.folded"]);
    let said = "x.folded: values have fractions and are counted in millisamples, 1000 to a sample";
    assert!(String::from_utf8_lossy(&import.stderr).contains(said), "{import:?}");
    // Also after it was merged with another block.
    recording(0).save(folder.path(), "x.pb");
    crate::store::said(folder.path(), &["import", "s.flamestore", "x.pb"]);
    crate::store::said(folder.path(), &["compact", "s.flamestore"]);
    let mut store = Cells::new(folder.path());
    assert_eq!(notes(&mut store, r#"use "s.flamestore""#), [said]);
    let described = store.run("samples | describe").pop().expect("a table");
    assert!(described.header.notes.contains(&said.to_owned()), "{:?}", described.header.notes);
}

#[test]
fn a_failed_import_leaves_no_store() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    recording::write(folder.path(), "notes.txt", b"nothing\nof use\n");
    for file in ["notes.txt", "nothing.pb"] {
        let import = flamebook(folder.path(), &["import", "s.flamestore", file]);
        assert!(!import.status.success());
        assert!(!folder.path().join("s.flamestore").exists(), "{import:?}");
    }
    let bare = said(folder.path(), &["eval", "1 + 1"]);
    assert_eq!(bare.trim(), "2");
}
