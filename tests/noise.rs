//! Statistical significance of changes in a diff: by hand, and on recordings split into
//! halves.
//!
//! Two halves of one series are from one program under one load. They differ only by
//! chance, so hardly any change may be significant. Between the two versions of the
//! example data one function was changed, and that change must be significant.

use std::path::Path;

use flamebook::eval::result::value::{Graph, Value, View};
use flamebook::profile::diff::Mode;
use flamebook::profile::{Diff, Noise};

use crate::cells::{self, Cells};
use crate::recording::Recording;
use crate::{demo, pprof};

/// A profile of the example data or the reference: its series, type and name.
struct Recorded {
    series: String,
    name: String,
    content: Vec<u8>,
}

/// The profiles of the example data with this file name.
fn demo(kind: &str) -> Vec<Recorded> {
    let folder = tempfile::tempdir().expect("a scratch folder");
    demo::unpack(folder.path());
    recorded_below(folder.path(), kind)
}

/// The profiles below a folder with this file name, in order of series and time.
fn recorded_below(root: &Path, kind: &str) -> Vec<Recorded> {
    let (mut folders, mut recorded) = (vec![root.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of profiles") {
            let path = entry.expect("a readable folder").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let content = std::fs::read(&path).expect("a profile");
            let below = path.strip_prefix(root).expect("a path below the folder");
            recorded.extend(of_kind(below, content, kind));
        }
    }
    recorded.sort_by(|a, b| (&a.series, &a.name).cmp(&(&b.series, &b.name)));
    recorded
}

fn of_kind(path: &Path, content: Vec<u8>, kind: &str) -> Option<Recorded> {
    let name = path.file_name()?.to_str()?.to_owned();
    let series = path.parent()?.to_str()?.to_owned();
    name.starts_with(kind).then_some(Recorded { series, name, content })
}

/// Splits one series into interleaved halves, so that both cover its whole time: of every
/// two profiles one goes left, as the bits of a number from `seed` decide.
fn halved(recorded: &[Recorded], seed: u64) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let mut bits = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut flipped = false;
    for (i, Recorded { series, name, content }) in recorded.iter().enumerate() {
        if i % 2 == 0 {
            // xorshift64, George Marsaglia, 2003
            bits ^= bits << 13;
            bits ^= bits >> 7;
            bits ^= bits << 17;
            flipped = bits >> 40 & 1 == 1;
        }
        let half = if (i % 2 == 0) == flipped { "a" } else { "b" };
        let folder = folder.path().join(format!("half={half}")).join(series);
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join(name), content).expect("a file");
    }
    folder
}

fn diff(cells: &mut Cells, query: &str) -> Diff {
    match cells.value(query) {
        Value::View(View::Flame(Graph::Diff(diff))) => *diff,
        other => panic!("{query} gives {other:?}"),
    }
}

fn noise(diff: &Diff) -> &Noise {
    diff.noise.as_ref().expect("both sides are sums of profiles")
}

/// The verdicts on a number of A/A splits.
#[derive(Debug, Default)]
struct Judged {
    functions: usize,
    flagged: usize,
    /// The number of functions with enough samples, and of those with a z that by chance
    /// only one in twenty should exceed.
    tried: usize,
    far: usize,
}

fn judged(recorded: &[Recorded], query: &str, mode: Mode, splits: u64) -> Judged {
    let mut judged = Judged::default();
    for seed in 1..=splits {
        let folder = halved(recorded, seed);
        let mut cells = Cells::over(folder.path(), "**");
        let query = format!("{query}{{half=\"a\"}} | diff {{half=\"b\"}} mode={}", mode.as_str());
        let diff = diff(&mut cells, &query);
        let counts = noise(&diff).counts(mode);
        judged.functions += 2 * counts.functions;
        judged.flagged += counts.own + counts.total;
        let table = cells.table(&format!("{query} | top 100000"));
        for row in 0..table.height() {
            let figure = |column: &str| cells::figure(&table, column, row);
            // Some 25 samples or more on both sides together.
            let se = figure("se");
            if figure("before") + figure("after") > 5.0 * se && se > 0.0 {
                judged.tried += 1;
                judged.far += usize::from(figure("z").abs() > 1.96);
            }
        }
    }
    judged
}

#[test]
fn halves_of_one_recording_differ_by_chance_alone() {
    assert_chance_alone(&demo("cpu"));
}

