//! The store's numbers: `cargo bench --bench store`.
//!
//! It measures how fast recorded profiles are imported, hundreds of recorded heap profiles
//! against pprof in the same run, how much space a store takes, how fast a session with an
//! open store answers, and how much memory an idle kernel uses. `cargo bench --bench store
//! -- queries` runs only that part; the parts are `imports`, `heaps`, `queries`, `idle`,
//! `server` and `growth`. The last three run only if they are named: two take minutes, and
//! `server` needs a live Pyroscope server.
//!
//! - `imports`, `heaps`, `queries`, `idle`, `server`, `growth`: the measurements
//! - `corpus`, `profiles`: recorded and generated profiles
//! - `process`, `report`: the machine and other programs, the table

mod corpus;
mod growth;
mod heaps;
mod idle;
mod imports;
mod process;
mod profiles;
mod queries;
#[path = "../viewer/report.rs"]
mod report;
mod server;

const FLAMEBOOK: &str = env!("CARGO_BIN_EXE_flamebook");
const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const RUNS: usize = 7;

fn main() {
    println!("{}, {RUNS} runs", report::machine());
    let folder = tempfile::tempdir().expect("a scratch folder");
    let mut rows = Vec::new();
    if is_wanted("imports") {
        rows.extend(imports::rows(folder.path()));
    }
    if is_wanted("heaps") {
        rows.extend(heaps::rows(folder.path()));
    }
    if is_wanted("queries") {
        rows.extend(queries::rows(folder.path()));
    }
    if is_named("idle") {
        rows.extend(idle::rows(folder.path()));
    }
    if is_named("server") {
        rows.extend(server::rows(folder.path()));
    }
    report::print_table(&rows);
    if is_named("growth") {
        growth::print(folder.path());
    }
}

/// Whether to run a part: it was named, or none was.
fn is_wanted(part: &str) -> bool {
    is_named(part) || named().next().is_none()
}

fn is_named(part: &str) -> bool {
    named().any(|word| word == part)
}

fn named() -> impl Iterator<Item = String> {
    std::env::args().skip(1).filter(|word| !word.starts_with('-'))
}
