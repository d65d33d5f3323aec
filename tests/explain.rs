//! `explain` on small files, with the arithmetic by hand. `eval::inference` has the tests of
//! the formulas, `benches/inference` whether planted causes are found.

use flamebook::eval::result::table::Table;
use flamebook::eval::result::value::{Header, Value};

use crate::algebra::{MIDNIGHT, session};
use crate::cells::{Cells, figure, text};
use crate::recording::Recording;

/// Milliseconds of CPU time.
const MS: i64 = 1_000_000;

/// What a stack takes in a profile of one second, in samples of 10 ms, and its endpoint.
type Stack = (&'static str, i64, &'static str);

/// Profiles a minute apart, in which each stack takes so many samples more or less than it
/// does on average that all of them together are right: -1, 0, 1, and again.
fn profiles(folder: &str, count: i64, stacks: &[Stack]) -> Vec<(String, Recording)> {
    let profile = |minute: i64| {
        let cpu = Recording::of("cpu", "nanoseconds").at(MIDNIGHT + 60 * minute).lasting(1);
        let add = |cpu: Recording, (nth, (names, samples, endpoint)): (i64, &Stack)| {
            let samples = samples + if *samples > 2 { (minute + nth) % 3 - 1 } else { 0 };
            let value = 10 * MS * samples;
            match *endpoint {
                "" => cpu.stack(names, value),
                endpoint => cpu.labelled(names, value, &[("endpoint", endpoint)]),
            }
        };
        let cpu = (0..).zip(stacks).fold(cpu, add);
        (format!("{folder}/{minute:03}.pb"), cpu)
    };
    (0..count).map(profile).collect()
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

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-6 * expected.abs().max(1.0), "{found} {expected}");
}

/// The rows of a function: those without a label value first.
fn rows(table: &Table, function: &str) -> Vec<usize> {
    (0..table.height()).filter(|row| text(table, "function", *row) == function).collect()
}

/// Everything adds up: mix and rate of a row to its change, values to the row above them,
/// and rows of functions to the total.
fn adds_up(table: &Table, label: &str) {
    let (mut all, mut above, mut values) = (0.0, 0.0, None);
    let mut whole = f64::NAN;
    for row in 0..table.height() {
        let delta = figure(table, "delta", row);
        close(figure(table, "mix", row) + figure(table, "rate", row), delta);
        let is_value = table.index_of(label).is_some() && !text(table, label, row).is_empty();
        if is_value {
            values = Some(values.unwrap_or(0.0) + delta);
            continue;
        }
        if let Some(values) = values.take() {
            close(values, above);
        }
        above = delta;
        match &*text(table, "function", row) {
            "(total)" => whole = delta,
            _ => all += delta,
        }
    }
    if let Some(values) = values {
        close(values, above);
    }
    close(all, whole);
}

const BEFORE: [Stack; 4] = [
    ("main;serve;checkout;decode", 10, "/checkout"),
    ("main;serve;checkout;pay", 40, "/checkout"),
    ("main;serve;list", 60, "/list"),
    ("main;idle", 30, ""),
];

/// `decode` takes three times as much, and nothing else changed.
const DEARER: [Stack; 4] =
    [("main;serve;checkout;decode", 30, "/checkout"), BEFORE[1], BEFORE[2], BEFORE[3]];

#[test]
fn what_got_dearer_is_named_with_its_caller_and_its_rate() {
    let files = [profiles("version=1", 12, &BEFORE), profiles("version=2", 12, &DEARER)].concat();
    let (_folder, mut cells) = over(&files);
    let query = "cpu{version=\"2\"} | diff {version=\"1\"} | explain by (endpoint)";
    let table = cells.table(query);
    assert_eq!(text(&table, "function", 0), "decode");
    assert_eq!(text(&table, "below", 0), "checkout");
    // From 10 of 140 samples to 30 of 160.
    let change = 100.0 * (30.0 / 160.0 - 10.0 / 140.0);
    close(figure(&table, "before", 0), 100.0 / 14.0);
    close(figure(&table, "after", 0), 18.75);
    close(figure(&table, "delta", 0), change);
    let [low, high] = ["low", "high"].map(|end| figure(&table, end, 0));
    assert!(low > 8.0 && low < change && high < 15.0 && high > change, "{low} {high}");
    adds_up(&table, "endpoint");
    // The other work of both endpoints stayed: nothing is mix, but for rounding.
    close(figure(&table, "rate", 0), change);
    assert!(figure(&table, "mix", 0).abs() < 1e-9);
    let sentence = finding(&mut cells, query);
    let start = "All significant growth is `decode` below `checkout` on endpoint=\"/checkout\"";
    assert!(sentence.starts_with(start), "{sentence}");
    assert!(
        sentence.contains("; the rate, not the mix. It grew from 7.14% to 18.8%"),
        "{sentence}"
    );
}

