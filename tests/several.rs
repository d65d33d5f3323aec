//! Samples that have several values of one label, as pprof allows.
//!
//! Such a sample belongs to each of its values. What is right was added up by hand, and is
//! what `pprof` answers on the same file: `-tags` counts user a 15, b 12 and c 2;
//! `-tagfocus=user=a` keeps 15 and `-tagignore=user=a` 3; `-tagroot=user` joins the values
//! with a comma.

use flamebook::view::{self, Screen};
use tempfile::TempDir;

use crate::cells::{self, Cells};
use crate::recording::Recording;
use crate::store::said;
use flamebook::work::Work;

/// 18 samples: f 10 of users a and b, g 5 of a, h 1 of nobody, k 2 of b and c.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    Recording::of("samples", "count")
        .labelled("main;f", 10, &[("user", "b"), ("pod", "x"), ("user", "a")])
        .labelled("main;g", 5, &[("user", "a"), ("pod", "x")])
        .stack("main;h", 1)
        .labelled("main;k", 2, &[("user", "b"), ("user", "c")])
        .save(folder.path(), "tags.pb");
    folder
}

/// `value total` for each row.
fn rows(cells: &mut Cells, query: &str, name: &str, amount: &str) -> Vec<String> {
    let table = cells.table(query);
    let row = |row| {
        let (name, amount) = (cells::text(&table, name, row), cells::figure(&table, amount, row));
        format!("{name} {amount}")
    };
    (0..table.height()).map(row).collect()
}

/// The whole answer is the same from the file, from a store, and from what the store exports.
#[test]
fn a_sample_belongs_to_each_value_of_its_label() {
    let folder = folder();
    said(folder.path(), &["import", "kept", "tags.pb"]);
    said(folder.path(), &["export", "kept", "out"]);
    for source in ["tags.pb", "kept", "out/**/*.pb.gz"] {
        let mut cells = Cells::over(folder.path(), source);
        for (matcher, expected) in [
            (r#"user="a""#, 15.0),
            (r#"user="b""#, 12.0),
            (r#"user="c""#, 2.0),
            (r#"user!="a""#, 3.0),
            (r#"user=~"b|c""#, 12.0),
            (r#"user!~"b|c""#, 6.0),
            (r#"user="""#, 1.0),
            (r#"user="a", user="b""#, 10.0),
        ] {
            let total = cells.number(&format!(r#"total("**", samples{{{matcher}}})"#));
            assert_eq!(total, expected, "{source}: {matcher}");
        }
        let groups = rows(&mut cells, "samples | by (user) | table", "user", "total");
        assert_eq!(groups, ["a 15", "b 12", "c 2", " 1"], "{source}");
        // Of 18, and not of the 30 that the groups add up to.
        let shares = cells.table("samples | by (user) | table");
        assert!((cells::figure(&shares, "share", 0) - 100.0 * 15.0 / 18.0).abs() < 1e-9);
        let values = rows(&mut cells, "samples | values user", "user", "total");
        assert_eq!(values, ["a 15", "b 12", "c 2"], "{source}");
        // Three of the four samples have a user.
        let labels = rows(&mut cells, "samples | labels", "label", "coverage");
        assert_eq!(labels, ["pod 50", "user 75"], "{source}");
        let both = cells.table("samples | by (pod, user) | table");
        assert_eq!(both.height(), 5, "{source}");
    }
}

#[test]
fn a_graph_has_each_sample_once_below_all_its_values() {
    let folder = folder();
    let mut cells = Cells::over(folder.path(), "tags.pb");
    for query in ["samples | tagroot (user)", "samples | by (user) | flame"] {
        let outcome = cells.run(query).pop().expect("a graph");
        let text = view::plain(&outcome, Screen::PIPE, Work::unattended()).expect("no interrupt");
        assert!(text.contains("18 samples"), "{query}: {text}");
        assert!(text.contains("a,b") && text.contains("b,c"), "{query}: {text}");
    }
    let own = rows(&mut cells, "samples | tagroot (user) | top 10 by total", "function", "total");
    for expected in ["main 18", "a,b 10", "a 5", "b,c 2", "(no user) 1"] {
        assert!(own.contains(&expected.to_owned()), "{expected}: {own:?}");
    }
}

#[test]
fn the_reader_is_told_that_groups_share_samples() {
    let folder = folder();
    let mut cells = Cells::over(folder.path(), "tags.pb");
    let outcome = cells.run("samples | by (user) | table").pop().expect("a table");
    let notes = &outcome.header.notes;
    let said = notes.iter().find(|note| note.contains("several values of `user`"));
    assert!(said.is_some_and(|note| note.starts_with("2 samples have")), "{notes:?}");
    let outcome = cells.run("samples | by (pod) | table").pop().expect("a table");
    assert!(outcome.header.notes.iter().all(|note| !note.contains("several values")));
    // Grouped again, each sample is counted anew.
    let outcome = cells.run("samples | by (user) | by (pod) | table").pop().expect("a table");
    assert_eq!(outcome.header.total.map(|total| total.value), Some(18.0));
}
