//! Parses stages: a verb, its arguments in the shape that the registry defines, its options.

use nom::Parser;
use nom::branch::alt;
use nom::combinator::{cut, map, opt};
use nom::multi::{many0, separated_list1};
use nom::sequence::{delimited, preceded};

use super::expr::{expr, literal};
use super::pattern::pattern;
use super::selector::{label, suffixes};
use super::statement::amount;
use crate::diag::{Diagnostic, Place, suggest};
use crate::lang::ast::{
    Args, Assertion, Confidence, Expr, ExprKind, Granularity, Measure, Name, SeriesMerge, Stage,
};
use crate::lang::expected::Expected;
use crate::lang::lex::TokenKind;
use crate::lang::tokens::{Fault, Parsed, Tokens, any_word, known, symbol, text, word};
use crate::lang::verbs::{self, OptionSpec, Shape, VerbSpec};
use crate::quantity::Unit;

/// Parses a verb with its arguments and options.
pub(super) fn stage(input: Tokens<'_>) -> Parsed<'_, Stage> {
    let (rest, name) = any_word(Expected::Verb)(input)?;
    let Some(spec) = verbs::find(&name.text) else { return unknown_verb(&name) };
    let (rest, args) = arguments(rest, spec.shape)?;
    let (rest, options) = many0(|rest| option(rest, spec)).parse(rest)?;
    let place = rest.since(input);
    Ok((rest, Stage { verb: spec, args, options, verb_place: name.place, place }))
}

fn unknown_verb<T>(name: &Name) -> Result<T, nom::Err<Fault>> {
    let error = Diagnostic::error("unknown-verb", format!("there is no verb `{}`", name.text))
        .at(name.place, "not a verb");
    let near = suggest::suggest(&name.text, verbs::all().map(|spec| spec.name));
    known(match near[..] {
        [] => error.help("`help` lists the verbs"),
        _ => error.did_you_mean(&near, name.place),
    })
}

/// Reports a verb that needs input but is at the start of a query.
pub(super) fn verb_first<'a, T>(input: Tokens<'a>, spec: &'static VerbSpec) -> Parsed<'a, T> {
    // A mistake in the stage itself comes first.
    let (rest, _) = stage(input)?;
    let place = input.here();
    let error =
        Diagnostic::error("verb-first", format!("`{}` needs something piped into it", spec.name))
            .at(place, format!("takes {}", spec.wanted()));
    let written = input.text(rest.since(input));
    let before = Place::new(place.start, place.start);
    known(error.fix(
        format!(
            "start with a selection, `cpu | {written}`, or with the last result, `_ | {written}`"
        ),
        before,
        "_ | ",
    ))
}

fn arguments(input: Tokens<'_>, shape: Shape) -> Parsed<'_, Args> {
    match shape {
        Shape::Nothing => Ok((input, Args::Nothing)),
        Shape::Pattern => map(pattern, Args::Pattern).parse(input),
        Shape::MaybePattern => maybe_pattern(input),
        Shape::PatternOrRecursion => alt((
            map(word("recursion"), |_| Args::MaybePattern(None)),
            map(pattern, |pattern| Args::MaybePattern(Some(pattern))),
        ))
        .parse(input),
        Shape::Granularity => map(granularity, Args::Granularity).parse(input),
        Shape::Label => {
            map(alt((delimited(symbol("("), label, symbol(")")), label)), Args::Label).parse(input)
        }
        Shape::Labels => map(labels, Args::Labels).parse(input),
        Shape::MaybeByLabels => {
            let (rest, labels) = opt(preceded(word("by"), cut(labels))).parse(input)?;
            Ok((rest, Args::ByLabels(labels.unwrap_or_default())))
        }
        Shape::Group { without } => group(input, SeriesMerge::Sum, without),
        Shape::Merge(merge) => {
            let (rest, without) =
                alt((map(word("by"), |_| false), map(word("without"), |_| true))).parse(input)?;
            group(rest, merge, without)
        }
        Shape::OverTime(merge) => Ok((input, Args::OverTime(merge))),
        Shape::Amount => map(amount, Args::Amount).parse(input),
        Shape::Count => map(count, Args::Count).parse(input),
        Shape::Top => top(input),
        Shape::Condition => map(expr, Args::Condition).parse(input),
        Shape::Extend => extend(input),
        Shape::Sort => sort(input),
        Shape::Columns => map(separated_list1(symbol(","), column), Args::Columns).parse(input),
        Shape::Assert => map(assertion, Args::Assert).parse(input),
        Shape::Measures => measures(input),
        Shape::ByOn => by_on(input),
        Shape::File => file(input),
        Shape::Baseline => map(baseline, Args::Baseline).parse(input),
        Shape::Baselines => baselines(input),
        Shape::MaybeEndpoint => map(opt(text(Expected::Endpoint)), Args::Endpoint).parse(input),
    }
}

/// Parses a pattern, unless the stage ends or options follow.
fn maybe_pattern(input: Tokens<'_>) -> Parsed<'_, Args> {
    if ends_arguments(input) {
        input.wants(Expected::Frame);
        return Ok((input, Args::MaybePattern(None)));
    }
    map(pattern, |pattern| Args::MaybePattern(Some(pattern))).parse(input)
}

/// Parses a baseline: a selection, a query in parentheses, or a selector without a name
/// that gives only the difference from the piped query.
fn baseline(input: Tokens<'_>) -> Parsed<'_, Expr> {
    input.wants(Expected::Baseline);
    if !opens_retarget(input) {
        return expr(input);
    }
    let (rest, selector) = suffixes(input, input, None)?;
    Ok((rest, Expr { place: selector.place, kind: ExprKind::Select(Box::new(selector)) }))
}

fn opens_retarget(input: Tokens<'_>) -> bool {
    let symbol = ["{", "[", "@"].iter().any(|symbol| input.is_symbol(0, symbol));
    symbol || ["offset", "from"].iter().any(|word| input.is_word(0, word))
}

/// Parses baselines, unless the stage ends or options follow.
fn baselines(input: Tokens<'_>) -> Parsed<'_, Args> {
    if ends_arguments(input) {
        input.wants(Expected::Baseline);
        return Ok((input, Args::Baselines(Vec::new())));
    }
    map(separated_list1(symbol(","), baseline), Args::Baselines).parse(input)
}

/// Whether the arguments end here: only options may follow in this stage.
fn ends_arguments(input: Tokens<'_>) -> bool {
    matches!(input.peek(), None | Some(TokenKind::Symbol("|" | ")"))) || is_option(input)
}

fn granularity(input: Tokens<'_>) -> Parsed<'_, Granularity> {
    let TokenKind::Name(name) = input.peek().unwrap_or(&TokenKind::End) else {
        return input.miss(Expected::Granularity);
    };
    match GRANULARITIES.iter().find(|(word, _)| *word == &**name) {
        Some((_, granularity)) => Ok((input.advance(), *granularity)),
        None => match near_granularity(name, input.here()) {
            Some(near) => known(near),
            None => input.miss(Expected::Granularity),
        },
    }
}

fn near_granularity(name: &str, place: Place) -> Option<Diagnostic> {
    let near = suggest::suggest(name, GRANULARITIES.iter().map(|(word, _)| *word));
    let error = Diagnostic::error("unexpected", format!("there is no granularity `{name}`"))
        .at(place, "not a granularity");
    (!near.is_empty()).then(|| error.did_you_mean(&near, place))
}

/// The granularities, each with its name.
pub(in crate::lang) const GRANULARITIES: [(&str, Granularity); 6] = [
    ("function", Granularity::Function),
    ("line", Granularity::Line),
    ("file", Granularity::File),
    ("package", Granularity::Package),
    ("module", Granularity::Module),
    ("address", Granularity::Address),
];

/// Parses labels: `(a, b)` or `a, b`.
fn labels(input: Tokens<'_>) -> Parsed<'_, Vec<Name>> {
    if input.is_symbol(0, "(") {
        return delimited(symbol("("), separated_list1(symbol(","), label), symbol(")"))
            .parse(input);
    }
    input.wants(Expected::Symbol("("));
    separated_list1(symbol(","), label).parse(input)
}

fn group(input: Tokens<'_>, merge: SeriesMerge, without: bool) -> Parsed<'_, Args> {
    map(labels, |labels| Args::Group { merge, labels, without }).parse(input)
}

fn count(input: Tokens<'_>) -> Parsed<'_, u32> {
    match input.peek() {
        Some(TokenKind::Number(value, Unit::None))
            if value.fract() == 0.0 && *value <= f64::from(u32::MAX) =>
        {
            Ok((input.advance(), *value as u32))
        }
        _ => input.miss(Expected::Count),
    }
}

fn column(input: Tokens<'_>) -> Parsed<'_, Name> {
    match input.peek() {
        Some(TokenKind::Name(text) | TokenKind::Text(text)) => {
            Ok((input.advance(), Name { text: text.clone(), place: input.here() }))
        }
        _ => input.miss(Expected::Column),
    }
}

fn top(input: Tokens<'_>) -> Parsed<'_, Args> {
    let (rest, count) = opt(count).parse(input)?;
    let (rest, by) = opt(preceded(word("by"), cut(column))).parse(rest)?;
    Ok((rest, Args::Top { count, by }))
}

fn extend(input: Tokens<'_>) -> Parsed<'_, Args> {
    let (rest, column) = any_word(Expected::NewName)(input).or_else(|_| column(input))?;
    let (rest, _) = symbol("=")(rest)?;
    let (rest, value) = expr(rest)?;
    Ok((rest, Args::Extend { column, value }))
}

fn sort(input: Tokens<'_>) -> Parsed<'_, Args> {
    let (rest, column) = column(input)?;
    let (rest, order) =
        opt(alt((map(word("desc"), |_| true), map(word("asc"), |_| false)))).parse(rest)?;
    Ok((rest, Args::Sort { column, descending: order.unwrap_or(false) }))
}

/// Parses what follows `assert`, as a verb or as a statement.
pub(super) fn assertion(input: Tokens<'_>) -> Parsed<'_, Assertion> {
    let (rest, condition) = expr(input)?;
    let (rest, confidence) = opt(preceded(word("at"), cut(confidence))).parse(rest)?;
    let confidence = confidence.map(Box::new);
    let (rest, optional) = opt(word("optional")).parse(rest)?;
    let (rest, message) = opt(preceded(symbol(","), cut(text(Expected::Message)))).parse(rest)?;
    Ok((rest, Assertion { condition, confidence, optional: optional.is_some(), message }))
}

/// Parses the `95%` of `at 95%`.
fn confidence(input: Tokens<'_>) -> Parsed<'_, Confidence> {
    match input.peek() {
        Some(TokenKind::Number(percent, Unit::Percent)) => {
            let rest = input.advance();
            Ok((rest, Confidence { percent: *percent, place: rest.since(input) }))
        }
        _ => input.miss(Expected::Confidence),
    }
}

/// Parses columns, unless the stage ends.
fn measures(input: Tokens<'_>) -> Parsed<'_, Args> {
    if matches!(input.peek(), None | Some(TokenKind::Symbol("|" | ")"))) {
        input.wants(Expected::Value);
        return Ok((input, Args::Measures(Vec::new())));
    }
    map(separated_list1(symbol(","), measure), Args::Measures).parse(input)
}

fn measure(input: Tokens<'_>) -> Parsed<'_, Measure> {
    let named = input.is_symbol(1, "=").then(|| column(input)).transpose()?;
    let (rest, name) = match named {
        Some((rest, name)) => (symbol("=")(rest)?.0, Some(name)),
        None => (input, None),
    };
    map(expr, |value| Measure { name: name.clone(), value }).parse(rest)
}

fn by_on(input: Tokens<'_>) -> Parsed<'_, Args> {
    let (rest, labels) = preceded(word("by"), cut(labels)).parse(input)?;
    let (rest, measure) = preceded(word("on"), cut(expr)).parse(rest)?;
    Ok((rest, Args::ByOn { labels, measure }))
}

fn file(input: Tokens<'_>) -> Parsed<'_, Args> {
    let (rest, path) = text(Expected::File)(input)?;
    let (rest, new) = opt(word("new")).parse(rest)?;
    Ok((rest, Args::File { path, only_new: new.is_some() }))
}

fn is_option(input: Tokens<'_>) -> bool {
    matches!(input.peek(), Some(TokenKind::Name(_))) && input.is_symbol(1, "=")
}

fn option<'a>(input: Tokens<'a>, spec: &'static VerbSpec) -> Parsed<'a, (Name, Expr)> {
    if !is_option(input) {
        if !spec.options.is_empty() {
            input.wants(Expected::Option(spec.name));
        }
        return Err(nom::Err::Error(Fault::Miss));
    }
    let (rest, name) = any_word(Expected::Option(spec.name))(input)?;
    let Some(known) = spec.options.iter().find(|option| option.name == &*name.text) else {
        return unknown_option(&name, spec);
    };
    let rest = rest.advance();
    let value = match rest.peek() {
        _ if known.values.is_empty() => map(amount, ExprKind::Number).parse(rest)?,
        None => return rest.miss(Expected::OptionValue(known.values)),
        Some(TokenKind::Name(text)) => (rest.advance(), ExprKind::Name(text.clone())),
        Some(_) => literal(rest)?,
    };
    let (after, kind) = value;
    let is_known = |word: &str| known.values.contains(&word);
    let is_word = matches!(&kind, ExprKind::Name(word) if is_known(word));
    if !known.values.is_empty() && !is_word {
        return unknown_value(rest.text(after.since(rest)), after.since(rest), known);
    }
    Ok((after, (name, Expr { kind, place: after.since(rest) })))
}

fn unknown_value<T>(text: &str, place: Place, option: &OptionSpec) -> Result<T, nom::Err<Fault>> {
    let message = format!("`{}` is not a value of `{}`", text, option.name);
    let error = Diagnostic::error("unknown-option", message).at(place, "");
    let near = suggest::suggest(text, option.values.iter().copied());
    match near[..] {
        [_, ..] => known(error.did_you_mean(&near, place)),
        [] => known(error.help(format!("use one of `{}`", option.values.join("`, `")))),
    }
}

fn unknown_option<T>(name: &Name, spec: &VerbSpec) -> Result<T, nom::Err<Fault>> {
    let message = format!("`{}` has no option `{}`", spec.name, name.text);
    let error = Diagnostic::error("unknown-option", message).at(name.place, "");
    let names: Vec<&str> = spec.options.iter().map(|option| option.name).collect();
    let near = suggest::suggest(&name.text, names.iter().copied());
    match near[..] {
        [_, ..] => known(error.did_you_mean(&near, name.place)),
        _ if names.is_empty() => known(error.help(format!("the syntax is `{}`", spec.signature))),
        _ => known(error.help(format!("its options are `{}`", names.join("`, `")))),
    }
}
