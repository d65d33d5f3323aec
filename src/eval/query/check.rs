//! Checks that need data: labels, columns, and patterns that match nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diag::suggest::suggest;
use crate::diag::{Diagnostic, Place};
use crate::eval::error::Result;
use crate::eval::query::evaluator::{Evaluator, Piped};
use crate::eval::result::table::Table;
use crate::eval::selection::names::unknown_label;
use crate::eval::selection::profiles::Profiles;
use crate::eval::stacks::pattern::Compiled;
use crate::eval::stacks::reached::Reached;
use crate::lang::ast::Name;
use crate::lang::pattern::{frame_fields, is_regex_like};
use crate::lang::text::quote;
use crate::lang::{columns, format};
use crate::profile::Symbols;
use crate::work::Work;

impl Evaluator<'_> {
    /// Reports a pattern that matches nothing: an error if nothing would be left, else a note.
    pub fn note_unmatched(
        &self,
        compiled: &Compiled,
        piped: &Piped,
        demand: Demand,
    ) -> Result<Option<String>> {
        let Some((symbols, reached)) = reached_symbols(piped, self.context.work)? else {
            return Ok(None);
        };
        if matches!(demand, Demand::Match | Demand::MatchFrame) && !self.is_rerun {
            must_match(compiled, &symbols, &reached, self.context.work)?;
            return Ok(None);
        }
        let unmatched = compiled.unmatched(&symbols, &reached, self.context.work)?;
        Ok(unmatched.map(|test| format!("no function matches `{}`", test.text)))
    }
}

/// Refuses `leaf` in the pattern of a verb that looks for frames, wherever these are in a stack.
pub fn check_frames(compiled: &Compiled) -> Result<()> {
    let Some(place) = compiled.has_leaf_anchor() else { return Ok(()) };
    let message = "`leaf` says where a stack ends, and this verb looks at single frames";
    Err(Diagnostic::error("leaf-position", message)
        .at(place, "")
        .help(
            "keep or drop whole stacks by their leaf: `focus leaf \"runtime.*\"`, \
             `ignore leaf \"runtime.*\"`",
        )
        .into())
}

/// Whether a pattern must match something, and whether it tests single frames.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Demand {
    Match,
    MatchFrame,
    Note,
    NoteFrame,
}

impl Demand {
    pub fn is_of_frames(self) -> bool {
        matches!(self, Demand::MatchFrame | Demand::NoteFrame)
    }
}

/// Reports a label that no series and no sample has.
pub fn check_label(selections: &[Profiles], name: &Name) -> Result<()> {
    let known: std::collections::BTreeSet<Arc<str>> =
        selections.iter().flat_map(Profiles::label_names).collect();
    let nothing_there = selections.iter().all(|profiles| profiles.snapshots.is_empty());
    match (nothing_there || known.contains(&name.text), selections.first()) {
        (false, Some(first)) => {
            let known: Vec<&str> = known.iter().map(|known| &**known).collect();
            Err(unknown_label(&first.kind, name, &known).into())
        }
        _ => Ok(()),
    }
}

/// The symbols of the piped value, and which of them it uses.
fn reached_symbols(piped: &Piped, work: Work<'_>) -> Result<Option<(Symbols, Reached)>> {
    match piped {
        // An empty selection already explains why it is empty.
        Piped::Profiles(profiles) if profiles.snapshots.is_empty() => Ok(None),
        Piped::Profiles(profiles) => Ok(Some((profiles.symbols.clone(), profiles.reached(work)?))),
        Piped::Done(outcome) => {
            let Some(trees) = outcome.value.trees() else { return Ok(None) };
            Ok(Some((trees.tree().symbols.clone(), Reached::by_trees(trees, work)?)))
        }
    }
}

/// Fails if the whole pattern matches nothing because a frame test does not.
pub fn must_match(
    compiled: &Compiled,
    symbols: &Symbols,
    reached: &Reached,
    work: Work<'_>,
) -> Result<()> {
    match compiled.unmatched(symbols, reached, work)? {
        Some(test) if !compiled.can_match(symbols, reached, work)? => {
            Err(no_match(&reached.functions(symbols), &test.text, test.place).into())
        }
        _ => Ok(()),
    }
}

/// Reports an unknown name in a frame pattern, which may be a misspelt field or label.
pub fn check_stack_label(profiles: &Profiles, name: &Name) -> Result<()> {
    let selections = std::slice::from_ref(profiles);
    check_label(selections, name).map_err(|unknown| {
        let fields: Vec<&str> = frame_fields().map(|(field, _)| field).collect();
        unknown.map(|unknown| {
            unknown.note(format!("frame fields are allowed here too: {}", fields.join(", ")))
        })
    })
}

/// The error `no function matches …`, with the functions that contain the text.
fn no_match(functions: &BTreeSet<&str>, text: &str, place: Place) -> Diagnostic {
    let count = crate::quantity::unit::grouped(functions.len() as f64);
    let diagnostic = Diagnostic::error("no-match", format!("no function matches `{text}`"))
        .at(place, format!("0 of {count} functions"));
    if is_regex_like(text) {
        let regex = format!("~{}", quote(text));
        return diagnostic.fix(
            format!("in a glob only `*` is special; for a regex write `{regex}`"),
            place,
            regex,
        );
    }
    let word = text.trim_matches('*');
    let mut containing = functions.iter().filter(|name| !word.is_empty() && name.contains(word));
    match containing.clone().next() {
        Some(example) => {
            let count = containing.by_ref().count();
            let glob = quote(&format!("*{word}*"));
            diagnostic.fix(format!("{count} contain it: `{glob}`, e.g. {example}"), place, glob)
        }
        None => match suggest(word, functions.iter().copied()).first() {
            Some(meant) => {
                diagnostic.fix(format!("did you mean {}?", quote(meant)), place, quote(meant))
            }
            None => diagnostic.help("list the functions: `cpu | functions`"),
        },
    }
}

/// The position of a column, or an error that names the one that was meant.
pub fn find_column(table: &Table, name: &Name) -> std::result::Result<usize, Diagnostic> {
    table.find(&name.text).ok_or_else(|| {
        let message = format!("the table has no column `{}`", name.text);
        unknown_column(message, name, &table.names())
    })
}

/// The error for an unknown column: the one that was meant, and all that there are.
pub fn unknown_column(message: String, name: &Name, known: &[&str]) -> Diagnostic {
    let diagnostic = Diagnostic::error("unknown-column", message).at(name.place, "");
    match meant(&name.text, known) {
        Some(meant) => {
            let text = format::word_or_quoted(meant);
            diagnostic
                .fix(format!("did you mean `{text}`?"), name.place, text)
                .note(format!("the columns are {}", known.join(", ")))
        }
        None => diagnostic.help(format!("the columns are {}", known.join(", "))),
    }
}

/// The known name that is nearest, also to another spelling such as `total delta` or `self %`.
pub fn meant<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let as_word = columns::as_word(name);
    let same = known.iter().copied().find(|known| **known == as_word);
    same.or_else(|| suggest(name, known.iter().copied()).first().copied())
}
