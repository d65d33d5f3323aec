//! The cost of standard errors: `cargo bench --bench noise`.
//!
//! It compares two selections of five thousand profiles each, from samples in memory to
//! the significance of each function, without drawing. The table shows the median, the
//! extremes, and the claimed limit.

use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use flamebook::eval::query::evaluator::{Export, ExportError, Published, SaveRequest};
use flamebook::eval::result::value::{Graph, Outcome, Value, View};
use flamebook::eval::session::{Cell, Session};
use flamebook::profile::diff::Mode;
use flamebook::profile::{StackId, Symbols};
use flamebook::quantity::{Span, Timestamp};
use flamebook::source::pprof::Content;
use flamebook::work::{Cancel, Unwatched, Work};

const RUNS: usize = 15;
const PROFILES: usize = 10_000;
const SAMPLES: usize = 250;
const FUNCTIONS: usize = 1_000;
/// The claimed time of a whole diff, in milliseconds.
const AT_MOST: f64 = 20.0;

fn main() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    write(folder.path());
    let mut session = Session::new(folder.path().to_owned());
    run(&mut session, "use \"{version}/{pod}/*.pb.gz\"");
    let mut times: Vec<f64> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            let outcome = run(&mut session, "cpu{version=\"2\"} | diff {version=\"1\"}");
            let time = start.elapsed().as_secs_f64() * 1e3;
            let Some(Outcome { value: Value::View(View::Flame(Graph::Diff(diff))), .. }) = outcome
            else {
                panic!("not a diff");
            };
            let noise = diff.noise.expect("both sides are sums of profiles");
            assert_eq!(noise.profiles, [PROFILES / 2; 2]);
            assert!(noise.counts(Mode::Share).functions > FUNCTIONS / 2);
            time
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let (least, median, most) = (times[0], times[RUNS / 2], times[RUNS - 1]);
    let missed = if median <= AT_MOST { "" } else { "  MISSED" };
    println!("{:<56} {:>30} {:>9}", "", "median (min .. max)", "at most");
    let what = format!("a diff over {PROFILES} profiles of {SAMPLES} samples");
    let spread = format!("{median:.2} ms ({least:.2} .. {most:.2})");
    println!("{what:<56} {spread:>30} {AT_MOST:>6} ms{missed}");
}

/// Four series with a profile every ten seconds. Stacks are some twenty calls deep, and
/// each profile has a part of them.
fn write(folder: &Path) {
    let (symbols, stacks) = program();
    let mut state = 1_u64;
    let mut random = move |n: usize| {
        // Knuth's MMIX generator.
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % n
    };
    for series in ["1/a", "1/b", "2/a", "2/b"] {
        std::fs::create_dir_all(folder.join(series)).expect("a folder");
        for nth in 0..PROFILES / 4 {
            let mut values = vec![0; symbols.stacks.len()];
            let mut left = SAMPLES;
            while left > 0 {
                // Some stacks occur much more often than others.
                let stack = stacks[random(stacks.len()).min(random(stacks.len()))];
                left -= usize::from(values[stack.index()] == 0);
                values[stack.index()] += 10_000_000;
            }
            let content = Content {
                sample_type: ("cpu", "nanoseconds"),
                start: Timestamp((1_700_000_000 + 10 * nth as i64) * 1_000_000_000),
                duration: Span::seconds(10),
                comment: "",
                symbols: &symbols,
                values: &values,
                base: None,
            };
            let file = folder.join(series).join(format!("{nth:04}.pb.gz"));
            std::fs::write(file, content.encode(Work::unattended()).expect("memory"))
                .expect("a scratch file");
        }
    }
}

/// The functions of a program, and the stacks that samples end in.
fn program() -> (Symbols, Vec<StackId>) {
    const STACKS: usize = 2_000;
    const DEPTH: usize = 20;
    let mut symbols = Symbols::new();
    let mut leaves = Vec::new();
    for nth in 0..STACKS {
        let mut stack = StackId::EMPTY;
        for depth in 1..=DEPTH {
            // Stacks share more calls near the root.
            let function = (nth % (1 << depth.min(11))) * 7919 + depth * 31;
            let frame = symbols.intern_named_frame(&format!("shop/f.F{}", function % FUNCTIONS));
            stack = Arc::make_mut(&mut symbols.stacks).intern(stack, frame);
        }
        leaves.push(stack);
    }
    (symbols, leaves)
}

struct NoFiles;

impl Export for NoFiles {
    fn save(
        &self,
        _: &Arc<Outcome>,
        to: SaveRequest<'_>,
        _: Work<'_>,
    ) -> Result<String, ExportError> {
        let path = to.path;
        Err(ExportError { message: format!("{path} is not written here"), help: None })
    }

    fn publish(&self, _: &Outcome, to: &str, _: Work<'_>) -> Result<Published, ExportError> {
        Err(ExportError { message: format!("{to} is not asked here"), help: None })
    }
}

/// The last result of a cell; nothing is drawn.
fn run(session: &mut Session, code: &str) -> Option<Outcome> {
    let shown = RefCell::new(Vec::new());
    let last = session.run(&Cell {
        code,
        number: 1,
        store: false,
        work: Work { cancel: &Cancel::new(), watch: &Unwatched },
        export: &NoFiles,
        show: &|outcome| shown.borrow_mut().push(outcome),
    });
    last.expect("a query that runs")
}
