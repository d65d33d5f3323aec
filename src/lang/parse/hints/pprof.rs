//! Hints for options and command lines of pprof: `cpu -focus=json`,
//! `go tool pprof -top cpu.pb.gz`.
//!
//! The registry names the verb for each option of pprof. Files of a command line are
//! opened with `use`.

use super::{is_symbol, is_word, place, prompt, text, word};
use crate::diag::Diagnostic;
use crate::lang::lex::{Token, TokenKind};
use crate::lang::text::quote;
use crate::lang::verbs::{self, Shape, VerbSpec};

/// Options for input and output, which are not stages.
const OTHERS: [&str; 8] =
    ["base", "cum", "diff_base", "files", "flat", "functions", "lines", "sample_index"];

/// Those of them that take no value.
const SORTS: [&str; 5] = ["cum", "files", "flat", "functions", "lines"];

pub(super) fn recognise(code: &str, tokens: &[Token]) -> Option<Diagnostic> {
    command(code, tokens)
        .or_else(|| prompt::recognise(code, tokens))
        .or_else(|| options(code, tokens))
        .or_else(|| assigned(code, tokens))
}

/// An option of pprof: `-focus=json`.
struct Flag<'a> {
    name: &'a str,
    value: &'a str,
}

/// Reports a command line: `go tool pprof -top cpu.pb.gz`.
fn command(code: &str, tokens: &[Token]) -> Option<Diagnostic> {
    let called = match tokens {
        [go, tool, pprof, _, ..]
            if [go, tool, pprof].map(word) == [Some("go"), Some("tool"), Some("pprof")] =>
        {
            3
        }
        [pprof, next, ..] if is_word(Some(pprof), "pprof") && starts_argument(next) => 1,
        _ => return None,
    };
    let (flags, files) = arguments(text(code, &tokens[called..]));
    let base = flags.iter().find(|flag| matches!(flag.name, "base" | "diff_base"));
    let asked = flags.iter().find(|flag| flag.name == "sample_index" && !flag.value.is_empty());
    let kind = asked.map_or("cpu", |flag| flag.value);
    let file = quote(files.first().copied().unwrap_or("profiles/*.pb.gz"));
    let mut meant = match base {
        Some(base) => {
            format!("use {} as old; use {file}; {kind} | diff from old", quote(base.value))
        }
        None => format!("use {file}; {kind}"),
    };
    meant += &stages(&flags);
    Some(
        Diagnostic::error("pprof-option", "this is a command line of pprof")
            .at(place(&tokens[..called]), "files are opened with `use` here")
            .help(format!("open the file, then pipe it: `{meant}`")),
    )
}

fn starts_argument(token: &Token) -> bool {
    match &token.kind {
        TokenKind::Symbol(symbol) => matches!(*symbol, "-" | "/"),
        TokenKind::Name(name) => verbs::find(name).is_none(),
        TokenKind::Text(_) => true,
        _ => false,
    }
}

/// Splits a command line into options with their values, and files.
fn arguments(line: &str) -> (Vec<Flag<'_>>, Vec<&str>) {
    let (mut flags, mut files) = (Vec::new(), Vec::new());
    let mut words = line.split_whitespace().peekable();
    while let Some(word) = words.next() {
        let Some(option) = word.strip_prefix('-') else {
            files.push(word.trim_matches(['"', '\'']));
            continue;
        };
        let option = option.trim_start_matches('-');
        let (name, mut value) = option.split_once('=').unwrap_or((option, ""));
        if value.is_empty()
            && takes_value(name)
            && words.peek().is_some_and(|next| !next.starts_with('-'))
        {
            value = words.next().unwrap_or_default();
        }
        flags.push(Flag { name, value: value.trim_matches(['"', '\'']) });
    }
    (flags, files)
}

fn takes_value(name: &str) -> bool {
    matches!(name, "base" | "diff_base" | "sample_index")
        || verb(name).is_some_and(|spec| spec.shape.is_pattern())
}

/// Reports options: `cpu -focus=json`, `cpu | -focus=json`, `-top cpu`.
fn options(code: &str, tokens: &[Token]) -> Option<Diagnostic> {
    let first = (0..tokens.len()).find(|at| is_option(tokens, *at))?;
    let last = (first..tokens.len()).rfind(|at| is_option(tokens, *at)).unwrap_or(first);
    let mut end = last + option_length(&tokens[last..]);
    // `-focus "a"`, with a blank.
    if takes_value(word(&tokens[last + 1]).unwrap_or_default())
        && end == last + 2
        && matches!(tokens.get(end).map(|next| &next.kind), Some(TokenKind::Text(_)))
    {
        end += 1;
    }
    let (flags, others) = arguments(text(code, &tokens[first..end]));
    let written = text(code, &tokens[first..first + 2]);
    let hint = Diagnostic::error("pprof-option", format!("`{written}` is an option of pprof"))
        .at(place(&tokens[first..first + 2]), "use a stage instead");
    let stages = stages(&flags);
    let before = match tokens[..first].split_last() {
        Some((pipe, rest)) if is_symbol(Some(pipe), "|") => rest,
        _ => &tokens[..first],
    };
    let behind = &tokens[end..];
    let selection = if before.is_empty() { "cpu" } else { text(code, before) };
    if let Some(base) = flags.iter().find(|flag| matches!(flag.name, "base" | "diff_base")) {
        let base = quote(base.value);
        return Some(hint.help(format!(
            "open both files: `use {base} as old; use \"new.pb.gz\"; {selection} | diff from old`"
        )));
    }
    if let Some(index) = flags.iter().find(|flag| flag.name == "sample_index") {
        let meant = index.value.to_owned();
        return Some(hint.fix(format!("name the type: `{meant}`"), place(tokens), meant));
    }
    if stages.is_empty() || !others.is_empty() {
        return Some(hint.help("filter and draw with stages: `cpu | focus \"runtime.*\" | top`"));
    }
    // In `-top cpu` the selection comes last, as on a command line.
    let (before, behind) = if before.is_empty() { (behind, before) } else { (before, behind) };
    // Options apply to the profile, not to the result of the stages before them.
    let pipe = before.iter().position(|token| is_symbol(Some(token), "|")).unwrap_or(before.len());
    let (selection, between) = before.split_at(pipe);
    let selection = if selection.is_empty() { "cpu" } else { text(code, selection) };
    let rest = [between, behind].map(|tokens| text(code, tokens)).join(" ");
    let meant = format!("{selection}{stages} {}", rest.trim()).trim_end().to_owned();
    Some(hint.fix(format!("write a stage: `{meant}`"), place(tokens), meant))
}