#[test]
fn amounts_add_up_to_the_growth_and_traffic_is_mix() {
    // Twice the traffic of /checkout: 12 times 10 and 40 samples of 10 ms more.
    let busy = [
        ("main;serve;checkout;decode", 20, "/checkout"),
        ("main;serve;checkout;pay", 80, "/checkout"),
        BEFORE[2],
        BEFORE[3],
    ];
    let files = [profiles("version=1", 12, &BEFORE), profiles("version=2", 12, &busy)].concat();
    let (_folder, mut cells) = over(&files);
    for (mode, unit) in [("amount", 12e7), ("rate", 0.01)] {
        let query = format!(
            "cpu{{version=\"2\"}} | diff {{version=\"1\"}} mode={mode} | explain by (endpoint)"
        );
        let table = cells.table(&query);
        adds_up(&table, "endpoint");
        let whole = rows(&table, "(total)")[0];
        close(figure(&table, "delta", whole) / unit, 50.0);
        let checkout = rows(&table, "checkout")[0];
        close(figure(&table, "delta", checkout) / unit, 50.0);
        close(figure(&table, "before", checkout) / unit, 50.0);
    }
    // In shares, /checkout does more, and all of `decode` in it is mix.
    let narrow =
        "cpu{version=\"2\"} | focus \"decode\" or \"pay\" or \"list\" | diff {version=\"1\"}";
    let table = cells.table(&format!("{narrow} | explain by (endpoint)"));
    adds_up(&table, "endpoint");
}

#[test]
fn two_of_the_same_have_changed_nothing() {
    let files = [profiles("pod=a", 12, &BEFORE), profiles("pod=b", 12, &BEFORE)].concat();
    let (_folder, mut cells) = over(&files);
    let sentence = finding(&mut cells, "cpu{pod=\"b\"} | diff {pod=\"a\"} | explain");
    assert!(
        sentence.starts_with("Nothing changed significantly. A function whose share"),
        "{sentence}"
    );
    let table = cells.table("cpu{pod=\"b\"} | diff {pod=\"a\"} mode=amount | explain");
    let names: Vec<_> = (0..table.height()).map(|row| text(&table, "function", row)).collect();
    assert!(names.iter().all(|name| name == "(other functions)" || name == "(total)"), "{names:?}");
    let sentence = finding(&mut cells, "cpu{pod=\"b\"} | diff {pod=\"a\"} mode=amount | explain");
    assert!(
        sentence.starts_with("Nothing changed significantly. The total changed by -"),
        "{sentence}"
    );
}

