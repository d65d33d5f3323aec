//! Flamebook against other programs, in the same run: `cargo bench --bench peers`.
//!
//! It compares with ipykernel (start of a kernel, round trip of a cell) and Go's pprof
//! (hottest functions of many recorded files). Runs alternate, so that other load on the
//! machine affects both. The table shows medians, extremes, and claimed ratios. For a
//! program that is not installed, it says how to get it.

#[path = "store/corpus.rs"]
mod corpus;
#[path = "store/process.rs"]
mod process;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{peak_memory, pprof, seconds};

const FLAMEBOOK: &str = env!("CARGO_BIN_EXE_flamebook");
const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const RUNS: usize = 7;
/// How many recorded CPU profiles are read.
const PROFILES: usize = 2000;

/// One line of the table.
struct Row {
    what: String,
    unit: &'static str,
    ours: Vec<f64>,
    peer: &'static str,
    theirs: Vec<f64>,
    /// The claimed ratio of the medians.
    at_most: f64,
}

fn main() {
    println!("{}, {RUNS} alternating runs", machine());
    let mut rows = kernels();
    rows.extend(files());
    print_table(&rows);
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find(|line| line.starts_with("model name"));
    let model = model.and_then(|line| line.split_once(": ")).map_or("unknown processor", |m| m.1);
    format!("{model}, {cores} cores")
}

/// Start to first reply, and execute round trip, against ipykernel.
fn kernels() -> Vec<Row> {
    let python = std::env::var_os("PYTHON")
        .map_or_else(|| Path::new(ROOT).join("target/test-env/bin/python"), PathBuf::from);
    let script = Path::new(ROOT).join("benches/kernels.py");
    let output = Command::new(&python).arg(script).args([&RUNS.to_string(), FLAMEBOOK]).output();
    let Some(output) = output.ok().filter(|output| output.status.success()) else {
        println!(
            "no ipykernel: `tests/run jupyter` installs one below target/, or name in PYTHON \
             an interpreter that has ipykernel and jupyter_client"
        );
        return Vec::new();
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let column = |kernel: &str, at: usize| -> Vec<f64> {
        let lines = text.lines().map(|line| line.split(' ').collect::<Vec<_>>());
        let own = lines.filter(|words| words[0] == kernel);
        own.map(|words| words[at].parse::<f64>().expect("seconds") * 1e3).collect()
    };
    let row = |what: &str, at: usize| Row {
        what: what.to_owned(),
        unit: "ms",
        ours: column("flamebook", at),
        peer: "ipykernel",
        theirs: column("ipykernel", at),
        at_most: 0.1,
    };
    vec![row("start to first reply", 1), row("execute round trip", 2)]
}

/// The hottest functions of many files, against `pprof -top`.
fn files() -> Vec<Row> {
    let Some(pprof) = pprof() else {
        println!("no pprof: go install github.com/google/pprof@latest, or name one in PPROF");
        return Vec::new();
    };
    let folder = tempfile::tempdir().expect("a scratch folder");
    let Some(files) = corpus::files("cpu", PROFILES, folder.path()) else { return Vec::new() };
    println!("{PROFILES} recorded CPU profiles, {:.1} MB", corpus::size(&files) as f64 / 1e6);
    top(&pprof, folder.path(), &files).into()
}

fn top(pprof: &Path, folder: &Path, files: &[PathBuf]) -> [Row; 2] {
    let ours = || {
        let mut command = Command::new(FLAMEBOOK);
        command.args(["eval", "use \"**/*.pb.gz\"; cpu | top 10"]).current_dir(folder);
        command
    };
    let theirs = || {
        let mut command = Command::new(pprof);
        let options = ["-top", "-nodecount=10", "-symbolize=none"];
        command.args(options).arg("-sample_index=cpu").args(files);
        command.current_dir(folder).env("PPROF_TMPDIR", folder);
        command
    };
    let (mut time, mut memory) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
    for _ in 0..RUNS {
        for (at, command) in [ours(), theirs()].into_iter().enumerate() {
            time[at].push(seconds(command) * 1e3);
        }
        for (at, command) in [ours(), theirs()].into_iter().enumerate() {
            memory[at].push(peak_memory(command));
        }
    }
    let row = |what: &str, unit, [ours, theirs]: [Vec<f64>; 2], at_most| Row {
        what: format!("{what}, cpu of {} files", files.len()),
        unit,
        ours,
        peer: "pprof -top",
        theirs,
        at_most,
    };
    [row("time", "ms", time, 0.2), row("peak memory", "MiB", memory, 1.0)]
}

fn print_table(rows: &[Row]) {
    println!();
    println!(
        "{:<36} {:>24} {:>26} {:>7} {:>8}",
        "", "flamebook (min .. max)", "peer (min .. max)", "ratio", "at most"
    );
    for row in rows {
        let ratio = median(&row.ours) / median(&row.theirs);
        println!(
            "{:<36} {:>24} {:>26} {ratio:>7.3} {:>8}  {}",
            row.what,
            spread(&row.ours, row.unit),
            spread(&row.theirs, row.unit),
            row.at_most,
            if ratio <= row.at_most {
                row.peer.to_owned()
            } else {
                format!("{}: MISSED", row.peer)
            },
        );
    }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

fn spread(values: &[f64], unit: &str) -> String {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(0.0, f64::max);
    let digits = if most < 10.0 { 2 } else { 0 };
    format!("{:.digits$} {unit} ({least:.digits$} .. {most:.digits$})", median(values))
}
