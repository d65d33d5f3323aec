//! What a session takes of memory and time: results of earlier cells, queries that would
//! need too much, texts that grow faster than they look.

use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use flamebook::eval::result::value::{Outcome, Value};
use flamebook::notebook::drawn;
use flamebook::view::Mime;
use flamebook::work::{Cancel, Unwatched, Work};

use crate::cells::{Cells, figure};
use crate::frontend::{Frontend, Kernel};
use crate::recording::Recording;
use crate::store::said;

fn demo() -> Cells {
    Cells::over("".as_ref(), "demo:")
}

/// The first column of a table, as text.
fn rows(outcome: &Outcome) -> String {
    let Value::Table(table) = &outcome.value else { panic!("{outcome:?}") };
    table.frame.to_string()
}

fn last(cells: &mut Cells, code: &str) -> Outcome {
    cells.run(code).pop().expect("a cell with a result")
}

/// 200 000 stacks of twelve functions, drawn by a generator of pseudo-random numbers: their
/// tree has more than a million nodes.
fn many_stacks(mut seed: u64) -> String {
    let mut name = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        format!("f{}", seed >> 53)
    };
    let line = |_| (0..12).map(|_| name()).collect::<Vec<_>>().join(";") + " 1\n";
    (0..200_000).map(line).collect()
}

#[test]
fn a_drawing_is_interrupted_and_its_result_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("many.folded"), many_stacks(1)).expect("a file");
    let mut cells = Cells::over(folder.path(), "many.folded");
    let outcome = last(&mut cells, "samples | flame");
    // An interrupt that comes after the query has run, and before the picture is there.
    let cancel = Cancel::new();
    cancel.cancel();
    let work = Work { cancel: &cancel, watch: &Unwatched };
    assert!(drawn(outcome.clone(), work).is_err());
    assert!(matches!(cells.value("_2"), Value::View(_)));
    let heard = Work { cancel: &Cancel::new(), watch: &Unwatched };
    assert!(drawn(outcome, heard).is_ok_and(|bundle| bundle.get(Mime::Html).is_some()));
}

/// `In[1]` opens the demo, so the results are `_3` and so on.
#[test]
fn an_earlier_result_that_was_let_go_runs_again_and_says_so() {
    let mut cells = demo();
    cells.run("set history 1KiB");
    let first = last(&mut cells, "cpu | top 3");
    cells.run("let kept = cpu | top 4");
    let newest = last(&mut cells, "cpu | top 5");

    let note = "`_3` was no longer in memory, so its query ran again";
    let again = last(&mut cells, "_3");
    assert_eq!((rows(&again), &*again.header.notes), (rows(&first), &[note.to_owned()][..]));
    let taken = last(&mut cells, "_3 | take 2");
    assert!(taken.header.notes.contains(&note.to_owned()), "{:?}", taken.header.notes);

    let newest_again = last(&mut cells, "_5 | take 9");
    assert_eq!(rows(&newest_again), rows(&newest));
    assert_eq!(last(&mut cells, "kept").header.notes, Vec::<String>::new(), "it has a name");
}

#[test]
fn an_earlier_result_that_would_change_does_not_run_again() {
    let mut cells = demo();
    cells.run("set history 1KiB");
    cells.run("cpu | top 3");
    cells.run("cpu | top 5");
    cells.run("set range 5m");
    let report = cells.error("_3");
    assert!(
        report.contains("let-go") && report.contains("run In[3] again: cpu | top 3"),
        "{report}"
    );
    cells.run("set range all");
    last(&mut cells, "_3");
}

#[test]
fn earlier_results_are_kept_within_the_default_size() {
    let mut cells = demo();
    let first = last(&mut cells, "cpu | top 3");
    cells.run("cpu | top 5");
    let again = last(&mut cells, "_2");
    assert_eq!((rows(&again), again.header.notes.len()), (rows(&first), 0));
}

/// The short form of `benches/soak.rs`.
#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_the_number_of_queries() {
    let kernel = Kernel::process();
    let mut frontend = Frontend::connect(&kernel);
    frontend.execute_to_end("set history 8MiB; use \"demo:\"");
    let mut after = |queries: std::ops::Range<u32>| {
        for nth in queries {
            let (reply, _) = frontend.execute_to_end(&format!("cpu | trim {nth}us | tree"));
            assert_eq!(reply.content["status"], "ok");
        }
        kernel.memory("VmRSS")
    };
    let (before, after) = (after(1..150), after(150..550));
    // Each result takes half a megabyte, so 400 of them would take 200 MB.
    assert!(after < before + 35, "{before} MB, then {after} MB");
}

