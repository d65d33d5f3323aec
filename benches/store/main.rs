//! The store's numbers: `cargo bench --bench store`.
//!
//! - `queries`: a session with a store open
//! - `profiles`: of what

mod profiles;
mod queries;
#[path = "../viewer/report.rs"]
mod report;

const RUNS: usize = 7;

fn main() {
    println!("{}, {RUNS} runs", report::machine());
    let folder = tempfile::tempdir().expect("a scratch folder");
    let mut rows = Vec::new();
    rows.extend(queries::rows(folder.path()));
    report::print_table(&rows);
}
