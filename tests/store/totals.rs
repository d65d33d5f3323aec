//! Cumulative snapshots in a store become the same deltas as in files, in any
//! distribution over blocks. `tests/time.rs` has the deltas of files, added up by hand.

use std::path::Path;

use super::answers::assert_same;
use super::said;
use crate::algebra::MIDNIGHT;
use crate::cells::Cells;
use crate::recording::Recording;

const QUERIES: [&str; 8] = [
    "alloc_space | top 100",
    "alloc_space | profiles",
    "alloc_space | by (pod) | table",
    "alloc_space[20m:1m] | series | table",
    "alloc_space[5m:2m] | rate | by (pod) | series | table",
    "alloc_space[7m] | top 100",
    "alloc_space[5m] | diff offset 5m mode=amount | top 100",
    "alloc_space{pod=\"b\"} | sum_over_time | top 100",
];

/// Twelve snapshots of a pod, a minute apart. `f` grows by 10; `new` appears later. At
/// restarts all values start again; at hidden restarts only `f` does, while the total
/// still grows.
fn pod(name: &str, restarts: &[i64], hidden: &[i64]) -> Vec<(String, Recording)> {
    let (mut f, mut g) = (0, 0);
    let snapshots = (0..12).map(|minute| {
        f = if restarts.contains(&minute) || hidden.contains(&minute) { 1 } else { f + 10 };
        g = if restarts.contains(&minute) { 2 } else { g + 100 * (minute % 3) };
        let recording = Recording::of("alloc_space", "bytes").at(MIDNIGHT + 60 * minute);
        let recording = recording.stack("main;f", f).stack("main;g", g);
        let recording = if minute > 6 { recording.stack("a;new", minute) } else { recording };
        (format!("part={}/pod={name}/{minute}.pb", minute % 3), recording)
    });
    snapshots.collect()
}

fn saved(folder: &Path) {
    // The first of a window, the last of a block, twice in a row, and never.
    let pods = [pod("a", &[4], &[7]), pod("b", &[], &[8, 9]), pod("c", &[], &[])];
    for (name, recording) in pods.concat() {
        recording.save(folder, &name);
    }
}

#[test]
fn totals_become_the_same_deltas_in_files_in_a_block_and_across_blocks() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    saved(folder.path());
    // A label of the path that is not one of the series would make three of each.
    let labels = ["--label", "part=all"];
    let import = |store: &str, files: &str| {
        said(folder.path(), &["import", store, files, labels[0], labels[1]]);
    };
    import("whole.flamestore", "**/*.pb");
    // Each snapshot is in a different block from the one before.
    for part in ["part=1/**/*.pb", "part=0/**/*.pb", "part=2/**/*.pb"] {
        import("parts.flamestore", part);
    }
    let mut files = Cells::new(folder.path());
    files.run("use \"**/*.pb\" {part=\"all\"}");
    let mut check = |store: &str| {
        let mut cells = Cells::over(folder.path(), store);
        for query in QUERIES {
            let expected = files.run(query);
            assert_same(query, &expected, &cells.run(query));
            // Cached results are the same.
            assert_same(query, &expected, &cells.run(query));
        }
    };
    check("whole.flamestore");
    check("parts.flamestore");
    said(folder.path(), &["compact", "parts.flamestore"]);
    check("parts.flamestore");
}

#[test]
fn series_that_a_label_makes_one_are_counted_as_one() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    saved(folder.path());
    said(folder.path(), &["import", "whole.flamestore", "**/*.pb"]);
    let (mut files, mut store) = (Cells::new(folder.path()), Cells::new(folder.path()));
    files.run("use \"**/*.pb\" {part=\"all\"}");
    // Three series per block, whose rows are not consecutive in time.
    store.run("use \"whole.flamestore\" {part=\"all\"}");
    for query in QUERIES {
        assert_same(query, &files.run(query), &store.run(query));
    }
}