fn eval(folder: &std::path::Path, code: &str) -> Output {
    let program = env!("CARGO_BIN_EXE_flamebook");
    Command::new(program).args(["eval", code]).current_dir(folder).output().expect("it runs")
}

/// 3 000 series of two stacks of their own. All stacks of all series, times the series,
/// would take a gigabyte.
fn many_series() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a scratch folder");
    for nth in 0..3000 {
        let text = format!("main;a{nth} 1\nmain;a{nth};b{nth} 2\n");
        let path = folder.path().join(format!("{nth}.folded"));
        std::fs::write(path, text).expect("a writable scratch folder");
    }
    folder
}

#[test]
fn a_root_or_leaf_for_each_of_many_series_takes_little_memory() {
    let folder = many_series();
    for verb in ["tagroot", "tagleaf"] {
        let code =
            format!("use \"{{pod}}.folded\"\nset memory 200MiB\nsamples | {verb} (pod) | top 1");
        let output = eval(folder.path(), &code);
        let (text, errors) = (
            String::from_utf8_lossy(&output.stdout).into_owned(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        );
        assert!(output.status.success(), "{verb}: {errors}");
        // Of 3 000 series with 1 and 2 samples.
        assert!(text.contains("9 000") || text.contains("9000"), "{verb}: {text}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_query_that_takes_too_much_memory_ends_with_an_error() {
    let folder = many_series();
    let output = eval(folder.path(), "set memory 1MiB\nuse \"{pod}.folded\"\nsamples | top 1");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("error[out-of-memory]") && errors.contains("1 MiB"), "{errors}");
}

#[test]
fn panes_are_counted_before_the_work() {
    let folder = many_series();
    let mut cells = Cells::over(folder.path(), "{pod}.folded");
    let start = Instant::now();
    let report = cells.error("samples | by (pod) | compare");
    assert!(report.contains("3000 panes") || report.contains("3 000 panes"), "{report}");
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}

/// 2^40 parts or values.
#[test]
fn variables_that_double_are_refused() {
    let doubling = |first: &str, next: &str| {
        let lines = (1..=40).map(|n| next.replace("it", &format!("v{}", n - 1)) + "\n");
        let named = lines.enumerate().map(|(n, value)| format!("let v{} = {value}", n + 1));
        format!("let v0 = {first}\n{}", named.collect::<String>())
    };
    let report = demo().error(&doubling("~\"a.*\"", "~\"b.*\" or it or it"));
    assert!(report.contains("the pattern has more than 10000 parts"), "{report}");
    let report = demo().error(&doubling("1", "[it, it]"));
    assert!(report.contains("the list has more than 10000 values"), "{report}");
}

/// Ten series with one stack of one sample each: the mean of a stack is a tenth, and that of
/// all is exactly one. Ten tenths added up as floats are less.
#[test]
fn a_mean_is_an_exact_sum_over_a_count() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    for nth in 0..10 {
        let path = folder.path().join(format!("x-{nth}.folded"));
        std::fs::write(path, format!("main;f{nth} 1\n")).expect("a writable scratch folder");
    }
    let mut cells = Cells::over(folder.path(), "{env}-{pod}.folded");
    let mean = last(&mut cells, "samples | avg by (env) | tree");
    assert_eq!(mean.header.total.map(|total| total.value), Some(1.0));
}

/// 2^63 - 1 and 2^63 - 1 are 2^64 - 2, which rounds to 2^64.
#[test]
fn totals_do_not_saturate() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let text = "a 9223372036854775807\nb 9223372036854775807\n";
    std::fs::write(folder.path().join("x.folded"), text).expect("a writable scratch folder");
    let import = ["import", "x.flamestore", "{pod}.folded"];
    said(folder.path(), &import);
    for source in ["{pod}.folded", "x.flamestore"] {
        assert_total(&mut Cells::over(folder.path(), source), 18_446_744_073_709_551_616.0);
    }
    // As large below zero, beside a total that is small.
    let profile = || Recording::of("cpu", "nanoseconds").at(1);
    profile().stack("a", i64::MIN).stack("b", i64::MIN).save(folder.path(), "pod=x/1.pb");
    profile().stack("a", 5).save(folder.path(), "pod=y/1.pb");
    for pod in ["x", "y"] {
        said(folder.path(), &["import", "y.flamestore", &format!("pod={pod}/1.pb")]);
    }
    said(folder.path(), &["compact", "y.flamestore"]);
    let mut cells = Cells::over(folder.path(), "y.flamestore");
    let totals = cells.table("cpu | by (pod) | table | sort pod");
    assert_eq!(figure(&totals, "total", 0), -18_446_744_073_709_551_616.0);
    assert_eq!(figure(&totals, "total", 1), 5.0);
}