#[test]
fn halves_of_another_recording_differ_by_chance_alone() {
    let Some(data) = pprof::reference() else { return };
    assert_chance_alone(&recorded_below(&data.join("shop"), "cpu"));
}

fn assert_chance_alone(recorded: &[Recorded]) {
    for (mode, splits) in [(Mode::Share, 12), (Mode::Amount, 4), (Mode::Rate, 4)] {
        let judged = judged(recorded, "cpu", mode, splits);
        assert!(20 * judged.flagged <= judged.functions, "{mode:?} {judged:?}");
        // One in twenty is that far apart, or some fewer: errors are no larger than they
        // have to be, or nothing would ever be found.
        let far = judged.far as f64 / judged.tried as f64;
        assert!(judged.tried > 200 && (0.01..=0.07).contains(&far), "{mode:?} {judged:?}");
    }
}

#[test]
fn halves_of_what_is_no_cpu_time_are_not_told_apart_either() {
    for (file, kind) in [
        ("heap", "inuse_space"),
        ("heap", "inuse_objects"),
        ("heap", "alloc_space"),
        ("goroutine", "goroutine"),
        ("block", "block:delay"),
        ("mutex", "mutex:contentions"),
    ] {
        let recorded = demo(file);
        for mode in [Mode::Share, Mode::Amount] {
            let judged = judged(&recorded, kind, mode, 4);
            assert!(judged.functions > 100, "{kind} {judged:?}");
            assert!(20 * judged.flagged <= judged.functions, "{kind} {mode:?} {judged:?}");
        }
    }
}

const MIDNIGHT: i64 = 1_767_225_600;

/// Counts of `main;f` and `main;g`, one pair for each profile of ten seconds.
fn counts(file: &str, nth: i64, f: i64, g: i64) -> (String, Recording) {
    let recording = Recording::of("samples", "count").at(MIDNIGHT + 10 * nth).lasting(10);
    (format!("{file}/{nth}.pb"), recording.stack("main;f", f).stack("main;g", g))
}

fn session(files: Vec<(String, Recording)>) -> (tempfile::TempDir, Cells) {
    let folder = tempfile::tempdir().expect("a scratch folder");
    for (name, recording) in &files {
        recording.save(folder.path(), name);
    }
    let cells = Cells::over(folder.path(), "**/*.pb");
    (folder, cells)
}

/// The standard error and `z` of one function's self value.
fn error(cells: &mut Cells, query: &str, function: &str) -> (f64, f64) {
    let table = cells.table(query);
    let mut rows = 0..table.height();
    let row = rows.find(|row| cells::text(&table, "function", *row) == function);
    let row = row.unwrap_or_else(|| panic!("{function} is not in {query}"));
    (cells::figure(&table, "se", row), cells::figure(&table, "z", row))
}

fn assert_close(found: (f64, f64), expected: (f64, f64)) {
    let close = |a: f64, b: f64| (a - b).abs() <= 1e-9 * b.abs().max(1.0);
    assert!(close(found.0, expected.0) && close(found.1, expected.1), "{found:?} {expected:?}");
}

/// Before: f is 1, 9 and 5 of 20; after: 10 of 20, three times.
fn three_against_three() -> Vec<(String, Recording)> {
    let before = [(1, 19), (9, 11), (5, 15)].into_iter().zip(0..);
    let before = before.map(|((f, g), nth)| counts("v=1", nth, f, g));
    before.chain((0..3).map(|nth| counts("v=2", nth, 10, 10))).collect()
}

#[test]
fn an_error_is_that_of_a_ratio_over_profiles_and_never_less_than_that_of_counting() {
    let (_folder, mut cells) = session(three_against_three());
    // Before: 15 of 60; off by -4, 4 and 0: 3/2 (16 + 16) = 48, more than 15 (1 - 1/4).
    // After: never off; but 30 of 60 in samples of ten each are 30 (1 - 1/2) 10 = 150.
    let se = (48.0_f64 / 3600.0 + 150.0 / 3600.0).sqrt();
    let share = "samples{v=\"2\"} | diff {v=\"1\"} mode=share | top";
    assert_close(error(&mut cells, share, "f"), (100.0 * se, 0.25 / se));
    // All of it is main: there is nothing to be unsure of.
    assert_close(error(&mut cells, share, "main"), (0.0, 0.0));
    // Amounts: the same 48 is more than 15; 30 samples of ten are 300.
    let se = 348.0_f64.sqrt();
    assert_close(error(&mut cells, &share.replace("share", "amount"), "f"), (se, 15.0 / se));
    // Per second: 30 s on each side.
    let rate = share.replace("share", "rate");
    assert_close(error(&mut cells, &rate, "f"), (se / 30.0, 15.0 / se));
    let rated = rate.replace(" | diff", " | rate | diff").replace("mode=rate", "mode=amount");
    assert_close(error(&mut cells, &rated, "f"), (se / 30.0, 15.0 / se));
}

