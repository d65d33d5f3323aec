//! Merging over time, on profiles small enough to add up by hand.
//!
//! Covers which profiles are in a window, how the profiles of one step are merged, and
//! how cumulative snapshots become deltas.

use flamebook::eval::result::value::{Recorded, Value, View};
use flamebook::quantity::Timestamp;

use crate::algebra::{MIDNIGHT, folded, series, session};
use crate::cells::{self, Cells};
use crate::recording::Recording;

/// A snapshot of the allocations since the process started.
fn heap(seconds: i64) -> Recording {
    Recording::of("alloc_space", "bytes").at(MIDNIGHT + seconds)
}

/// Snapshots a minute apart, of one stack.
fn growing(values: &[i64]) -> Vec<(String, Recording)> {
    let files = (0..).zip(values);
    files.map(|(n, value)| (format!("{n}.pb"), heap(60 * n).stack("f", *value))).collect()
}

fn over(files: &[(String, Recording)]) -> (tempfile::TempDir, Cells) {
    let files: Vec<(&str, Recording)> =
        files.iter().map(|(name, recording)| (&**name, recording.clone())).collect();
    session(&files)
}

/// The merge rule and the notes in a result's header.
fn said(cells: &mut Cells, query: &str) -> (String, Vec<String>) {
    let header = cells.run(query).pop().expect("a result").header;
    (header.rule, header.notes)
}

/// Seconds since midnight and value of each point of the only line.
fn points(cells: &mut Cells, query: &str) -> Vec<(i64, Option<f64>)> {
    let series = series(cells, query);
    assert_eq!(series.lines.len(), 1, "{query}");
    let points = series.lines[0].points.iter();
    points.map(|(at, value)| (at.0 / 1_000_000_000 - MIDNIGHT, *value)).collect()
}

const BEGINS: &str =
    "the first snapshot of a series has no snapshot before it, so it is not counted";

