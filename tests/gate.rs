//! `flamebook run` as a gate: its reports, its exit codes, and what GitHub is told.
//!
//! `action` has the action for GitHub.

mod action;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::json;

use crate::recording::Recording;

/// Runs the program in a folder, without what a CI would set.
fn flamebook(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_flamebook"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("GITHUB_ACTIONS")
        .env_remove("GITHUB_STEP_SUMMARY")
        .env_remove("GITHUB_WORKSPACE")
        .env_remove("CHROMIUM")
        .envs(variables.iter().copied())
        .output()
        .expect("the program")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Nine profiles of each of two commits: `slow` takes 20 % of the first, 40 % of the second.
fn record(folder: &Path) {
    for (commit, slow) in [("aaa", 20), ("bbb", 40)] {
        for at in 0..9 {
            let wiggle = at % 3;
            Recording::of("cpu", "nanoseconds")
                .at(1_700_000_000 + 10 * at)
                .lasting(10)
                .stack("main.main;shop.slow", (slow + wiggle - 1) * 1_000_000)
                .stack("main.main;shop.fast", (100 - slow - wiggle + 1) * 1_000_000)
                .save(folder, &format!("prof/{commit}/{at}.pb"));
        }
    }
}

/// A notebook with these cells, laid out as Jupyter does; a first cell that only sets a name is
/// tagged for parameters.
fn notebook(folder: &Path, cells: &[&str]) -> String {
    let cell = |source: &&str| {
        let lines: Vec<&str> = source.split_inclusive('\n').collect();
        let is_default = source.contains(" = \"") && !source.contains('\n');
        let tags = if is_default { &["parameters"][..] } else { &[] };
        json!({"cell_type": "code", "execution_count": null, "metadata": {"tags": tags},
               "outputs": [], "source": lines})
    };
    let cells: Vec<_> = cells.iter().map(cell).collect();
    let notebook = json!({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4});
    let text = serde_json::to_string_pretty(&notebook).expect("json");
    fs::write(folder.join("gate.ipynb"), &text).expect("a notebook");
    text
}

const OPEN: &str = "use \"prof/{commit}/*.pb\"\ncpu | bisect by (commit) on share(\"shop.slow\")";
const DIFF: &str = "cpu{commit=\"bbb\"} | diff {commit=\"aaa\"} | where significant";
const HOLDS: &str = "cpu | assert share(\"shop.fast\") > 50%, \"little is fast\"";
const FAILS: &str =
    "\ncpu{commit=\"bbb\"} | assert share(\"shop.slow\") < 30%, \"slow, 100%: slow\"";
const LATER: &str = "cpu | assert share(\"shop.fast\") > 1%\nassert 1 < 2";

fn gate(folder: &Path, variables: &[(&str, &str)]) -> Output {
    let outputs = ["--junit", "junit.xml", "--summary", "out.md", "-o", "o.ipynb", "-o", "o.html"];
    flamebook(folder, &[&["run", "gate.ipynb"], &outputs[..]].concat(), variables)
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn a_gate_that_holds_says_what_changed_and_since_when() {
    let folder = tempfile::tempdir().expect("a folder");
    record(folder.path());
    notebook(folder.path(), &[OPEN, DIFF, HOLDS]);
    let ran = gate(folder.path(), &[]);
    assert_eq!(ran.status.code(), Some(0), "{}", text(&ran.stderr));
    assert_eq!(text(&ran.stdout), "", "nothing is told to a CI that is not there");
    let summary = read(folder.path(), "out.md");
    let (paragraph, table) = summary.split_once("\n\n").expect("a paragraph and a table");
    assert!(paragraph.starts_with("✅ **`gate.ipynb`: its assert holds.**"), "{paragraph}");
    // Nine times 20 of 100, and 40 of 100, one more or less.
    assert!(paragraph.contains("went from 20% to 40% (+20 points, 95% interval "), "{paragraph}");
    // Both were recorded at the same time.
    let found = "commit=\"bbb\" has more than commit=\"aaa\": share(";
    assert!(paragraph.contains(found), "{paragraph}");
    assert!(paragraph.contains(". The sides differ in `commit` (`aaa` → `bbb`)."), "{paragraph}");
    // 1 260 of 1 800.
    let row = "| ✅ | `share(\"shop.fast\") > 50%` | 70% |";
    assert!(table.contains(row), "{table}");
    assert!(table.contains("| \\> 50% |"), "{table}");
    for function in ["| ↗ | `shop.slow` | +20", "| ↘ | `shop.fast` | -20"] {
        assert!(table.contains(function), "{table}");
    }
    let junit = read(folder.path(), "junit.xml");
    assert!(junit.contains("tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"0\""), "{junit}");
    assert!(read(folder.path(), "o.html").contains("shop.slow"));
    assert!(read(folder.path(), "o.ipynb").contains("execute_result"));
}

#[test]
fn an_assert_that_fails_is_a_failure_at_its_line_and_those_after_it_are_skipped() {
    let folder = tempfile::tempdir().expect("a folder");
    record(folder.path());
    let written = notebook(folder.path(), &[OPEN, HOLDS, FAILS, LATER]);
    let is_here = |line: &&str| line.contains("100%: slow");
    let line = 1 + written.lines().position(|line| is_here(&line)).expect("the line");
    let job = folder.path().join("job.md");
    fs::write(&job, "before\n").expect("a file");
    let job_path = job.display().to_string();
    let here = folder.path().display().to_string();
    let ran = gate(
        folder.path(),
        &[
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_STEP_SUMMARY", &job_path),
            ("GITHUB_WORKSPACE", &here),
        ],
    );
    assert_eq!(ran.status.code(), Some(1), "{}", text(&ran.stderr));
    let annotation = text(&ran.stdout);
    let start = format!("::error file=gate.ipynb,line={line},title=slow%2C 100%25%3A slow::share(");
    assert!(annotation.starts_with(&start), "{annotation}");
    assert!(annotation.contains("%0Ameasured 40%25") && annotation.lines().count() == 1);

    let junit = read(folder.path(), "junit.xml");
    assert!(junit.contains("tests=\"4\" failures=\"1\" errors=\"0\" skipped=\"2\""), "{junit}");
    let failure = "<failure type=\"assert\" message=\"slow, 100%: slow\">";
    let (_, failure) = junit.split_once(failure).expect("a failure");
    assert!(failure.contains(&format!("at gate.ipynb:{line}</failure>")), "{junit}");
    assert!(failure.contains("share(\"shop.slow\") &lt; 30%\nmeasured 40%"), "{junit}");
    assert!(junit.contains("name=\"In[4]: 1 &lt; 2\""), "{junit}");

    let summary = read(folder.path(), "out.md");
    let verdict =
        "❌ **`gate.ipynb`: 1 of 4 asserts does not hold:** slow, 100%: slow (measured 40%";
    assert!(summary.starts_with(verdict), "{summary}");
    let row = "| ❌ | slow, 100%: slow: `share(\"shop.slow\") < 30%` | 40% |";
    assert!(summary.contains(row), "{summary}");
    assert!(summary.contains("| ⏭️ | `1 < 2` was not reached |"), "{summary}");
    assert_eq!(fs::read_to_string(job).expect("a file"), format!("before\n{summary}"));
}

#[test]
fn another_error_is_an_error_of_its_cell() {
    let folder = tempfile::tempdir().expect("a folder");
    record(folder.path());
    notebook(folder.path(), &[OPEN, "# first\ncpu | focsu \"a\"", HOLDS]);
    let ran = gate(folder.path(), &[("GITHUB_ACTIONS", "true")]);
    assert_eq!(ran.status.code(), Some(1));
    assert!(text(&ran.stdout).contains(",title=unknown-verb::"), "{}", text(&ran.stdout));
    let junit = read(folder.path(), "junit.xml");
    assert!(junit.contains("tests=\"2\" failures=\"0\" errors=\"1\" skipped=\"1\""), "{junit}");
    assert!(junit.contains("<error type=\"unknown-verb\" message=\""), "{junit}");
    let stopped = "❌ **`gate.ipynb` stopped at cell 2: ";
    assert!(read(folder.path(), "out.md").starts_with(stopped));
}

#[test]
fn an_interval_that_is_asked_for_is_in_the_table() {
    let folder = tempfile::tempdir().expect("a folder");
    record(folder.path());
    let cell = "cpu{commit=\"bbb\"} | assert share(\"shop.slow\") > 10% at 99%";
    notebook(folder.path(), &["use \"prof/{commit}/*.pb\"", cell]);
    let ran = gate(folder.path(), &[]);
    assert_eq!(ran.status.code(), Some(0), "{}", text(&ran.stderr));
    let summary = read(folder.path(), "out.md");
    let row = summary.lines().last().expect("a row");
    assert!(row.contains("| 40% | ") && row.contains("(99%) | \\> 10% |"), "{row}");
}

#[test]
fn what_cannot_run_at_all_has_an_exit_code_of_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("text.ipynb"), "no notebook").expect("a file");
    for arguments in [
        &["run", "none.ipynb"][..],
        &["run", "text.ipynb"],
        &["run", "text.ipynb", "--junnit", "x.xml"],
        &["run", "text.ipynb", "-o", "x.doc"],
    ] {
        let ran = flamebook(folder.path(), arguments, &[]);
        assert_eq!(ran.status.code(), Some(2), "{arguments:?}: {}", text(&ran.stderr));
    }
    let help = text(&flamebook(folder.path(), &["run", "--help"], &[]).stdout);
    assert!(
        help.contains("Exit codes:") && help.contains("2  the command line is wrong"),
        "{help}"
    );
}

