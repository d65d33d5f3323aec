//! The memory of an idle kernel that has a store of a gigabyte open.
//!
//! Values are random, so that they do not compress and the store is large without
//! millions of files. It holds the same files under four labels.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::profiles::Recorder;
use crate::report::Row;
use crate::{FLAMEBOOK, ROOT};

const PROFILES: u64 = 10_000;
const SAMPLES: usize = 2_500;
const ZONES: usize = 5;

const QUERIES: [&str; 3] = [
    "use \"large.flamestore\"",
    "cpu{zone=\"0\"} | timeline by (service)",
    "cpu{zone=\"0\", service=\"s1\"} | top",
];

pub(crate) fn rows(folder: &Path) -> Vec<Row> {
    Recorder::with_random_values().fill(&folder.join("large"), PROFILES, SAMPLES);
    for zone in 0..ZONES {
        let label = format!("zone={zone}");
        let arguments = ["import", "large.flamestore", "large", "--label", &label];
        let status = Command::new(FLAMEBOOK).args(arguments).current_dir(folder).status();
        assert!(status.is_ok_and(|status| status.success()));
    }
    println!("\na store of {:.2} GB", size(&folder.join("large.flamestore")) as f64 / 1e9);
    let python = std::env::var_os("PYTHON")
        .map_or_else(|| Path::new(ROOT).join("target/test-env/bin/python"), PathBuf::from);
    let script = Path::new(ROOT).join("benches/store/idle.py");
    let mut command = Command::new(python);
    let output = command.arg(script).arg(FLAMEBOOK).arg(folder).args(QUERIES).output();
    let Some(output) = output.ok().filter(|output| output.status.success()) else {
        println!("no jupyter_client: `tests/run jupyter` installs it below target/, or set PYTHON");
        return Vec::new();
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let figures = text.lines().map(|line| line.parse::<f64>().expect("MiB"));
    let row = |(query, figure): (&&str, f64)| {
        let what = format!("an idle kernel after {query}");
        Row::new(what, "MiB", vec![figure]).all_at_most(150.0)
    };
    QUERIES.iter().zip(figures).map(row).collect()
}

fn size(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file"));
    let size = |entry: std::fs::DirEntry| match entry.metadata().expect("a file") {
        metadata if metadata.is_dir() => size(&entry.path()),
        metadata => metadata.len(),
    };
    entries.map(size).sum()
}
