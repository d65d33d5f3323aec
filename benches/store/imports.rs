//! Import of recorded CPU profiles into a new store, process start included.

use std::path::Path;
use std::process::Command;

use crate::process::seconds;
use crate::report::Row;
use crate::{FLAMEBOOK, RUNS, corpus};

const PROFILES: usize = 10_000;
/// In megabytes of gzipped files a second, on two cores.
const AT_LEAST: f64 = 100.0;

pub(crate) fn rows(folder: &Path) -> Vec<Row> {
    let Some(files) = corpus::files("cpu", PROFILES, &folder.join("recorded")) else {
        return Vec::new();
    };
    let megabytes = corpus::size(&files) as f64 / 1e6;
    let times = (0..RUNS).map(|_| {
        let _ = std::fs::remove_dir_all(folder.join("recorded.flamestore"));
        let mut import = Command::new(FLAMEBOOK);
        import.args(["import", "recorded.flamestore", "recorded"]).current_dir(folder);
        seconds(import) * 1e3
    });
    let mut times: Vec<f64> = times.collect();
    times.sort_by(f64::total_cmp);
    let speed = megabytes / times[RUNS / 2] * 1e3;
    println!(
        "\nimport of {PROFILES} recorded CPU profiles, {megabytes:.1} MB gzipped: {speed:.0} MB/s \
         (at least {AT_LEAST})"
    );
    let at_most = (megabytes / AT_LEAST * 1e3).round();
    vec![Row::new("import of recorded profiles", "ms", times).median_at_most(at_most)]
}
