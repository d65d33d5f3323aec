//! Commands in folders where they have much to do: what is there before, and after.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tempfile::TempDir;

use super::fault::{Fault, count};
use crate::cells::{Cells, figure, report, text};
use crate::recording::{Recording, write};
use crate::store::{files_below, said, scratch};

/// A command, and the folder that it is run in.
pub(super) struct Trial {
    pub(super) name: &'static str,
    pub(super) arguments: &'static [&'static str],
    /// Pods of which the store has the profiles, before and after; none without a manifest.
    pub(super) before: Option<&'static str>,
    pub(super) after: &'static str,
    /// A block that is taken out, and kept aside.
    pub(super) taken_out: Option<&'static str>,
    template: TempDir,
    /// How often the command calls the system.
    pub(super) calls: Vec<(Fault, usize)>,
    /// What it writes into `out`.
    pub(super) exports: Contents,
    /// What was left of earlier runs, and what the store then held.
    pub(super) known: Mutex<HashMap<Contents, Option<Totals>>>,
}

/// What belongs to nobody, and is never changed.
pub(super) const FOREIGN: [&str; 5] = [
    "x.flamestore/notes",
    "x.flamestore/blocks/000070/thesis",
    "x.flamestore/blocks/thesis/block.json",
    "out/mine",
    "out/pod=a/mine",
];

const IMPORT: [&str; 2] = ["import", "x.flamestore"];
const COMPACT: [&str; 2] = ["compact", "x.flamestore"];

pub(super) fn trials() -> Vec<Trial> {
    vec![
        Trial::new("import into nothing", &["import", "y.flamestore", "files/pod=a"])
            .holds(None, "a"),
        // The blocks that another replaces are still there, and are swept.
        Trial::new("import", &["import", "x.flamestore", "files/pod=c", "files/pod=d"])
            .in_store_of(&["a", "b"], |folder| drop(said(folder, &COMPACT)))
            .holds(Some("ab"), "abcd"),
        Trial::new("compact", &COMPACT)
            .in_store_of(&["a", "b", "c"], |_| {})
            .holds(Some("abc"), "abc"),
        // The last has begun one second before the end.
        Trial::new("compact and keep", &["compact", "x.flamestore", "--keep", "1s"])
            .in_store_of(&["a", "b", "c"], |_| {})
            .holds(Some("abc"), "c"),
        Trial::new("compact without", &["compact", "x.flamestore", "--without", "000001", "--yes"])
            .in_store_of(&["a", "b", "c"], |_| {})
            .taking_out("000001")
            .holds(Some("abc"), "bc"),
        Trial::new("export", &["export", "x.flamestore", "out"])
            .in_store_of(&["a", "b"], |_| {})
            .holds(Some("ab"), "ab"),
        // A fourth block replaces three that are still there, and a fifth is not whole.
        Trial::new("repair", &["repair", "x.flamestore"])
            .in_store_of(&["a", "b", "c"], |folder| {
                said(folder, &COMPACT);
                said(folder, &[IMPORT[0], IMPORT[1], "files/pod=d"]);
                write(folder, "x.flamestore/blocks/000005/stacks.parquet", b"cut off");
                let manifest = folder.join("x.flamestore/manifest.json");
                fs::remove_file(manifest).expect("a manifest");
            })
            .taking_out("000005")
            .holds(None, "abc"),
    ]
    .into_iter()
    .map(Trial::counted)
    .collect()
}

