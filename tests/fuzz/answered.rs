//! Properties that hold for any text and any file: it gets an answer, and the answer is
//! consistent.
//!
//! Each property is a function. The fuzz targets beside this file search for inputs that
//! violate one. Without libFuzzer, tests run them on the corpus and on cells they mutate
//! themselves (`tests/lang/fuzz.rs`).

use std::path::PathBuf;
use std::sync::Arc;

use flamebook::diag::{Diagnostic, Place, render};
use flamebook::kernel::language::{Assistant, CellRequest};
use flamebook::lang::lex::{Token, TokenKind, lex};
use flamebook::lang::types::Type;
use flamebook::lang::{Completeness, Scope, check, expected_after, format, is_complete, parse};
use flamebook::notebook::Notebook;
use flamebook::profile::Symbols;
use flamebook::source::UnpackLimit;
use flamebook::source::batch::Batch;
use flamebook::source::reader::Reader;
use flamebook::work::{Cancel, Unwatched, Work};

/// Compressed files are small.
const MOST_UNPACKED: UnpackLimit = UnpackLimit(32 << 20);

/// The position of the cursor marker, or the end.
const CURSOR: &str = "$0";

/// Tokens are in order, with only white space and comments between them.
pub fn lexed(code: &str) {
    let mut behind = 0;
    for token in lex(code) {
        let Place { start, end } = token.place;
        assert!(behind <= start && start < end, "{token:?} behind {behind} of {code:?}");
        assert!(code.get(start..end).is_some(), "{token:?} in {code:?}");
        is_nothing(&code[behind..start], code);
        behind = end;
    }
    is_nothing(&code[behind..], code);
}

fn is_nothing(gap: &str, code: &str) {
    let left = gap.lines().map(|line| line.split('#').next().unwrap_or_default());
    let is_blank = |c: char| c.is_whitespace() || c == '\u{feff}';
    let nothing = left.flat_map(str::chars).all(is_blank);
    assert!(nothing, "{gap:?} is in no token of {code:?}");
}

/// A cell parses, and its printed form parses to the same.
pub fn parsed(code: &str) {
    let (cell, diagnostics) = parse(code);
    diagnostics.iter().for_each(|diagnostic| fits(diagnostic, code));
    expected_after(code, &lex(code));
    let completeness = is_complete(code);
    let refused = completeness == Completeness::Invalid;
    assert!(!(refused && diagnostics.is_empty()), "{code:?} has no error and is invalid");
    let printed = format::cell(&cell);
    let (again, errors) = parse(&printed);
    assert!(errors.is_empty(), "{code:?}\nis printed as\n{printed}\nwhich has {errors:?}");
    assert_eq!(format::cell(&again), printed, "{code:?}");
}

/// A cell is checked with variables of every type, and its errors can be rendered.
pub fn checked(code: &str) {
    let (cell, mut diagnostics) = parse(code);
    diagnostics.extend(check(&cell, &Variables).1);
    for diagnostic in &diagnostics {
        fits(diagnostic, code);
        assert!(!render::plain(diagnostic, code, "In[1]").is_empty());
        render::ansi(diagnostic, code, "In[1]");
        render::html(diagnostic, code, "In[1]");
        if let Some(patch) = &diagnostic.patch {
            let Place { start, end } = patch.place;
            parse(&format!("{}{}{}", &code[..start], patch.text, &code[end..]));
        }
    }
}

/// The places of a diagnostic are within this code.
fn fits(diagnostic: &Diagnostic, code: &str) {
    let patch = diagnostic.patch.iter().map(|patch| patch.place);
    for Place { start, end } in patch.chain(diagnostic.place) {
        assert!(code.get(start..end).is_some(), "{diagnostic:?}\n{code:?}");
    }
}

