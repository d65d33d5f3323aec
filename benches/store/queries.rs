//! Queries in a session with an open store: the first time, and again.
//!
//! The first run reads the store from disk, the second uses the session's caches. It is
//! written with one more blank, because the very same query would only show its result again.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use flamebook::eval::query::evaluator::{Export, ExportError, Published, SaveRequest};
use flamebook::eval::result::value::Outcome;
use flamebook::eval::session::{Cell, Session};
use flamebook::source::store::{Import, Imported, import};
use flamebook::work::{Cancel, Unwatched, Work};

use crate::RUNS;
use crate::profiles::{Recorder, SERIES};
use crate::report::Row;

const PROFILES: u64 = 10_000;
const SAMPLES: usize = 250;

const QUERIES: [&str; 11] = [
    "cpu | top",
    "cpu | flame",
    "cpu | by (service) | table",
    "cpu | timeline by (service)",
    "cpu{pod=\"p1\"} | diff {pod=\"p2\"} | top",
    "cpu[2026-03-01T00:20Z .. +20m] | diff [2026-03-01T00:00Z .. +20m]",
    "cpu{service=\"s3\", pod=\"p1\"} | top",
    "cpu | sandwich \"runtime.mallocgc\"",
    "cpu | by (pod) | compare",
    "cpu | by (service) | flame",
    "cpu | max_over_time | top",
];

/// On as many cumulative profiles, which become deltas.
const OF_TOTALS: [&str; 3] = [
    "alloc_space | top",
    "alloc_space | timeline by (service)",
    "alloc_space[2026-03-01T00:20Z .. +20m] | diff [2026-03-01T00:00Z .. +20m]",
];

pub(crate) fn rows(folder: &Path) -> Vec<Row> {
    let bytes = Recorder::new().fill(&folder.join("files"), PROFILES, SAMPLES);
    let size = imported(folder, "files").bytes_out as f64 / bytes as f64;
    println!(
        "\n{PROFILES} profiles of {SAMPLES} samples in {SERIES} series: {:.1} MB gzipped, the store \
         takes {size:.3} of it (at most 0.5)",
        bytes as f64 / 1e6
    );
    let mut rows = timed(folder, &QUERIES);
    std::fs::remove_dir_all(folder.join(STORE)).expect("a store");
    Recorder::new().fill_counting(&folder.join("counting"), PROFILES, SAMPLES);
    imported(folder, "counting");
    rows.extend(timed(folder, &OF_TOTALS));
    rows
}

fn timed(folder: &Path, queries: &[&str]) -> Vec<Row> {
    // Otherwise the system would still be writing the files, on the cores that queries
    // use.
    let status = Command::new("sync").status();
    assert!(status.is_ok_and(|status| status.success()));
    let mut rows = Vec::new();
    for query in queries {
        let (mut first, mut again) = (Vec::new(), Vec::new());
        for _ in 0..RUNS {
            let mut session = opened(folder);
            first.push(run(&mut session, query));
            again.push(run(&mut session, &query.replacen(" | ", "  | ", 1)));
        }
        rows.push(Row::new(*query, "ms", first).median_at_most(20.0));
        rows.push(Row::new("  the second time", "ms", again).median_at_most(5.0));
    }
    rows
}

const STORE: &str = "bench.flamestore";

/// Imports a folder of files into a store.
pub(crate) fn imported(folder: &Path, files: &str) -> Imported {
    let wanted = Import { patterns: vec![files.to_owned()], ..Import::default() };
    let work = Work { cancel: &Cancel::new(), watch: &Unwatched };
    import(&folder.join(STORE), &wanted, folder, &|| {}, work).expect("an import")
}

/// A session with an open store from which nothing has been read.
pub(crate) fn opened(folder: &Path) -> Session {
    let mut session = Session::new(folder.to_owned());
    run(&mut session, &format!("use {STORE:?}"));
    session
}

/// How long a query takes, in milliseconds.
pub(crate) fn run(session: &mut Session, code: &str) -> f64 {
    let work = Work { cancel: &Cancel::new(), watch: &Unwatched };
    let cell = Cell { code, number: 1, store: false, work, export: &Nowhere, show: &|_| {} };
    let begun = Instant::now();
    let outcome = session.run(&cell);
    let spent = begun.elapsed().as_secs_f64() * 1e3;
    outcome.unwrap_or_else(|errors| panic!("{code}: {errors:?}"));
    spent
}

struct Nowhere;

impl Export for Nowhere {
    fn save(
        &self,
        _: &Arc<Outcome>,
        _: SaveRequest<'_>,
        _: Work<'_>,
    ) -> Result<String, ExportError> {
        unreachable!("nothing is saved")
    }

    fn publish(&self, _: &Outcome, _: &str, _: Work<'_>) -> Result<Published, ExportError> {
        unreachable!("nothing is published")
    }
}
