//! Every query gives the same result from files and from a store.

use std::path::Path;

use flamebook::eval::result::table::Table;
use flamebook::eval::result::value::{Outcome, Value};
use flamebook::view::{self, Screen};

use super::{files_below, said};
use crate::cells::Cells;
use crate::demo;
use crate::demo::tour;
use flamebook::work::Work;

/// At least one query with each verb, and with each kind of selection.
const QUERIES: [&str; 43] = [
    "types",
    "labels",
    "values pod",
    "functions ~\"json\"",
    "cpu | labels",
    "cpu | values endpoint",
    "cpu | profiles",
    "cpu | describe",
    "cpu | top 1000",
    "inuse_space | top 1000",
    "alloc_objects | top 1000",
    "goroutine | top 1000",
    "mutex:delay | top 1000",
    "cpu{version=\"2\", pod!=\"b\"} | top 1000",
    "cpu{endpoint=\"/recommendations\"} | top 1000",
    "cpu{endpoint=~\"/.*\", pod=\"a\"} | top 1000",
    "cpu[1m] | top 1000",
    "cpu[1m] offset 2m | profiles",
    "cpu | focus \"encoding/json.*\" | hide {package=\"runtime\"} | top 1000",
    "cpu | by (version) | table",
    "cpu | by (endpoint) | table",
    "cpu | by (endpoint, pod) | topk 3 | table",
    "alloc_space | profiles",
    "alloc_space[1m] | diff offset 2m | top 1000",
    "cpu | rate | top 1000",
    "cpu | avg by (version) | table",
    "cpu | count by (version) | table",
    "cpu | max by (version) | top 1000",
    "cpu | min by (version) | top 1000",
    "cpu | min_over_time | top 1000",
    "cpu | focus \"runtime.*\" | max_over_time | top 1000",
    "cpu | avg_over_time | by (version, pod) | top 3",
    "inuse_space | max_over_time | top 1000",
    "inuse_space | last_over_time | by (pod) | table",
    "cpu | series | table",
    "cpu | by (version) | rate | series | table",
    "cpu | focus \"runtime.*\" | by (pod) | series | table",
    "cpu{version=\"2\"} | diff {version=\"1\"} | top 1000",
    "inuse_space{pod=\"b\"} | diff {pod=\"a\"} | top 1000",
    "cpu[1m] | diff offset 2m | top 1000",
    "cpu | granularity line | top 1000",
    "cpu | tagroot (endpoint) | top 1000",
    "share(\"runtime.*\", cpu)",
];

#[test]
fn every_query_gives_the_same_from_files_and_from_a_store() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    said(folder.path(), &["import", "demo.flamestore", "demo:"]);
    let mut files = Cells::over(folder.path(), "demo:");
    let mut store = Cells::over(folder.path(), "demo.flamestore");
    for query in QUERIES {
        let expected = files.run(query);
        assert_same(query, &expected, &store.run(query));
        // Cached results are the same.
        assert_same(query, &expected, &store.run(query));
    }
}

/// Every cell of the tour, as text for a terminal.
#[test]
fn the_tour_reads_the_same_from_a_store() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    said(folder.path(), &["import", "demo.flamestore", "demo:"]);
    let mut files = Cells::over(folder.path(), "demo:");
    let mut store = Cells::over(folder.path(), "demo.flamestore");
    // Cells that write files or open the recording have nothing to compare.
    let asks = |code: &String| !["use \"", "save \"", "publish"].iter().any(|w| code.contains(w));
    let mut compared = 0;
    for code in tour().into_iter().filter(asks) {
        let text = |outcomes: Vec<Outcome>| -> Vec<String> {
            outcomes
                .iter()
                .map(|outcome| {
                    view::plain(outcome, Screen::PIPE, Work::unattended()).expect("no interrupt")
                })
                .collect()
        };
        assert_eq!(text(files.run(&code)), text(store.run(&code)), "{code}");
        compared += 1;
    }
    assert!(compared >= 25, "{compared} cells");
}

