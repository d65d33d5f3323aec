//! Two hundred recorded heap profiles, from files and from a store, against `pprof -top`,
//! which reads the same files.

use std::path::Path;
use std::process::Command;

use crate::process::{peak_memory, pprof, seconds};
use crate::report::Row;
use crate::{FLAMEBOOK, RUNS, corpus};

const PROFILES: usize = 200;
const KIND: &str = "alloc_space";

pub(crate) fn rows(folder: &Path) -> Vec<Row> {
    let Some(pprof) = pprof() else {
        println!("no pprof: go install github.com/google/pprof@latest, or name one in PPROF");
        return Vec::new();
    };
    let Some(files) = corpus::files("heap", PROFILES, &folder.join("heaps")) else {
        return Vec::new();
    };
    println!("\n{PROFILES} recorded heap profiles, {:.1} MB", corpus::size(&files) as f64 / 1e6);
    let mut import = Command::new(FLAMEBOOK);
    import.args(["import", "heaps.flamestore", "heaps"]).current_dir(folder);
    seconds(import);
    let eval = |source: &str| {
        let mut command = Command::new(FLAMEBOOK);
        let query = format!("use \"{source}\"; {KIND} | sum_over_time | top 10");
        command.args(["eval", &query]).current_dir(folder);
        command
    };
    let theirs = || {
        let mut command = Command::new(&pprof);
        let options = ["-top", "-nodecount=10", "-symbolize=none"];
        command.args(options).arg(format!("-sample_index={KIND}")).args(&files);
        command.current_dir(folder).env("PPROF_TMPDIR", folder);
        command
    };
    let sources = ["heaps", "heaps.flamestore"];
    let mut times: [Vec<f64>; 3] = Default::default();
    let mut peaks: [Vec<f64>; 3] = Default::default();
    for _ in 0..RUNS {
        for (at, source) in sources.iter().enumerate() {
            times[at].push(seconds(eval(source)) * 1e3);
            peaks[at].push(peak_memory(eval(source)));
        }
        times[2].push(seconds(theirs()) * 1e3);
        peaks[2].push(peak_memory(theirs()));
    }
    let [files, store, pprof] = times;
    let [files_peak, store_peak, pprof_peak] = peaks;
    let row = |what: &str, unit, ours, theirs: &Vec<f64>, at_most| {
        Row::new(what, unit, ours).against("pprof -top", theirs.clone(), Some(at_most))
    };
    vec![
        row("200 heap profiles, from files", "ms", files, &pprof, 0.12),
        row("  peak memory", "MiB", files_peak, &pprof_peak, 0.15),
        row("200 heap profiles, from a store", "ms", store, &pprof, 0.02),
        row("  peak memory", "MiB", store_peak, &pprof_peak, 0.15),
    ]
}
