//! A query that runs again shows its result again, and never one that has become wrong. A
//! source counts how often it is asked.

use std::collections::BTreeSet;
use std::fs;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use flamebook::eval::result::value::Outcome;
use flamebook::kernel::language::CellRequest;
use flamebook::notebook::Notebook;
use flamebook::profile::{Labels, ProfileType};
use flamebook::quantity::Window;
use flamebook::source::{Request, Selection, Skipped, Source, SourceError, demo};
use flamebook::view::{Screen, plain};
use flamebook::work::Work;

use crate::cells::Cells;

/// The example data.
struct Counting {
    data: Box<dyn Source>,
    known: Arc<Known>,
}

/// What a test knows of a source, and changes.
#[derive(Default)]
struct Known {
    selected: AtomicUsize,
    version: AtomicU64,
    until: Mutex<Option<Instant>>,
}

impl Known {
    /// How often profiles were selected since the last call.
    fn selected(&self) -> usize {
        self.selected.swap(0, Ordering::Relaxed)
    }

    fn answers_until(&self, end: Option<Instant>) {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = end;
    }
}

impl Source for Counting {
    fn name(&self) -> &str {
        self.data.name()
    }

    fn types(&self) -> Vec<ProfileType> {
        self.data.types()
    }

    fn select(&self, request: &Request<'_>, work: Work<'_>) -> Result<Selection, SourceError> {
        self.known.selected.fetch_add(1, Ordering::Relaxed);
        self.data.select(request, work)
    }

    fn label_names(
        &self,
        kind: &ProfileType,
        window: Option<Window>,
        work: Work<'_>,
    ) -> Result<BTreeSet<Arc<str>>, SourceError> {
        self.data.label_names(kind, window, work)
    }

    fn version(&self) -> Option<u64> {
        Some(self.known.version.load(Ordering::Relaxed))
    }