/// Words of a command; no word of these has a blank.
fn words(command: &str) -> Vec<&str> {
    command.split_whitespace().skip(1).collect()
}

/// The commands of the page, without what follows a comment sign.
fn documented() -> Vec<&'static str> {
    let blocks = include_str!("../docs/gate.md").split("```sh\n").skip(1);
    let lines = blocks.flat_map(|block| block.split("```").next().unwrap_or_default().lines());
    lines
        .flat_map(|line| line.split("&&"))
        .filter(|command| command.contains("flamebook "))
        .collect()
}

#[test]
fn the_page_has_commands_that_are_known() {
    let folder = tempfile::tempdir().expect("a folder");
    let commands = documented();
    assert!(commands.len() >= 5, "{commands:?}");
    for command in commands {
        let said = text(&flamebook(folder.path(), &words(command), &[]).stderr);
        assert!(!said.is_empty() && !said.contains("Usage:"), "{command}: {said}");
    }
}

#[test]
fn the_worked_notebook_stops_the_commit_that_made_rounding_slow() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let [report, summary] = ["o.html", "o.md"].map(|name| folder.path().join(name));
    let [report, summary] = [&report, &summary].map(|path| path.display().to_string());
    let worked = |command: &&str| command.contains("notebooks/gate.ipynb");
    for (command, code) in documented().into_iter().filter(worked).zip([0, 1]) {
        let mut words: Vec<&str> = words(command)
            .into_iter()
            .map(|word| if word == "report.html" { &report } else { word })
            .collect();
        words.extend(["--summary", &summary]);
        let ran = flamebook(root, &words, &[]);
        assert_eq!(ran.status.code(), Some(code), "{command}: {}", text(&ran.stderr));
    }
    // `PLANTED.md`: e3a7f16 prints and parses each amount instead of rounding it.
    let summary = read(folder.path(), "o.md");
    assert!(summary.contains("a quote costs more (measured"), "{summary}");
    assert!(summary.contains("| ↗ | `fares/internal/pricing.round` | +"), "{summary}");
}