/// Reports an option without its dash: `| focus=json`.
fn assigned(code: &str, tokens: &[Token]) -> Option<Diagnostic> {
    let at = (0..tokens.len()).find(|at| {
        let spec = tokens.get(at + 1).and_then(word).and_then(verbs::find);
        is_symbol(tokens.get(*at), "|")
            && is_symbol(tokens.get(at + 2), "=")
            && spec.is_some_and(|spec| spec.shape.is_pattern())
            && tokens.len() > at + 3
    })?;
    let stage = &tokens[at + 1..];
    let value = &stage[2..2 + option_length(&stage[2..])];
    let verb = word(&stage[0])?;
    let meant = match &value[0].kind {
        TokenKind::Text(_) => format!("{verb} {}", text(code, value)),
        _ => format!("{verb} ~{}", quote(text(code, value))),
    };
    let whole = place(&stage[..2 + value.len()]);
    Some(
        Diagnostic::error("pprof-option", format!("`{verb}=` is an option of pprof"))
            .at(whole, "stages are written without `=`")
            .fix(format!("write `{meant}`"), whole, meant),
    )
}

/// Whether an option starts here: a dash directly before the name of an option.
fn is_option(tokens: &[Token], at: usize) -> bool {
    let [dash, name, rest @ ..] = &tokens[at..] else { return false };
    let Some(option) = word(name).filter(|_| is_symbol(Some(dash), "-")) else { return false };
    let is_glued = dash.place.end == name.place.start;
    let is_apart =
        at == 0 || ends_word(&tokens[at - 1]) && tokens[at - 1].place.end < dash.place.start;
    let has_value = is_symbol(rest.first(), "=") && rest[0].place.start == name.place.end;
    let is_verb = verbs::find(option).is_some() || verb(option).is_some();
    let stands_alone = at == 0
        || is_symbol(tokens.get(at - 1), "|")
        || rest.first().is_none_or(|next| is_symbol(Some(next), "-") || is_symbol(Some(next), "|"));
    is_glued
        && is_apart
        && (has_value && (is_verb || OTHERS.contains(&option))
            || (is_verb || SORTS.contains(&option)) && stands_alone)
}

/// Whether a word of a command line may end with this token; an operator needs more.
fn ends_word(token: &Token) -> bool {
    match token.kind {
        TokenKind::Symbol(symbol) => matches!(symbol, "|" | ")" | "]" | "}"),
        _ => true,
    }
}

/// The number of tokens of an option, up to the next blank.
fn option_length(tokens: &[Token]) -> usize {
    let glued = tokens.windows(2).take_while(|pair| pair[0].place.end == pair[1].place.start);
    1 + glued.count()
}

/// The verb that does the same as an option of pprof.
fn verb(option: &str) -> Option<&'static VerbSpec> {
    let written = |spec: &&VerbSpec| spec.pprof.strip_prefix('-') == Some(option);
    verbs::all().filter(|spec| !spec.starts()).find(written)
}

/// Writes options as stages: ` | focus ~"json" | top`. Filters come first, as in pprof.
fn stages(flags: &[Flag<'_>]) -> String {
    let filters = flags.iter().filter_map(filter);
    let filters: String = filters.map(|stage| format!(" | {stage}")).collect();
    let view = flags.iter().find_map(view);
    filters + &view.map_or_else(String::new, |stage| format!(" | {stage}"))
}

fn filter(flag: &Flag<'_>) -> Option<String> {
    match (flag.name, flag.value) {
        ("lines", _) => Some("granularity line".to_owned()),
        ("files", _) => Some("granularity file".to_owned()),
        ("functions", _) => Some("granularity function".to_owned()),
        (_, "") => None,
        (name @ ("disasm" | "list" | "weblist"), value) => {
            Some(format!("focus ~{} | {}", quote(value), prompt::stages_of(name)?))
        }
        (name, value) => {
            let spec = verb(name)?;
            match spec.shape {
                Shape::Pattern => Some(format!("{} ~{}", spec.name, quote(value))),
                Shape::Labels => Some(format!("{} ({value})", spec.name)),
                _ => None,
            }
        }
    }
}

fn view(flag: &Flag<'_>) -> Option<&'static str> {
    match flag.name {
        "cum" => Some("top by total"),
        "flat" | "text" => Some("top"),
        "svg" | "png" | "web" => Some("flame"),
        name => verb(name)
            .filter(|spec| matches!(spec.shape, Shape::Nothing | Shape::Top | Shape::Measures))
            .map(|spec| spec.name),
    }
}
