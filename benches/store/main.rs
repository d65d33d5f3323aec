//! The store's numbers: `cargo bench --bench store`.
//!
//! How fast profiles come in and how much room they take, how fast a session with a
//! store open answers, how much memory an idle kernel keeps, and hundreds of real heap
//! profiles against pprof, in the same run. `cargo bench --bench store -- queries`
//! measures that part alone, of `heaps`, `queries`, `idle` and `growth`; the last two
//! take minutes, and are left out unless they are named.
//!
//! - `heaps`, `queries`, `idle`, `growth`: what is measured
//! - `profiles`: of what
//! - `process`, `report`: the machine and other programs, the table

mod growth;
mod heaps;
mod idle;
mod process;
mod profiles;
mod queries;
#[path = "../viewer/report.rs"]
mod report;

const FLAMEBOOK: &str = env!("CARGO_BIN_EXE_flamebook");
const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const RUNS: usize = 7;

fn main() {
    println!("{}, {RUNS} runs", report::machine());
    let folder = tempfile::tempdir().expect("a scratch folder");
    let mut rows = Vec::new();
    if is_wanted("heaps") {
        rows.extend(heaps::rows(folder.path()));
    }
    if is_wanted("queries") {
        rows.extend(queries::rows(folder.path()));
    }
    if is_named("idle") {
        rows.extend(idle::rows(folder.path()));
    }
    report::print_table(&rows);
    if is_named("growth") {
        growth::print(folder.path());
    }
}

/// Whether a part of the benchmark was named, or none was.
fn is_wanted(part: &str) -> bool {
    is_named(part) || named().next().is_none()
}

fn is_named(part: &str) -> bool {
    named().any(|word| word == part)
}

fn named() -> impl Iterator<Item = String> {
    std::env::args().skip(1).filter(|word| !word.starts_with('-'))
}
