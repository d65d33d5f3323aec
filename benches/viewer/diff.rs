//! Two trees aligned: time and memory, against Pyroscope's diff of the same two.
//!
//! Both programs have their trees in memory when the clock starts, each side with its own
//! names. Pyroscope computes a layout with offsets, without nodes below the limit of its
//! own benchmark; we keep every node.
//!
//! `benches/pyroscope` builds version 1.2.0, the newest on Go's module proxy. Its diff is
//! quadratic in the width of a level, which later versions fixed, so its ratio is shown
//! without a claim. `PYROSCOPE_DIFF` can name a program with the same usage built from a
//! newer version; then a ratio is claimed.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use flamebook::eval::result::value::{Graph, Header, Outcome, Value, View};
use flamebook::profile::diff::Mode;
use flamebook::profile::{Diff, Tree};
use flamebook::view::{Mime, render};

use crate::report::Row;
use crate::{ROOT, RUNS, trees};
use flamebook::work::Work;

const MB: f64 = 1e6;

/// By run.
#[derive(Default)]
struct Measured {
    milliseconds: Vec<f64>,
    allocated: Vec<f64>,
    peak: Vec<f64>,
    drawn: Vec<f64>,
}

pub(crate) fn rows(pair: &[Tree; 2], folder: &Path) -> Vec<Row> {
    let files = ["before", "after"].map(|side| folder.join(side).with_extension("tree"));
    for (tree, file) in pair.iter().zip(&files) {
        trees::write(tree, file);
    }
    let (pyroscope, name) = match std::env::var_os("PYROSCOPE_DIFF") {
        Some(named) => (Some(named.into()), "Pyroscope, as named"),
        None => (built(), "Pyroscope 1.2.0"),
    };
    let (mut ours, mut theirs) = (Measured::default(), Measured::default());
    for _ in 0..RUNS {
        measure(pair, &mut ours);
        if let Some(pyroscope) = &pyroscope {
            measure_peer(pyroscope, &files, &mut theirs);
        }
    }
    let nodes = trees::nodes(&pair[0]).max(trees::nodes(&pair[1]));
    let what = |what: &str| format!("diff of two trees of {nodes}: {what}");
    let is_named = std::env::var_os("PYROSCOPE_DIFF").is_some();
    let against = |row: Row, theirs: Vec<f64>, at_most: f64| match theirs.is_empty() {
        true => row,
        false => row.against(name, theirs, is_named.then_some(at_most)),
    };
    let time = Row::new(what("time"), "ms", ours.milliseconds).median_at_most(16.0);
    let allocated = Row::new(what("allocated"), "MB", ours.allocated);
    vec![
        against(time, theirs.milliseconds, 0.02),
        Row::new(what("peak"), "MB", ours.peak).all_at_most(50.0),
        against(allocated, theirs.allocated, 0.06),
        Row::new(what("html of a cell"), "ms", ours.drawn),
    ]
}

fn measure([before, after]: &[Tree; 2], measured: &mut Measured) {
    let align = |before, after| {
        Diff::align(before, after, Mode::Share, [0.0; 2], Work::unattended()).expect("no interrupt")
    };
    let (one, other) = (before.clone(), after.clone());
    let begun = Instant::now();
    let diff = align(one, other);
    measured.milliseconds.push(begun.elapsed().as_secs_f64() * 1e3);
    drop(diff);
    let (one, other) = (before.clone(), after.clone());
    let mut diff = None;
    let memory = allocation_counter::measure(|| diff = Some(align(one, other)));
    measured.allocated.push(memory.bytes_total as f64 / MB);
    measured.peak.push(memory.bytes_max as f64 / MB);
    let graph = Graph::Diff(Box::new(diff.expect("a diff")));
    let outcome = Outcome { value: Value::View(View::Flame(graph)), header: Header::default() };
    let begun = Instant::now();
    let drawn = render(&outcome, Work::unattended()).expect("no interrupt");
    measured.drawn.push(begun.elapsed().as_secs_f64() * 1e3);
    assert!(drawn.get(Mime::Html).is_some_and(|html| html.contains("<script>")));
}

fn measure_peer(pyroscope: &Path, files: &[PathBuf; 2], measured: &mut Measured) {
    let output = Command::new(pyroscope).args(files).output().expect("the peer starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let mut words = text.split_whitespace().map(|word| word.parse::<f64>().expect("a number"));
    let mut word = || words.next().expect("seconds and bytes");
    measured.milliseconds.push(word() * 1e3);
    measured.allocated.push(word() / MB);
}

/// The program in `benches/pyroscope`.
fn built() -> Option<PathBuf> {
    let program = Path::new(ROOT).join("target/pyroscope-diff");
    let mut build = Command::new("go");
    build.args(["build", "-o"]).arg(&program).arg(".");
    let status = build.current_dir(Path::new(ROOT).join("benches/pyroscope")).status();
    if status.is_ok_and(|status| status.success()) {
        return Some(program);
    }
    println!(
        "no Pyroscope: Go builds it in benches/pyroscope (`go build`); install Go 1.21 or newer"
    );
    None
}
