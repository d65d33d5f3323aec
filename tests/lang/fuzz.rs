//! Every text gets an answer: cells that are cut, mixed and damaged.
//!
//! The properties are those of the fuzz targets (`tests/fuzz`), which find more. These
//! tests do not need libFuzzer and always make the same mutations. The seeds are the
//! cells of all pages and of the targets' corpus, which keeps each cell that once broke
//! something. `FUZZ=n` makes n times as many tries.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;

use flamebook::lang::pattern::frame_fields;
use flamebook::lang::settings::SETTINGS;
use flamebook::lang::{KEYWORDS, functions, verbs};

use super::page::Page;
use crate::answered::{assistant, assisted, checked, lexed, parsed};

/// Mutated cells.
const ROUNDS: usize = 12_000;

/// Text that a mutation may insert.
const PIECES: [&str; 49] = [
    "$0",
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
    let assistant = assistant();
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    for round in 0..ROUNDS * more {
        let mut cell = chance.of(&seeds).clone();
        for _ in 0..=chance.below(4) {
            cell = changed(&cell, &seeds, &mut chance);
        }
        let answered = catch_unwind(AssertUnwindSafe(|| {
            read(&cell);
            if round % 10 == 0 {
                assisted(&cell, &*assistant);
            }
        }));
        if let Err(panic) = answered {
            eprintln!("round {round}: {cell:?}");
            resume_unwind(panic);
        }
    }
}

/// Cells of the corpus that once failed, or that cover other code.
#[test]
fn the_corpus_is_answered() {
    let assistant = assistant();
    let corpus = corpus();
    assert!(corpus.len() > 100, "only {} cells", corpus.len());
    for cell in corpus {
        read(&cell);
        assisted(&cell, &*assistant);
    }
}

/// libFuzzer builds cells from the words of its dictionary.
#[test]
fn the_dictionary_has_every_word() {
    let dictionary = fs::read_to_string(folder().join("cell.dict")).expect("the dictionary");
    let words = verbs::all().map(|spec| spec.name);
    let words = words.chain(functions::FUNCTIONS.iter().map(|spec| spec.name)).chain(KEYWORDS);
    let words =
        words.chain(SETTINGS.iter().map(|spec| spec.name)).chain(frame_fields().map(|(f, _)| f));
    let missing: Vec<&str> = words
        .filter(|word| !dictionary.lines().any(|line| line == format!("\"{word}\"")))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

fn read(cell: &str) {
    lexed(cell);
    parsed(cell);
    checked(cell);
}

fn seeds() -> Vec<String> {
    let pages = Page::all();
    let cells = pages.iter().flat_map(|page| page.examples()).map(|example| example.code);
    cells.chain(corpus()).collect()
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz")
}

/// The corpus cells of all targets that read cells.
fn corpus() -> Vec<String> {
    let mut paths = Vec::new();
    for target in ["lexer", "parser", "checker", "completion"] {
        let entries = fs::read_dir(folder().join("corpus").join(target)).expect("the corpus");
        paths.extend(entries.map(|entry| entry.expect("a cell").path()));
    }
    paths.sort();
    let texts = paths.iter().map(|path| fs::read(path).expect("a cell can be read"));
    texts.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect()
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

/// A position between two characters.
fn place(cell: &str, chance: &mut Chance) -> usize {
    cell.floor_char_boundary(chance.below(cell.len() + 1))
}

/// Pseudo-random numbers with a fixed seed: xorshift64*.
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
