//! A notebook on the example data: what its cells show, and the files of that data.

use std::cell::RefCell;
use std::fs::File;
use std::path::Path;
use std::process::Command;

use flamebook::diag::{Diagnostic, render};
use flamebook::eval::result::scalar::Scalar;
use flamebook::eval::result::value::{Graph, Outcome, Value, View};
use flamebook::kernel::language::CellRequest;
use flamebook::notebook::Notebook;
use flamebook::work::{Cancel, Unwatched, Work};

/// The code cells of the tour.
pub(crate) fn tour() -> Vec<String> {
    let tour: serde_json::Value =
        serde_json::from_str(include_str!("../notebooks/tour.ipynb")).expect("a notebook");
    let cells = tour["cells"].as_array().expect("cells").iter();
    let code = cells.filter(|cell| cell["cell_type"] == "code").map(|cell| {
        let lines = cell["source"].as_array().expect("lines").iter();
        lines.map(|line| line.as_str().expect("text")).collect::<String>()
    });
    code.collect()
}

/// A notebook with `use "demo:"`.
pub(crate) struct Demo(Notebook);

impl Demo {
    /// Files are saved below `folder`.
    pub(crate) fn new(folder: &Path) -> Demo {
        let mut demo = Demo::without_data(folder);
        demo.run("use \"demo:\"").expect("the example data");
        demo
    }

    /// A notebook in which nothing is open.
    pub(crate) fn without_data(folder: &Path) -> Demo {
        Demo(Notebook::new(folder.to_owned()))
    }

    /// All outputs of a cell, or the report of its errors.
    pub(crate) fn run(&mut self, code: &str) -> Result<Vec<Outcome>, String> {
        self.errors(code).map_err(|errors| {
            let reports = errors.iter().map(|error| render::plain(error, code, "In[1]"));
            reports.collect::<Vec<_>>().join("\n\n")
        })
    }

    /// All outputs of a cell, or its errors.
    pub(crate) fn errors(&mut self, code: &str) -> Result<Vec<Outcome>, Vec<Diagnostic>> {
        let shown = RefCell::new(Vec::new());
        let work = Work { cancel: &Cancel::new(), watch: &Unwatched };
        let cell = CellRequest { code, number: 1, store: true };
        let last = self.0.run(&cell, &|outcome| shown.borrow_mut().push(outcome), work)?;
        let mut outcomes = shown.into_inner();
        outcomes.extend(last);
        Ok(outcomes)
    }
}

/// The type of a result and, for a table, its columns.
pub(crate) fn described(outcome: &Outcome) -> String {
    match &outcome.value {
        Value::Tree(_) => "Tree".to_owned(),
        Value::Diff(_) => "Diff".to_owned(),
        Value::Table(table) => format!("Table: {}", table.names().join(", ")),
        Value::Series(_) => "Series".to_owned(),
        Value::Scalar(Scalar::Bool(holds)) => format!("Bool: {holds}"),
        Value::Scalar(_) => "scalar".to_owned(),
        Value::Pattern { .. } => "Pattern".to_owned(),
        Value::Note(_) => "note".to_owned(),
        Value::Help(_) => "help".to_owned(),
        Value::View(view) => match view {
            View::Flame(graph) => format!("flame of a {}", drawn(graph)),
            View::Icicle(graph) => format!("icicle of a {}", drawn(graph)),
            View::Outline(graph) => format!("outline of a {}", drawn(graph)),
            View::Sandwich(sandwich) => format!("sandwich of a {}", drawn(&sandwich.callers)),
            View::Comparison(comparison) => format!("comparison of {}", comparison.panes.len()),
            View::Timeline(_) => "timeline".to_owned(),
            View::Heatmap(_) => "heatmap".to_owned(),
        },
    }
}

fn drawn(graph: &Graph) -> &'static str {
    match graph {
        Graph::Tree(_) => "Tree",
        Graph::Diff(_) => "Diff",
    }
}

fn is_drawn(graph: &Graph) -> bool {
    match graph {
        Graph::Tree(tree) => tree.total() != 0.0,
        Graph::Diff(diff) => diff.before.total() != 0.0 && diff.after.total() != 0.0,
    }
}

/// Whether the result is not empty.
pub(crate) fn is_something(outcome: &Outcome) -> bool {
    match &outcome.value {
        Value::Tree(tree) => tree.total() != 0.0,
        Value::Diff(diff) => is_drawn(&Graph::Diff(diff.clone())),
        Value::View(View::Flame(graph) | View::Icicle(graph) | View::Outline(graph)) => {
            is_drawn(graph)
        }
        Value::View(View::Sandwich(sandwich)) => {
            is_drawn(&sandwich.callers) && is_drawn(&sandwich.callees)
        }
        Value::View(View::Comparison(comparison)) => {
            comparison.panes.iter().all(|pane| pane.tree.total() != 0.0)
        }
        // A table without rows may stand below a sentence that says why.
        Value::Table(table) => table.height() > 0 || outcome.header.finding.is_some(),
        Value::Series(series) | Value::View(View::Timeline(series)) => {
            series.lines.iter().any(|line| line.points.iter().any(|(_, value)| value.is_some()))
        }
        Value::View(View::Heatmap(map)) => {
            map.rows.iter().any(|row| row.cells.iter().any(Option::is_some))
        }
        Value::Pattern { functions, .. } => !functions.is_empty(),
        Value::Scalar(_) | Value::Note(_) | Value::Help(_) => true,
    }
}

/// The files of the example data, below a folder.
pub(crate) fn unpack(folder: &Path) {
    let recording = Path::new(env!("CARGO_MANIFEST_DIR")).join("notebooks/data/demo.tar.zst");
    let archive = folder.join("demo.tar");
    let packed = File::open(recording).expect("the recording");
    zstd::stream::copy_decode(packed, File::create(&archive).expect("a new file"))
        .expect("the recording is packed by zstd");
    let status = Command::new("tar").arg("-xf").arg(&archive).arg("-C").arg(folder).status();
    assert!(status.is_ok_and(|status| status.success()), "tar unpacks the recording");
    std::fs::remove_file(archive).expect("the archive is there");
}
