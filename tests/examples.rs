//! Every example of the registries runs on the example data, and shows something.
//!
//! `help`, Shift-Tab and the reference print these examples: who copies one must
//! not meet an error or an empty result.

use std::cell::RefCell;

use flamebook::diag::render;
use flamebook::eval::value::{Outcome, Value, View};
use flamebook::kernel::language::Cell;
use flamebook::lang::{functions, verbs};
use flamebook::notebook::Notebook;
use flamebook::work::{Cancel, Unwatched, Work};

#[test]
fn every_example_shows_something() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let mut wrong = String::new();
    let verbs = verbs::all().flat_map(|spec| spec.examples);
    let functions = functions::FUNCTIONS.iter().flat_map(|spec| spec.examples);
    let examples: Vec<&&str> = verbs.chain(functions).collect();
    assert!(examples.len() > 80, "only {} examples", examples.len());
    for example in examples {
        // A session each: an example may not lean on another.
        let mut notebook = Notebook::new(folder.path().to_owned());
        run(&mut notebook, "use \"demo:\"").expect("the example data");
        match run(&mut notebook, example) {
            Err(report) => wrong += &format!("\n{report}"),
            Ok(outcomes) if !outcomes.iter().any(is_something) => {
                wrong += &format!("\nshows nothing: {example}");
            }
            Ok(_) => {}
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn run(notebook: &mut Notebook, code: &str) -> Result<Vec<Outcome>, String> {
    let shown = RefCell::new(Vec::new());
    let work = Work { cancel: &Cancel::new(), watch: &Unwatched };
    let cell = Cell { code, number: 1, store: true };
    let last = notebook
        .run(&cell, &|outcome| shown.borrow_mut().push(outcome), work)
        .map_err(|errors| render::plain(&errors[0], code, "example"))?;
    let mut outcomes = shown.into_inner();
    outcomes.extend(last);
    Ok(outcomes)
}

fn is_something(outcome: &Outcome) -> bool {
    match &outcome.value {
        Value::Tree(tree)
        | Value::View(View::Flame(tree) | View::Icicle(tree) | View::Outline(tree)) => {
            tree.total() != 0.0
        }
        Value::Table(table) => table.height() > 0,
        Value::Series(series) | Value::View(View::Timeline(series)) => {
            series.lines.iter().any(|line| line.points.iter().any(|(_, value)| value.is_some()))
        }
        Value::Pattern { functions, .. } => !functions.is_empty(),
        Value::Scalar(_) | Value::Note(_) | Value::Help(_) => true,
    }
}
