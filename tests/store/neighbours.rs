//! Others import, compact and clean up while a session has the store open.

use std::fs;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use flamebook::profile::Labels;
use flamebook::source::store::Store;
use flamebook::source::{Asked, Request, Source};
use flamebook::work::{Cancel, Unwatched, Work};

use super::faults::{four_parts, profiles};
use super::said;
use crate::cells::Cells;

#[test]
fn a_session_sees_what_others_import() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let parts = four_parts(folder.path());
    said(folder.path(), &["import", "x.flamestore", &parts[0].0]);
    let mut session = Cells::over(folder.path(), "x.flamestore");
    let mut expected = parts[0].1;
    assert_eq!(session.table("cpu | profiles").height(), expected);
    for (pattern, count) in &parts[1..] {
        said(folder.path(), &["import", "x.flamestore", pattern]);
        expected += count;
        assert_eq!(session.table("cpu | profiles").height(), expected);
    }
    // A type that it did not have before.
    let kinds = session.table("types").height();
    fs::write(folder.path().join("x.folded"), "main;f 7\n").expect("a file");
    let kind = ["import", "x.flamestore", "x.folded", "--type", "steps:count"];
    said(folder.path(), &kind);
    assert_eq!(session.table("types").height(), kinds + 1);
    assert_eq!(session.table("steps | profiles").height(), 1);
}

#[test]
fn all_queries_of_a_cell_have_the_same_profiles() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let parts = four_parts(folder.path());
    said(folder.path(), &["import", "x.flamestore", &parts[0].0]);
    let work = Work { cancel: &Cancel::new(), watch: &Unwatched };
    let store = Store::open("x.flamestore", &Labels::default(), folder.path()).expect("a store");
    let count = || {
        let kinds = store.types();
        let kind = kinds.iter().find(|kind| kind.is_called("cpu")).expect("CPU profiles");
        let request = Request { kind, matchers: &[], window: None, asked: Asked::EVERYTHING };
        store.select(&request, work).expect("profiles").snapshots.len()
    };
    // A cell begins, and somebody else adds to the store and merges its blocks.
    store.refresh();
    assert_eq!(count(), parts[0].1);
    let before = store.extent();
    said(folder.path(), &["import", "x.flamestore", &parts[1].0]);
    said(folder.path(), &["compact", "x.flamestore"]);
    said(folder.path(), &["import", "x.flamestore", &parts[2].0]);
    assert_eq!((count(), store.extent()), (parts[0].1, before));
    store.refresh();
    assert_eq!(count(), parts[0].1 + parts[1].1 + parts[2].1);
}

#[test]
fn what_a_session_has_selected_is_read_after_others_have_compacted_it_away() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let parts = four_parts(folder.path());
    for (pattern, _) in &parts[..3] {
        said(folder.path(), &["import", "x.flamestore", pattern]);
    }
    let work = Work { cancel: &Cancel::new(), watch: &Unwatched };
    let store = Store::open("x.flamestore", &Labels::default(), folder.path()).expect("a store");
    let kinds = store.types();
    let kind = kinds.iter().find(|kind| kind.is_called("cpu")).expect("CPU profiles");
    let request = Request { kind, matchers: &[], window: None, asked: Asked::EVERYTHING };
    let selected = store.select(&request, work).expect("profiles");
    let totals = |selection: &flamebook::source::Selection| -> f64 {
        selection.snapshots.iter().map(|snapshot| snapshot.total as f64).sum()
    };
    let (count, total) = (selected.snapshots.len(), totals(&selected));
    // The next change sweeps what the last one has replaced.
    said(folder.path(), &["compact", "x.flamestore"]);
    said(folder.path(), &["import", "x.flamestore", &parts[3].0]);
    said(folder.path(), &["compact", "x.flamestore"]);
    let read = selected.read(work).expect("the samples are still there");
    assert_eq!((read.snapshots.len(), totals(&read)), (count, total));
    let samples: i64 = read.snapshots.iter().flat_map(|s| s.samples().values.iter()).sum();
    assert_eq!(samples as f64, total);
    store.refresh();
    let now = store.select(&request, work).expect("profiles").read(work).expect("samples");
    assert_eq!(now.snapshots.len(), count + parts[3].1);
    // Nothing is kept for longer than it is used.
    drop((read, now, store));
    said(folder.path(), &["compact", "x.flamestore"]);
    let blocks = fs::read_dir(folder.path().join("x.flamestore/blocks")).expect("a folder");
    assert_eq!(blocks.count(), 1);
}

#[test]
fn for_half_a_minute_nobody_fails_while_others_import_and_compact() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let parts = four_parts(folder.path());
    said(folder.path(), &["import", "x.flamestore", &parts[0].0]);
    let end = Instant::now() + Duration::from_secs(30);
    let is_time = || Instant::now() < end;
    let importer = |name: &str| {
        let mut added = 0;
        for round in 0.. {
            if !is_time() {
                break;
            }
            let (pattern, count) = &parts[round % 4];
            let label = format!("run={name}{round}");
            said(folder.path(), &["import", "x.flamestore", pattern, "--label", &label]);
            added += count;
        }
        added
    };
    let compactor = || {
        while is_time() {
            said(folder.path(), &["compact", "x.flamestore"]);
        }
    };
    // In one session, or in a new one each time.
    let reader = |stays_open: bool| {
        let mut cells = Cells::over(folder.path(), "x.flamestore");
        let (mut reads, mut last) = (0, 0);
        while is_time() {
            if !stays_open {
                cells = Cells::over(folder.path(), "x.flamestore");
            }
            let count = cells.table("cpu | profiles").height();
            assert!(cells.table("cpu | top").height() > 0);
            assert!(count >= last, "{count} after {last}");
            (reads, last) = (reads + 1, count);
        }
        reads
    };
    let added = std::thread::scope(|scope| {
        let importers = ["a", "b"].map(|name| scope.spawn(move || importer(name)));
        let compactors = [(), ()].map(|()| scope.spawn(compactor));
        let readers = [true, false].map(|stays_open| scope.spawn(move || reader(stays_open)));
        for reader in readers {
            assert!(reader.join().expect("no read fails") > 3);
        }
        for compactor in compactors {
            compactor.join().expect("no compact fails");
        }
        let added = importers.map(|importer| importer.join().expect("no import fails"));
        added.iter().sum::<usize>()
    });
    assert!(added > 0);
    assert_eq!(profiles(folder.path()), parts[0].1 + added);
}

#[test]
fn a_lock_that_somebody_removes_loses_no_profile() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let parts = four_parts(folder.path());
    let all: usize = parts.iter().map(|(_, count)| count).sum();
    for _ in 0..5 {
        let _ = fs::remove_dir_all(folder.path().join("x.flamestore"));
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                // Less often than the commands begin again.
                for pause in [5, 10, 20, 40, 80] {
                    std::thread::sleep(Duration::from_millis(pause));
                    let _ = fs::remove_file(folder.path().join("x.flamestore/lock"));
                }
                is_over.store(true, Ordering::Relaxed);
            });
            let importing = parts.iter().map(|(pattern, _)| {
                let mut command = Command::new(env!("CARGO_BIN_EXE_flamebook"));
                let arguments = ["import", "x.flamestore", pattern];
                let command = command.current_dir(folder.path()).args(arguments);
                command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts")
            });
            for mut child in importing.collect::<Vec<_>>() {
                assert!(child.wait().expect("a child of ours").success());
            }
        });
        assert!(is_over.into_inner());
        assert_eq!(profiles(folder.path()), all);
    }
}