/// Completions at `$0` can be inserted there.
pub fn assisted(marked: &str, assistant: &dyn Assistant) {
    let (before, behind) = marked.split_once(CURSOR).unwrap_or((marked, ""));
    let (code, cursor) = (format!("{before}{behind}"), before.chars().count());
    let found = assistant.complete(&code, cursor);
    let length = cursor + behind.chars().count();
    assert!(found.start <= cursor && cursor <= found.end && found.end <= length, "{marked:?}");
    let kept: String = code.chars().take(found.start).collect();
    for item in found.items.iter().filter(|_| spoilt(&kept).is_none()) {
        let taken = spoilt(&format!("{kept}{}", item.text));
        assert!(taken.is_none(), "{marked:?} takes {:?}: {taken:?}", item.text);
    }
    assistant.inspect(&code, cursor, 0);
    assistant.is_complete(&code);
}

/// A file is read to consistent profiles, or rejected with a reason.
pub fn decoded(bytes: &[u8]) {
    let (cancel, mut batch) = (Cancel::new(), Batch::default());
    let work = Work { cancel: &cancel, watch: &Unwatched };
    match Reader::new(MOST_UNPACKED).read(bytes, "fuzz", &mut batch, work) {
        Ok(recordings) => recordings.into_iter().for_each(|recording| batch.push(recording)),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    let profiles = batch.finish();
    assert_eq!(profiles.kinds.len(), profiles.snapshots.len());
    let Symbols { frames, stacks, tags, .. } = &profiles.symbols;
    for (_, parent, frame) in stacks.iter() {
        assert!(parent.index() < stacks.len() && frame.index() < frames.len());
        profiles.symbols.frame_name(frame);
        profiles.symbols.frame_file(frame);
        profiles.symbols.frame_module(frame);
    }
    for snapshot in profiles.snapshots.iter().flatten() {
        let samples = snapshot.samples();
        assert!(samples.iter().all(|(stack, ..)| stack.index() < stacks.len()));
        assert!(samples.iter().all(|(_, own, _)| own.index() < tags.len()));
        let total: i128 = samples.iter().map(|(.., value)| i128::from(value)).sum();
        assert_eq!(snapshot.total, total);
        snapshot.window();
    }
}

/// The first token that is not part of the language.
fn spoilt(code: &str) -> Option<Token> {
    lex(code).into_iter().find(|token| matches!(token.kind, TokenKind::Bad(_)))
}

/// The assistant of a notebook on the example data, with some variables.
pub fn assistant() -> Arc<dyn Assistant> {
    let mut notebook = Notebook::new(PathBuf::new());
    let code = "use \"demo:\"\nlet hot = cpu | focus \"encoding/json.*\"\nlet gc = ~\"^runtime\"\n\
                service = \"checkout\"\nwindow = 1h\nlet found = cpu | top 5\ncpu | by (pod)";
    let (cell, cancel) = (CellRequest { code, number: 1, store: true }, Cancel::new());
    let work = Work { cancel: &cancel, watch: &Unwatched };
    notebook.run(&cell, &|_| {}, work).expect("the example data");
    notebook.assistant()
}

/// A variable of each type, named after the type in lower case.
struct Variables;

const TYPES: [Type; 14] = [
    Type::UNGROUPED,
    Type::Tree,
    Type::Diff,
    Type::Series,
    Type::Table,
    Type::Number,
    Type::Bool,
    Type::Text,
    Type::Duration,
    Type::Time,
    Type::List,
    Type::Pattern,
    Type::View,
    Type::Any,
];

impl Scope for Variables {
    fn variable(&self, name: &str) -> Option<Type> {
        let grouped = (name == "grouped").then_some(Type::GROUPED);
        grouped.or(TYPES.into_iter().find(|kind| kind.name().to_lowercase() == name))
    }

    fn variables(&self) -> Vec<String> {
        let types = TYPES.iter().map(|kind| kind.name().to_lowercase());
        types.chain(["grouped".to_owned()]).collect()
    }
}
