//! `flamebook FILE…`: the page that it opens, the text that it prints, and its errors.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use crate::recording::Recording;

/// Runs the program in a folder with two recordings. The browser writes down its argument.
fn flamebook(folder: &Path, arguments: &[&str]) -> Output {
    let record = |name: &str, slow: i64| {
        let recording = Recording::of("cpu", "nanoseconds").at(1_700_000_000).lasting(10);
        recording
            .stack("main.main;shop.slow", slow)
            .stack("main.main;shop.fast", 1_000)
            .save(folder, name);
    };
    record("a.pb", 2_000);
    record("b.pb", 5_000);
    let browser = folder.join("browser");
    fs::write(&browser, "#!/bin/sh\necho \"$1\" > opened.partial\nmv opened.partial opened\n")
        .expect("a script");
    fs::set_permissions(&browser, fs::Permissions::from_mode(0o755)).expect("a program");
    Command::new(env!("CARGO_BIN_EXE_flamebook"))
        .args(arguments)
        .current_dir(folder)
        .env("BROWSER", &browser)
        .env("TMPDIR", folder)
        .output()
        .expect("the program")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_page_with_every_type_is_written_for_this_user_alone_and_opened() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let output = flamebook(folder.path(), &["a.pb"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let path = text(&output.stdout).trim().to_owned();
    let page = fs::read_to_string(&path).expect("the page");
    assert!(page.contains("<pre>cpu | flame</pre>") && page.contains("shop.slow"));
    assert!(!page.contains("src=\"http") && !page.contains("<link"), "nothing is loaded");
    let folder_of_page = Path::new(&path).parent().expect("a folder");
    let mode = fs::metadata(folder_of_page).expect("a folder").permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    let opened = folder.path().join("opened");
    for _ in 0..200 {
        if opened.exists() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert_eq!(fs::read_to_string(opened).expect("the browser was started").trim(), path);
}

#[test]
fn text_is_the_hottest_functions() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let output = flamebook(folder.path(), &["-f", "text", "a.pb"]);
    let text = text(&output.stdout);
    let slow = text.lines().find(|line| line.contains("shop.slow")).expect("a row");
    assert!(slow.contains("66.67%"), "2000 of 3000: {slow}");
}

#[test]
fn a_diff_goes_from_the_first_file_to_the_second() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let output = flamebook(folder.path(), &["a.pb", "b.pb", "--diff", "-f", "text"]);
    let shown = text(&output.stdout);
    let slow = shown.lines().find(|line| line.contains("shop.slow")).expect("a row");
    assert!(slow.contains("+3 µs") || slow.contains("+3.00 µs"), "5000 ns less 2000 ns: {slow}");
    let output = flamebook(folder.path(), &["a.pb", "--diff"]);
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("--diff compares two files"), "{}", text(&output.stderr));
}

#[test]
fn what_is_no_file_may_be_a_command() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let error = |argument| text(&flamebook(folder.path(), &[argument]).stderr);
    assert!(error("evla").contains("there is no file or command `evla`; did you mean `eval`?"));
    assert!(error("cpu.pb.gz").contains("there is no file or command `cpu.pb.gz`"));
    let told = text(&flamebook(folder.path(), &["eval", "a.pb"]).stderr);
    assert!(told.contains("to look at the profiles: `flamebook a.pb`"), "{told}");
}