#[test]
fn blocks_that_were_merged_give_the_same_again() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let files = folder.path().join("files");
    std::fs::create_dir(&files).expect("a scratch folder");
    demo::unpack(&files);
    let pods =
        ["files/**/version=1/**", "files/**/version=2/pod=a/**", "files/**/version=2/pod=b/**"];
    for pod in pods {
        let added = said(folder.path(), &["import", "parts.flamestore", pod]);
        assert!(added.contains("added"), "{added}");
    }
    let mut expected = Cells::over(folder.path(), "demo:");
    let mut parts = Cells::over(folder.path(), "parts.flamestore");
    // Numbers of blocks differ, so sums of means may differ in the last digit: counts do not.
    let queries = ["cpu | top 1000", "cpu | by (endpoint) | table", "mutex:delay | top 1000"];
    for query in queries {
        assert_same(query, &expected.run(query), &parts.run(query));
    }
    let merged = said(folder.path(), &["compact", "parts.flamestore"]);
    assert!(merged.contains("3 blocks of"), "{merged}");
    assert!(merged.contains(", 1 of"), "{merged}");
    let mut whole = Cells::over(folder.path(), "parts.flamestore");
    for query in queries {
        assert_same(query, &expected.run(query), &whole.run(query));
    }
    // Whoever opened the store before still reads what it was.
    for query in queries {
        assert_same(query, &expected.run(query), &parts.run(query));
    }
}

#[test]
fn what_is_there_is_not_added_again_whatever_holds_it() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let first = said(folder.path(), &["import", "demo.flamestore", "demo:"]);
    assert!(first.starts_with("demo.flamestore: added 240 profiles of 240 files"), "{first}");
    let again = said(folder.path(), &["import", "demo.flamestore", "demo:"]);
    assert_eq!(again, "demo.flamestore: nothing added, all 240 profiles are there already\n");
    // Written as other files, by another encoder, with other compression.
    let exported = said(folder.path(), &["export", "demo.flamestore", "files"]);
    assert!(exported.starts_with("files: 240 files"), "{exported}");
    let back = said(folder.path(), &["import", "demo.flamestore", "files"]);
    assert_eq!(back, "demo.flamestore: nothing added, all 240 profiles are there already\n");
    // Another label makes other profiles of them.
    let other = said(folder.path(), &["import", "demo.flamestore", "files", "--label", "zone=x"]);
    assert!(other.starts_with("demo.flamestore: added 240 profiles"), "{other}");
}

#[test]
fn labels_of_any_text_come_back_from_an_export() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = folder.path();
    let labels = ["-l", "k8s.pod.name=a/b", "-l", "größe=100%", "-l", "path=C:\\x"];
    said(path, &[&["import", "demo.flamestore", "demo:"][..], &labels].concat());
    said(path, &["export", "demo.flamestore", "files"]);
    let files = files_below(&path.join("files"));
    // Existing files are overwritten.
    said(path, &["export", "demo.flamestore", "files"]);
    assert_eq!(files_below(&path.join("files")), files);
    assert_eq!(files.len(), 240);
    let back = said(path, &["import", "demo.flamestore", "files"]);
    assert_eq!(back, "demo.flamestore: nothing added, all 240 profiles are there already\n");
    let mut cells = Cells::over(path, "files");
    let labelled = cells.table("cpu{\"k8s.pod.name\"=\"a/b\"} | profiles").height();
    let all = Cells::over(path, "demo:").table("cpu | profiles").height();
    assert_eq!((labelled, cells.table("cpu | profiles").height()), (all, all));
}

