//! House rules that the compiler does not check.
//!
//! Which module may use which, which module owns which crate, how files begin, and what
//! must not be in the repository. The map of modules is in `src/lib.rs`. Within modules,
//! `rooms` checks the folders of the two largest, and `circles` checks all files. Both
//! use `graph`, which resolves the paths that `code` finds.

mod circles;
mod code;
mod graph;
mod rooms;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A module, and the other modules it may use.
const USES: [(&str, &[&str]); 14] = [
    ("quantity", &[]),
    ("work", &[]),
    ("http", &["work"]),
    ("share", &["http", "work"]),
    ("diag", &[]),
    ("profile", &["quantity", "work"]),
    ("lang", &["diag", "quantity"]),
    ("source", &["http", "profile", "quantity", "work"]),
    ("eval", &["diag", "lang", "profile", "quantity", "source", "work"]),
    // From `lang`, only help pages.
    ("view", &["diag", "eval", "lang", "profile", "quantity", "source", "work"]),
    ("assist", &["diag", "eval", "lang", "profile", "quantity", "source", "work"]),
    // The protocol knows bundles and nothing of what is in them.
    ("kernel", &["view", "work"]),
    (
        "notebook",
        &[
            "assist", "diag", "eval", "kernel", "lang", "quantity", "share", "source", "view",
            "work",
        ],
    ),
    (
        "cli",
        &[
            "diag", "eval", "kernel", "lang", "notebook", "profile", "quantity", "source", "view",
            "work",
        ],
    ),
];

/// Crates that few modules may use.
const OWNERS: [(&str, &[&str]); 6] = [
    ("prost", &["source"]),
    ("inferno", &["view"]),
    ("plotters", &["view"]),
    ("jupyter_protocol", &["kernel"]),
    ("nom", &["lang"]),
    // Queries read through `http`; results leave this machine through `share` alone.
    ("ureq", &["http", "share"]),
];

/// Larger files do not belong in the repository.
const LARGEST: u64 = 5 << 20;

#[test]
fn modules_depend_in_one_direction() {
    let mut found = Vec::new();
    for (path, text) in sources() {
        let module = module(&path);
        // The root lists all modules; the binary is its table of contents.
        let Some((_, allowed)) = USES.iter().find(|(name, _)| *name == module) else {
            assert!(
                ["lib", "main"].contains(&&*module),
                "who may {module} use? {}",
                path.display()
            );
            continue;
        };
        let used = modules_used(&text);
        let wrong = used.iter().filter(|used| **used != module && !allowed.contains(&&***used));
        found.extend(wrong.map(|used| format!("{}: {module} uses {used}", path.display())));
    }
    assert_none(found);
}

#[test]
fn one_module_alone_knows_each_format_and_protocol() {
    let mut found = Vec::new();
    for (path, text) in sources() {
        let module = module(&path);
        for (name, owners) in OWNERS.iter().filter(|(_, owners)| !owners.contains(&&*module)) {
            if words_before_path(&text).any(|word| word == *name) {
                let owners = owners.join(", ");
                found.push(format!("{}: {name} is known to {owners} alone", path.display()));
            }
        }
    }
    assert_none(found);
}

#[test]
fn every_file_opens_with_a_paragraph() {
    let headless = sources().into_iter().filter(|(_, text)| !text.starts_with("//! "));
    assert_none(headless.map(|(path, _)| path.display().to_string()).collect());
}

#[test]
fn nothing_unwraps() {
    let unwrap = concat!(".unwrap", "()");
    let found = sources().into_iter().filter(|(_, text)| text.contains(unwrap));
    assert_none(found.map(|(path, _)| path.display().to_string()).collect());
}

#[test]
fn names_say_what_a_thing_is() {
    const VAGUE: [&str; 3] = ["Manager", "Helper", "Util"];
    let mut found = Vec::new();
    for (path, text) in sources() {
        let lines = text.lines().filter(|line| {
            let defined = line.split_once("struct ").or(line.split_once("enum "));
            let name = defined.or(line.split_once("trait ")).map_or("", |(_, name)| word(name));
            VAGUE.iter().any(|vague| name.ends_with(vague))
        });
        found.extend(lines.map(|line| format!("{}: {}", path.display(), line.trim())));
    }
    assert_none(found);
}

#[test]
fn no_path_of_a_machine_is_in_the_repository() {
    // In parts, so that this file is not a finding; tests and scripts may make
    // scratch folders, so the temporary folder is looked for in sources alone.
    let homes = [["/ho", "me/"].concat(), ["/Us", "ers/"].concat()];
    let folders = [["/ro", "ot/"].concat(), ["/wo", "rk/"].concat()];
    let scratch = [["/tm", "p/"].concat(), ["/var/fol", "ders/"].concat()];
    let mut found = Vec::new();
    for (path, text) in tracked_texts() {
        let below_src = path.starts_with("src") || path.starts_with("notebooks");
        for (number, line) in text.lines().enumerate() {
            let own = homes.iter().chain(&folders).any(|folder| starts_a_path(line, folder));
            let temporary = below_src && scratch.iter().any(|folder| starts_a_path(line, folder));
            if own || temporary {
                found.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
            }
        }
    }
    assert_none(found);
}

#[test]
fn no_file_is_a_download() {
    let large = tracked().into_iter().filter(|path| {
        std::fs::metadata(root().join(path)).is_ok_and(|metadata| metadata.len() > LARGEST)
    });
    assert_none(large.map(|path| path.display().to_string()).collect());
}

