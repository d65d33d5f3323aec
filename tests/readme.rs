//! The README's queries and commands run, and print what it shows.
//!
//! The queries of the five-minute tour run. Every `console` block runs too: lines that
//! start with `$` run in a shell, with the program under test as `flamebook`, and must
//! print the lines below them. `sh` blocks only name commands that install or open
//! something, and do not run.

use std::path::Path;
use std::process::Command;

use crate::demo::Demo;

#[test]
fn its_consoles_are_true() {
    let readme = include_str!("../README.md");
    let consoles: Vec<&str> = readme.split("```console\n").skip(1).collect();
    assert!(consoles.len() >= 3, "the README shows {} consoles", consoles.len());
    for console in consoles {
        let (console, _) = console.split_once("```").expect("an end of the block");
        let folder = tempfile::tempdir().expect("a scratch folder");
        let commands = commands(console);
        assert!(!commands.is_empty(), "a console without a command: {console}");
        for (command, expected) in commands {
            assert_eq!(printed(&command, folder.path()), expected, "$ {command}");
        }
    }
}

/// The tour runs as one cell, from the line that opens the example data.
#[test]
fn its_five_minutes_run() {
    let readme = include_str!("../README.md");
    let start = readme.find("use \"demo:\"  ").expect("the line that opens the example data");
    let (cell, _) = readme[start..].split_once("```").expect("an end of the block");
    let folder = tempfile::tempdir().expect("a scratch folder");
    let output = Command::new(env!("CARGO_BIN_EXE_flamebook"))
        .args(["eval", cell])
        .current_dir(folder.path())
        .output()
        .expect("the program");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert!(folder.path().join("slow.html").exists());
}

/// The queries of the table "Coming from" run; `tests/open.rs` has its commands.
#[test]
fn what_people_come_from_runs() {
    let readme = include_str!("../README.md");
    let (_, table) = readme.split_once("| from | habit | here |").expect("the table");
    let (table, _) = table.split_once("\n\n").expect("its end");
    let folder = tempfile::tempdir().expect("a scratch folder");
    let mut demo = Demo::new(folder.path());
    let mut ran = 0;
    for row in table.lines().skip(2) {
        let row = row.replace("\\|", "\u{1}");
        let here = row.split('|').nth(3).expect("three columns").replace('\u{1}', "|");
        let spans = here.split('`').skip(1).step_by(2);
        for query in spans.filter(|span| !span.starts_with("flamebook ")) {
            demo.run(query).unwrap_or_else(|error| panic!("{query}\n{error}"));
            ran += 1;
        }
    }
    assert!(ran >= 8, "{ran} queries");
}

/// The commands of a block, each with its expected output. A command continues on the
/// next line after a backslash.
fn commands(console: &str) -> Vec<(String, String)> {
    let mut commands: Vec<(String, String)> = Vec::new();
    for line in console.lines() {
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (Some(command), _) => commands.push((command.to_owned(), String::new())),
            (None, Some((command, _))) if command.ends_with('\\') => {
                *command += &format!("\n{line}");
            }
            (None, Some((_, printed))) => *printed += &format!("{}\n", line.trim_end()),
            (None, None) => panic!("a console starts with a command: {line}"),
        }
    }
    commands
}

/// Standard output and error together, in the order of a terminal.
fn printed(command: &str, folder: &Path) -> String {
    let binary = Path::new(env!("CARGO_BIN_EXE_flamebook"));
    let programs = binary.parent().expect("a folder").display().to_string();
    let path = format!("{programs}:{}", std::env::var("PATH").unwrap_or_default());
    let output = Command::new("sh")
        .args(["-c", &format!("{{ {command}\n}} 2>&1")])
        .current_dir(folder)
        .env("PATH", path)
        .output()
        .expect("a shell");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}
