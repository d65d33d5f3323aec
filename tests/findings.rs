//! `trending`, `changepoints` and `bisect` on small files: against SciPy, pymannkendall and
//! Apache Otava, or by hand. `eval::inference` has the tests of the formulas.

use flamebook::eval::result::value::{Header, Value};

use crate::algebra::{MIDNIGHT, session};
use crate::cells::{Cells, figure, text};
use crate::recording::Recording;

/// Snapshots of a heap a minute apart, of one pod: `f` has these values, `g` always 1000.
fn heap(pod: &str, values: &[i64]) -> Vec<(String, Recording)> {
    let snapshot = |(minute, value): (i64, &i64)| {
        let at = MIDNIGHT + 60 * minute;
        let heap = Recording::of("inuse_space", "bytes").at(at);
        (format!("pod={pod}/{minute:03}.pb"), heap.stack("main;f", *value).stack("main;g", 1000))
    };
    (0..).zip(values).map(snapshot).collect()
}

/// A CPU profile of one second: so much in `f`, and the rest of 1000 ms in `g`.
fn cpu(version: &str, pod: &str, minute: i64, f: i64) -> (String, Recording) {
    let cpu = Recording::of("cpu", "nanoseconds").at(MIDNIGHT + 60 * minute).lasting(1);
    let cpu = cpu.stack("main;f", 1_000_000 * f).stack("main;g", 1_000_000 * (1000 - f));
    (format!("version={version}/pod={pod}/{minute:03}.pb"), cpu)
}

fn over(files: &[(String, Recording)]) -> (tempfile::TempDir, Cells) {
    let files: Vec<(&str, Recording)> =
        files.iter().map(|(name, recording)| (&**name, recording.clone())).collect();
    session(&files)
}

fn header(cells: &mut Cells, query: &str) -> Header {
    cells.run(query).pop().expect("a result").header
}

fn finding(cells: &mut Cells, query: &str) -> String {
    header(cells, query).finding.expect("a sentence")
}

/// The query in the note that says what to look at next, which runs.
fn next_runs(cells: &mut Cells, query: &str) -> String {
    let notes = header(cells, query).notes;
    let note = notes.iter().find(|note| note.starts_with("next, ")).expect("a query to look at");
    let (_, next) = note.split_once(": ").expect("a query behind the note");
    assert!(!matches!(cells.value(next), Value::Note(_)), "{next}");
    next.to_owned()
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-6 * expected.abs().max(1.0), "{found} {expected}");
}

/// A leak of a percent a minute with noise of two: `np.round(100 * 1.01**np.arange(20) * (1 +
/// np.random.default_rng(7).normal(0, .02, 20)), 2)` in hundredths.
const LEAK: [i64; 20] = [
    10000, 10160, 10145, 10119, 10311, 10302, 10628, 11009, 10722, 10801, 11154, 11236, 11292,
    11169, 11488, 11771, 11411, 11735, 11507, 11770,
];

/// `scipy.stats.theilslopes(x, np.arange(20))` has a slope of 0.9587745 hundreds a minute.
#[test]
fn a_leak_is_found_without_its_name() {
    let (_folder, mut cells) = over(&heap("a", &LEAK));
    let table = cells.table("inuse_space | trending");
    assert_eq!(text(&table, "function", 0), "(total)");
    assert_eq!(text(&table, "function", 1), "f");
    for row in [0, 1] {
        close(figure(&table, "per_hour", row), 60.0 * 95.877_450_980_392_13);
        close(figure(&table, "of_growth", row), 100.0);
    }
    assert_eq!(figure(&table, "first_value", 1), 10000.0);
    assert_eq!(figure(&table, "last_value", 0), 12770.0);
    assert_eq!(table.height(), 2, "g stays as it is");
    let significant = cells.table("inuse_space | trending | where significant and p < 0.0001");
    assert_eq!(significant.height(), 2);
    let finding = finding(&mut cells, "inuse_space | trending");
    assert!(finding.starts_with("`f` grows by 5.62 KiB per hour ("), "{finding}");
    let next = next_runs(&mut cells, "inuse_space | trending");
    assert_eq!(next, "inuse_space | callers \"f\" | icicle");
}