#[test]
fn the_value_that_changed_is_found_and_named() {
    let pod = |version: &str, pod: &str, stacks: &[Stack]| {
        profiles(&format!("version={version}/zone={pod}/pod={pod}"), 8, stacks)
    };
    let mut files = Vec::new();
    for name in ["a", "b", "c"] {
        files.extend(pod("1", name, &BEFORE));
        files.extend(pod("2", name, if name == "b" { &DEARER } else { &BEFORE }));
    }
    let (_folder, mut cells) = over(&files);
    let query = "cpu{version=\"2\"} | diff {version=\"1\"} | explain";
    let sentence = finding(&mut cells, query);
    assert!(sentence.contains("`decode` below `checkout` on pod=\"b\"; the rate"), "{sentence}");
    for label in ["pod", "zone"] {
        let query = format!("{query} by ({label})");
        let sentence = finding(&mut cells, &query);
        assert!(sentence.contains(&format!(" on {label}=\"b\"; the rate")), "{sentence}");
        let table = cells.table(&query);
        adds_up(&table, label);
        assert_eq!(
            (text(&table, label, 1), text(&table, "change", 1)),
            ("b".into(), "stands out".into())
        );
    }
    // Two labels together; a value of both stands out.
    let both = format!("{query} by (pod, endpoint)");
    let sentence = finding(&mut cells, &both);
    assert!(sentence.contains(" on endpoint=\"/checkout\", pod=\"b\"; the rate"), "{sentence}");
    let table = cells.table(&both);
    adds_up(&table, "pod");
    // On every pod.
    let mut files = Vec::new();
    for name in ["a", "b", "c"] {
        files.extend(pod("1", name, &BEFORE));
        files.extend(pod("2", name, &DEARER));
    }
    let (_folder, mut cells) = over(&files);
    let sentence = finding(&mut cells, &format!("{query} by (endpoint)"));
    assert!(sentence.contains(", on every pod (3); the rate"), "{sentence}");
}

#[test]
fn a_cost_shift_is_marked() {
    let shifted = [
        ("main;serve;checkout;decode", 2, "/checkout"),
        ("main;serve;checkout;parse", 8, "/checkout"),
        BEFORE[1],
        BEFORE[2],
        BEFORE[3],
    ];
    let files = [profiles("version=1", 24, &BEFORE), profiles("version=2", 24, &shifted)].concat();
    let (_folder, mut cells) = over(&files);
    let query = "cpu{version=\"2\"} | diff {version=\"1\"} | explain";
    let sentence = finding(&mut cells, query);
    let start =
        "Work moved from `decode` to `parse` below `checkout`, which stayed: a cost shift of 5.7";
    assert!(sentence.starts_with(start), "{sentence}");
    let table = cells.table(&format!("{query} | where change = \"moved\""));
    assert_eq!(table.height(), 2);
    close(figure(&table, "delta", 0) + figure(&table, "delta", 1), 0.0);
}

/// A heap: snapshots of a level, whose mean counts, in pages of 4 KiB.
#[test]
fn a_leak_is_explained_in_bytes() {
    let heap = |version: &str, kept: i64| {
        let snapshot = |minute: i64| {
            let heap = Recording::of("inuse_space", "bytes").at(MIDNIGHT + 60 * minute);
            let noise = minute % 3;
            let heap = heap.stack("main;cache;put", 4096 * (kept + noise));
            let heap = heap.stack("main;load", 4096 * (500 - noise));
            (format!("version={version}/{minute:03}.pb"), heap)
        };
        (0..12).map(snapshot).collect::<Vec<_>>()
    };
    let (_folder, mut cells) = over(&[heap("1", 200), heap("2", 900)].concat());
    let query = "inuse_space{version=\"2\"} | diff {version=\"1\"} | explain";
    let table = cells.table(query);
    adds_up(&table, "");
    assert_eq!(text(&table, "function", 0), "put");
    close(figure(&table, "delta", 0), 700.0 * 4096.0);
    close(figure(&table, "of_change", 0), 100.0);
    // 201 pages, with the mean of 0, 1 and 2.
    close(figure(&table, "before", 0), 201.0 * 4096.0);
    let sentence = finding(&mut cells, query);
    let start = "All growth is `put`; the rate, not the mix. It grew from 804 KiB to 3.52 MiB";
    assert!(sentence.starts_with(start), "{sentence}");
}

/// What was most of the total all along has no other part of it afterwards.
#[test]
fn what_all_of_the_growth_is_in_is_named_though_no_part_changed() {
    let [before, after] = [1, 2].map(|times| {
        let stacks: [Stack; 2] = [("main;put", 100 * times, ""), ("main;get", 2 * times, "")];
        profiles(&format!("version={times}"), 12, &stacks)
    });
    let (_folder, mut cells) = over(&[before, after].concat());
    let query = "cpu{version=\"2\"} | diff {version=\"1\"} mode=amount | explain";
    let sentence = finding(&mut cells, query);
    // 12 profiles of 102 samples of 10 ms, then of twice as many; 100 of 102 are `put`.
    let all =
        "All functions grew alike; the rate, not the mix: the total grew from 12.2 s to 24.5 s";
    assert!(sentence.starts_with(all), "{sentence}");
    let put =
        regex::Regex::new(", 12 s ± [0-9a-z .]+ of it in `put` itself, and no").expect("a pattern");
    assert!(put.is_match(&sentence), "{sentence}");
}

