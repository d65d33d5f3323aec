//! A session with a store open: the first question, and the same again.

use std::path::Path;
use std::time::Instant;

use flamebook::eval::session::{Cell, Session};
use flamebook::eval::stage::{Export, ExportError, Published};
use flamebook::eval::value::Outcome;
use flamebook::source::store::{Import, import};
use flamebook::work::{Cancel, Unwatched, Work};

use crate::RUNS;
use crate::profiles::Recorder;
use crate::report::Row;

const PROFILES: u64 = 10_000;
const SAMPLES: usize = 250;

const QUERIES: [&str; 7] = [
    "cpu | top",
    "cpu | flame",
    "cpu | by (service) | table",
    "cpu | timeline by (service)",
    "cpu{service=\"s1\"} | diff {service=\"s2\"} | top",
    "cpu[2026-03-01T00:20Z .. +20m] | diff [2026-03-01T00:00Z .. +20m]",
    "cpu{service=\"s3\", pod=\"p1\"} | top",
];

pub(crate) fn rows(folder: &Path) -> Vec<Row> {
    let files = folder.join("files");
    let begun = Instant::now();
    let bytes = Recorder::new().fill(&files, PROFILES, SAMPLES);
    eprintln!("{PROFILES} profiles, {bytes} bytes, made in {:?}", begun.elapsed());
    let begun = Instant::now();
    let wanted = Import { patterns: vec!["files".to_owned()], ..Import::default() };
    let store = folder.join("bench.flamestore");
    let work = Work { cancel: &Cancel::new(), watch: &Unwatched };
    let done = import(&store, &wanted, folder, &|| {}, work).expect("an import");
    let seconds = begun.elapsed().as_secs_f64();
    eprintln!(
        "import: {seconds:.2} s, {:.1} MB/s; {} of {bytes} bytes, {:.3}",
        bytes as f64 / 1e6 / seconds,
        done.bytes_out,
        done.bytes_out as f64 / bytes as f64
    );
    let mut rows = Vec::new();
    for query in QUERIES {
        let (mut first, mut again) = (Vec::new(), Vec::new());
        for _ in 0..RUNS {
            let mut session = Session::new(folder.to_owned());
            run(&mut session, "use \"bench.flamestore\"");
            first.push(run(&mut session, query));
            again.push(run(&mut session, query));
        }
        rows.push(Row::new(query, "ms", first).median_at_most(20.0));
        rows.push(Row::new("  the second time", "ms", again).median_at_most(5.0));
    }
    rows
}

/// How long a query takes, in milliseconds.
fn run(session: &mut Session, code: &str) -> f64 {
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
    fn save(&self, _: &Outcome, _: &str) -> Result<String, ExportError> {
        unreachable!("nothing is saved")
    }

    fn publish(&self, _: &Outcome, _: &str, _: Work<'_>) -> Result<Published, ExportError> {
        unreachable!("nothing is published")
    }
}
