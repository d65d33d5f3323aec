//! Statistical significance of changes in a diff: by hand, and on recordings split into
//! halves.
//!
//! Two halves of one series are from one program under one load. They differ only by
//! chance, so hardly any change may be significant. Between the two versions of the
//! example data one function was changed, and that change must be significant.

use std::path::Path;

use flamebook::eval::result::value::{Graph, Value, View};
use flamebook::profile::diff::Mode;
use flamebook::profile::{Diff, Noise, Verdict};

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

/// Three profiles of a series against all others.
fn three_apart(recorded: &[Recorded], seed: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a scratch folder");
    for (i, Recorded { name, content, .. }) in recorded.iter().enumerate() {
        let is_apart = (0..3).any(|nth| (seed * (2 * nth + 3) + 7 * nth) % recorded.len() == i);
        let folder = folder.path().join(if is_apart { "half=a" } else { "half=b" });
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join(name), content).expect("a file");
    }
    folder
}

#[test]
fn three_profiles_of_a_recording_are_like_its_others() {
    let all = demo("cpu");
    let series = &all[0].series;
    let of_series = all.iter().take_while(|recorded| recorded.series == *series).count();
    let mut flagged = 0;
    for seed in 1..=20 {
        let folder = three_apart(&all[..of_series], seed);
        let mut cells = Cells::over(folder.path(), "**");
        let diff = diff(&mut cells, "cpu{half=\"a\"} | diff {half=\"b\"}");
        let counts = noise(&diff).counts(Mode::Share);
        flagged += usize::from(counts.own + counts.total > 0);
    }
    // One in twenty diffs.
    assert!(flagged <= 1, "{flagged} of 20");
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

/// Before: f is 101, 899 and 500 of 2 000; after: 1 000 of 2 000, three times.
fn three_against_three() -> Vec<(String, Recording)> {
    let before = [(101, 1899), (899, 1101), (500, 1500)].into_iter().zip(0..);
    let before = before.map(|((f, g), nth)| counts("v=1", nth, f, g));
    before.chain((0..3).map(|nth| counts("v=2", nth, 1000, 1000))).collect()
}

#[test]
fn an_error_is_that_of_a_ratio_over_profiles_and_never_less_than_that_of_counting() {
    let (_folder, mut cells) = session(three_against_three());
    // Before: 1 500 of 6 000; off by -399, 399 and 0: 3/2 (399² + 399²), which is more than
    // counting. After: never off; but samples are counted: 4 500 of 12 000 on both sides.
    let pooled = 4_500.0 / 12_000.0;
    let apart = 3.0 * 399.0_f64.powi(2);
    let se = (apart + 6_000.0 * pooled * (1.0 - pooled)).sqrt() / 6_000.0;
    let share = "samples{v=\"2\"} | diff {v=\"1\"} mode=share | top";
    assert_close(error(&mut cells, share, "f"), (100.0 * se, 0.25 / se));
    // All of it is main: there is nothing to be unsure of.
    assert_close(error(&mut cells, share, "main"), (0.0, 0.0));
    // Amounts: the same before; after, half of all samples.
    let se = (apart + 2_250.0).sqrt();
    assert_close(error(&mut cells, &share.replace("share", "amount"), "f"), (se, 1_500.0 / se));
    // Per second: 30 s on each side.
    let rate = share.replace("share", "rate");
    assert_close(error(&mut cells, &rate, "f"), (se / 30.0, 1_500.0 / se));
    let rated = rate.replace(" | diff", " | rate | diff").replace("mode=rate", "mode=amount");
    assert_close(error(&mut cells, &rated, "f"), (se / 30.0, 1_500.0 / se));
}

/// The verdict on the self value of a function.
fn verdict(diff: &Diff, function: &str) -> Verdict {
    let mut stacks = diff.symbols().stacks.iter();
    let found = stacks.find(|(stack, ..)| diff.after.name(*stack) == function);
    let (.., frame) = found.unwrap_or_else(|| panic!("{function} is not there"));
    diff.verdict(frame).expect("a function with samples").own
}

#[test]
fn a_side_without_a_sample_has_an_error_too() {
    // f: none of 300 samples in 3 profiles, then 30 of 5 030 in 50. By chance, all of 30
    // samples are in 50 of 53 profiles: scipy.stats.binomtest(0, 30, 3/53) is 0.41.
    let before = (0..3).map(|nth| counts("v=1", nth, 0, 100));
    let after = (0..50).map(|nth| counts("v=2", nth, i64::from(nth % 5 < 3), 100));
    let (_folder, mut cells) = session(before.chain(after).collect());
    let diff = diff(&mut cells, "samples{v=\"2\"} | diff {v=\"1\"}");
    let Verdict { se, z, p, significant, .. } = verdict(&diff, "f");
    let pooled = 30.0_f64 / 5_330.0;
    let expected = (pooled * (1.0 - pooled) * (1.0 / 300.0 + 1.0 / 5_030.0)).sqrt();
    assert_close((se, z), (expected, 30.0 / 5_030.0 / expected));
    assert!(p > 0.15 && !significant, "{p}");
}

#[test]
fn a_census_is_certain_and_a_single_one_says_nothing_of_others() {
    let goroutines = |v: &str, n: i64, count: i64| -> Vec<(String, Recording)> {
        let snapshot = |nth| {
            let recording = Recording::of("goroutine", "count").at(MIDNIGHT + 10 * nth);
            (format!("v={v}/{nth}.pb"), recording.stack("f", count).stack("g", 7 + nth % 3))
        };
        (0..n).map(snapshot).collect()
    };
    let query = "goroutine{v=\"2\"} | diff {v=\"1\"}";
    let (_folder, mut cells) = session([goroutines("1", 50, 20), goroutines("2", 50, 30)].concat());
    let found = verdict(&diff(&mut cells, query), "f");
    assert_eq!((found.se, found.z, found.p), (0.0, f64::INFINITY, 0.0));
    assert!(found.significant);
    // g is the same on both sides.
    assert!(!verdict(&diff(&mut cells, query), "g").significant);
    let (_folder, mut cells) = session([goroutines("1", 1, 20), goroutines("2", 1, 30)].concat());
    let found = verdict(&diff(&mut cells, query), "f");
    assert!(found.se.is_nan() && !found.significant);
    // One snapshot against many varies as these do.
    let (_folder, mut cells) = session([goroutines("1", 50, 20), goroutines("2", 1, 30)].concat());
    assert!(verdict(&diff(&mut cells, query), "f").significant);
    assert!(!verdict(&diff(&mut cells, query), "g").significant);
}

#[test]
fn the_family_is_the_functions_of_the_table() {
    let profile = |v: &str, nth| {
        let (name, recording) = counts(&format!("v={v}"), nth, 20, 30);
        (name, recording.stack("main;idle;idler", 0))
    };
    let files = ["1", "2"].map(|v| (0..4).map(|nth| profile(v, nth)).collect::<Vec<_>>());
    let (_folder, mut cells) = session(files.concat());
    let query = "samples{v=\"2\"} | diff {v=\"1\"}";
    let counts = noise(&diff(&mut cells, query)).counts(Mode::Share);
    assert_eq!(counts.functions, 3);
    assert_eq!(cells.table(&format!("{query} | top 100")).height(), 3);
}

#[test]
fn what_shrinks_because_another_function_grew_changed_in_share_only() {
    // Ten functions of some 1 000 samples each; f0 doubles, and nine do the same work.
    let profile = |v: i64, nth: i64| {
        let recording = Recording::of("samples", "count").at(MIDNIGHT + 10 * nth).lasting(10);
        let work = |f: i64| if f == 0 { 1_000 * v } else { 1_000 } + (37 * f + 53 * nth) % 41 - 20;
        let stack = |recording: Recording, f| recording.stack(&format!("main;f{f}"), work(f));
        (format!("v={v}/{nth}.pb"), (0..10).fold(recording, stack))
    };
    let files = (1..=2).flat_map(|v| (0..6).map(move |nth| profile(v, nth)));
    let (_folder, mut cells) = session(files.collect());
    let query = "samples{v=\"2\"} | diff {v=\"1\"}";
    let shares = diff(&mut cells, query);
    let grown = verdict(&shares, "f0");
    assert!(grown.significant && !grown.share_only, "{grown:?}");
    for f in 1..10 {
        let other = verdict(&shares, &format!("f{f}"));
        assert!(other.significant && other.share_only, "f{f} {other:?}");
    }
    assert!(noise(&shares).summary(Mode::Share).contains("9 of them only because others did"));
    // Per second, they did not change.
    let rates = diff(&mut cells, &format!("{query} mode=rate"));
    assert!(verdict(&rates, "f0").significant && !verdict(&rates, "f5").significant);
}

#[test]
fn different_pods_on_the_two_sides_are_the_replicates() {
    // f is 90, 100 and 110 of every profile of three pods, then 190, 200, 210 of three
    // others: nothing varies in time, but pods do. Sums over four profiles are off by -40, 0
    // and 40 from 400: 3/2 (1 600 + 1 600) on each side, more than 1 200 and 2 400 samples.
    let pod = |v: i64, pod: i64| -> Vec<(String, Recording)> {
        let file = format!("v={v}/pod={v}{pod}");
        (0..4).map(|nth| counts(&file, nth, 100 * v + 10 * (pod - 1), 1)).collect()
    };
    let pods = (1..=2).flat_map(|v| (0..3).map(move |nth| (v, nth)));
    let (_folder, mut cells) = session(pods.flat_map(|(v, nth)| pod(v, nth)).collect());
    let query = "samples{v=\"2\"} | diff {v=\"1\"} mode=amount";
    let diff = diff(&mut cells, query);
    let Verdict { se, z, freedom, .. } = verdict(&diff, "f");
    assert_close((se, z), (9_600.0_f64.sqrt(), 1_200.0 / 9_600.0_f64.sqrt()));
    assert!((freedom - 4.0).abs() < 1e-9, "{freedom}");
    let summary = noise(&diff).summary(Mode::Amount);
    assert!(summary.starts_with("12 profiles against 12, replicated by series"), "{summary}");
}

#[test]
fn a_canary_differs_from_other_pods_as_these_do_from_each_other() {
    // f is 90, 100 and 110 of every profile of three pods, and 200 of those of one. Sums over
    // four profiles are off by -40, 0 and 40 from 400: 3/2 (1 600 + 1 600) for three of them,
    // a third of that for one. Both are one estimate, with two degrees of freedom.
    let pod = |file: &str, f: i64| -> Vec<(String, Recording)> {
        (0..4).map(|nth| counts(file, nth, f, 1)).collect()
    };
    let before = [90, 100, 110].map(|f| pod(&format!("v=1/pod={f}"), f)).concat();
    let (_folder, mut cells) = session([before, pod("v=2/pod=x", 200)].concat());
    let diff = diff(&mut cells, "samples{v=\"2\"} | diff {v=\"1\"} mode=amount");
    let Verdict { se, z, freedom, .. } = verdict(&diff, "f");
    assert_close((se, z), (6_400.0_f64.sqrt(), -400.0 / 80.0));
    assert!((freedom - 2.0).abs() < 1e-9, "{freedom}");
    let summary = noise(&diff).summary(Mode::Amount);
    assert!(summary.starts_with("4 profiles against 12, replicated by series"), "{summary}");
}

#[test]
fn self_and_total_of_a_function_that_calls_nothing_are_judged_alike() {
    for query in [
        "cpu{version=\"2\"} | diff {version=\"1\"}",
        "alloc_space{version=\"2\"} | diff {version=\"1\"} mode=amount",
    ] {
        let mut cells = Cells::new(".");
        cells.run("use \"demo:\"");
        let diff = diff(&mut cells, query);
        let stacks = &diff.symbols().stacks;
        let mut calls = vec![false; diff.symbols().frames.len()];
        for (_, parent, _) in stacks.iter() {
            if parent != flamebook::profile::StackId::EMPTY {
                calls[stacks.frame(parent).index()] = true;
            }
        }
        let functions = noise(&diff).modes[diff.mode as usize].functions.iter();
        let leaves = functions.zip(&calls).filter(|(_, calls)| !**calls);
        let leaves: Vec<_> = leaves.filter_map(|(verdict, _)| *verdict).collect();
        assert!(leaves.len() > 10, "{}", leaves.len());
        for leaf in leaves {
            let facts = |it: Verdict| [it.delta, it.se, it.p, it.freedom].map(f64::to_bits);
            assert_eq!(facts(leaf.own), facts(leaf.total), "{leaf:?}");
        }
    }
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
    let paired = noise(&diff(&mut cells, &query.replace(" | top", ""))).summary(Mode::Amount);
    assert!(paired.contains("4, each series compared with itself"), "{paired}");
}

#[test]
fn nine_pods_replicate_as_two_do() {
    // f is 100, 200 ... 900 on nine pods, in each of four profiles: nothing but counting.
    let pod = |v: &str, pod: i64| -> Vec<(String, Recording)> {
        let file = format!("v={v}/pod={pod}");
        (0..4).map(|nth| counts(&file, nth, 100 * pod, 1)).collect()
    };
    let side = |v: &str| (1..=9).flat_map(|nth| pod(v, nth)).collect::<Vec<_>>();
    let stray = vec![counts("v=2/pod=x", 0, 5, 1)];
    let query = "samples{v=\"2\"} | diff {v=\"1\"} mode=amount";
    for (stray, samples) in [(vec![], 36_000.0_f64), (stray, 36_005.0)] {
        let (_folder, mut cells) = session([side("1"), side("2"), stray].concat());
        let found = verdict(&diff(&mut cells, query), "f").se;
        // 4 (100 + ... + 900) on each side, one sample each.
        let expected = samples.sqrt();
        assert!((found - expected).abs() < 1e-6 * expected, "{found} {expected}");
    }
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
    // Before: a variance of 10 000 between three; after: Poisson's of 350 samples of one, the
    // mean of 200 and 500.
    let se = (10_000.0_f64 / 3.0 + 350.0).sqrt();
    let query = "inuse_space{v=\"2\"} | diff {v=\"1\"} | top";
    assert_close(error(&mut cells, query, "f"), (se, 300.0 / se));
}

#[test]
fn a_single_profile_has_the_error_of_counting_and_says_so() {
    let single = |v: &str, f: i64, g: i64| {
        let (name, recording) = counts(v, 0, f, g);
        (name, recording.stack("main;h", 1))
    };
    let (_folder, mut cells) = session(vec![single("v=1", 200, 600), single("v=2", 400, 400)]);
    let query = "samples{v=\"2\"} | diff {v=\"1\"}";
    // 200 of 801, then 400 of 801: each p (1 - p) / 801, with the p of both together.
    let p = 600.0 / 1_602.0;
    let se = (2.0 * p * (1.0 - p) / 801.0_f64).sqrt();
    let z = 200.0 / 801.0 / se;
    assert_close(error(&mut cells, &format!("{query} | top"), "f"), (100.0 * se, z));
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
fn of_very_many_series_neighbours_are_pooled_and_pairs_replicate() {
    // 40 pods of 4 profiles are 20 pairs of two pods: before, f is 1 and 101 by turns of ten.
    let f = |nth: i64| if nth / 10 % 2 == 0 { 1 } else { 101 };
    let side = |v: &str, f: &dyn Fn(i64) -> i64| {
        let profile = |nth| counts(&format!("v={v}/pod={:02}", nth / 4), nth % 4, f(nth), 1);
        (0..160).map(profile).collect::<Vec<_>>()
    };
    let (_folder, mut cells) = session([side("1", &f), side("2", &|_| 1)].concat());
    // Sums of 8 profiles, 408 on average; after, all are alike.
    let sums = (0..20).map(|pair| (8 * pair..8 * pair + 8).map(f).sum::<i64>() as f64);
    let se = sums.map(|sum| (sum - 408.0).powi(2) * 20.0 / 19.0).sum::<f64>().sqrt();
    let z = (160.0 - 8160.0) / se;
    let query = "samples{v=\"2\"} | diff {v=\"1\"} mode=amount | top";
    assert_close(error(&mut cells, query, "f"), (se, z));
    // Each pod was looked at for 40 s.
    let rated = query.replace(" | diff", " | rate | diff");
    assert_close(error(&mut cells, &rated, "f"), (se / 40.0, z));
    let summary = noise(&diff(&mut cells, &query.replace(" | top", ""))).summary(Mode::Amount);
    assert!(summary.contains("replicated by pairs of the same series"), "{summary}");
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
