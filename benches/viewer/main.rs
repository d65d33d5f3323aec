//! The viewer's numbers: `cargo bench --bench viewer`.
//!
//! It measures the size of stacks in an output, how fast two trees are aligned, and how
//! fast a browser shows and redraws a million nodes. Other programs run on the same trees
//! in the same run. For a program that is not installed, it says how to get it.
//! `TREES=FOLDER` uses `before.tree` and `after.tree` of that folder (`trees::write`
//! documents the format) instead of the generated pair; `cargo bench --bench viewer --
//! diff` runs only that part; the parts are `sizes`, `diff` and `browser`.
//!
//! - `sizes`, `diff`, `browser`: the measurements
//! - `trees`: the generated trees
//! - `report`: the table

mod browser;
mod diff;
mod report;
mod sizes;
mod trees;

use std::path::Path;

use flamebook::eval::result::value::{Graph, Header, Outcome, Value, View};
use flamebook::profile::Tree;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const RUNS: usize = 7;
const NODES: usize = 220_000;

fn main() {
    println!("{}, {RUNS} alternating runs", report::machine());
    let folder = tempfile::tempdir().expect("a scratch folder");
    let pair = pair();
    let mut rows = Vec::new();
    if is_wanted("sizes") {
        rows.extend(sizes::rows(&pair[0]));
    }
    if is_wanted("diff") {
        rows.extend(diff::rows(&pair, folder.path()));
    }
    if is_wanted("browser") {
        rows.extend(browser::rows(folder.path()));
    }
    report::print_table(&rows);
}

/// Whether to run a part: it was named, or none was.
fn is_wanted(part: &str) -> bool {
    let mut named = std::env::args().skip(1).filter(|word| !word.starts_with('-')).peekable();
    named.peek().is_none() || named.any(|word| word == part)
}

fn pair() -> [Tree; 2] {
    let Some(folder) = std::env::var_os("TREES") else {
        return trees::pair(NODES);
    };
    ["before.tree", "after.tree"].map(|name| trees::read(&Path::new(&folder).join(name)))
}

/// The result of `… | flame`.
fn flame(tree: Tree) -> Outcome {
    Outcome { value: Value::View(View::Flame(Graph::Tree(tree))), header: Header::default() }
}