#[test]
fn the_next_queries_run_and_the_picture_is_there() {
    let files = [profiles("version=1", 12, &BEFORE), profiles("version=2", 12, &DEARER)].concat();
    let (_folder, mut cells) = over(&files);
    let query = "cpu{version=\"2\"} | diff {version=\"1\"} | explain";
    let header = header(&mut cells, query);
    assert!(header.stacks.is_some());
    // Both ran at the same time: there is no "since when".
    assert_eq!(next_run(&mut cells, &header).len(), 2);
    let later = profiles("version=2", 24, &DEARER).split_off(12);
    let (_folder, mut cells) = over(&[profiles("version=1", 12, &BEFORE), later].concat());
    let header = self::header(&mut cells, query);
    let next = next_run(&mut cells, &header);
    assert_eq!(next.len(), 3, "{next:?}");
    // Over both, where the level changed.
    assert_eq!(next[2], "cpu | focus \"decode\" | changepoints");
    assert_eq!(cells.table(&next[2]).height(), 1);
}

/// The queries to look at next, all of which run.
fn next_run(cells: &mut Cells, header: &Header) -> Vec<String> {
    let next = header.notes.iter().filter_map(|note| note.strip_prefix("next, ")?.split_once(": "));
    let next: Vec<String> = next.map(|(_, query)| query.to_owned()).collect();
    for query in &next {
        assert!(!matches!(cells.value(query), Value::Note(_)), "{query}");
    }
    next
}

/// A diff of an earlier cell, of other windows, of two sources, as recorded.
#[test]
fn every_kind_of_diff_can_be_explained() {
    let before = profiles("x", 6, &BEFORE);
    let after = profiles("x", 12, &DEARER).split_off(6);
    let (folder, mut cells) = over(&[before, after].concat());
    let path = folder.path().display();
    let times = "[2026-01-01T00:06:00Z .. +6m]";
    for query in [
        format!("cpu{times} | diff [2026-01-01T00:00:00Z .. +6m] | explain"),
        format!("cpu{times} | diff offset 6m | explain"),
        format!("let d = cpu{times} | diff offset 6m\nd | explain"),
        format!("cpu{times} | diff offset 6m\n_ | explain"),
        format!("set normalise off\ncpu{times} | diff offset 6m | explain"),
        format!("cpu{times} | diff offset 6m mode=rate | focus \"serve\" | explain"),
        format!("cpu{times} | collapse recursion | diff offset 6m | explain"),
        format!(
            "use \"{path}/**/*.pb\" as other\ncpu{times} | diff cpu[2026-01-01T00:00:00Z .. +6m] from other | explain"
        ),
    ] {
        let sentence = header(&mut cells, &query).finding.expect("a sentence");
        assert!(sentence.contains("`decode`"), "{query}: {sentence}");
    }
}

#[test]
fn too_little_data_says_so() {
    // A profile on each side, of so few samples that nothing can be told.
    let few: [Stack; 2] = [("main;a", 1, ""), ("main;b", 2, "")];
    let more: [Stack; 2] = [("main;a", 2, ""), ("main;b", 1, "")];
    let files = [profiles("v=1", 1, &few), profiles("v=2", 1, &more)].concat();
    let (_folder, mut cells) = over(&files);
    let sentence = finding(&mut cells, "cpu{v=\"2\"} | diff {v=\"1\"} | explain");
    assert!(sentence.starts_with("Nothing changed significantly."), "{sentence}");
    // A side without profiles.
    let sentence = finding(&mut cells, "cpu{v=\"2\"} | diff offset 1h | explain");
    assert_eq!(sentence, "There is nothing to compare with: the baseline is empty.");
    let sentence = finding(&mut cells, "cpu offset 1h | diff cpu | explain");
    assert!(sentence.starts_with("There is nothing to explain: "), "{sentence}");
    // A profile on each side, of many samples: counting is the least error.
    let files =
        [profiles("v=1", 1, &BEFORE), profiles("v=2", 1, &[("main;idle", 900, "")])].concat();
    let (_folder, mut cells) = over(&files);
    let sentence = finding(&mut cells, "cpu{v=\"2\"} | diff {v=\"1\"} | explain");
    assert!(sentence.contains("`idle`") || sentence.contains("`serve`"), "{sentence}");
}