#[test]
fn pods_that_differ_for_good_are_no_noise() {
    // f is 10 and 50 on one pod, 100 and 140 on the other: off by 20 from their own means,
    // 2 (400 + 400) for each pod. The samples are of one.
    let pod = |v: &str, pod: &str, low: i64| {
        let file = format!("v={v}/pod={pod}");
        [counts(&file, 0, low, 1), counts(&file, 1, low + 40, 1)]
    };
    let files = ["1", "2"].map(|v| [pod(v, "a", 10), pod(v, "b", 100)].concat());
    let (_folder, mut cells) = session(files.concat());
    let query = "samples{v=\"2\"} | diff {v=\"1\"} mode=amount | top";
    assert_close(error(&mut cells, query, "f"), (6400.0_f64.sqrt(), 0.0));
    // The mean pod: half of it.
    let mean =
        "samples{v=\"2\"} | avg by (v) | diff (samples{v=\"1\"} | avg by (v)) mode=amount | top";
    assert_close(error(&mut cells, mean, "f"), (6400.0_f64.sqrt() / 2.0, 0.0));
}

#[test]
fn a_level_is_as_sure_as_the_mean_of_its_snapshots() {
    let level = |v: &str, nth: i64, f: i64| {
        let recording = Recording::of("inuse_space", "bytes").at(MIDNIGHT + 10 * nth);
        (format!("v={v}/{nth}.pb"), recording.stack("f", f).stack("g", 1))
    };
    let before = [100, 200, 300].into_iter().zip(0..).map(|(f, nth)| level("1", nth, f));
    let after = [500, 500].into_iter().zip(0..).map(|(f, nth)| level("2", nth, f));
    let (_folder, mut cells) = session(before.chain(after).collect());
    // Before: a variance of 10 000 between three; after: Poisson's of 500 samples of one.
    let se = (10_000.0_f64 / 3.0 + 500.0).sqrt();
    let query = "inuse_space{v=\"2\"} | diff {v=\"1\"} | top";
    assert_close(error(&mut cells, query, "f"), (se, 300.0 / se));
}

#[test]
fn a_single_profile_has_the_error_of_counting_and_says_so() {
    let single = |v: &str, f: i64, g: i64| {
        let (name, recording) = counts(v, 0, f, g);
        (name, recording.stack("main;h", 1))
    };
    let (_folder, mut cells) = session(vec![single("v=1", 20, 60), single("v=2", 40, 40)]);
    let query = "samples{v=\"2\"} | diff {v=\"1\"}";
    // 40 of 81, then 20 of 81: each p (1 - p) / 81.
    let part = |n: f64| n / 81.0 * (1.0 - n / 81.0) / 81.0;
    let se = (part(40.0) + part(20.0)).sqrt();
    assert_close(error(&mut cells, &format!("{query} | top"), "f"), (100.0 * se, 20.0 / 81.0 / se));
    let diff = diff(&mut cells, query);
    assert!(noise(&diff).is_lower_bound);
    assert!(noise(&diff).summary(Mode::Share).contains("1 profile against 1: of 4 functions"));
    assert!(noise(&diff).summary(Mode::Share).ends_with("so standard errors are lower bounds"));
}

#[test]
fn many_profiles_are_pooled_into_batches_that_follow_each_other() {
    // 128 profiles, up and down by turns: each batch is a pair, and all pairs are alike.
    let side = |v: &str, high: i64| {
        let file = format!("v={v}");
        let f = move |nth: i64| if nth % 2 == 0 { 1 } else { high };
        (0..128).map(move |nth| counts(&file, nth, f(nth), 1)).collect::<Vec<_>>()
    };
    let (_folder, mut cells) = session([side("1", 101), side("2", 101)].concat());
    let query = "samples{v=\"2\"} | diff {v=\"1\"} mode=amount | top";
    // So what is left is the error of counting 64 (1 + 101) samples on each side.
    assert_close(error(&mut cells, query, "f"), ((2.0 * 64.0 * 102.0_f64).sqrt(), 0.0));
}

