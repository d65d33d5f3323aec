//! Arithmetic on selections: `a / c`, on profiles small enough to divide by hand.
//!
//! Covers units, labels, steps and gaps. The types of such queries and their errors are
//! on the page `lang/types.md`.

use flamebook::eval::result::value::{Header, SeriesSet, Value, View};

use crate::algebra::{MIDNIGHT, session};
use crate::cells::{self, Cells};
use crate::recording::Recording;

/// A profile of ten seconds with this CPU time, in seconds.
fn cpu(at: i64, seconds: f64) -> Recording {
    let recording = Recording::of("cpu", "nanoseconds").at(MIDNIGHT + at).lasting(10);
    recording.stack("main;f", (seconds * 1e9) as i64)
}

/// A profile of ten seconds with this many bytes allocated.
fn alloc(at: i64, bytes: i64) -> Recording {
    Recording::of("alloc_space", "bytes").at(MIDNIGHT + at).lasting(10).stack("main;g", bytes)
}

fn heap(at: i64, bytes: i64) -> Recording {
    Recording::of("inuse_space", "bytes").at(MIDNIGHT + at).stack("main;g", bytes)
}

/// The drawing and the header of a query.
fn drawn(cells: &mut Cells, query: &str) -> (SeriesSet, Header) {
    let outcome = cells.run(query).pop().expect("a result");
    match outcome.value {
        Value::View(View::Timeline(series)) => (series, outcome.header),
        other => panic!("{query} gives {other:?}"),
    }
}

fn series(cells: &mut Cells, query: &str) -> SeriesSet {
    drawn(cells, query).0
}

/// Seconds since midnight and value of each point of a line.
fn points(series: &SeriesSet, line: usize) -> Vec<(i64, Option<f64>)> {
    let points = series.lines[line].points.iter();
    points.map(|(at, value)| (at.0 / 1_000_000_000 - MIDNIGHT, *value)).collect()
}

#[test]
fn bytes_over_cpu_are_bytes_per_cpu_second_with_rate_or_without() {
    let (_folder, mut cells) = session(&[
        ("a1.pb", alloc(0, 1000)),
        ("a2.pb", alloc(10, 3000)),
        ("c1.pb", cpu(0, 2.0)),
        ("c2.pb", cpu(10, 5.0)),
    ]);
    for query in [
        "alloc_space[1m:10s] / cpu[1m:10s]",
        "(alloc_space[1m:10s] | rate) / (cpu[1m:10s] | rate)",
        "(alloc_space[1m:10s] | series) / (cpu[1m:10s] | series)",
        "alloc_space[1m:10s] / cpu | timeline",
    ] {
        let (series, header) = drawn(&mut cells, query);
        // 1000 B in 2 s of CPU time, 3000 B in 5.
        assert_eq!(points(&series, 0), [(0, Some(500.0)), (10, Some(600.0))], "{query}");
        assert_eq!(series.unit.to_string(), "bytes per CPU second", "{query}");
        assert_eq!(header.subject, "alloc_space / cpu", "{query}");
    }
    // Over both steps: 4000 B in 20 s over 7 s in 20 s.
    let both = series(&mut cells, "alloc_space[1m:20s] / cpu");
    assert_eq!(points(&both, 0), [(0, Some(200.0 / 0.35))]);
}

