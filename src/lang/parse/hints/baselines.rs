//! Hints for comparisons in other words: `diff version=1`, `diff 1w`, `cpu offset 1w | diff`,
//! `a vs b`, two baselines.

use super::{at_commas, is_symbol, is_word, place, text, word};
use crate::diag::Diagnostic;
use crate::lang::lex::{Token, TokenKind};
use crate::lang::text::quote;
use crate::lang::verbs::{self, Shape};

pub(super) fn recognise(code: &str, tokens: &[Token]) -> Option<Diagnostic> {
    if let Some(versus) = versus(code, tokens) {
        return Some(versus);
    }
    let at = (1..tokens.len()).find(|at| {
        let shape = word(&tokens[*at]).and_then(verbs::find).map(|spec| spec.shape);
        is_symbol(tokens.get(at - 1), "|")
            && matches!(shape, Some(Shape::Baseline | Shape::Baselines))
    })?;
    let end = tokens[at..].iter().position(|token| is_symbol(Some(token), "|"));
    let stage = &tokens[at..end.map_or(tokens.len(), |end| at + end)];
    moved_offset(code, tokens, at, stage)
        .or_else(|| unbraced(code, stage))
        .or_else(|| earlier(code, stage))
        .or_else(|| several(stage))
}

/// Words between two sides.
pub(super) const VERSUS: [&str; 3] = ["against", "versus", "vs"];

/// Reports `cpu{version="2"} vs cpu{version="1"}`.
fn versus(code: &str, tokens: &[Token]) -> Option<Diagnostic> {
    let at = (1..tokens.len())
        .find(|at| word(&tokens[*at]).is_some_and(|word| VERSUS.contains(&word)))?;
    if at + 1 == tokens.len() || is_symbol(tokens.get(at - 1), "|") {
        return None;
    }
    let sign = &tokens[at];
    Some(
        Diagnostic::error("unexpected", "`diff` compares selections")
            .at(sign.place, "not an operator")
            .fix(
                format!(
                    "the later side first: `{} | diff {}`",
                    text(code, &tokens[..at]),
                    text(code, &tokens[at + 1..])
                ),
                sign.place,
                "| diff",
            ),
    )
}

/// Reports `cpu offset 1w | diff`: the offset belongs to the side before.
fn moved_offset(code: &str, tokens: &[Token], at: usize, stage: &[Token]) -> Option<Diagnostic> {
    let [verb] = stage else { return None };
    let offset = tokens[..at].iter().position(|token| is_word(Some(token), "offset"))?;
    let length = if is_symbol(tokens.get(offset + 1), "-") { 3 } else { 2 };
    let (before, after) = (&tokens[..offset], tokens.get(offset + length..at - 1)?);
    let rest = if after.is_empty() { String::new() } else { format!(" {}", text(code, after)) };
    let moved = text(code, &tokens[offset..offset + length]);
    let meant = format!("{}{rest} | {} {moved}", text(code, before), text(code, stage));
    Some(
        Diagnostic::error("no-baseline", format!("`{}` has no baseline", text(code, stage)))
            .at(verb.place, "what to compare with is missing")
            .related(place(&tokens[offset..offset + length]), "moves the later side")
            .fix(format!("compare with the earlier time: `{meant}`"), place(&tokens[..=at]), meant),
    )
}

/// Reports `diff version=1`.
fn unbraced(code: &str, stage: &[Token]) -> Option<Diagnostic> {
    let options = word(&stage[0]).and_then(verbs::find)?.options;
    let is_option = |name: &str| options.iter().any(|option| option.name == name);
    let mut matchers = Vec::new();
    for part in at_commas(&stage[1..]) {
        let [label, op, value] = part else { return None };
        let is_operator =
            matches!(op.kind, TokenKind::Symbol("=" | "==" | "!=" | "=~" | "!~" | ":"));
        if !is_operator || is_option(word(label)?) {
            return None;
        }
        let op = if is_symbol(Some(op), ":") { "=" } else { text(code, std::slice::from_ref(op)) };
        let value = match &value.kind {
            TokenKind::Text(value) => quote(value),
            _ => quote(text(code, std::slice::from_ref(value))),
        };
        matchers.push(format!("{}{op}{value}", word(label)?));
    }
    let meant = format!("{{{}}}", matchers.join(", "));
    let whole = place(&stage[1..]);
    let verb = text(code, &stage[..1]);
    Some(
        Diagnostic::error("unexpected", "labels need braces, and their values quotes")
            .at(whole, "without braces")
            .fix(format!("write `{verb} {meant}`"), whole, meant),
    )
}

/// Reports `diff 1w`, `diff -1w`, `diff 1w ago`.
fn earlier(code: &str, stage: &[Token]) -> Option<Diagnostic> {
    let minus = usize::from(is_symbol(stage.get(1), "-"));
    let length = stage.get(1 + minus).filter(|t| matches!(t.kind, TokenKind::Duration(_)))?;
    let ago = usize::from(is_word(stage.get(2 + minus), "ago"));
    let whole = place(&stage[1..2 + minus + ago]);
    let meant = format!("offset {}", text(code, std::slice::from_ref(length)));
    let verb = text(code, &stage[..1]);
    Some(
        Diagnostic::error("unexpected", "an earlier window is an `offset`")
            .at(whole, "a length alone")
            .fix(format!("write `{verb} {meant}`"), whole, meant),
    )
}

/// Reports two baselines of a diff.
fn several(stage: &[Token]) -> Option<Diagnostic> {
    let parts = at_commas(&stage[1..]);
    (is_word(stage.first(), "diff") && parts.len() > 1).then(|| {
        Diagnostic::error("unexpected", "`diff` has one baseline")
            .at(place(parts[1]), "one more")
            .fix("`compare` takes several", stage[0].place, "compare")
    })
}
