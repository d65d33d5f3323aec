//! Hints for words of other tools in the place of a verb: `plot`, `project`, `grep json`,
//! and for functions as stages: `share("json.*")`.

use super::{is_symbol, parenthesised, place, text, to_table, word};
use crate::diag::Diagnostic;
use crate::lang::functions::{self, FunctionSpec, Parameter};
use crate::lang::lex::{Token, TokenKind};
use crate::lang::text::quote;
use crate::lang::verbs::{self, Accepts, VerbSpec};

/// Words of other tools, each with the verb of the same meaning and arguments.
pub(super) const WORDS: [(&str, &str); 17] = [
    ("chart", "timeline"),
    ("download", "save"),
    ("draw", "flame"),
    ("export", "save"),
    ("filter", "where"),
    ("flamegraph", "flame"),
    ("graph", "flame"),
    ("icicles", "icicle"),
    ("outline", "tree"),
    ("plot", "timeline"),
    ("project", "select"),
    ("prune", "prune_from"),
    ("render", "timeline"),
    ("timechart", "timeline"),
    ("timeseries", "timeline"),
    ("upload", "publish"),
    ("write", "save"),
];
/// Words that search a text.
pub(super) const SEARCHES: [&str; 4] = ["find", "grep", "match", "search"];

/// The verb that a word of another tool means.
pub(super) fn verb_of(name: &str) -> Option<&'static str> {
    WORDS.iter().find(|(theirs, _)| *theirs == name).map(|(_, ours)| *ours)
}

pub(super) fn recognise(code: &str, tokens: &[Token]) -> Option<Diagnostic> {
    (1..tokens.len()).filter(|at| is_symbol(tokens.get(at - 1), "|")).find_map(|at| {
        search(tokens, at)
            .or_else(|| renamed(tokens, at))
            .or_else(|| tagged(tokens, at))
            .or_else(|| measure(code, tokens, at))
    })
}

fn unknown(tokens: &[Token], at: usize) -> Option<(&str, Diagnostic)> {
    let name = word(&tokens[at]).filter(|name| verbs::find(name).is_none())?;
    let error = Diagnostic::error("unknown-verb", format!("there is no verb `{name}`"));
    Some((name, error.at(tokens[at].place, "not a verb")))
}

/// Reports a verb under another name: `| plot`.
fn renamed(tokens: &[Token], at: usize) -> Option<Diagnostic> {
    let (name, error) = unknown(tokens, at)?;
    let ours = verb_of(name)?;
    let spec: &VerbSpec = verbs::find(ours)?;
    let needs_table =
        !spec.takes(crate::lang::types::Type::UNGROUPED) && spec.accepts.contains(&Accepts::Table);
    let table = if needs_table { to_table(&tokens[..at]) } else { "" };
    let meant = format!("{table}{ours}");
    Some(error.fix(format!("here it is `{meant}`"), tokens[at].place, meant))
}

/// Options of pprof that choose samples by their labels, each with the selection that does.
pub(super) const TAGS: [(&str, &str); 3] = [
    ("tagfocus", "cpu{pod=\"a\"}"),
    ("tagignore", "cpu{pod!=\"a\"}"),
    ("tagshow", "cpu | by (pod)"),
];

/// Reports `| tagfocus a`.
fn tagged(tokens: &[Token], at: usize) -> Option<Diagnostic> {
    let (name, error) = unknown(tokens, at)?;
    let (_, meant) = TAGS.iter().find(|(theirs, _)| *theirs == name)?;
    Some(error.help(format!("labels are chosen in the selection, and shown by groups: `{meant}`")))
}

/// Reports a search: `| grep json`.
fn search(tokens: &[Token], at: usize) -> Option<Diagnostic> {
    let (name, error) = unknown(tokens, at)?;
    let argument = tokens.get(at + 1)?;
    // A condition belongs to `where`.
    let is_text = matches!(argument.kind, TokenKind::Text(_));
    if !(SEARCHES.contains(&name) || name == "filter" && is_text) {
        return None;
    }
    let regex = match &argument.kind {
        TokenKind::Text(text) => quote(text),
        TokenKind::Name(word) => quote(word),
        _ => return None,
    };
    let meant = format!("focus ~{regex}");
    let whole = place(&tokens[at..at + 2]);
    Some(error.fix(format!("`focus` keeps stacks: `{meant}`"), whole, meant))
}

/// Reports a function as a stage: `cpu | share("json.*")`.
fn measure(code: &str, tokens: &[Token], at: usize) -> Option<Diagnostic> {
    let (name, _) = unknown(tokens, at)?;
    let spec: &FunctionSpec = functions::find(name)?;
    let error = Diagnostic::error("unknown-verb", format!("`{name}` is a function, not a verb"))
        .at(tokens[at].place, "measures functions");
    let Some(inner) = parenthesised(&tokens[at + 1..]).filter(|inner| !inner.is_empty()) else {
        return Some(
            error.help(format!("the form is `{}`: `{}`", spec.signature, spec.examples[0])),
        );
    };
    let pattern = text(code, inner);
    if !spec.parameters.contains(&Parameter::Selection) {
        return Some(
            error.help(format!("measure a Diff in a condition: `assert {name}({pattern}) < 50%`")),
        );
    }
    let start = if tokens.first().and_then(word) == Some("let") { 3 } else { 0 };
    if to_table(&tokens[..at]) == "table | " {
        let whole = place(&tokens[at..at + inner.len() + 3]);
        let meant = format!("table {name}({pattern})");
        return Some(error.fix(format!("measure each group: `{meant}`"), whole, meant));
    }
    let query = text(code, &tokens[start..at - 1]);
    let meant = format!("{name}({pattern}, {query})");
    let whole = place(&tokens[start..at + inner.len() + 3]);
    Some(error.fix(format!("write `{meant}`"), whole, meant))
}
