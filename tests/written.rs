//! What is written: files that replace others, notebooks that several runs write at once,
//! and names that would steer a terminal.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::demo::Demo;
use crate::recording::Recording;

/// A name that clears a terminal and colours it.
const HOSTILE: &str = "\x1b[2J\x1b[31mred\u{9b}0m";

fn flamebook(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flamebook"));
    command.args(arguments).current_dir(folder).output().expect("the program")
}

#[test]
fn save_says_what_it_replaces_and_new_replaces_nothing() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let mut demo = Demo::new(folder.path());
    let mut note = |query: &str| {
        let outcome = demo.run(query)?.pop().expect("a result");
        Ok::<_, String>(outcome.header.notes.last().expect("a note").clone())
    };
    let first = note("cpu | top 3 | save \"top.csv\" new").expect("a new file");
    assert!(first.starts_with("saved top.csv (") && first.ends_with(')'), "{first}");
    let second = note("cpu | top 2 | save \"top.csv\"").expect("another file");
    assert!(second.ends_with("), in place of the file of this name"), "{second}");
    let error = note("cpu | top 1 | save \"top.csv\" new").expect_err("it is there");
    assert!(error.contains("top.csv` exists") && error.contains("leave out `new`"), "{error}");
    let content = fs::read_to_string(folder.path().join("top.csv")).expect("the file");
    assert_eq!(content.lines().count(), 1 + 2, "the second file is there still");
}

#[test]
fn csv_for_scripts_keeps_names_as_they_are() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let recording = Recording::of("cpu", "nanoseconds").at(1_700_000_000).lasting(1);
    recording.stack("-[NSView draw]", 5).save(folder.path(), "1.pb");
    let csv = |more: &[&str]| {
        let arguments = [&["eval", "-f", "csv"], more, &["use \"1.pb\"", "cpu | functions"]];
        String::from_utf8(flamebook(folder.path(), &arguments.concat()).stdout).expect("text")
    };
    assert!(csv(&[]).contains("'-[NSView draw]"));
    assert!(
        csv(&["--raw-cells"]).contains("-[NSView draw]") && !csv(&["--raw-cells"]).contains('\'')
    );
}

#[test]
fn two_runs_at_once_leave_a_whole_notebook_and_no_other_file_changes() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let notebook = r##"{"cells": [{"cell_type": "code", "execution_count": null, "id": "a",
        "metadata": {}, "outputs": [], "source": "1 + 1"}],
        "metadata": {"kernelspec": {"name": "flamebook", "display_name": "Flamebook", "language": "flamebook"}},
        "nbformat": 4, "nbformat_minor": 5}"##;
    fs::write(folder.path().join("n.ipynb"), notebook).expect("a notebook");
    fs::write(folder.path().join("o.partial"), "somebody's").expect("a file");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let output = flamebook(folder.path(), &["run", "n.ipynb", "-o", "o.ipynb"]);
                assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            });
        }
    });
    let written = fs::read_to_string(folder.path().join("o.ipynb")).expect("the notebook");
    serde_json::from_str::<serde_json::Value>(&written).expect("a whole notebook");
    let mut names: Vec<_> = fs::read_dir(folder.path())
        .expect("the folder")
        .map(|entry| entry.expect("a file").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!(names, ["n.ipynb", "o.ipynb", "o.partial"]);
    let partial = fs::read_to_string(folder.path().join("o.partial")).expect("a file");
    assert_eq!(partial, "somebody's");
}

#[test]
fn names_of_files_functions_and_labels_never_steer_a_terminal() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let file = |pod: &str| format!("pod={pod}/{HOSTILE}.pb");
    let recording = Recording::of("cpu", "nanoseconds").at(1_700_000_000).lasting(1);
    recording.stack(HOSTILE, 5).save(folder.path(), &file(HOSTILE));
    fs::write(folder.path().join(format!("{HOSTILE}.folded")), "no profile").expect("a file");
    let use_all = "use \"**\"";
    for arguments in [
        &[
            "eval",
            use_all,
            "cpu | top",
            "cpu | by (pod) | table",
            "labels",
            "cpu | timeline by (pod)",
        ][..],
        &["eval", use_all, "cpu | flame", "cpu | sandwich \"*\"", "cpu | profiles"],
        &["eval", use_all, "cpu | top 1 | save \"\\x1b[31m.nothing\""],
        &["eval", &format!("use \"{}.folded\"", HOSTILE.replace('\x1b', "\\x1b"))],
        &["import", "s.store", "."],
        &["import", "s.store", &format!("{HOSTILE}.folded")],
        &["export", "s.store", HOSTILE],
        &["run", &format!("{HOSTILE}.folded")],
    ] {
        let output = flamebook(folder.path(), arguments);
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(!said.contains(['\x1b', '\u{9b}']), "{arguments:?} sends {said:?}");
        assert!(!said.is_empty(), "{arguments:?} says nothing");
    }
    let skipped = flamebook(folder.path(), &["import", "t.store", "."]);
    let said = String::from_utf8_lossy(&skipped.stderr).into_owned();
    assert!(said.contains("skipped") && said.contains("\\u{1b}[2J"), "{said}");
}