#[test]
fn notebooks_are_saved_by_a_clean_run() {
    let mut notebooks = tracked();
    notebooks.retain(|path| has_suffix(path, "ipynb"));
    assert!(!notebooks.is_empty(), "the notebooks are found");
    for path in notebooks {
        let text = read(&path);
        let notebook: serde_json::Value = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let cells = notebook["cells"].as_array().expect("a notebook has cells");
        assert!(cells.iter().any(has_outputs), "{} was never run", path.display());
        for (number, cell) in cells.iter().enumerate() {
            if let Some(found) = unclean(cell) {
                panic!("{}, cell {number}: {found}", path.display());
            }
        }
    }
}

fn has_outputs(cell: &serde_json::Value) -> bool {
    cell["outputs"].as_array().is_some_and(|outputs| !outputs.is_empty())
}

/// Output that a clean run would not have left in a cell: printed text, or an error in a
/// cell without a tag that allows it.
fn unclean(cell: &serde_json::Value) -> Option<String> {
    let tags = cell["metadata"]["tags"].as_array();
    let is_tagged = tags.is_some_and(|tags| tags.iter().any(|tag| tag == "raises-exception"));
    let outputs = cell["outputs"].as_array().into_iter().flatten();
    let mut wrong = outputs.filter(|output| match output["output_type"].as_str() {
        Some("stream") => true,
        Some("error") => !is_tagged,
        _ => false,
    });
    wrong.next().map(ToString::to_string)
}

#[test]
fn an_error_is_allowed_in_the_cell_that_is_tagged_and_in_no_other() {
    let cell = |tags: &[&str], kind: &str| serde_json::json!({"metadata": {"tags": tags}, "outputs": [{"output_type": kind}]});
    assert_eq!(unclean(&cell(&["raises-exception"], "error")), None);
    assert_eq!(unclean(&cell(&[], "display_data")), None);
    assert!(unclean(&cell(&["hide-input"], "error")).is_some());
    assert!(unclean(&cell(&["raises-exception"], "stream")).is_some());
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    let bytes = std::fs::read(root().join(path));
    let bytes = bytes.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    String::from_utf8_lossy(&bytes).into_owned()
}

fn has_suffix(path: &Path, suffix: &str) -> bool {
    path.extension().is_some_and(|extension| extension == suffix)
}

/// Every file below `src`, by its path from the root.
fn sources() -> Vec<(PathBuf, String)> {
    let mut paths = files_below(Path::new("src"));
    paths.retain(|path| has_suffix(path, "rs"));
    assert!(paths.len() > 50, "the sources are found");
    paths.into_iter().map(|path| (path.clone(), read(&path))).collect()
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join(folder)).expect("a folder of the repository");
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.expect("a readable folder");
        let path = folder.join(entry.file_name());
        if entry.path().is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files
}

/// The files in git; outside of a clone, the folders that are shipped.
fn tracked() -> Vec<PathBuf> {
    let listed = Command::new("git").arg("-C").arg(root()).args(["ls-files", "-z"]).output();
    let listed = listed.ok().filter(|output| output.status.success() && !output.stdout.is_empty());
    match listed {
        Some(output) => {
            let names = String::from_utf8_lossy(&output.stdout).into_owned();
            let paths = names.split('\0').filter(|name| !name.is_empty()).map(PathBuf::from);
            paths.filter(|path| root().join(path).is_file()).collect()
        }
        None => {
            ["src", "tests", "notebooks"].iter().flat_map(|f| files_below(Path::new(f))).collect()
        }
    }
}

fn tracked_texts() -> Vec<(PathBuf, String)> {
    const BINARY: [&str; 6] = ["png", "tar", "gz", "jfr", "pb", "parquet"];
    let texts =
        tracked().into_iter().filter(|path| !BINARY.iter().any(|suffix| has_suffix(path, suffix)));
    texts.map(|path| (path.clone(), read(&path))).collect()
}

/// `src/eval/stage/mod.rs` is in `eval`, `src/work.rs` is `work`.
fn module(path: &Path) -> String {
    let below = path.strip_prefix("src").expect("a source");
    let first = below.components().next().expect("a file below src");
    Path::new(first.as_os_str()).file_stem().expect("a name").to_string_lossy().into_owned()
}

/// The modules that code names: `crate::eval::result::value`, `use crate::{view, work}`,
/// and `flamebook::` in the binary. Comments are ignored.
fn modules_used(text: &str) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
        for part in line.split("crate::").skip(1).chain(line.split("flamebook::").skip(1)) {
            match part.strip_prefix('{') {
                Some(list) => used.extend(
                    list.split([',', '}'])
                        .map(|name| word(name.trim()))
                        .filter(|name| USES.iter().any(|(module, _)| module == name))
                        .map(str::to_owned),
                ),
                None => drop(used.insert(word(part).to_owned())),
            }
        }
    }
    // A macro or an item at the root is not a module.
    used.retain(|name| USES.iter().any(|(module, _)| module == name));
    used
}

/// Words before `::`, without comments.
fn words_before_path(text: &str) -> impl Iterator<Item = &str> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.flat_map(|line| {
        let ends = line.match_indices("::").map(|(at, _)| &line[..at]);
        ends.map(|before| {
            let start = before.rfind(|c: char| !c.is_alphanumeric() && c != '_');
            &before[start.map_or(0, |start| start + 1)..]
        })
    })
}

/// The identifier at the start of a text.
fn word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
    &text[..end.unwrap_or(text.len())]
}

/// Whether the line names the folder as the start of a path, not in the middle of one.
fn starts_a_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        before.is_none_or(|c| !c.is_alphanumeric() && !"._-/~}".contains(c))
    })
}

fn assert_none(found: Vec<String>) {
    assert!(found.is_empty(), "{} found:\n{}", found.len(), found.join("\n"));
}
