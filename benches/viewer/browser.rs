//! A million nodes in Chromium: time to show, zoom and search them.

use std::path::{Path, PathBuf};
use std::process::Command;

use flamebook::view::export;

use crate::report::Row;
use crate::{ROOT, flame, trees};
use flamebook::work::Work;

const NODES: usize = 1_000_000;

pub(crate) fn rows(folder: &Path) -> Vec<Row> {
    let path = folder.join("million.html");
    let page =
        export::page(&[flame(trees::generated(NODES, trees::Load::Fleet))], Work::unattended())
            .expect("no interrupt");
    std::fs::write(&path, page).expect("a scratch folder");
    let python = std::env::var_os("PYTHON")
        .map_or_else(|| Path::new(ROOT).join("target/test-env/bin/python"), PathBuf::from);
    let script = Path::new(ROOT).join("benches/viewer/browser.py");
    let output = Command::new(&python).arg(script).arg(&path).output();
    let output = match output {
        Ok(output) if output.status.success() => output,
        Ok(output) if output.status.code() != Some(3) => {
            panic!("{}", String::from_utf8_lossy(&output.stderr))
        }
        _ => {
            println!(
                "no browser: `tests/run browser` installs playwright below target/ and Chromium; \
                 or name in PYTHON an interpreter that has playwright, and put Chromium on PATH"
            );
            return Vec::new();
        }
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let figures = |what: &str| -> Vec<f64> {
        let own = text.lines().filter_map(|line| line.strip_prefix(what));
        own.map(|figure| figure.trim().parse().expect("milliseconds")).collect()
    };
    let row = |what: &str| Row::new(format!("{NODES} nodes: {what}"), "ms", figures(what));
    vec![
        row("arrival to picture").median_at_most(1000.0),
        row("zoom").all_at_most(16.0),
        row("search").all_at_most(50.0),
    ]
}