fn assert_total(cells: &mut Cells, expected: f64) {
    for code in ["samples | profiles", "samples | values (pod)", "samples | by (pod) | table"] {
        assert_eq!(figure(&cells.table(code), "total", 0), expected, "{code}");
    }
    let tree = last(cells, "samples | tree");
    assert_eq!(tree.header.total.map(|total| total.value), Some(expected));
}

/// 2^53 + 1, 2^53 + 3 and 1, of which a float holds only the last; together 2^54 + 5.
#[test]
fn sums_above_two_to_the_53_are_exact_to_the_last_digit() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let profile = Recording::of("cpu", "nanoseconds").at(1);
    let profile = profile.stack("main;a", (1 << 53) + 1).stack("main;b", (1 << 53) + 3);
    profile.stack("main", 1).save(folder.path(), "pod=x/large.pb");
    said(folder.path(), &["import", "x.flamestore", "pod=x/large.pb"]);
    const A: &str = "a,9007199254740993,9007199254740993\n";
    const B: &str = "b,9007199254740995,9007199254740995\n";
    const MAIN: &str = "main,1,18014398509481989\n";
    let listed = |columns: &str, rows: &[&str]| columns.to_owned() + "\n" + &rows.concat();
    let shown = "| select function, self, total";
    for source in ["pod=x/large.pb", "x.flamestore"] {
        let csv = |query: &str| {
            let opened = format!("use {source:?}");
            said(folder.path(), &["eval", "-f", "csv", &opened, query])
        };
        let columns = "function,self,total";
        assert_eq!(csv(&format!("cpu | top {shown}")), listed(columns, &[B, A, MAIN]));
        assert_eq!(csv(&format!("cpu | by (pod) | top {shown}")), listed(columns, &[B, A, MAIN]));
        assert_eq!(csv(&format!("cpu | functions {shown}")), listed(columns, &[MAIN, B, A]));
        let main = "main,0,9007199254740993\n";
        assert_eq!(csv(&format!("cpu | focus \"a\" | top {shown}")), listed(columns, &[A, main]));
        assert_eq!(
            csv(&format!("cpu | callees \"main\" | focus \"a\" | top {shown}")),
            listed(columns, &[A, main])
        );
        let total = "total\n18014398509481989\n";
        for query in ["profiles", "by (pod) | table", "values pod"] {
            assert_eq!(csv(&format!("cpu | {query} | select total")), total, "{query}");
        }
        assert_eq!(csv("cpu | focus \"a\" | profiles | select total"), "total\n9007199254740993\n");
        let json = ["eval", "-f", "json", &format!("use {source:?}"), "cpu | tree"];
        let json: serde_json::Value =
            serde_json::from_str(&said(folder.path(), &json)).expect("JSON");
        assert_eq!(json["total_of"][0].as_i64(), Some((1 << 54) + 5));
        assert_eq!(json["self"][1].as_i64(), Some((1 << 53) + 3));
        assert_eq!(json["total"].as_i64(), Some((1 << 54) + 5));
    }
}

/// Each runs the definitions before it.
#[cfg(target_os = "linux")]
#[test]
fn a_chain_of_variables_is_interrupted_soon() {
    let chain = (1..=98).map(|n| format!("let v{n} = v{} | focus \"*\"\n", n - 1));
    let code = format!("use \"demo:\"\nlet v0 = cpu\n{}v98 | top 3", chain.collect::<String>());
    is_interrupted_soon(&code);
}

#[cfg(target_os = "linux")]
#[test]
fn a_long_pattern_is_interrupted_soon() {
    let names: Vec<String> = (0..9000).map(|n| format!("\"*f{n}\"")).collect();
    is_interrupted_soon(&format!("use \"demo:\"\ncpu | focus {}", names.join(" or ")));
}

/// Interrupts a cell that takes seconds after 300 ms.
#[cfg(target_os = "linux")]
fn is_interrupted_soon(code: &str) {
    let kernel = Kernel::process();
    let mut frontend = Frontend::connect(&kernel);
    let reply = interrupted_after(Duration::from_millis(300), code, &kernel, &mut frontend);
    assert_eq!(reply["ename"], "interrupted");
}

