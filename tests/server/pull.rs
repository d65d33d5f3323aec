//! `flamebook import STORE http://…`: pieces of a server in a store.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::pyroscope::{CPU, Held, START, answer, serve, shop};
use super::web::{Reply, Web};
use super::{column, rows};
use crate::cells::Cells;

/// The arguments that reach back to the profiles of the tests.
fn arguments(address: &str) -> Vec<String> {
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_millis();
    let days = (clock as i64 - START) / 86_400_000 + 1;
    ["import", "x.flamestore", address, "--since", &format!("{days}d")].map(str::to_owned).to_vec()
}

fn command(folder: &Path, arguments: &[String]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flamebook"));
    command.current_dir(folder).args(arguments);
    command
}

fn import(folder: &Path, address: &str, more: &[&str]) -> Output {
    let all = [arguments(address), more.iter().map(|text| (*text).to_owned()).collect()].concat();
    command(folder, &all).output().expect("the program starts")
}

fn said(output: &Output) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    format!("{out}{err}")
}

#[test]
fn a_store_has_the_pieces_of_the_server() {
    let web = serve(shop(), true);
    let folder = tempfile::tempdir().expect("a scratch folder");
    let output = import(folder.path(), &web.address(), &["--step", "30s", "--label", "zone=east"]);
    // Two minutes are four steps: of two pods each for cpu, and for memory pod b has two.
    let said_first = said(&output);
    assert!(
        output.status.success() && said_first.contains("added 14 pieces of 30s"),
        "{said_first}"
    );
    let mut cells = Cells::over(folder.path(), "x.flamestore");
    // In 30 seconds there are two profiles of 10 + 2, and of 30 + 2.
    let table = "cpu | by (pod, zone) | table";
    assert_eq!(column(&mut cells, table, "total"), rows([("b", 256.0), ("a", 96.0)]));
    assert_eq!(column(&mut cells, table, "max"), rows([("b", 64.0), ("a", 24.0)]));
    assert_eq!(column(&mut cells, "cpu | top 2", "self"), rows([("work", 320.0), ("idle", 32.0)]));
    // The mean of the means of pairs of 100, 110 … 170 is 135; pod b has 200.
    let levels = column(&mut cells, "inuse_space | by (pod) | table", "total");
    assert_eq!(levels, rows([("b", 200.0), ("a", 135.0)]));
    // Again: nothing new, and no stacks are asked for.
    web.asked();
    let output = import(folder.path(), &web.address(), &["--step", "30s", "--label", "zone=east"]);
    assert!(
        said(&output).contains("added 0 pieces") && said(&output).contains("14 are there already"),
        "{}",
        said(&output)
    );
    assert!(!web.methods().iter().any(|method| method.contains("Merge")));
    // Another step would count the same time again.
    let output = import(folder.path(), &web.address(), &["--step", "1m", "--label", "zone=east"]);
    assert!(
        !output.status.success() && said(&output).contains("the same --step"),
        "{}",
        said(&output)
    );
    assert_eq!(column(&mut cells, table, "total"), rows([("b", 256.0), ("a", 96.0)]));
}

#[test]
fn a_selection_is_copied_alone() {
    let web = serve(shop(), false);
    let folder = tempfile::tempdir().expect("a scratch folder");
    let select = ["--select", "{service_name=\"shop\", pod=\"a\"}", "--step", "30s"];
    let output = import(folder.path(), &web.address(), &select);
    assert!(said(&output).contains("added 8 pieces"), "{}", said(&output));
    let mut cells = Cells::over(folder.path(), "x.flamestore");
    assert_eq!(column(&mut cells, "cpu | by (pod) | table", "total"), rows([("a", 96.0)]));
    for (option, value, why) in [
        ("--select", "pod=a", "is not a selection"),
        ("--step", "500ms", "whole seconds"),
        ("--type", "cpu:ns", "is for files"),
    ] {
        let output = import(folder.path(), &web.address(), &[option, value]);
        assert!(!output.status.success() && said(&output).contains(why), "{}", said(&output));
    }
    let files = ["import", "y.flamestore", "demo:", "--step", "1m"].map(str::to_owned);
    let output = command(folder.path(), &files).output().expect("the program starts");
    assert!(
        !output.status.success() && said(&output).contains("is for a server"),
        "{}",
        said(&output)
    );
}

/// A profile each second for ten minutes: 1 in `work`.
fn many() -> Vec<Held> {
    let one = shop().into_iter().find(|held| held.kind == CPU).expect("a profile");
    let at = |nth: i64| START + nth * 1000;
    (0..600)
        .map(|nth| Held {
            at: at(nth),
            stacks: vec![(vec!["main", "work"], 1 + nth)],
            ..one.clone()
        })
        .collect()
}

/// Each profile of a store: time and total.
fn profiles(folder: &Path) -> Vec<String> {
    let mut cells = Cells::over(folder, "x.flamestore");
    let table = cells.table("cpu | profiles");
    (0..table.height()).map(|row| format!("{:?}", table.frame.get(row))).collect()
}

#[test]
fn an_import_that_was_killed_goes_on_and_ends_with_the_same_store() {
    let whole = tempfile::tempdir().expect("a scratch folder");
    let web = serve(many(), true);
    let output = import(whole.path(), &web.address(), &["--step", "1s"]);
    assert!(said(&output).contains("added 600 pieces"), "{}", said(&output));
    // The server falls silent after 400 profiles.
    let cut = tempfile::tempdir().expect("a scratch folder");
    let merges = std::sync::Arc::new(AtomicUsize::new(0));
    let seen = merges.clone();
    let held = many();
    let silent = Web::start(move |asked| match asked.method() {
        "SelectMergeStacktraces" if seen.fetch_add(1, Ordering::Relaxed) >= 400 => Reply::Silence,
        _ => answer(&held, true, asked),
    });
    let all = [arguments(&silent.address()), vec!["--step".to_owned(), "1s".to_owned()]].concat();
    let mut child =
        command(cut.path(), &all).stdout(Stdio::null()).spawn().expect("the program starts");
    let began = Instant::now();
    while merges.load(Ordering::Relaxed) <= 400 {
        assert!(began.elapsed() < Duration::from_secs(60), "the import asks for profiles");
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().expect("a child of ours");
    child.wait().expect("a child of ours");
    let kept = profiles(cut.path()).len();
    assert!((1..600).contains(&kept), "{kept}");
    web.asked();
    let output = import(cut.path(), &web.address(), &["--step", "1s"]);
    assert!(said(&output).contains(&format!("added {} pieces", 600 - kept)), "{}", said(&output));
    assert_eq!(web.methods().iter().filter(|method| method.contains("Merge")).count(), 600 - kept);
    assert_eq!(profiles(cut.path()), profiles(whole.path()));
}