    fn answers_until(&self) -> Option<Instant> {
        *self.known.until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn extent(&self) -> Option<Window> {
        self.data.extent()
    }

    fn extent_of(&self, kind: &ProfileType) -> Option<Window> {
        self.data.extent_of(kind)
    }

    fn skipped(&self) -> &[Skipped] {
        self.data.skipped()
    }
}

fn source() -> (Arc<dyn Source>, Arc<Known>) {
    let data = demo::open(&Labels::default(), Work::unattended()).expect("the example data");
    let known = Arc::new(Known::default());
    (Arc::new(Counting { data: Box::new(data), known: known.clone() }), known)
}

fn open() -> (Cells, Arc<Known>) {
    let (source, known) = source();
    let mut cells = Cells::new("");
    cells.open(source);
    (cells, known)
}

fn only(cells: &mut Cells, code: &str) -> Outcome {
    cells.run(code).pop().expect("a result")
}

fn text(outcome: &Outcome) -> String {
    plain(outcome, Screen::CELL, Work::unattended()).expect("no interrupt")
}

const QUERIES: [&str; 8] = [
    "cpu",
    "cpu{version=\"2\"} | flame",
    "cpu{version=\"2\"} | diff {version=\"1\"}",
    "cpu{version=\"2\"} | diff {version=\"1\"} | top 5",
    "cpu[4m:10s] | timeline by (version)",
    "cpu | by (pod) | table",
    "inuse_space | sandwich \"runtime.mallocgc\"",
    "let s = cpu{pod=\"a\"}; s | focus \"runtime.*\" | tree",
];

#[test]
fn a_query_that_runs_again_selects_nothing() {
    let (mut cells, known) = open();
    for query in QUERIES {
        let first = only(&mut cells, query);
        let of_let = usize::from(query.starts_with("let"));
        assert!(known.selected() > of_let, "{query}");
        let again = only(&mut cells, query);
        // A `let` runs its query, to find errors.
        assert_eq!(known.selected(), of_let, "{query}");
        assert!(first.header.number.is_some(), "{query}");
        assert_eq!(first.header.number, again.header.number, "{query}");
        assert_eq!(text(&first), text(&again), "{query}");
    }
}

#[test]
fn a_result_that_is_shown_again_is_the_last_result() {
    let (mut cells, _) = open();
    let top = "cpu{version=\"1\"} | top 5";
    let expected = text(&only(&mut cells, top));
    cells.run("cpu | top 3");
    cells.run(top);
    // The cells have the numbers 1 to 3.
    for variable in ["_", "_3"] {
        let shown = only(&mut cells, &format!("{variable} | take 5"));
        let rows = |text: &str| text.lines().skip_while(|line| !line.is_empty()).count();
        assert_eq!(rows(&text(&shown)), rows(&expected), "{variable}");
        cells.run(top);
    }
    cells.run("cpu{version=\"2\"} | by (pod)");
    cells.run("cpu | top 3");
    cells.run("cpu{version=\"2\"} | by (pod)");
    let groups = cells.table("_ | table");
    assert_eq!(groups.height(), 2, "a selection is one again");
}

#[test]
fn what_may_have_changed_runs_again() {
    let (mut cells, known) = open();
    let query = "cpu{version=v} | diff {version=\"1\"} | top 5";
    cells.run("let v = \"2\"");
    cells.run(query);
    let mut number = only(&mut cells, query).header.number;
    for change in [
        "let v = \"1\"",
        "set now 2026-11-23T04:54:00Z",
        "set fdr 1%",
        "set normalise off",
        "set delta cpu",
        "set range 2m",
    ] {
        cells.run(change);
        known.selected();
        let next = only(&mut cells, query).header.number;
        assert!(known.selected() > 0 && next != number, "{change}");
        only(&mut cells, query);
        assert_eq!(known.selected(), 0, "the second time after {change}");
        number = next;
    }
    // What is set back is as before.
    cells.run("set fdr 2%");
    cells.run(query);
    cells.run("set fdr 1%");
    known.selected();
    assert_eq!((only(&mut cells, query).header.number, known.selected()), (number, 0));
    // Another source with the same name.
    let (other, of_other) = source();
    cells.open(other);
    cells.run(query);
    assert!(of_other.selected() > 0);
    // Names of functions and labels are not variables, nor are others that a query names.
    cells.run("let other = 1");
    cells.run(query);
    assert_eq!(of_other.selected(), 0);
}

#[test]
fn a_source_tells_how_long_its_answers_hold() {
    let (mut cells, known) = open();
    let query = "cpu | top 5";
    let runs = |cells: &mut Cells| {
        cells.run(query);
        known.selected() > 0
    };
    assert!(runs(&mut cells) && !runs(&mut cells));
    known.version.store(1, Ordering::Relaxed);
    assert!(runs(&mut cells) && !runs(&mut cells), "a new version, once");
    known.version.store(2, Ordering::Relaxed);
    known.answers_until(Some(Instant::now() + Duration::from_secs(3600)));
    assert!(runs(&mut cells) && !runs(&mut cells), "an hour is long");
    known.version.store(3, Ordering::Relaxed);
    known.answers_until(Some(Instant::now()));
    assert!(runs(&mut cells) && runs(&mut cells), "the end has come");
}

#[test]
fn a_result_has_no_number_where_it_is_not_kept() {
    let (mut cells, known) = open();
    // Whether a request was made is different the next time.
    for _ in 0..2 {
        let described = only(&mut cells, "cpu | describe");
        assert_eq!(described.header.number, None);
        assert!(known.selected() > 0);
    }
}

#[test]
fn what_writes_a_file_writes_it_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut notebook, path) = (Notebook::new(folder.path().into()), folder.path().join("t.csv"));
    let mut run = |code: &str| {
        let cell = CellRequest { code, number: 1, store: true };
        let done = notebook.run(&cell, &|_| {}, Work::unattended());
        done.unwrap_or_else(|errors| panic!("{code}: {errors:?}"))
    };
    run("use \"demo:\"");
    run("let t = cpu | top 3 | save \"let.csv\"");
    for query in ["cpu | top 3 | save \"t.csv\"", "(cpu | top 3 | save \"t.csv\") | take 1"] {
        for _ in 0..2 {
            run(query);
            assert!(path.exists(), "{query}");
            fs::remove_file(&path).expect("a file");
        }
    }
}