#[test]
fn totals_that_only_grow_are_summed_by_what_was_added() {
    let (_folder, mut cells) = session(&[
        ("1.pb", heap(0).stack("f", 10).stack("g", 5)),
        ("2.pb", heap(60).stack("f", 30).stack("g", 5).stack("h", 1)),
        ("3.pb", heap(120).stack("f", 30).stack("g", 9).stack("h", 1)),
    ]);
    // The last minus the first.
    assert_eq!(folded(&mut cells, "alloc_space"), ["f 20", "g 4", "h 1"]);
    let (rule, notes) = said(&mut cells, "alloc_space");
    assert_eq!(rule, "deltas of cumulative snapshots, sum over time");
    assert_eq!(notes, [BEGINS]);
    // One minute between snapshots: 21 B in the first, 4 B in the second.
    assert_eq!(points(&mut cells, "alloc_space[10m:1m]"), [(0, Some(21.0)), (60, Some(4.0))]);
    let rates = "alloc_space[10m:1m] | rate";
    assert_eq!(points(&mut cells, rates), [(0, Some(21.0 / 60.0)), (60, Some(4.0 / 60.0))]);
    assert_eq!(folded(&mut cells, r#"alloc_space | rate | focus "f""#), ["f 0.16666666666666666"]);
    let table = cells.table("alloc_space | profiles");
    assert_eq!(table.height(), 2);
    assert_eq!(cells::figure(&table, "total", 0), 21.0);
}

#[test]
fn snapshots_are_themselves_where_a_query_says_how_they_merge() {
    let (_folder, mut cells) = over(&growing(&[10, 30, 35]));
    assert_eq!(folded(&mut cells, "alloc_space"), ["f 25"]);
    assert_eq!(folded(&mut cells, "alloc_space | sum_over_time"), ["f 75"]);
    assert_eq!(folded(&mut cells, "alloc_space | last_over_time"), ["f 35"]);
    assert_eq!(folded(&mut cells, r#"alloc_space | focus "f" | avg_over_time"#), ["f 25"]);
    cells.run("let all = alloc_space");
    assert_eq!(folded(&mut cells, "all | max_over_time"), ["f 35"]);
    assert_eq!(folded(&mut cells, "all"), ["f 25"]);
    let (rule, notes) = said(&mut cells, "alloc_space | sum_over_time");
    assert_eq!((rule.as_str(), notes.len()), ("sum over time", 0));
}

#[test]
fn the_snapshot_before_a_window_is_what_its_first_is_counted_from() {
    let (_folder, mut cells) = over(&growing(&[10, 30, 35, 42]));
    // The newest snapshot, and the one before it.
    assert_eq!(folded(&mut cells, "alloc_space[1m]"), ["f 7"]);
    assert_eq!(said(&mut cells, "alloc_space[1m]").1, [] as [&str; 0]);
    assert_eq!(folded(&mut cells, "alloc_space[2m]"), ["f 12"]);
    assert_eq!(folded(&mut cells, "alloc_space[1m] offset 1m"), ["f 5"]);
    // A window and the next one hold together what one over both holds.
    let [first, second, both] = ["[00:00 .. +2m]", "[00:02 .. +2m]", "[00:00 .. +4m]"]
        .map(|range| format!("alloc_space{}", range.replace("[00", "[2026-01-01T00")));
    assert_eq!(folded(&mut cells, &first), ["f 20"]);
    assert_eq!(folded(&mut cells, &second), ["f 12"]);
    assert_eq!(folded(&mut cells, &both), ["f 32"]);
    let table = cells.table("alloc_space[1m] | diff offset 1m mode=amount | top");
    let change = ["before", "after", "delta"].map(|column| cells::figure(&table, column, 0));
    assert_eq!(change, [5.0, 7.0, 2.0]);
}

#[test]
fn after_a_restart_a_count_is_from_zero() {
    // 20, then all of 5, then 3.
    let (_folder, mut cells) = over(&growing(&[10, 30, 5, 8]));
    assert_eq!(folded(&mut cells, "alloc_space"), ["f 28"]);
    let rule = said(&mut cells, "alloc_space").0;
    assert_eq!(rule, "deltas of cumulative snapshots with 1 restart, sum over time");
    assert_eq!(folded(&mut cells, "alloc_space[2m]"), ["f 8"]);

    // More than before, but not of everything: 1 and 2 of one process, 100 of the next.
    let (_folder, mut cells) = session(&[
        ("1.pb", heap(0).stack("f", 10)),
        ("2.pb", heap(60).stack("f", 11)),
        ("3.pb", heap(120).stack("f", 13)),
        ("4.pb", heap(180).stack("g", 100)),
    ]);
    assert_eq!(folded(&mut cells, "alloc_space"), ["f 3", "g 100"]);
}

#[test]
fn deltas_are_summed_as_they_are() {
    let long = |(name, recording): (String, Recording)| (name, recording.lasting(60));
    let (_folder, mut cells) =
        over(&growing(&[10, 30, 35]).into_iter().map(long).collect::<Vec<_>>());
    assert_eq!(folded(&mut cells, "alloc_space"), ["f 75"]);
    assert_eq!(said(&mut cells, "alloc_space").0, "sum over time");
    // Without a duration, but up and down.
    let (_folder, mut cells) = over(&growing(&[10, 7, 12, 3]));
    assert_eq!(folded(&mut cells, "alloc_space"), ["f 32"]);
    // One snapshot is all there is to show.
    let (_folder, mut cells) = over(&growing(&[10]));
    assert_eq!(folded(&mut cells, "alloc_space"), ["f 10"]);
}

#[test]
fn series_are_counted_each_from_its_own_first_snapshot() {
    let (_folder, mut cells) = session(&[
        ("pod=a/1.pb", heap(0).labelled("f", 10, &[("size", "8")])),
        (
            "pod=a/2.pb",
            heap(60).labelled("f", 11, &[("size", "8")]).labelled("f", 5, &[("size", "64")]),
        ),
        ("pod=b/1.pb", heap(30).stack("f", 100)),
        ("pod=b/2.pb", heap(90).stack("f", 140)),
        // Its earlier allocations are unknown.
        ("pod=c/1.pb", heap(90).stack("f", 1000)),
    ]);
    assert_eq!(folded(&mut cells, "alloc_space"), ["f 46"]);
    assert_eq!(folded(&mut cells, r#"alloc_space{size="64"}"#), ["f 5"]);
    let notes = said(&mut cells, "alloc_space").1;
    assert_eq!(
        notes,
        ["the first snapshot of 3 series has no snapshot before it, so it is not counted"]
    );
    let table = cells.table("alloc_space | by (pod) | table");
    let totals: Vec<_> = (0..table.height())
        .map(|row| (cells::text(&table, "pod", row), cells::figure(&table, "total", row)))
        .collect();
    assert_eq!(totals, [("b".to_owned(), 40.0), ("a".to_owned(), 6.0)]);
}

#[test]
fn a_setting_says_what_a_type_is() {
    let (_folder, mut cells) = over(&growing(&[10, 30, 35]));
    cells.run("set delta alloc_space");
    assert_eq!(folded(&mut cells, "alloc_space"), ["f 75"]);
    cells.run("set gauge alloc_space");
    assert_eq!(folded(&mut cells, "alloc_space"), ["f 25"]);
    assert_eq!(said(&mut cells, "alloc_space").0, "mean of 3 snapshots");
    cells.run("set cumulative alloc_space");
    assert_eq!(said(&mut cells, "alloc_space").0, "deltas of cumulative snapshots, sum over time");

    // Nothing says of this type what it is.
    let requests = |n: i64, value| {
        let recording = Recording::of("requests", "count").at(MIDNIGHT + 60 * n).lasting(1);
        recording.stack("f", value)
    };
    let (_folder, mut cells) = session(&[("1.pb", requests(0, 4)), ("2.pb", requests(1, 9))]);
    assert_eq!(folded(&mut cells, "requests"), ["f 13"]);
    cells.run("set cumulative requests");
    assert_eq!(folded(&mut cells, "requests"), ["f 5"]);
}

#[test]
fn what_grows_is_divided_by_the_time_between_its_snapshots() {
    let cpu = |n: i64| {
        let recording = Recording::of("cpu", "nanoseconds").at(MIDNIGHT + 60 * n).lasting(60);
        recording.stack("f", 30_000_000_000)
    };
    let mut files = growing(&[1000, 7000, 10_000]);
    files.extend([("c0.pb".to_owned(), cpu(0)), ("c1.pb".to_owned(), cpu(1))]);
    let (_folder, mut cells) = over(&files);
    // 6000 B, then 3000 B, in half a minute of CPU time each.
    let Value::View(View::Timeline(series)) = cells.value("alloc_space[10m:1m] / cpu") else {
        panic!("arithmetic is drawn as a timeline")
    };
    let values: Vec<_> = series.lines[0].points.iter().map(|(_, value)| *value).collect();
    assert_eq!(values, [Some(200.0), Some(100.0)]);
}

/// A profile of ten seconds with this CPU time, in nanoseconds.
fn cpu(seconds: i64) -> Recording {
    Recording::of("cpu", "nanoseconds").at(MIDNIGHT + seconds).lasting(10)
}

/// A profile each minute, with 1, 2, 4, 8 and 16 ns: a sum tells which profiles were in a
/// window.
fn minutes() -> (tempfile::TempDir, Cells) {
    let files = (0..5).map(|n| (format!("{n}.pb"), cpu(60 * n).stack("f", 1 << n)));
    over(&files.collect::<Vec<_>>())
}

fn total(cells: &mut Cells, query: &str) -> f64 {
    cells.number(&format!("total(\"*\", {query})"))
}

#[test]
fn a_window_holds_what_starts_in_it() {
    let (_folder, mut cells) = minutes();
    // The newest profile ends at 4 min 10 s, which is now.
    for (query, expected) in [
        ("cpu", 31.0),
        ("cpu[1m]", 16.0),
        ("cpu[69s]", 16.0),
        ("cpu[70s]", 8.0 + 16.0),
        ("cpu[1m] offset 1m", 8.0),
        ("cpu[1m] offset 1m10s", 4.0),
        ("cpu[1m] @ 2026-01-01T00:02Z", 2.0),
        ("cpu[1m] @ 2026-01-01T01:02+01:00", 2.0),
        ("cpu[1m] @ 1767225720", 2.0),
        ("cpu[1m] @ 2026-01-01T00:02Z offset 1m", 1.0),
        ("cpu[1m] @ 2026-01-01T00:02Z offset -1m", 4.0),
        ("cpu[1m] offset -1m @ 2026-01-01T00:02Z", 4.0),
        ("cpu[1m] @ end()", 16.0),
        ("cpu[2m] @ now - 1m", 4.0 + 8.0),
        ("cpu @ 2026-01-01T00:02Z", 1.0 + 2.0),
        ("cpu offset 1m", 1.0 + 2.0 + 4.0 + 8.0),
        ("cpu[2026-01-01T00:01Z .. 2026-01-01T00:03Z]", 2.0 + 4.0),
        ("cpu[2026-01-01T00:01Z .. +2m]", 2.0 + 4.0),
        ("cpu[2026-01-01T00:01Z .. +2m] offset 1m", 1.0 + 2.0),
        ("cpu[2026-01-01T00:01Z .. +2m] offset -2m", 8.0 + 16.0),
        ("cpu[start() .. +61s]", 1.0 + 2.0),
        ("cpu[now - 2m .. now]", 8.0 + 16.0),
        ("cpu[3m:1m]", 4.0 + 8.0 + 16.0),
    ] {
        assert_eq!(total(&mut cells, query), expected, "{query}");
    }
    let header = cells.run("cpu[1m] offset 1m").pop().expect("a result").header;
    assert_eq!(header.window.expect("a window").to_string(), "2026-01-01 00:02:10 .. 00:03:10 UTC");
    cells.run("set now 2026-01-01T00:02Z");
    assert_eq!(total(&mut cells, "cpu[1m]"), 2.0);
    assert_eq!(total(&mut cells, "cpu"), 1.0 + 2.0);
    cells.run("set now newest\nset range 2m");
    assert_eq!(total(&mut cells, "cpu"), 8.0 + 16.0);
    assert_eq!(total(&mut cells, "cpu offset 2m"), 2.0 + 4.0);
}

#[test]
fn a_step_has_a_length() {
    let (_folder, mut cells) = minutes();
    let report = cells.error("cpu[4m:0s] | timeline");
    assert!(report.starts_with("error[no-step]"), "{report}");
}

#[test]
fn an_instant_says_where_a_length_ends_and_nothing_of_two_times() {
    let (_folder, mut cells) = minutes();
    cells.run("let two = cpu[2026-01-01T00:01Z .. +2m]");
    for query in ["cpu[2026-01-01T00:01Z .. +2m] @ 2026-01-01T00:04Z", "two @ 2026-01-01T00:04Z"] {
        let report = cells.error(query);
        assert!(report.starts_with("error[two-ends]"), "{report}");
    }
}

#[test]
fn a_step_holds_what_starts_in_it_and_begins_at_a_multiple_since_the_epoch() {
    let (_folder, mut cells) = minutes();
    // From 10 s on: 2, then 4 and 8, then 16 in steps of two minutes.
    let expected = [(0, Some(2.0)), (120, Some(12.0)), (240, Some(16.0))];
    assert_eq!(points(&mut cells, "cpu[4m:2m]"), expected);
    // Midnight is 2677614 times eleven minutes and 360 s after the epoch.
    assert_eq!(points(&mut cells, "cpu[1h:11m]"), [(-360, Some(31.0))]);
    // A step without a profile is a gap.
    let steps = points(&mut cells, "cpu[4m:40s]").into_iter().map(|(at, _)| at);
    assert_eq!(steps.collect::<Vec<_>>(), [40, 80, 120, 160, 200, 240]);
    let gaps = points(&mut cells, "cpu[4m:40s]").into_iter().filter(|(_, value)| value.is_none());
    assert_eq!(gaps.map(|(at, _)| at).collect::<Vec<_>>(), [80, 200]);
}

#[test]
fn verbs_say_how_profiles_of_a_series_merge() {
    let (_folder, mut cells) = session(&[
        ("pod=a/1.pb", cpu(0).stack("f", 4)),
        ("pod=a/2.pb", cpu(10).stack("f", 8).stack("g", 2)),
        ("pod=a/3.pb", cpu(20).stack("f", 6)),
        ("pod=b/1.pb", cpu(0).stack("f", 100)),
    ]);
    // Over time in each series, then over series: 4, 8 and 6 of one, 100 of the other.
    for (verb, f, g) in [
        ("sum", 118.0, 2.0),
        ("avg", 106.0, 2.0 / 3.0),
        ("min", 104.0, 0.0),
        ("max", 108.0, 2.0),
        ("last", 106.0, 0.0),
    ] {
        let query = format!("cpu | {verb}_over_time");
        let found = ["f", "g"].map(|name| {
            let table = cells.table(&format!("{query} | top"));
            let row = (0..table.height()).find(|row| cells::text(&table, "function", *row) == name);
            row.map_or(0.0, |row| cells::figure(&table, "self", row))
        });
        assert_eq!(found, [f, g], "{query}");
    }
    // The same of the totals 4, 10 and 6 in a step.
    for (verb, expected) in
        [("sum", 20.0), ("avg", 20.0 / 3.0), ("min", 4.0), ("max", 10.0), ("last", 6.0)]
    {
        let query = format!("cpu{{pod=\"a\"}}[1m:1m] | {verb}_over_time");
        assert_eq!(points(&mut cells, &query), [(0, Some(expected))], "{query}");
    }
    assert_eq!(
        said(&mut cells, "cpu | max_over_time").0,
        "per-node max of 1–3 snapshots, does not add up, summed over series"
    );
}

#[test]
fn a_level_is_averaged_in_each_step_and_then_added_over_series() {
    let level = |seconds: i64, value| {
        let recording = Recording::of("inuse_space", "bytes").at(MIDNIGHT + seconds);
        recording.stack("f", value)
    };
    let (_folder, mut cells) = session(&[
        ("pod=a/1.pb", level(0, 10)),
        ("pod=a/2.pb", level(30, 20)),
        ("pod=a/3.pb", level(60, 40)),
        ("pod=b/1.pb", level(0, 100)),
    ]);
    // 15 and 100 in the first minute, 40 alone in the second.
    let expected = [(0, Some(115.0)), (60, Some(40.0))];
    assert_eq!(points(&mut cells, "inuse_space[10m:1m]"), expected);
    // Over all: 70 / 3 and 100.
    assert_eq!(total(&mut cells, "inuse_space"), 70.0 / 3.0 + 100.0);
    let summed = [(0, Some(130.0)), (60, Some(40.0))];
    assert_eq!(points(&mut cells, "inuse_space[10m:1m] | sum_over_time"), summed);
}

#[test]
fn a_rate_is_of_profiled_time_in_each_step_and_of_each_profile() {
    let busy = |at: i64, length: i64, seconds: i64| {
        let recording = Recording::of("cpu", "nanoseconds").at(MIDNIGHT + at).lasting(length);
        recording.stack("f", seconds * 1_000_000_000)
    };
    // Half a core, a whole one, and none scraped for a minute; then a quarter.
    let (_folder, mut cells) = session(&[
        ("1.pb", busy(0, 10, 5)),
        ("2.pb", busy(20, 30, 30)),
        ("3.pb", busy(120, 20, 5)),
    ]);
    // 35 s in 40 s of profile, and not in a minute.
    let expected = [(0, Some(0.875)), (60, None), (120, Some(0.25))];
    assert_eq!(points(&mut cells, "cpu[10m:1m] | rate"), expected);
    assert_eq!(folded(&mut cells, "cpu | rate"), ["f 0.6666666666666666"]);
    for (verb, expected) in [("min", 0.25), ("max", 1.0), ("last", 0.25), ("avg", 40.0 / 60.0)] {
        let query = format!("cpu | rate | {verb}_over_time");
        assert_eq!(folded(&mut cells, &query), [format!("f {expected}")], "{query}");
    }
    let fastest = [(0, Some(1.0)), (60, None), (120, Some(0.25))];
    assert_eq!(points(&mut cells, "cpu[10m:1m] | rate | max_over_time"), fastest);
    let rule = said(&mut cells, "cpu | rate | max_over_time").0;
    assert_eq!(rule, "per-node max of 3 snapshots, does not add up, per second of profiled time");
}

#[test]
fn a_diff_of_rates_is_that_of_what_rate_gives() {
    let busy = |seconds: i64| cpu(0).stack("f", seconds * 1_000_000_000);
    let (_folder, mut cells) = session(&[
        ("version=1/pod=a/1.pb", busy(1)),
        ("version=1/pod=b/1.pb", busy(3)),
        ("version=2/pod=a/1.pb", busy(4)),
        ("version=2/pod=b/1.pb", busy(6)),
    ]);
    // 1 s and 3 s of CPU time in ten seconds each are 0.4 cores; 4 s and 6 s are one.
    let sides = |cells: &mut Cells, query: &str| {
        let table = cells.table(&format!("{query} | top"));
        ["before", "after"].map(|column| cells::figure(&table, column, 0))
    };
    let query = r#"cpu{version="2"} | diff {version="1"} mode=rate"#;
    assert_eq!(sides(&mut cells, query), [0.4, 1.0]);
    let query = r#"cpu{version="2"} | rate | diff (cpu{version="1"} | rate)"#;
    assert_eq!(sides(&mut cells, query), [0.4, 1.0]);
    // The mean pod.
    let query = r#"cpu{version="2"} | avg by (version) | diff {version="1"} mode=rate"#;
    assert_eq!(sides(&mut cells, query), [0.2, 0.5]);
}

/// Goroutines of a pod at a second after midnight.
fn goroutines(files: &[(&str, i64, i64)]) -> (tempfile::TempDir, Cells) {
    let file = |(pod, seconds, value): &(&str, i64, i64)| {
        let recording = Recording::of("goroutine", "count").at(MIDNIGHT + seconds);
        (format!("pod={pod}/{seconds}.pb"), recording.stack("f", *value))
    };
    over(&files.iter().map(file).collect::<Vec<_>>())
}

/// Of each step: its start, the time of the lowest recorded value, that value, and the same
/// of the highest.
fn recorded(cells: &mut Cells, query: &str) -> Vec<[i64; 5]> {
    let seconds = |at: Timestamp| at.0 / 1_000_000_000 - MIDNIGHT;
    let steps = series(cells, query).lines.remove(0).recorded;
    let step = |step: &Recorded| {
        let [low, high] = [step.low, step.high].map(|(at, value)| (seconds(at), value as i64));
        [seconds(step.step), low.0, low.1, high.0, high.1]
    };
    steps.iter().map(step).collect()
}

#[test]
fn a_step_of_means_keeps_what_was_recorded_in_it() {
    let (_folder, mut cells) = goroutines(&[("a", 0, 4), ("a", 30, 8), ("a", 61, 1)]);
    let query = "goroutine[3m:1m]";
    assert_eq!(points(&mut cells, query), [(0, Some(6.0)), (60, Some(1.0))]);
    assert_eq!(recorded(&mut cells, query), [[0, 0, 4, 30, 8], [60, 61, 1, 61, 1]]);
    // The value of one profile, and a sum, which no profile has.
    let maxima = format!("{query} | max_over_time");
    assert_eq!(recorded(&mut cells, &maxima)[0], [0, 30, 8, 30, 8]);
    assert!(recorded(&mut cells, &format!("{query} | sum_over_time")).is_empty());
}

#[test]
fn series_are_taken_together_profile_by_profile() {
    // 4 + 1 first, then 8 + 10; the mean of a minute is 6 + 5.5.
    let files = [("a", 0, 4), ("a", 30, 8), ("b", 5, 1), ("b", 35, 10)];
    let (_folder, mut cells) = goroutines(&files);
    assert_eq!(points(&mut cells, "goroutine[1m:1m]"), [(0, Some(11.5))]);
    assert_eq!(recorded(&mut cells, "goroutine[1m:1m]"), [[0, 5, 5, 35, 18]]);
}

#[test]
fn steps_that_do_not_fit_the_profiles_say_so() {
    let files: Vec<_> = (0..20).map(|n| ("a", 10 * n, 1)).collect();
    let (_folder, mut cells) = goroutines(&files);
    let mut notes = |step: &str| said(&mut cells, &format!("goroutine[3m:{step}] | timeline")).1;
    assert_eq!(notes("20s"), [] as [&str; 0]);
    assert_eq!(
        notes("15s"),
        ["a step of 15s is not a multiple of the 10s between profiles: some steps hold 1 \
          profiles of a series and some 2"]
    );
    assert_eq!(
        notes("5s"),
        ["a step of 5s is shorter than the 10s between profiles, so there are gaps"]
    );
    // The default step is a multiple.
    assert_eq!(said(&mut cells, "goroutine | timeline").1, [] as [&str; 0]);
}

/// Two pods of four profiles each, a minute apart; the second takes the place of the first.
fn replaced(profile: fn(i64, i64) -> Recording, values: [i64; 2]) -> (tempfile::TempDir, Cells) {
    let of = |pod: usize| {
        let nth = move |n: i64| profile(60 * (4 * pod as i64 + n), values[pod]);
        (0..4).map(move |n| (format!("pod={}/{n}.pb", ["a", "b"][pod]), nth(n)))
    };
    over(&of(0).chain(of(1)).collect::<Vec<_>>())
}

#[test]
fn a_pod_that_takes_the_place_of_another_does_not_add_to_it() {
    let level =
        |at, value| Recording::of("inuse_space", "bytes").at(MIDNIGHT + at).stack("f", value);
    let (_folder, mut cells) = replaced(level, [100, 300]);
    // Each ran for three of the six minutes in which one did.
    assert_eq!(folded(&mut cells, "inuse_space"), ["f 200"]);
    assert_eq!(folded(&mut cells, "inuse_space | avg without (pod)"), ["f 200"]);
    assert_eq!(cells.number("total(\"f\", inuse_space)"), 200.0);
    let rule = said(&mut cells, "inuse_space").0;
    assert_eq!(rule, "mean of 4 snapshots, summed over series, each for its part of the time");
    // Each by itself is what it was while it ran.
    let table = cells.table("inuse_space | by (pod) | table");
    let totals = [0, 1].map(|row| cells::figure(&table, "total", row));
    assert_eq!(totals, [300.0, 100.0]);
    // In a step of both, too: two minutes of each.
    assert_eq!(points(&mut cells, "inuse_space[1h:4m]"), [(0, Some(100.0)), (240, Some(300.0))]);
    assert_eq!(points(&mut cells, "inuse_space[1h:1h]"), [(0, Some(200.0))]);

    let cpu = |at, seconds: i64| {
        let second = 1_000_000_000;
        let cpu = Recording::of("cpu", "nanoseconds").at(MIDNIGHT + at).lasting(60);
        cpu.stack("f", seconds * second)
    };
    let (_folder, mut cells) = replaced(cpu, [60, 180]);
    // One core, then three.
    assert_eq!(folded(&mut cells, "cpu | rate"), ["f 2"]);
    assert_eq!(folded(&mut cells, "cpu"), ["f 960000000000"]);
    let query = r#"cpu | diff {pod="a"} mode=rate | top"#;
    let table = cells.table(query);
    let change = ["before", "after"].map(|column| cells::figure(&table, column, 0));
    assert_eq!(change, [1.0, 2.0]);
}

#[test]
fn pods_that_run_together_are_added_however_long_each_was_there() {
    let level =
        |at, value| Recording::of("inuse_space", "bytes").at(MIDNIGHT + at).stack("f", value);
    // The second comes later, the third goes earlier: there is a minute with all.
    let files = [
        ("pod=a/1.pb", level(0, 100)),
        ("pod=a/2.pb", level(600, 100)),
        ("pod=b/1.pb", level(300, 10)),
        ("pod=b/2.pb", level(600, 10)),
        ("pod=c/1.pb", level(0, 1)),
        ("pod=c/2.pb", level(360, 1)),
    ];
    let (_folder, mut cells) = session(&files);
    assert_eq!(folded(&mut cells, "inuse_space"), ["f 111"]);
    // One round of scraping, a pod after the other.
    let round = [("pod=a/1.pb", level(0, 100)), ("pod=b/1.pb", level(20, 10))];
    let (_folder, mut cells) = session(&round);
    assert_eq!(folded(&mut cells, "inuse_space"), ["f 110"]);
}
