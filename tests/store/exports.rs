//! What `export` writes is complete, whatever happens and whatever the labels are.

use std::fs;
use std::time::Duration;

use super::faults::{four_parts, killed, profiles};
use super::{files_below, flamebook, said};
use crate::algebra::sized;
use crate::cells::{Cells, figure};

#[test]
fn an_export_that_is_cut_off_leaves_only_whole_files() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    four_parts(folder.path());
    said(folder.path(), &["import", "x.flamestore", "files"]);
    let mut cut_off = 0;
    for round in 0..25 {
        let _ = fs::remove_dir_all(folder.path().join("out"));
        let ended = killed(
            folder.path(),
            &["export", "x.flamestore", "out"],
            Duration::from_millis(15 + 3 * round),
        );
        cut_off += usize::from(!ended);
        if !folder.path().join("out").exists() {
            continue;
        }
        let mut files = files_below(&folder.path().join("out"));
        files.retain(|path| path.extension().is_some_and(|suffix| suffix == "gz"));
        for file in files {
            let path = file.to_str().expect("plain names");
            let import =
                flamebook(folder.path(), &["eval", "-f", "csv", &format!("use {path:?}"), "types"]);
            assert!(import.status.success(), "{path}: {import:?}");
        }
    }
    assert!(cut_off > 5, "{cut_off}");
}

#[test]
fn labels_that_are_numbers_stay_numbers() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let plain = sized().sized("f", 16, &[("thread", 7, ""), ("tries", 0, "count")]);
    plain.save(folder.path(), "one.pb");
    said(folder.path(), &["import", "x.flamestore", "one.pb"]);
    said(folder.path(), &["export", "x.flamestore", "out"]);
    said(folder.path(), &["import", "y.flamestore", "out"]);
    let known = said(folder.path(), &["import", "y.flamestore", "one.pb"]);
    assert!(known.contains("nothing added"), "the same recording: {known}");
    for source in ["one.pb", "x.flamestore", "out", "y.flamestore"] {
        let mut cells = Cells::over(folder.path(), source);
        // 1 KiB, 300 KiB, 2 MiB, and without a size 8 + 16.
        let table = cells.table("cpu | by (request) | table | sort request");
        let totals: Vec<f64> = (0..4).map(|row| figure(&table, "total", row)).collect();
        assert_eq!(totals, [1.0, 2.0, 4.0, 24.0], "{source}");
        assert_eq!(figure(&table, "request", 1), 307_200.0, "{source}");
        assert_eq!(cells.number("total(\"f\", cpu{request>=256KiB})"), 6.0, "{source}");
        assert_eq!(cells.number("total(\"f\", cpu{thread<=7})"), 16.0, "{source}");
        assert_eq!(cells.number("total(\"f\", cpu{tries<1})"), 16.0, "{source}");
    }
}

#[test]
fn a_label_that_is_too_long_for_a_folder_is_kept() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let (pattern, count) = &four_parts(folder.path())[0];
    let long = "x".repeat(300);
    let label = format!("query={long}");
    said(folder.path(), &["import", "x.flamestore", pattern, "--label", &label]);
    said(folder.path(), &["export", "x.flamestore", "out"]);
    said(folder.path(), &["import", "y.flamestore", "out"]);
    let selector = format!("cpu{{query=\"{long}\", pod=\"a\"}} | top 1000");
    let [own, back] = ["x.flamestore", "y.flamestore"].map(|store| {
        let mut cells = Cells::over(folder.path(), store);
        assert_eq!(cells.table("cpu | profiles").height(), *count);
        cells.table(&selector).frame
    });
    assert!(own.height() > 5);
    assert!(own.equals_missing(&back));
    assert_eq!(profiles(folder.path()), *count);
}