#[test]
fn what_measures_the_same_gives_a_ratio_and_adds_up() {
    let (_folder, mut cells) = session(&[("pod=a/c.pb", cpu(0, 2.0)), ("pod=b/c.pb", cpu(0, 6.0))]);
    let share = series(&mut cells, r#"cpu{pod="a"}[1m:10s] / cpu"#);
    // 2 s of 8 s.
    assert_eq!((points(&share, 0), share.unit.to_string()), (vec![(0, Some(0.25))], String::new()));
    let sum = series(&mut cells, r#"(cpu{pod="a"}[1m:10s] + cpu{pod="b"}) / 2"#);
    // 0.2 and 0.6 cores.
    assert_eq!((points(&sum, 0), sum.unit.to_string()), (vec![(0, Some(0.4))], "cores".into()));
    let rest = series(&mut cells, r#"1 - cpu{pod="a"}[1m:10s] / cpu"#);
    assert_eq!(points(&rest, 0), [(0, Some(0.75))]);
    let negative = series(&mut cells, r#"-(cpu{pod="a"}[1m:10s] * 50%)"#);
    assert_eq!(points(&negative, 0), [(0, Some(-0.1))]);
    // A named result is a value that can be used in arithmetic.
    cells.run(r#"let share = cpu{pod="a"}[1m:10s] / cpu"#);
    assert_eq!(points(&series(&mut cells, "share * 4 - share"), 0), [(0, Some(0.75))]);
}

#[test]
fn groups_meet_those_with_equal_labels_and_the_rest_is_told() {
    let (_folder, mut cells) = session(&[
        ("pod=a/a.pb", alloc(0, 1000)),
        ("pod=b/a.pb", alloc(0, 6000)),
        ("pod=c/a.pb", alloc(0, 1)),
        ("pod=a/c.pb", cpu(0, 2.0)),
        ("pod=b/c.pb", cpu(0, 3.0)),
        ("pod=d/c.pb", cpu(0, 1.0)),
    ]);
    let query = "(alloc_space[1m:10s] | by (pod)) / (cpu | by (pod))";
    let (series, header) = drawn(&mut cells, query);
    let labels: Vec<String> = series.lines.iter().map(|line| line.labels.to_string()).collect();
    assert_eq!(labels, [r#"pod="a""#, r#"pod="b""#]);
    // 1000 B in 2 s, 6000 B in 3 s.
    assert_eq!(points(&series, 0), [(0, Some(500.0))]);
    assert_eq!(points(&series, 1), [(0, Some(2000.0))]);
    assert_eq!(
        header.notes,
        [
            r#"only in alloc_space, not in cpu: pod="c""#,
            r#"only in cpu, not in alloc_space: pod="d""#
        ]
    );
    assert_eq!((header.series, header.snapshots), (6, 6));
    let largest = cells.table(&format!("{query} | topk 1 | table"));
    assert_eq!((largest.height(), cells::text(&largest, "pod", 0)), (1, "b".to_owned()));
    assert_eq!(cells::figure(&largest, "mean", 0), 2000.0);
    let doubled = cells.table("(cpu[1m:10s] | by (pod)) * 2 | table | where max > 0.5cores");
    // 0.4, 0.6 and 0.2 cores.
    assert_eq!((doubled.height(), cells::text(&doubled, "pod", 0)), (1, "b".to_owned()));

    let report = cells.error("(alloc_space | by (pod)) / cpu");
    assert!(report.starts_with("error[no-counterpart]"), "{report}");
    assert!(report.contains("on the right a group without labels"), "{report}");
}

#[test]
fn a_gap_on_either_side_and_a_division_by_zero_are_gaps() {
    let (_folder, mut cells) = session(&[
        ("a1.pb", alloc(0, 1000)),
        ("a2.pb", alloc(10, 1000)),
        ("a4.pb", alloc(30, 1000)),
        ("a5.pb", alloc(40, 1000)),
        ("c1.pb", cpu(0, 2.0)),
        ("c3.pb", cpu(20, 2.0)),
        ("c4.pb", cpu(30, 0.0)),
        ("c5.pb", cpu(40, 1.0)),
    ]);
    let found = series(&mut cells, "alloc_space[1m:10s] / cpu[1m:10s]");
    let expected = [(0, Some(500.0)), (10, None), (20, None), (30, None), (40, Some(1000.0))];
    assert_eq!(points(&found, 0), expected);
    let report = cells.error("alloc_space / 0");
    assert!(report.starts_with("error[division-by-zero]"), "{report}");
}

#[test]
fn both_sides_stand_on_the_steps_of_the_coarser_one() {
    let cpus = (0..6).map(|n| (format!("c{n}.pb"), cpu(10 * n, 1.0 + n as f64)));
    let heaps = [("h1.pb".to_owned(), heap(0, 90)), ("h2.pb".to_owned(), heap(30, 120))];
    let files: Vec<(String, Recording)> = cpus.chain(heaps).collect();
    let files: Vec<(&str, Recording)> =
        files.iter().map(|(name, file)| (&**name, file.clone())).collect();
    let (_folder, mut cells) = session(&files);
    // A profile every ten seconds here, every thirty there.
    let step = series(&mut cells, "cpu | series").step.expect("a step");
    let coarse = series(&mut cells, "inuse_space | series").step.expect("a step");
    assert!(step < coarse, "{step} and {coarse}");
    assert_eq!(series(&mut cells, "inuse_space / cpu").step, Some(coarse));
    assert_eq!(series(&mut cells, "cpu / inuse_space").step, Some(coarse));
    // The one that was asked for: 90 B over the (1 + 2 + 3) / 30 cores of the first step.
    let asked = series(&mut cells, "inuse_space / cpu[2m:30s]");
    assert_eq!(points(&asked, 0), [(0, Some(90.0 / 0.2)), (30, Some(120.0 / 0.5))]);
    assert_eq!(asked.unit.to_string(), "bytes per core");
    let report = cells.error("inuse_space[2m:1m] / cpu[2m:30s]");
    assert!(report.starts_with("error[step-mismatch]"), "{report}");
}

#[test]
fn an_offset_lays_one_side_over_the_other() {
    let (_folder, mut cells) = session(&[
        ("1.pb", cpu(0, 2.0)),
        ("2.pb", cpu(10, 3.0)),
        ("3.pb", cpu(3600, 4.0)),
        ("4.pb", cpu(3610, 9.0)),
    ]);
    let (now, header) = drawn(&mut cells, "cpu[20s:10s] / cpu[20s:10s] offset 1h");
    assert_eq!(points(&now, 0), [(3600, Some(2.0)), (3610, Some(3.0))]);
    assert_eq!(header.notes, ["cpu is shown 1h later than it was recorded"]);
    // The left side says where.
    let then = series(&mut cells, "cpu[20s:10s] offset 1h / cpu[20s:10s]");
    assert_eq!(points(&then, 0), [(0, Some(0.5)), (10, Some(3.0 / 9.0))]);
    let (apart, header) =
        drawn(&mut cells, "cpu[2026-01-01T00:00Z .. +20s] / cpu[2026-01-01T01:00Z .. +20s]");
    assert!(apart.lines[0].points.iter().all(|(_, value)| value.is_none()), "{apart:?}");
    assert_eq!(
        header.notes,
        ["cpu and cpu have no time step in common; `offset` moves one of them"]
    );
}
