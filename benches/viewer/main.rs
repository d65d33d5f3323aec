//! The viewer's numbers: `cargo bench --bench viewer`.
//!
//! What stacks take in an output, how fast two trees are aligned, and how fast a
//! browser shows and redraws a million nodes; each beside what others need for the
//! same trees, in the same run. A peer that is not installed is named, with how to
//! get it. `TREES=FOLDER` measures with `before.tree` and `after.tree` of that
//! folder (`trees::write` says how they are written) instead of the generated pair;
//! `cargo bench --bench viewer -- diff` measures that part alone, of `sizes`, `diff`
//! and `browser`.
//!
//! - `sizes`, `diff`, `browser`: what is measured
//! - `trees`: of what
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

/// Whether a part of the benchmark was named, or none was.
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

/// What `… | flame` gives.
fn flame(tree: Tree) -> Outcome {
    Outcome { value: Value::View(View::Flame(Graph::Tree(tree))), header: Header::default() }
}
