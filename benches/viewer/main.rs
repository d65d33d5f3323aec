//! The viewer's numbers: `cargo bench --bench viewer`.
//!
//! What stacks take in an output, how fast two trees are aligned, and how fast a
//! browser shows and redraws a million nodes; each beside what others need for the
//! same trees, in the same run. A peer that is not installed is named, with how to
//! get it. `TREES=FOLDER` measures with `before.tree` and `after.tree` of that
//! folder (`trees::write` says how they are written) instead of the generated pair.

#[path = "../report/mod.rs"]
mod report;

mod browser;
mod diff;
mod sizes;
mod trees;

use std::path::Path;

use flamebook::eval::value::{Graph, Header, Outcome, Value, View};
use flamebook::profile::Tree;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const RUNS: usize = 7;
const NODES: usize = 220_000;

fn main() {
    println!("{}, {RUNS} alternating runs", report::machine());
    let folder = tempfile::tempdir().expect("a scratch folder");
    let pair = pair();
    let mut rows = sizes::rows(&pair[0]);
    rows.extend(diff::rows(&pair, folder.path()));
    rows.extend(browser::rows(folder.path()));
    report::print_table(&rows);
}

fn pair() -> [Tree; 2] {
    let Some(folder) = std::env::var_os("TREES") else {
        return trees::pair(NODES);
    };
    ["before.tree", "after.tree"].map(|name| trees::read(&Path::new(&folder).join(name)))
}

/// What `… | flame` gives.
fn flame(tree: Tree) -> Outcome {
    Outcome { value: Value::View(View::Flame(Graph::Tree(tree))), header: Header::default() }
}
