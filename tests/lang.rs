//! The language reference as tests: `lang/*.md`.
//!
//! A page is prose with fenced blocks. A block of `flame` is a cell; the block after it
//! states the result. Without running the cell:
//!
//! - `type`: it has no error, and its last statement has this type;
//! - `error`: it has errors, with exactly this report.
//!
//! Run on the example data, `use "demo:"`:
//!
//! - `shows`: a line for each of its results, of which at least one is not empty;
//! - `output`: it prints exactly this;
//! - `stops`: it fails while it runs, with exactly this report.
//!
//! Cells of a page share variables, as in a notebook. `BLESS=1 cargo test --test
//! integration lang` rewrites wrong blocks; a number belongs on a page only if another
//! program confirms it. Other tests here: every error has a help page, every patch
//! repairs its cell, and every text gets an answer.

mod cell;
mod fuzz;
mod page;
mod suggest;

use std::fs;
use std::path::Path;

use flamebook::lang::help;
use flamebook::view::{self, Screen};

use crate::demo::{Demo, described, is_something};
use cell::{Variables, errors, patched};
use page::{Example, Page};

#[test]
fn the_reference_says_what_happens() {
    let mut wrong = String::new();
    let mut cells = 0;
    for page in Page::all() {
        let examples = page.examples();
        cells += examples.len();
        wrong += &page.settle(differing(&examples));
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(cells > 50, "only {cells} cells were found");
}

/// The blocks of a page that are wrong, and what they should say.
fn differing(examples: &[Example]) -> Vec<(page::Block, (String, String))> {
    let folder = tempfile::tempdir().expect("a scratch folder");
    suggest::write_odd_profile(folder.path());
    let mut variables = Variables::default();
    let mut demo = None;
    let mut wrong = Vec::new();
    for Example { code, outcome } in examples {
        let got = match &*outcome.language {
            "type" | "error" => cell::outcome(code, &mut variables),
            asked => {
                let session = demo.get_or_insert_with(|| Demo::new(folder.path()));
                let got = on_the_data(code, session, asked);
                if asked == "stops" && code.contains("use ") {
                    // It may have opened another source than the example data.
                    demo = None;
                }
                got
            }
        };
        if (&outcome.language, &outcome.text) != (&got.0, &got.1) {
            wrong.push((outcome.clone(), got));
        }
    }
    wrong
}

/// The block that should follow a cell.
fn on_the_data(code: &str, demo: &mut Demo, asked: &str) -> (String, String) {
    let outcomes = match demo.run(code) {
        Ok(outcomes) => outcomes,
        Err(report) => return ("stops".to_owned(), report),
    };
    let printed = outcomes.iter().map(|outcome| match asked {
        "output" => view::plain(outcome, Screen::CELL, flamebook::work::Work::unattended())
            .expect("no interrupt")
            .trim_end()
            .to_owned(),
        _ if is_something(outcome) => described(outcome),
        _ => format!("{}, empty", described(outcome)),
    });
    let text: Vec<String> = printed.collect();
    let is_output = asked == "output";
    let (language, gap) = if is_output { ("output", "\n\n") } else { ("shows", "\n") };
    // Lines end in blanks where columns do, and editors remove these.
    let text = text.join(gap).lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    (language.to_owned(), text)
}

/// Every query of the worked page shows something.
#[test]
fn the_worked_queries_show_something() {
    let examples = Page::named("worked.md").examples();
    assert!(examples.len() >= 35, "only {} queries", examples.len());
    for example in examples {
        let text = &example.outcome.text;
        assert_eq!(example.outcome.language, "shows", "{}", example.code);
        assert!(!text.is_empty() && !text.contains(", empty"), "{}", example.code);
    }
}

/// A message names a place and a fix; a certain patch repairs the cell.
#[test]
fn mistakes_are_answered_with_a_place_and_a_fix() {
    let mut examples = Page::named("mistakes.md").examples();
    // The page opens with the variables that its cells use.
    examples.retain(|example| example.outcome.language != "type");
    assert!(examples.len() >= 40, "only {} mistakes", examples.len());
    for example in &examples {
        let report = &example.outcome.text;
        assert!(["error", "stops"].contains(&&*example.outcome.language), "{report}");
        assert!(report.contains(" --> In[1]:"), "{report} names no place");
        assert!(report.contains("\nhelp: "), "{report} shows no way out");
    }
    let repaired = examples.iter().filter(|example| repairs(&example.code)).count();
    assert!(repaired >= 40, "only {repaired} of them have a patch");
}

/// Whether all errors of a cell have a patch; the patches are applied and must repair it.
fn repairs(code: &str) -> bool {
    let mut variables = Variables::default();
    cell::outcome("cpu", &mut variables);
    let found = errors(code, &variables);
    if found.is_empty() || found.iter().any(|error| error.patch.is_none()) {
        return false;
    }
    let patched = patched(code, &found);
    let left = errors(&patched, &variables);
    assert!(left.is_empty(), "{code}\nbecame\n{patched}\nwhich has {left:?}");
    true
}

/// Every error has a `help <slug>` page.
#[test]
fn every_error_has_a_page_of_help() {
    let mut slugs = Vec::new();
    slugs_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut slugs);
    assert!(slugs.len() > 40, "only {slugs:?}");
    slugs.retain(|slug| help::page(Some(slug)).is_none());
    assert!(slugs.is_empty(), "no help on {slugs:?}");
}

/// The first argument of every `Diagnostic::error` and `warning`, without tests.
fn slugs_below(folder: &Path, slugs: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a folder of the source") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            slugs_below(&path, slugs);
            continue;
        }
        let text = fs::read_to_string(&path).unwrap_or_default();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for call in ["Diagnostic::error(", "Diagnostic::warning("] {
            let arguments = code.split(call).skip(1).map(str::trim_start);
            let named = arguments.filter_map(|rest| rest.strip_prefix('"')?.split('"').next());
            slugs.extend(named.map(str::to_owned));
        }
    }
}