#[test]
fn what_made_room_for_growth_is_not_blamed() {
    // `a` takes as much as before of each second; `c` takes twice as much.
    let before: [Stack; 2] = [("main;serve;a", 500, ""), ("main;gc;c", 100, "")];
    let after: [Stack; 2] = [("main;serve;a", 500, ""), ("main;gc;c", 200, "")];
    let files = [profiles("v=1", 30, &before), profiles("v=2", 30, &after)].concat();
    let (_folder, mut cells) = over(&files);
    let query = "cpu{v=\"2\"} | diff {v=\"1\"} | explain";
    let sentence = finding(&mut cells, query);
    assert!(sentence.starts_with("All significant growth is `c`"), "{sentence}");
    assert_eq!(text(&cells.table(query), "function", 0), "c");
}

/// Snapshots of goroutines, all of which are counted.
fn goroutines(folder: &str, counts: &[[i64; 2]]) -> Vec<(String, Recording)> {
    let snapshot = |(minute, [w, x]): (i64, &[i64; 2])| {
        let at = Recording::of("goroutine", "count").at(MIDNIGHT + 60 * minute);
        (format!("{folder}/{minute}.pb"), at.stack("main;w", *w).stack("main;x", *x))
    };
    (0..).zip(counts).map(snapshot).collect()
}

#[test]
fn a_change_that_moves_nothing_of_the_whole_is_told() {
    // `w` has four more in every snapshot; `x` goes up and down by far more.
    let x = [300, 700, 420, 650, 380, 590, 510, 460];
    let files = [("v=1", 20), ("v=2", 24)].map(|(v, w)| goroutines(v, &x.map(|x| [w, x])));
    let (_folder, mut cells) = over(&files.concat());
    let query = "goroutine{v=\"2\"} | diff {v=\"1\"}";
    assert_eq!(cells.table(&format!("{query} | where significant | top")).height(), 1);
    let sentence = finding(&mut cells, &format!("{query} | explain"));
    let start =
        "No part of the total changed significantly, but `w` grew by 4 goroutines: see `top`.";
    assert!(sentence.starts_with(start), "{sentence}");
    // One snapshot on each side says nothing of how much any of it varies.
    let files = [goroutines("v=1", &[[20, 9]]), goroutines("v=2", &[[4_000, 9]])].concat();
    let (_folder, mut cells) = over(&files);
    let sentence = finding(&mut cells, &format!("{query} | explain"));
    assert!(sentence.starts_with("Whether anything changed cannot be told"), "{sentence}");
}

#[test]
fn a_label_that_is_not_there_is_an_error() {
    let files = [profiles("version=1/pod=a", 4, &BEFORE), profiles("version=2/pod=a", 4, &DEARER)];
    let (_folder, mut cells) = over(&files.concat());
    let error = cells.error("cpu{version=\"2\"} | diff {version=\"1\"} | explain by (pot)");
    assert!(
        error.contains("has the label `pot`") && error.contains("did you mean `pod`?"),
        "{error}"
    );
    let kept = "let d = cpu{version=\"2\"} | diff {version=\"1\"}\nd | explain by (endpoint)";
    let error = cells.error(kept);
    assert!(error.contains("where the diff and `explain` are one query"), "{error}");
    let error = cells.error("cpu | diff offset 1m | explain by (pod, version, endpoint)");
    assert!(error.contains("`explain` looks at two labels together"), "{error}");
    let error = cells.error("cpu | explain");
    assert!(error.contains("compare first: `cpu | diff offset 1m | explain`"), "{error}");
    let error = cells.error("cpu | max_over_time | diff {version=\"1\"} | explain");
    assert!(error.contains("error[not-a-sum]"), "{error}");
}
