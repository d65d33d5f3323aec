//! Which file uses which: resolves the paths from `code` to the files that define them.
//!
//! A name that a file imports or re-exports is followed to its origin. A name that is
//! neither a module nor an import is an item of the file where the path ends. Names of
//! other crates are ignored, and so are tests and `main.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::code::{self, Code, Named};

/// One file names an item that another file defines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Use {
    pub(crate) from: PathBuf,
    pub(crate) to: PathBuf,
    pub(crate) named: Named,
}

impl std::fmt::Display for Use {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (from, line, path) = (self.from.display(), self.named.line, self.named.path.join("::"));
        write!(f, "{from}:{line} uses {path} of {}", self.to.display())
    }
}

/// A module's path: `src/eval/merge/sums.rs` is `eval`, `merge`, `sums`.
type Module = Vec<String>;

struct Crate {
    modules: BTreeMap<Module, (PathBuf, Code)>,
}

/// The first use of each file by each other file.
///
/// A `mod.rs` and the files of its folder count as one, because it lists and re-exports
/// them.
pub(crate) fn uses(sources: &[(PathBuf, String)]) -> Vec<Use> {
    let ours = Crate::new(sources);
    let mut found = Vec::new();
    for (module, (from, code)) in &ours.modules {
        let mut seen = BTreeSet::new();
        for named in code.imports.iter().map(|import| &import.named).chain(&code.paths) {
            let Some(used) = ours.follow(module, &named.path) else { continue };
            if used != *module && !are_one(module, &used) && seen.insert(used.clone()) {
                let to = ours.modules[&used].0.clone();
                found.push(Use { from: from.clone(), to, named: named.clone() });
            }
        }
    }
    found
}

fn are_one(a: &[String], b: &[String]) -> bool {
    a.split_last().is_some_and(|(_, parent)| parent == b)
        || b.split_last().is_some_and(|(_, parent)| parent == a)
}

impl Crate {
    fn new(sources: &[(PathBuf, String)]) -> Crate {
        let files = sources.iter().filter(|(path, _)| !path.ends_with("main.rs"));
        let mut modules: BTreeMap<Module, (PathBuf, Code)> =
            files.map(|(path, text)| (module(path), (path.clone(), code::read(text)))).collect();
        let for_tests: BTreeSet<Module> = modules
            .iter()
            .flat_map(|(module, (_, code))| {
                code.test_modules.iter().map(|name| below(module, name))
            })
            .collect();
        modules.retain(|module, _| !(1..=module.len()).any(|n| for_tests.contains(&module[..n])));
        Crate { modules }
    }

    /// The module that defines what `path` names in `module`.
    fn follow(&self, module: &[String], path: &[String]) -> Option<Module> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            // The binary knows the library by its name.
            "crate" | "flamebook" => self.descend(&[], rest),
            "self" => self.descend(module, rest),
            "super" => {
                let (_, parent) = module.split_last()?;
                match rest.first() {
                    Some(next) if next == "super" => self.follow(parent, rest),
                    _ => self.descend(parent, rest),
                }
            }
            name if self.modules.contains_key(&below(module, name)) => self.descend(module, path),
            name => {
                let import = self.import(module, name)?;
                // `use png::png;`: a crate of the same name.
                (import.first() != Some(first))
                    .then(|| self.follow(module, &joined(import, rest)))?
            }
        }
    }

    /// Resolves a path from a module down, following its imports.
    fn descend(&self, module: &[String], path: &[String]) -> Option<Module> {
        let Some((name, rest)) = path.split_first() else { return Some(module.to_vec()) };
        let child = below(module, name);
        if self.modules.contains_key(&child) {
            return self.descend(&child, rest);
        }
        match self.import(module, name) {
            Some(import) => self.follow(module, &joined(import, rest)),
            None => Some(module.to_vec()),
        }
    }

    fn import(&self, module: &[String], name: &str) -> Option<&[String]> {
        let (_, code) = self.modules.get(module)?;
        let import = code.imports.iter().find(|import| import.name == name && name != "*")?;
        Some(&import.named.path)
    }
}

fn module(path: &Path) -> Module {
    let below_src = path.strip_prefix("src").expect("a source").with_extension("");
    let mut names: Module =
        below_src.iter().map(|name| name.to_string_lossy().into_owned()).collect();
    names.pop_if(|last| ["mod", "lib"].contains(&last.as_str()));
    names
}

fn below(module: &[String], name: &str) -> Module {
    joined(module, &[name.to_owned()])
}

fn joined(path: &[String], rest: &[String]) -> Module {
    [path, rest].concat()
}

/// Made-up files, for tests of these rules.
pub(crate) fn made_up(files: &[(&str, &str)]) -> Vec<(PathBuf, String)> {
    files.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect()
}

fn arrows(files: &[(&str, &str)]) -> Vec<String> {
    let arrow = |found: &Use| format!("{} -> {}", found.from.display(), found.to.display());
    uses(&made_up(files)).iter().map(arrow).collect()
}

#[test]
fn a_path_leads_to_the_file_that_defines_it() {
    let files = [
        ("src/lib.rs", "pub mod a; pub mod b;"),
        ("src/a/mod.rs", "mod x; mod y; pub use x::Item; pub struct Own;"),
        ("src/a/x.rs", "pub struct Item; fn f() { super::y::g(); }"),
        ("src/a/y.rs", "use super::Own; use std::fmt; fn g() -> fmt::Result { Ok(()) }"),
        ("src/b.rs", "use crate::a::{self, Item, Own}; fn f() { a::y::g() }"),
    ];
    let expected = [
        "src/a/x.rs -> src/a/y.rs",
        "src/b.rs -> src/a/mod.rs",
        "src/b.rs -> src/a/x.rs",
        "src/b.rs -> src/a/y.rs",
    ];
    // `y` names an item of its own folder's `mod.rs`: these two are one.
    assert_eq!(arrows(&files), expected);
}

#[test]
fn an_alias_and_a_name_that_is_passed_on_lead_to_the_same_file() {
    let files = [
        ("src/a.rs", "pub enum Colour { Red }"),
        ("src/b.rs", "use crate::a::Colour as Paint; pub use crate::c::deep::Thing;"),
        ("src/c/mod.rs", "pub mod deep;"),
        ("src/c/deep.rs", "pub struct Thing; fn f() { super::super::d::g() }"),
        ("src/d.rs", "use png::png; use crate::b::Thing; fn g() { png::Encoder::new() }"),
    ];
    let expected = [
        "src/b.rs -> src/a.rs",
        "src/b.rs -> src/c/deep.rs",
        "src/c/deep.rs -> src/d.rs",
        "src/d.rs -> src/c/deep.rs",
    ];
    assert_eq!(arrows(&files), expected);
}

#[test]
fn files_for_tests_are_left_out() {
    let files = [
        ("src/a/mod.rs", "pub mod x; #[cfg(test)] mod fixture;"),
        ("src/a/fixture.rs", "use crate::b::B; use super::x::X;"),
        ("src/a/x.rs", "pub struct X; #[cfg(test)] mod tests { use crate::b::B; }"),
        ("src/b.rs", "use crate::a::x::X;"),
    ];
    assert_eq!(arrows(&files), ["src/b.rs -> src/a/x.rs"]);
}
