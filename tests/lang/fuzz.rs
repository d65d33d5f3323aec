//! Whatever is typed is answered: cells that are cut, crossed and spoilt.
//!
//! The seeds are the cells of all pages, and those of `corpus`, where a cell that
//! once broke something stays. The changes come from a counter and not from a
//! clock, so a failure comes again; `FUZZ=n` tries n times as many.

use std::fs;
use std::path::Path;

use flamebook::diag::render;
use flamebook::kernel::language::Assistant;
use flamebook::lang::{check, expected_after, format, is_complete, lex::lex, parse};
use flamebook::notebook::Notebook;

use super::cell::Variables;
use super::page::Page;

/// Changed cells, each change drawn anew.
const ROUNDS: usize = 12_000;

/// What a change may put into a cell.
const PIECES: [&str; 48] = [
    "|",
    "||",
    "|=",
    "{",
    "}",
    "{}",
    "[",
    "]",
    "(",
    ")",
    "=",
    "=~",
    "!",
    "~",
    "..",
    ">>",
    ",",
    ":",
    "@",
    ";",
    "\n",
    "#",
    "//",
    "-",
    "\"",
    "'",
    "`",
    "\\",
    "“",
    "｜",
    "é",
    "🔥",
    "e\u{301}",
    "\u{202e}",
    "\0",
    "%",
    "9999999999999999999",
    "1h30m",
    "2026/03/01",
    "10:00",
    "by ",
    "offset ",
    "let x = ",
    "SELECT ",
    "sum(",
    " -focus=",
    "_",
    " or ",
];

#[test]
fn whatever_is_typed_is_answered() {
    let seeds = seeds();
    assert!(seeds.len() > 100, "only {} seeds", seeds.len());
    let more = std::env::var("FUZZ").ok().and_then(|times| times.parse().ok()).unwrap_or(1);
    let notebook = Notebook::new(env!("CARGO_MANIFEST_DIR").into());
    let assistant = notebook.assistant();
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    for round in 0..ROUNDS * more {
        let mut cell = chance.of(&seeds).clone();
        for _ in 0..=chance.below(4) {
            cell = changed(&cell, &seeds, &mut chance);
        }
        if let Err(panic) = std::panic::catch_unwind(|| answered(&cell)) {
            eprintln!("round {round}: {cell:?}");
            std::panic::resume_unwind(panic);
        }
        if round % 10 == 0 {
            assisted(&cell, &*assistant, &mut chance);
        }
    }
}

/// Cells of the corpus are kept because they once were wrong: none of them is changed.
#[test]
fn the_corpus_is_answered() {
    for cell in corpus() {
        answered(&cell);
    }
}

fn seeds() -> Vec<String> {
    let pages = Page::all();
    let cells = pages.iter().flat_map(|page| page.examples()).map(|example| example.code);
    cells.chain(corpus()).collect()
}

fn corpus() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lang/corpus");
    let mut paths: Vec<_> = fs::read_dir(folder)
        .expect("the corpus")
        .map(|entry| entry.expect("a cell").path())
        .collect();
    paths.sort();
    let texts = paths.iter().map(|path| fs::read(path).expect("a cell can be read"));
    texts.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect()
}

/// Every reader of a cell comes to an end; what it prints of it reads as the same.
fn answered(code: &str) {
    let (cell, mut diagnostics) = parse(code);
    diagnostics.extend(check(&cell, &Variables::default()).1);
    for diagnostic in &diagnostics {
        let place = diagnostic.place.unwrap_or_default();
        assert!(code.get(place.start..place.end).is_some(), "{diagnostic:?}\n{code:?}");
        if let Some(patch) = &diagnostic.patch {
            assert!(code.get(patch.place.start..patch.place.end).is_some(), "{diagnostic:?}");
        }
        assert!(!render::plain(diagnostic, code, "In[1]").is_empty());
        render::ansi(diagnostic, code, "In[1]");
    }
    is_complete(code);
    expected_after(code, &lex(code));
    let printed = format::cell(&cell);
    let (again, errors) = parse(&printed);
    assert!(errors.is_empty(), "{code:?}\nis printed as\n{printed}\nwhich has {errors:?}");
    assert_eq!(format::cell(&again), printed, "{code:?}");
}

/// Editors ask in the midst of a cell.
fn assisted(code: &str, assistant: &dyn Assistant, chance: &mut Chance) {
    let length = code.chars().count();
    let cursor = chance.below(length + 1);
    let completion = assistant.complete(code, cursor);
    assert!(completion.start <= completion.end && completion.end <= length, "{code:?} {cursor}");
    assistant.inspect(code, cursor, 0);
    assistant.is_complete(code);
}

fn changed(cell: &str, seeds: &[String], chance: &mut Chance) -> String {
    let (from, to) = (place(cell, chance), place(cell, chance));
    let (from, to) = (from.min(to), from.max(to));
    match chance.below(5) {
        0 => format!("{}{}", &cell[..from], &cell[to..]),
        1 => cell[..to].to_owned(),
        2 => format!("{}{}", &cell[..to], &cell[from..]),
        3 => {
            let other = chance.of(seeds);
            let at = place(other, chance);
            format!("{}{}", &cell[..from], &other[at..])
        }
        _ => format!("{}{}{}", &cell[..from], chance.of(&PIECES), &cell[from..]),
    }
}

/// A place between two characters.
fn place(cell: &str, chance: &mut Chance) -> usize {
    cell.floor_char_boundary(chance.below(cell.len() + 1))
}

/// Numbers that look random, and are the same in every run: xorshift64*.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(number).unwrap_or(0) % end.max(1)
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}
