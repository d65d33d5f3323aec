//! The reference of the language, run: `lang/*.md`.
//!
//! A page is prose with fenced blocks. A block of `flame` is a cell; the block
//! after it says what becomes of it:
//!
//! - `type`: it has no error, and its last statement is of this type;
//! - `error`: it is refused before anything runs, with exactly this report.
//!
//! Cells of a page share their variables, as cells of a notebook do. Nothing is
//! read and nothing runs here: what queries give is tested on profiles.
//! Below the pages: every error can be asked about.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use flamebook::diag::render;
use flamebook::lang::ast::StatementKind;
use flamebook::lang::types::Type;
use flamebook::lang::{Scope, check, help, parse};

#[test]
fn the_reference_says_what_happens() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lang");
    let pages = fs::read_dir(folder).expect("the pages of the reference");
    let mut wrong = String::new();
    let mut cells = 0;
    for page in pages {
        let path = page.expect("a page").path();
        let text = fs::read_to_string(&path).expect("a page is text");
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        for (line, expected, got) in run(&text, &mut cells) {
            wrong += &format!("\n{name}:{line}\n--- the page says\n{expected}\n--- it is\n{got}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(cells > 50, "only {cells} cells were found");
}

/// Whoever meets an error can ask for `help <slug>`.
#[test]
fn every_error_has_a_page_of_help() {
    let mut slugs = Vec::new();
    slugs_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut slugs);
    assert!(slugs.len() > 40, "only {slugs:?}");
    slugs.retain(|slug| help::page(Some(slug)).is_none());
    assert!(slugs.is_empty(), "no help on {slugs:?}");
}

/// The first argument of every `Diagnostic::error` and `warning`, tests apart.
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

/// A fenced block: its language, its text, and the line it starts on.
struct Block<'a> {
    language: &'a str,
    text: String,
    line: usize,
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut open: Option<Block<'_>> = None;
    for (number, line) in page.lines().enumerate() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(language), None) => {
                open = Some(Block { language, text: String::new(), line: number + 1 });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some(block)) => {
                block.text += line;
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    blocks
}

/// The cells of a page that do not what it says: line, expected, got.
fn run(page: &str, cells: &mut usize) -> Vec<(usize, String, String)> {
    let mut variables = Variables::default();
    let blocks = blocks(page);
    let mut wrong = Vec::new();
    for pair in blocks.windows(2) {
        let [cell, outcome] = pair else { continue };
        if cell.language != "flame" {
            continue;
        }
        *cells += 1;
        let got = outcome_of(cell.text.trim_end(), &mut variables);
        let expected = (outcome.language.to_owned(), outcome.text.trim_end().to_owned());
        if got != expected {
            let show = |(language, text): (String, String)| format!("{language}\n{text}");
            wrong.push((cell.line, show(expected), show(got)));
        }
    }
    wrong
}

/// `type` and its name, or `error` and the report.
fn outcome_of(code: &str, variables: &mut Variables) -> (String, String) {
    let (cell, mut diagnostics) = parse(code);
    let (plan, found) = check(&cell, variables);
    diagnostics.extend(found);
    if !diagnostics.is_empty() {
        let reports: Vec<String> =
            diagnostics.iter().map(|one| render::plain(one, code, "In[1]")).collect();
        return ("error".to_owned(), reports.join("\n\n"));
    }
    for (statement, kind) in cell.statements.iter().zip(&plan.types) {
        if let StatementKind::Let { name, .. } = &statement.kind {
            variables.0.insert(name.text.to_string(), *kind);
        }
    }
    let last = plan.types.last().copied().unwrap_or(Type::Nothing);
    let name = if last == Type::GROUPED { "grouped Profiles" } else { last.name() };
    ("type".to_owned(), name.to_owned())
}

/// The variables of a page.
#[derive(Default)]
struct Variables(HashMap<String, Type>);

impl Scope for Variables {
    fn variable(&self, name: &str) -> Option<Type> {
        self.0.get(name).copied()
    }

    fn variables(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }
}
