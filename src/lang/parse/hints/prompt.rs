//! Hints for commands at the prompt of pprof: `top10 -cum`, `list json`, `peek json`, `web`,
//! `svg > file`.
//!
//! A command alone is a valid query, as it may be the name of a type. Then [`stages_of`]
//! explains it when no such type is found.

use super::{is_symbol, is_word, place, text, word};
use crate::diag::Diagnostic;
use crate::lang::lex::{Token, TokenKind};
use crate::lang::text::quote;
use crate::lang::verbs;

/// A command of pprof: its name, the stages that do the same, and what there is to say.
type Command = (&'static str, &'static str, &'static str);

const NO_SOURCE: &str = "profiles hold the numbers of lines, not their text";
const NO_CODE: &str = "profiles hold addresses, not machine code";

/// Every command, in the order of the alphabet.
pub(super) const COMMANDS: [Command; 18] = [
    ("comments", "describe", ""),
    ("disasm", "granularity address | top", NO_CODE),
    ("dot", "tree", ""),
    ("eog", "flame", ""),
    ("evince", "flame", ""),
    ("gif", "flame", ""),
    ("gv", "flame", ""),
    ("list", "granularity line | top", NO_SOURCE),
    ("pdf", "flame", ""),
    ("peek", "tree", ""),
    ("png", "flame | save \"profile.png\"", ""),
    ("raw", "profiles", ""),
    ("svg", "flame | save \"profile.svg\"", ""),
    ("tags", "labels", ""),
    ("text", "top", ""),
    ("traces", "tree", ""),
    ("web", "flame", ""),
    ("weblist", "granularity line | top", NO_SOURCE),
];

fn find(name: &str) -> Option<Command> {
    COMMANDS.into_iter().find(|(command, _, _)| *command == name)
}

/// The stages for a command of pprof that stands alone, such as `top10` or `web`.
pub(super) fn stages_of(name: &str) -> Option<String> {
    match ranks(name) {
        Some(count) => Some(format!("top {count}")),
        None => find(name).map(|(_, stages, _)| stages.to_owned()),
    }
}

/// The number in `top10`.
fn ranks(name: &str) -> Option<&str> {
    let count = name.strip_prefix("top")?;
    (!count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit())).then_some(count)
}

/// Reports a command with an argument, or after `|`.
pub(super) fn recognise(code: &str, tokens: &[Token]) -> Option<Diagnostic> {
    let starts = |at: &usize| *at == 0 || is_symbol(tokens.get(at - 1), "|");
    (0..tokens.len()).filter(starts).find_map(|at| command(code, tokens, at))
}

fn command(code: &str, tokens: &[Token], at: usize) -> Option<Diagnostic> {
    let name = word(tokens.get(at)?)?;
    let end = at + stage_length(&tokens[at..]);
    let arguments = &tokens[at + 1..end];
    let is_first = at == 0;
    if is_first && !takes(name, arguments) {
        return None;
    }
    let (meant, note) = match find(name).filter(|_| verbs::find(name).is_none()) {
        Some((_, stages, note)) => (drawn(code, name, stages, arguments)?, note),
        None => (ranked(code, name, arguments)?, ""),
    };
    let whole = place(&tokens[at..end]);
    let hint = Diagnostic::error("pprof-option", format!("`{name}` is a command of pprof"))
        .at(whole, "typed at pprof's prompt");
    let hint = if note.is_empty() { hint } else { hint.note(note) };
    if is_first {
        return Some(hint.fix(
            format!("write `cpu | {meant}`, or `_ | {meant}` for the last result"),
            whole,
            format!("_ | {meant}"),
        ));
    }
    Some(hint.fix(format!("write `{meant}`"), whole, meant))
}

/// The number of tokens up to the next `|` or the bracket that closes the query.
fn stage_length(tokens: &[Token]) -> usize {
    let mut depth = 0i32;
    let end = tokens.iter().position(|token| {
        match token.kind {
            TokenKind::Symbol("(" | "[" | "{") => depth += 1,
            TokenKind::Symbol(")" | "]" | "}") => depth -= 1,
            _ => {}
        }
        depth < 0 || depth == 0 && is_symbol(Some(token), "|")
    });
    end.unwrap_or(tokens.len())
}

/// Whether these tokens after a word at the start of a statement can only be arguments of
/// a command.
fn takes(name: &str, arguments: &[Token]) -> bool {
    let Some(first) = arguments.first() else { return false };
    let is_option = is_symbol(Some(first), "-") && is_word(arguments.get(1), "cum");
    if name == "top" || ranks(name).is_some() {
        return is_option || arguments[1..].iter().any(is_rank);
    }
    match &first.kind {
        TokenKind::Name(next) => !matches!(&**next, "offset" | "from" | "and" | "or" | "by"),
        TokenKind::Text(_) => true,
        // `text > n` may compare variables.
        TokenKind::Symbol(">") => matches!(name, "dot" | "gif" | "pdf" | "png" | "svg"),
        _ => false,
    }
}

/// The stages for a command that filters by its argument or writes to a file.
fn drawn(code: &str, name: &str, stages: &str, arguments: &[Token]) -> Option<String> {
    let Some((first, rest)) = arguments.split_first() else { return Some(stages.to_owned()) };
    if is_symbol(Some(first), ">") {
        let file = rest.first().map(|_| text(code, rest).trim_matches(['"', '\'']))?;
        let named = if file.contains('.') { file.to_owned() } else { format!("{file}.{name}") };
        let stages = stages.split(" | save").next().unwrap_or(stages);
        return Some(format!("{stages} | save {}", quote(&named)));
    }
    let regex = quote(text(code, arguments).trim_matches(['"', '\'']));
    Some(match name {
        "peek" => format!("sandwich ~{regex}"),
        _ => format!("focus ~{regex} | {stages}"),
    })
}

/// Whether this is one of pprof's names for self and total.
fn is_rank(token: &Token) -> bool {
    matches!(word(token), Some("cum" | "flat"))
}

/// `top10`, `top 10 -cum`, `top 10 by flat`
fn ranked(code: &str, name: &str, arguments: &[Token]) -> Option<String> {
    let rank = arguments.iter().find(|token| is_rank(token));
    let count = match ranks(name) {
        Some(count) => count,
        None if name == "top" && rank.is_some() => {
            let number = arguments.iter().find(|token| matches!(token.kind, TokenKind::Number(..)));
            number.map_or("", |number| text(code, std::slice::from_ref(number)))
        }
        None => return None,
    };
    let by = match rank.and_then(word) {
        Some("cum") => " by total",
        Some(_) => " by self",
        None => "",
    };
    Some(format!("top {count}{by}").replace("  ", " ").trim_end().to_owned())
}