/// A process grows by 1 in each of nine minutes and restarts, three times: S is 3 · 36 = 108,
/// its variance 3 · 9 · 8 · 23 / 18 = 276, z = 107 / √276.
#[test]
fn restarts_do_not_hide_a_leak() {
    let grows: Vec<i64> = (1..=9).map(|minute| 100 * minute).collect();
    let runs: Vec<i64> = [&grows[..]; 3].concat();
    let (_folder, mut cells) = over(&heap("a", &runs));
    let query = "inuse_space | focus \"f\" | trending";
    let table = cells.table(query);
    close(figure(&table, "per_hour", 1), 6000.0);
    close(figure(&table, "p", 1) * 1e10, two_sided_normal(107.0 / 276.0_f64.sqrt()) * 1e10);
    assert!(header(&mut cells, query).rule.contains(", 2 restarts"));
}

/// erfc(z / √2) by its continued fraction.
fn two_sided_normal(z: f64) -> f64 {
    let fraction = (1..=60).rev().fold(z, |below, n| z + f64::from(n) / below);
    2.0 * (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt() / fraction
}

/// Pods on different levels, of which one starts later: neither its start nor a missing
/// snapshot is a trend.
#[test]
fn new_pods_and_missing_snapshots_are_no_trend() {
    let level = [500, 510, 495, 505, 500, 498, 507, 503, 499, 501, 506, 496];
    let mut files = heap("a", &level);
    files.remove(5);
    files.extend(heap("b", &level.map(|value| 10 * value)).split_off(6));
    let (_folder, mut cells) = over(&files);
    let finding = finding(&mut cells, "inuse_space | trending");
    assert!(finding.starts_with("Nothing grows or shrinks significantly"), "{finding}");
    assert_eq!(cells.table("inuse_space | trending | where significant").height(), 0);
}

/// From 100 to 119 bytes and the 1000 of `g`: 81 minutes more to 1200, at a byte a minute.
#[test]
fn a_limit_is_reached_when_the_line_meets_it() {
    let values: Vec<i64> = (100..120).collect();
    let (_folder, mut cells) = over(&heap("a", &values));
    let sentence = finding(&mut cells, "inuse_space | trending limit=1200B");
    assert!(sentence.contains("is reached in 1h21m, at 2026-01-01T01:40:00Z"), "{sentence}");
    let sentence = finding(&mut cells, "inuse_space | trending limit=1kB");
    assert!(sentence.ends_with("It is at the limit of 1 000 B already."), "{sentence}");
    let error = cells.error("inuse_space | trending limit=2cores");
    assert!(error.contains("2 cores against bytes") && error.contains("`limit=2B`"), "{error}");
}

#[test]
fn too_little_says_so() {
    let (_folder, mut cells) = over(&heap("a", &[100]));
    let sentence = finding(&mut cells, "inuse_space | trending");
    assert_eq!(sentence, "A trend needs several profiles of a series.");
    let sentence = finding(&mut cells, "inuse_space | changepoints");
    assert!(sentence.starts_with("One point in time cannot tell a change"), "{sentence}");
    let (_folder, mut cells) = over(&heap("a", &[100, 200, 300]));
    let sentence = finding(&mut cells, "inuse_space | trending");
    assert_eq!(sentence, "3 points in time of a series cannot tell a trend from chance; six can.");
    let sentence = finding(&mut cells, "inuse_space | bisect by (pod) on value");
    assert_eq!(sentence, "There is one value only, pod=\"a\".");
}

/// Goroutines a minute apart, all in `f`.
fn goroutines(values: &[i64]) -> Vec<(String, Recording)> {
    let snapshot = |(minute, value): (i64, &i64)| {
        let threads = Recording::of("goroutine", "count").at(MIDNIGHT + 60 * minute);
        (format!("{minute:03}.pb"), threads.stack("main;f", *value))
    };
    (0..).zip(values).map(snapshot).collect()
}

/// Around 500 for 15 minutes, 580 for 10 and 500 again: `ruptures.Pelt(model="l2", min_size=3,
/// jump=1).fit(x).predict(pen=6000)` has the changes 15 and 25.
const FOR_A_WHILE: [i64; 40] = [
    503, 507, 496, 489, 500, 499, 514, 507, 502, 511, 498, 491, 506, 506, 498, 572, 582, 555, 587,
    585, 564, 581, 570, 588, 560, 491, 507, 512, 478, 495, 503, 494, 516, 488, 504, 490, 514, 500,
    496, 483,
];

#[test]
fn a_change_of_the_level_has_its_time_and_its_end() {
    let (_folder, mut cells) = over(&goroutines(&FOR_A_WHILE));
    for query in ["goroutine[1h:1m] | changepoints", "goroutine[1h:1m] | series | changepoints"] {
        let table = cells.table(query);
        assert_eq!(table.height(), 2, "{query}");
        assert_eq!(text(&table, "time", 0), "2026-01-01T00:15:00Z");
        assert_eq!(text(&table, "time", 1), "2026-01-01T00:25:00Z");
        assert_eq!([0, 1].map(|row| text(&table, "lasted", row)), ["10m", ""]);
        // Means of 501.8, 574.4 and 498.07, less what is cut from values far from their
        // neighbours.
        assert!((figure(&table, "before", 0) - 501.8).abs() < 2.0);
        assert!((figure(&table, "after", 0) - 574.4).abs() < 2.0);
        let [low, high] = ["low", "high"].map(|end| figure(&table, end, 0));
        assert!(low > 55.0 && low < 72.6 && high > 72.6 && high < 90.0, "{low} {high}");
        assert!(figure(&table, "p", 0) < 1e-6);
        let chart = header(&mut cells, query).chart.expect("a picture");
        assert_eq!((chart.series.lines.len(), chart.marks.len()), (1, 2));
    }
    let sentence = finding(&mut cells, "goroutine[1h:1m] | changepoints");
    assert!(sentence.starts_with("The level rose from 50"), "{sentence}");
    assert!(sentence.contains("; it went away after 10m."), "{sentence}");
    let next = next_runs(&mut cells, "goroutine[1h:1m] | changepoints");
    let expected = "goroutine[2026-01-01T00:15:00Z .. 2026-01-01T00:24:00Z] | diff \
                    [2026-01-01T00:00:00Z .. 2026-01-01T00:14:00Z]";
    assert_eq!(next, expected);
    let table = cells.table("goroutine[1h:1m] | changepoints of=functions");
    assert_eq!((table.height(), text(&table, "function", 0)), (2, "f".to_owned()));
}

#[test]
fn a_level_that_stays_has_no_change() {
    let level: Vec<i64> = FOR_A_WHILE.iter().copied().filter(|value| *value < 550).collect();
    let (_folder, mut cells) = over(&goroutines(&level));
    assert_eq!(cells.table("goroutine | changepoints").height(), 0);
    let sentence = finding(&mut cells, "goroutine | changepoints");
    assert!(
        sentence.starts_with("The level did not change significantly. A lasting"),
        "{sentence}"
    );
    let sentence = finding(&mut cells, "goroutine | changepoints of=functions");
    assert_eq!(sentence, "None of 1 functions changed its level significantly.");
    let error = cells.error("goroutine | series | changepoints of=functions");
    assert!(error.contains("totals over time have neither labels nor functions"), "{error}");
}

/// Versions one after another in one pod each; `f` has 10, then 20 % of each profile.
fn releases(shares: &[(&str, [i64; 4])]) -> Vec<(String, Recording)> {
    let release = |(nth, (version, shares)): (i64, &(&str, [i64; 4]))| {
        let profiles = (0..).zip(*shares);
        profiles.map(|(n, f)| cpu(version, "a", 4 * nth + n, f)).collect::<Vec<_>>()
    };
    (0..).zip(shares).flat_map(release).collect()
}

/// `scipy.stats.ttest_ind([200, 215, 195, 210], [100, 110, 95, 105])`: a pooled variance of
/// 62.5 and t = 18.34.
#[test]
fn the_release_that_changed_a_share_is_named() {
    let files = releases(&[("7", [100, 110, 95, 105]), ("12", [200, 215, 195, 210])]);
    let (_folder, mut cells) = over(&files);
    let query = "cpu | bisect by (version) on share(\"f\")";
    let table = cells.table(query);
    assert_eq!([0, 1].map(|row| text(&table, "version", row)), ["7", "12"]);
    close(figure(&table, "value", 0), 10.25);
    close(figure(&table, "value", 1), 20.5);
    close(figure(&table, "step", 1), 10.25);
    close(figure(&table, "culprit", 1), 100.0);
    // 2.446912 √(0.625/4) = 0.967227, in percent as in tenths of a percent of a second.
    close(figure(&table, "high", 0), 10.25 + 0.967_226_835);
    assert_eq!(text(&table, "first_seen", 1), "2026-01-01T00:04:00Z");
    let sentence = finding(&mut cells, query);
    let expected = "version=\"12\" raised share(\"f\") from 10.2% to 20.5% (by ";
    assert!(sentence.starts_with(expected), "{sentence}");
    assert!(sentence.ends_with("Each value ran in one series, which may differ by itself."));
    let next = next_runs(&mut cells, query);
    assert_eq!(next, "cpu{version=\"12\"} | diff {version=\"7\"}");
    // The same in seconds of CPU per second, and with arithmetic.
    close(figure(&cells.table("cpu | bisect by (version) on self(\"f\")"), "value", 1), 0.205);
    let ratio = "cpu | bisect by (version) on 100 * total(\"f\") / value";
    close(figure(&cells.table(ratio), "value", 1), 20.5);
}

/// Version 2 runs beside version 1 on other pods, and is rolled back.
#[test]
fn a_roll_back_and_pods_side_by_side_are_seen() {
    let mut files = Vec::new();
    for minute in 0..12 {
        for (pod, level) in [("a", 100), ("b", 104)] {
            files.push(cpu("1", pod, minute, level + 2 * (minute % 2)));
        }
        for (pod, level) in [("c", 202), ("d", 198)].iter().filter(|_| (4..8).contains(&minute)) {
            files.push(cpu("2", pod, minute, level + 2 * (minute % 2)));
        }
    }
    let (_folder, mut cells) = over(&files);
    let query = "cpu | bisect by (version) on share(\"f\")";
    let sentence = finding(&mut cells, query);
    assert!(
        sentence.starts_with("version=\"2\" raised share(\"f\") from 10.3% to 20.1%"),
        "{sentence}"
    );
    assert!(sentence.ends_with("; it was rolled back to version=\"1\"."), "{sentence}");
    let table = cells.table(query);
    assert_eq!([0, 1].map(|row| figure(&table, "series", row)), [2.0, 2.0]);
    assert_eq!([0, 1].map(|row| figure(&table, "profiles", row)), [24.0, 8.0]);
}

#[test]
fn no_release_is_to_blame_where_nothing_changed() {
    let files = releases(&[
        ("1", [100, 110, 95, 105]),
        ("2", [104, 97, 108, 99]),
        ("3", [99, 106, 101, 107]),
    ]);
    let (_folder, mut cells) = over(&files);
    let query = "cpu | bisect by (version) on share(\"f\")";
    let sentence = finding(&mut cells, query);
    assert!(
        sentence.starts_with("None of 3 values is to blame: share(\"f\") did not change"),
        "{sentence}"
    );
    assert!(header(&mut cells, query).notes.iter().all(|note| !note.starts_with("next")));
    assert_eq!(cells.table(&format!("{query} | where culprit > 0%")).height(), 0);
    // Once each: two values cannot be told apart, and three judge each other.
    let once: Vec<_> = files.into_iter().filter(|(name, _)| name.ends_with("0.pb")).collect();
    let (_folder, mut cells) = over(&[once[0].clone(), cpu("9", "a", 1, 300)]);
    let sentence = finding(&mut cells, query);
    assert_eq!(sentence, "The 2 values have too few profiles to tell them from chance.");
    let error = cells.error("cpu | bisect by (version) on share(\"nothing\")");
    assert!(error.contains("no function matches"), "{error}");
    let error = cells.error("cpu | bisect by (version) on \"text\"");
    assert!(error.contains("`bisect` compares numbers"), "{error}");
}