#[test]
fn profiles_of_many_series_are_pooled_into_batches_that_span_them() {
    // 40 pods of 4 profiles are 16 batches of 10: before, f is 1 and 101 by turns of ten.
    let side = |v: &str, high: i64| {
        let profiles = (0..160).map(|nth| {
            let file = format!("v={v}/pod={:02}", nth / 4);
            counts(&file, nth % 4, if nth / 10 % 2 == 0 { 1 } else { high }, 1)
        });
        profiles.collect::<Vec<_>>()
    };
    let (_folder, mut cells) = session([side("1", 101), side("2", 1)].concat());
    // Sums of 10 and of 1010 are 500 off their mean; after, 160 samples are counted.
    let se = (16.0 / 15.0 * 16.0 * 250_000.0_f64 + 160.0).sqrt();
    let z = (160.0 - 8160.0) / se;
    let query = "samples{v=\"2\"} | diff {v=\"1\"} mode=amount | top";
    assert_close(error(&mut cells, query, "f"), (se, z));
    // Each pod was looked at for 40 s.
    let rated = query.replace(" | diff", " | rate | diff");
    assert_close(error(&mut cells, &rated, "f"), (se / 40.0, z));
}

#[test]
fn what_is_filtered_behind_a_diff_is_as_sure_as_what_is_filtered_before() {
    let (_folder, mut cells) = session(three_against_three());
    let versions = ["samples{v=\"2\"}", "diff {v=\"1\"} mode=amount"];
    for stage in ["focus \"f\"", "hide \"main\"", "callers \"f\"", "show_from \"f\"", "trim 40%"] {
        let behind = format!("{} | {} | {stage}", versions[0], versions[1]);
        let behind = diff(&mut cells, &format!("{behind} | flame"));
        let before = match stage {
            // A tree has no diff.
            "callers \"f\"" | "trim 40%" => continue,
            stage => format!("{} | {stage} | {}", versions[0], versions[1]),
        };
        let before = diff(&mut cells, &format!("{before} | flame"));
        let verdicts = |diff: &Diff| {
            let stacks = diff.symbols().stacks.iter();
            let named =
                stacks.map(|(stack, _, frame)| (diff.after.name(stack), diff.verdict(frame)));
            let known = named.filter(|(_, verdict)| verdict.is_some());
            let mut known: Vec<_> =
                known.map(|(name, known)| format!("{name} {known:?}")).collect();
            known.sort();
            known.dedup();
            known
        };
        assert_eq!(verdicts(&behind), verdicts(&before), "{stage}");
        assert!(!verdicts(&behind).is_empty(), "{stage}");
    }
}

#[test]
fn a_side_that_is_no_sum_of_profiles_has_no_errors() {
    let (_folder, mut cells) = session(three_against_three());
    let query = "samples{v=\"2\"} | max_over_time | diff {v=\"1\"} mode=amount";
    assert!(diff(&mut cells, query).noise.is_none());
    let outcome = cells.run(query).pop().expect("a result");
    assert!(outcome.header.notes.iter().any(|note| note.contains("no standard errors")));
    assert_eq!(cells.table(&format!("{query} | where significant")).height(), 0);
    // An empty side has no error either, and no note.
    assert!(diff(&mut cells, "samples{v=\"2\"} | diff {v=\"3\"}").noise.is_none());
}

#[test]
fn the_change_between_two_versions_is_found() {
    let mut cells = Cells::new(".");
    cells.run("use \"demo:\"");
    for mode in Mode::ALL {
        let query = format!("cpu{{version=\"2\"}} | diff {{version=\"1\"}} mode={}", mode.as_str());
        let diff = diff(&mut cells, &query);
        let counts = noise(&diff).counts(mode);
        assert!(counts.own <= counts.functions / 20, "{counts:?}");
        let table = cells.table(&format!("{query} | where significant | sort z desc"));
        assert_eq!(cells::text(&table, "function", 0), "shop/internal/recommend.distinct");
        assert!(cells::figure(&table, "z", 0) > 10.0);
        // Two pods of one version: nothing was changed.
        let equal =
            format!("cpu{{version=\"1\", pod=\"a\"}} | diff {{pod=\"b\"}} mode={}", mode.as_str());
        let table = cells.table(&format!("{equal} | where significant or total_significant"));
        assert_eq!(table.height(), 0, "{mode:?}");
    }
}