impl Trial {
    fn new(name: &'static str, arguments: &'static [&'static str]) -> Trial {
        let template = scratch();
        for (at, (pod, value)) in (0..).zip(VALUES) {
            let leaf = format!("main;of_{pod}");
            let profile = Recording::of("cpu", "nanoseconds").at(1_700_000_000 + at).lasting(1);
            let profile = profile.stack("main", 1).stack(&leaf, value - 1);
            profile.save(template.path(), &format!("files/pod={pod}/cpu.pb"));
            let name = format!("files/pod={pod}/{}000000000.folded", 1_700_000_000 + at);
            let text = format!("main 1\n{leaf} {}\n", value - 1);
            write(template.path(), &name, text.as_bytes());
        }
        FOREIGN[3..].iter().for_each(|name| write(template.path(), name, b"mine"));
        let (before, after, taken_out) = (None, "", None);
        let (calls, exports, known) = (Vec::new(), Vec::new(), Mutex::default());
        Trial { name, arguments, before, after, taken_out, template, calls, exports, known }
    }

    /// A block for each pod, and what belongs to nobody.
    fn in_store_of(self, pods: &[&str], then: fn(&Path)) -> Trial {
        let folder = self.template.path();
        for pod in pods {
            said(folder, &[IMPORT[0], IMPORT[1], &format!("files/pod={pod}")]);
        }
        then(folder);
        FOREIGN.iter().for_each(|name| write(folder, name, b"mine"));
        self
    }

    fn taking_out(self, block: &'static str) -> Trial {
        Trial { taken_out: Some(block), ..self }
    }

    fn holds(self, before: Option<&'static str>, after: &'static str) -> Trial {
        Trial { before, after, ..self }
    }

    /// With the number of calls, and what the command writes if nothing fails.
    fn counted(mut self) -> Trial {
        let scratch = scratch();
        for fault in Fault::ALL {
            let folder = self.begun(&scratch.path().join(fault.name()));
            self.calls.push((fault, count(&folder, self.arguments, fault)));
            self.exports = exports(&folder);
        }
        self
    }

    /// A new folder to run the command in.
    pub(super) fn begun(&self, folder: &Path) -> PathBuf {
        for file in files_below(self.template.path()) {
            let path = folder.join(file.strip_prefix(self.template.path()).expect("below"));
            fs::create_dir_all(path.parent().expect("a folder")).expect("a scratch folder");
            fs::copy(&file, path).expect("a scratch folder");
        }
        folder.to_owned()
    }

    /// The folder of the store below the one that the command is run in.
    pub(super) fn store(&self) -> &'static str {
        self.arguments[1]
    }

    /// What the store holds; none without a manifest, or with one that names no block.
    pub(super) fn held(&self, folder: &Path) -> Option<Totals> {
        let is_there = folder.join(self.store()).join("manifest.json").exists();
        is_there.then(|| held(folder, self.store())).filter(|held| !held.is_empty())
    }

    /// The files of a block that is taken out.
    pub(super) fn files_taken_out(&self) -> Vec<PathBuf> {
        let block = self.taken_out.map(|id| format!("x.flamestore/blocks/{id}"));
        block.map_or_else(Vec::new, |block| files_below(&self.template.path().join(block)))
    }
}

/// What each pod has of both types. Each sum of some of them is a different one.
const VALUES: [(&str, i64); 4] = [("a", 3), ("b", 50), ("c", 700), ("d", 9000)];

/// The totals of each pod by type, and the self value of each function.
pub(super) type Totals = BTreeSet<String>;

/// What the profiles of these pods add up to.
pub(super) fn expected(pods: &str) -> Totals {
    let values = || VALUES.iter().filter(|(pod, _)| pods.contains(pod));
    let mut totals = Totals::new();
    for kind in ["cpu", "samples"] {
        totals.extend(values().map(|(pod, value)| format!("{kind} {pod} {value}")));
        totals.extend(values().map(|(pod, value)| format!("{kind} of_{pod} {}", value - 1)));
        totals.insert(format!("{kind} main {}", values().count()));
    }
    totals
}

fn held(folder: &Path, source: &str) -> Totals {
    let mut cells = Cells::new(folder);
    let opened = format!("use {source:?}");
    if let Err(errors) = cells.try_run(&opened) {
        panic!("{}", report(&errors, &opened));
    }
    let mut totals = Totals::new();
    let types = cells.table("types");
    for kind in (0..types.height()).map(|row| text(&types, "type", row)) {
        for (query, name, value) in
            [("by (pod) | table", "pod", "total"), ("top 100", "function", "self")]
        {
            let table = cells.table(&format!("{kind} | {query}"));
            let row =
                |row| format!("{kind} {} {}", text(&table, name, row), figure(&table, value, row));
            totals.extend((0..table.height()).map(row));
        }
    }
    totals
}

/// All that is in a folder: what is the same before a command is the same after it.
pub(super) fn contents(folder: &Path) -> Contents {
    let file = |path: PathBuf| {
        let bytes = fs::read(&path).expect("a file");
        (path.strip_prefix(folder).expect("below").to_owned(), bytes)
    };
    files_below(folder).into_iter().map(file).collect()
}

/// Paths and bytes.
pub(super) type Contents = Vec<(PathBuf, Vec<u8>)>;

/// The pprof files below `out`.
pub(super) fn exports(folder: &Path) -> Contents {
    let mut files = contents(&folder.join("out"));
    files.retain(|(path, _)| path.extension().is_some_and(|suffix| suffix == "gz"));
    files
}
