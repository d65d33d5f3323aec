//! Hints for verbs written as functions or as commands: `top(10)`, `diff a b`, `flame(cpu)`.

use super::{at_commas, is_symbol, parenthesised, place, text, word, words};
use crate::diag::Diagnostic;
use crate::lang::lex::{Token, TokenKind};
use crate::lang::types::Type;
use crate::lang::verbs::{self, Shape, VerbSpec};

pub(super) fn recognise(code: &str, tokens: &[Token]) -> Option<Diagnostic> {
    command(code, tokens).or_else(|| call(code, tokens)).or_else(|| selection(code, tokens))
}

/// Reports a verb before its input: `diff a b`, `compare(a, b)`, `flame cpu`.
fn command(code: &str, tokens: &[Token]) -> Option<Diagnostic> {
    let (verb, arguments) = tokens.split_first()?;
    let name = word(verb)?;
    let spec = verbs::find(name).or_else(|| verbs::find(words::verb_of(name)?));
    let takes = |spec: &&VerbSpec| spec.takes(Type::UNGROUPED) && spec.shape == Shape::Nothing;
    let spec = spec.filter(|spec| !spec.starts() || takes(spec))?;
    let arguments = match parenthesised(arguments) {
        Some(inner) if inner.len() + 2 == arguments.len() => inner,
        _ => arguments,
    };
    let end =
        arguments.iter().position(|token| is_symbol(Some(token), "|")).unwrap_or(arguments.len());
    let selections = selections(&arguments[..end])?;
    let meant = match (&selections[..], spec.shape) {
        ([before, after], Shape::Baseline | Shape::Baselines) => {
            format!("{} | {} {}", text(code, after), spec.name, text(code, before))
        }
        ([one], Shape::Nothing | Shape::Top | Shape::Measures | Shape::MaybeByLabels) => {
            format!("{} | {}", text(code, one), spec.name)
        }
        _ => return None,
    };
    let hint = Diagnostic::error("verb-first", format!("`{}` comes after its input", spec.name))
        .at(verb.place, "written after `|`");
    let last = selections.last().and_then(|selection| selection.last())?;
    let closed = tokens.iter().position(|token| token == last)?;
    let closing = usize::from(is_symbol(tokens.get(1), "("));
    let whole = place(&tokens[..=closed + closing]);
    Some(match spec.shape {
        Shape::Baseline => hint.fix(format!("write the newer side first: `{meant}`"), whole, meant),
        _ => hint.fix(format!("write `{meant}`"), whole, meant),
    })
}

/// Splits `a, b` or `a b` into its parts, if each is a selection.
fn selections(tokens: &[Token]) -> Option<Vec<&[Token]>> {
    let mut parts = Vec::new();
    for part in at_commas(tokens) {
        let mut start = 0;
        let mut depth = 0usize;
        for (at, token) in part.iter().enumerate() {
            let is_new =
                depth == 0 && at > start && word(token).is_some() && is_whole(&part[start..at]);
            match token.kind {
                TokenKind::Symbol("{" | "[" | "(") => depth += 1,
                TokenKind::Symbol("}" | "]" | ")") => depth = depth.saturating_sub(1),
                _ => {}
            }
            if is_new && !matches!(word(token), Some("offset" | "from" | "mode")) {
                parts.push(&part[start..at]);
                start = at;
            }
        }
        parts.push(&part[start..]);
    }
    parts
        .iter()
        .all(|part| part.first().and_then(word).is_some_and(|name| verbs::find(name).is_none()))
        .then_some(parts)
}

/// Whether these tokens are a complete selection.
fn is_whole(tokens: &[Token]) -> bool {
    match tokens.last().map(|token| &token.kind) {
        Some(TokenKind::Name(name)) => !matches!(&**name, "offset" | "from" | "not"),
        Some(TokenKind::Symbol(symbol)) => matches!(*symbol, "}" | "]" | ")"),
        Some(TokenKind::Duration(_) | TokenKind::Time(_)) => true,
        _ => false,
    }
}

/// Reports parentheses after a verb: `| top(10)`, `| flame()`.
fn call(code: &str, tokens: &[Token]) -> Option<Diagnostic> {
    (0..tokens.len()).find_map(|at| {
        let stands = at == 0 || is_symbol(tokens.get(at - 1), "|");
        let spec =
            verbs::find(word(&tokens[at])?).filter(|spec| stands && !has_parentheses(spec))?;
        let inner = parenthesised(&tokens[at + 1..])?;
        let written = format!("{} {}", spec.name, text(code, inner));
        let verb = written.trim_end();
        let whole = place(&tokens[at..at + inner.len() + 3]);
        let meant = if at == 0 { format!("_ | {verb}") } else { verb.to_owned() };
        let hint = Diagnostic::error("verb-call", "verbs are written without parentheses")
            .at(whole, "not a function");
        Some(hint.fix(format!("write `{meant}`"), whole, meant))
    })
}

/// Whether parentheses may follow the verb.
fn has_parentheses(spec: &VerbSpec) -> bool {
    let labelled =
        matches!(spec.shape, Shape::Label | Shape::Labels | Shape::Group { .. } | Shape::Merge(_));
    labelled || spec.shape.is_pattern() || matches!(spec.shape, Shape::Condition | Shape::Assert)
}

/// Reports matchers in parentheses: `cpu(service="shop")`.
fn selection(code: &str, tokens: &[Token]) -> Option<Diagnostic> {
    (0..tokens.len()).find_map(|at| {
        let name = word(&tokens[at])?;
        let inner = parenthesised(&tokens[at + 1..])?;
        let is_matcher = |part: &&[Token]| {
            matches!(part, [label, op, value] if word(label).is_some()
                && matches!(op.kind, TokenKind::Symbol("=" | "==" | "!=" | "=~" | "!~"))
                && matches!(value.kind, TokenKind::Text(_)))
        };
        if !at_commas(inner).iter().all(is_matcher) || verbs::find(name).is_some() {
            return None;
        }
        let whole = place(&tokens[at + 1..at + inner.len() + 3]);
        let meant = format!("{{{}}}", text(code, inner));
        let hint =
            Diagnostic::error("unexpected", "labels need braces").at(whole, "in parentheses");
        Some(hint.fix(format!("write `{name}{meant}`"), whole, meant))
    })
}