/// The reply to a cell that is interrupted after a time, unless it ends before.
#[cfg(target_os = "linux")]
fn interrupted_after(
    time: Duration,
    code: &str,
    kernel: &Kernel,
    frontend: &mut Frontend,
) -> serde_json::Value {
    let cell = frontend.execute(code);
    frontend.recv_iopub_busy(&cell);
    std::thread::sleep(time);
    let before = kernel.cpu_time();
    frontend.interrupt();
    let reply = frontend.recv_execute_reply(&cell);
    // What it computes from then on, however busy the machine is.
    let computed = kernel.cpu_time() - before;
    assert!(computed < Duration::from_millis(200), "{computed:?} after {time:?} of {code}");
    // Of the cell and of the interrupt, in any order.
    for _ in 0..2 {
        while frontend.recv_iopub().content["execution_state"] != "idle" {}
    }
    reply
}

/// Each time half as long again as the one before.
#[cfg(target_os = "linux")]
fn growing_from(first: Duration) -> impl Iterator<Item = Duration> {
    std::iter::successors(Some(first), |time| Some(*time * 3 / 2))
}

/// The time that a kernel computes before it rests.
#[cfg(target_os = "linux")]
fn computes_for(kernel: &Kernel) -> Duration {
    let start = kernel.cpu_time();
    let mut last = start;
    loop {
        std::thread::sleep(Duration::from_millis(100));
        let now = kernel.cpu_time();
        if now < last + Duration::from_millis(20) {
            return now - start;
        }
        last = now;
    }
}

/// Every pass over a million nodes, of a query and of a drawing, in a thread that nobody
/// waits for after the interrupt.
#[cfg(target_os = "linux")]
#[test]
fn work_on_many_stacks_ends_soon_after_an_interrupt_at_any_time() {
    let folder = tempfile::tempdir().expect("a folder");
    for (seed, name) in [(1, "many"), (7, "other")] {
        let path = folder.path().join(format!("{name}.folded"));
        std::fs::write(path, many_stacks(seed)).expect("a file");
    }
    let kernel = Kernel::process();
    let mut frontend = Frontend::connect(&kernel);
    let path = folder.path().join("{file}.folded");
    frontend.execute_to_end(&format!("use {path:?}"));
    for query in [
        "samples{file=\"many\"} | flame",
        "samples{file=\"many\"} | top 3",
        "samples{file=\"many\"} | diff {file=\"other\"}",
        "samples{file=\"many\"} | diff {file=\"other\"} | top 3",
    ] {
        let mut interrupted = 0;
        for time in growing_from(Duration::from_millis(60)) {
            let reply = interrupted_after(time, query, &kernel, &mut frontend);
            let rest = computes_for(&kernel);
            assert!(rest < Duration::from_millis(300), "{rest:?} after {time:?} of {query}");
            if reply["status"] == "ok" {
                break;
            }
            interrupted += 1;
        }
        assert!(interrupted > 0, "{query} is too fast to be interrupted");
    }
}

/// Whether a process handles the signal 2, or has ended.
#[cfg(target_os = "linux")]
fn hears_ctrl_c(process: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"));
    let status = status.expect("the process is not waited for");
    let handled = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let handled = handled.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    status.contains("State:\tZ") || handled.is_some_and(|mask| mask & 2 != 0)
}

/// Ctrl-C, while the program reads, computes, or writes the text of a tree of a million nodes.
#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_ends_an_evaluation_at_any_time() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("many.folded"), many_stacks(1)).expect("a file");
    let mut interrupted = 0;
    for time in growing_from(Duration::from_millis(300)) {
        let mut program = Command::new(env!("CARGO_BIN_EXE_flamebook"));
        program.args(["eval", "-f", "json", "-o", "out", "many.folded", "samples | flame"]);
        program.current_dir(folder.path()).stderr(Stdio::piped());
        let running = program.spawn().expect("it runs");
        while !hears_ctrl_c(running.id()) {
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(time);
        let sent = Command::new("kill").args(["-INT", &running.id().to_string()]).status();
        assert!(sent.expect("a signal").success());
        let output = running.wait_with_output().expect("it ends");
        if output.status.success() {
            break;
        }
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(errors.contains("error[interrupted]"), "after {time:?}: {errors}");
        assert_eq!(output.status.code(), Some(1), "after {time:?}");
        interrupted += 1;
    }
    assert!(interrupted > 1, "it was too fast to be interrupted");
}

#[test]
fn a_text_of_100_kilobytes_that_matches_nothing_is_refused_soon() {
    let start = Instant::now();
    let report = demo().error(&format!("cpu | focus \"{}\"", "abcdefghij".repeat(10_000)));
    assert!(report.contains("no-match"), "{}", &report[..200]);
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}