#[test]
fn a_timeline_and_a_table_of_groups_read_no_stacks() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    said(folder.path(), &["import", "demo.flamestore", "demo:"]);
    let mut removed = 0;
    for path in files_below(folder.path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_of_stacks = ["stacks", "frames", "functions", "labels", "samples"];
        if is_of_stacks.iter().any(|part| name.contains(part)) {
            std::fs::remove_file(path).expect("a file");
            removed += 1;
        }
    }
    assert!(removed >= 5, "{removed} files of stacks are gone");
    let mut cells = Cells::over(folder.path(), "demo.flamestore");
    let expected = Cells::over(folder.path(), "demo:").run("cpu | by (pod) | series | table");
    assert_same("series", &expected, &cells.run("cpu | by (pod) | series | table"));
    cells.run("inuse_space | timeline by (version)");
    // Deltas are those of snapshots which the block knows have grown.
    let expected = Cells::over(folder.path(), "demo:").run("alloc_space | rate | series | table");
    assert_same("rates", &expected, &cells.run("alloc_space | rate | series | table"));
    for query in [
        "cpu | by (pod) | table",
        "inuse_space | avg by (version) | table",
        "cpu | by (version, pod) | where value > 1s | topk 2 | table",
        "inuse_space | max by (version) | series | table",
        "cpu | max_over_time | series | table",
    ] {
        let expected = Cells::over(folder.path(), "demo:").run(query);
        assert_same(query, &expected, &cells.run(query));
    }
    let error = cells.error("cpu | top");
    assert!(error.contains("block 000001 of the store is damaged"), "{error}");
}

#[test]
fn what_is_too_old_is_dropped() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    said(folder.path(), &["import", "demo.flamestore", "demo:"]);
    let mut before = Cells::over(folder.path(), "demo:");
    // `[2m]` ends with the newest profile, as `--keep 2m` does.
    let expected = before.run("cpu[2m] | profiles");
    let count = before.table("cpu[2m] | profiles").height();
    assert!(count > 0 && count < before.table("cpu | profiles").height());
    let kept = said(folder.path(), &["compact", "demo.flamestore", "--keep", "2m"]);
    assert!(kept.contains("profiles dropped"), "{kept}");
    let mut after = Cells::over(folder.path(), "demo.flamestore");
    assert_same("profiles", &expected, &after.run("cpu | profiles"));
}

#[test]
fn standard_input_labels_times_and_types_are_the_users() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = folder.path();
    said(path, &["import", "demo.flamestore", "demo:"]);
    said(path, &["export", "demo.flamestore", "files"]);
    let file = files_below(&path.join("files")).into_iter().find(|file| {
        file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("process_cpu"))
    });
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_flamebook"));
    let arguments =
        ["import", "one.flamestore", "-", "-l", "service=cart", "--time", "2026-03-01T10:00Z"];
    let input = std::fs::File::open(file.expect("a CPU profile")).expect("a file");
    let output = command.current_dir(path).args(arguments).stdin(input).output();
    assert!(output.expect("the program starts").status.success());
    let mut cells = Cells::over(path, "one.flamestore");
    let table = cells.table("cpu{service=\"cart\"}[2026-03-01T10:00Z .. +1s] | profiles");
    assert_eq!(table.height(), 1);
    let wrong = super::flamebook(path, &["import", "one.flamestore", "files", "-l", "cart"]);
    let error = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert!(error.contains("write --label name=value"), "{error}");
}

#[test]
fn a_store_that_is_not_there_says_how_to_make_one() {
    let mut cells = Cells::new(Path::new("."));
    let error = cells.error("use \"nowhere.flamestore\"");
    assert!(error.contains("error[no-store]") && error.contains("flamebook import"), "{error}");
}

pub(super) fn assert_same(query: &str, files: &[Outcome], store: &[Outcome]) {
    assert_eq!(files.len(), store.len(), "{query}");
    for (files, store) in files.iter().zip(store) {
        let total = |outcome: &Outcome| outcome.header.total.as_ref().map(|total| total.value);
        assert_eq!(total(files), total(store), "{query}");
        match (&files.value, &store.value) {
            (Value::Table(files), Value::Table(store)) => assert_same_table(query, files, store),
            (files, store) => assert_eq!(format!("{files:?}"), format!("{store:?}"), "{query}"),
        }
    }
}

fn assert_same_table(query: &str, files: &Table, store: &Table) {
    assert!(files.height() > 0, "{query} gives rows");
    assert!(files.frame.equals_missing(&store.frame), "{query}\n{}\n{}", files.frame, store.frame);
    assert_eq!(files.units, store.units, "{query}");
}