#[test]
fn a_parameter_with_a_typo_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    record(folder.path());
    notebook(folder.path(), &["baseline = \"aaa\"", OPEN, "cpu{commit=baseline}"]);
    let arguments = ["run", "gate.ipynb", "-o", "o.ipynb", "-p"];
    let ran = flamebook(folder.path(), &[&arguments[..], &["basline=bbb"]].concat(), &[]);
    assert_eq!(ran.status.code(), Some(0));
    let said = text(&ran.stderr);
    assert!(said.contains("uses the parameter `basline`; did you mean `baseline`?"), "{said}");
    let ran = flamebook(folder.path(), &[&arguments[..], &["baseline=bbb"]].concat(), &[]);
    assert!(!text(&ran.stderr).contains("warning"), "{}", text(&ran.stderr));
}

#[test]
fn a_pdf_needs_a_chromium_and_is_what_it_printed() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    notebook(folder.path(), &["1 + 1"]);
    let path = [("PATH", "/nowhere")];
    let ran = flamebook(folder.path(), &["run", "gate.ipynb", "-o", "o.pdf"], &path);
    assert_eq!(ran.status.code(), Some(2));
    assert!(text(&ran.stderr).contains("set CHROMIUM to its program"), "{}", text(&ran.stderr));

    // Prints the page as it is.
    let script = "#!/bin/sh\nfor word; do case $word in\n--print-to-pdf=*) out=${word#*=};;\n\
                  file://*) page=${word#file://};;\nesac; done\n{ echo %PDF; cat \"$page\"; } > \"$out\"\n";
    let program = folder.path().join("chromium");
    fs::write(&program, script).expect("a script");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("a program");
    let named = [("CHROMIUM", "./chromium")];
    let ran = flamebook(folder.path(), &["run", "gate.ipynb", "-o", "o.pdf"], &named);
    assert_eq!(ran.status.code(), Some(0), "{}", text(&ran.stderr));
    let printed = read(folder.path(), "o.pdf");
    assert!(printed.starts_with("%PDF\n<!DOCTYPE html>") && printed.contains("@media print"));
    let left = fs::read_dir(folder.path()).expect("the folder").count();
    assert_eq!(left, 3, "the notebook, the script, the PDF");

    fs::write(&program, "#!/bin/sh\necho no display >&2\n").expect("a script");
    let ran = flamebook(folder.path(), &["run", "gate.ipynb", "-o", "p.pdf"], &named);
    assert_eq!(ran.status.code(), Some(2));
    assert!(text(&ran.stderr).contains("p.pdf: it said no display"), "{}", text(&ran.stderr));
}
