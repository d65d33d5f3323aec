//! Looks up profile types and labels in a source.
//!
//! The checker cannot know these names, because a `use` in the same cell may bring them.

use crate::diag::Diagnostic;
use crate::diag::suggest::suggest;
use crate::eval::error::{EvalError, Result};
use crate::lang;
use crate::lang::ast::{Matcher, MatcherOp, MatcherValue, Name};
use crate::lang::verbs;
use crate::profile::ProfileType;
use crate::profile::kind::short_names;
use crate::quantity::Window;
use crate::source::Source;
use crate::work::Work;

/// Fields of a frame that functions can be merged by.
const GRANULARITIES: [&str; 4] = ["package", "file", "line", "module"];

/// What each type is called in a query: its short name, with the family in front of it where
/// other types share it, or where it is a word of the language: `mutex:delay`, `app:values`.
pub fn in_queries(types: &[ProfileType]) -> Vec<String> {
    let names = short_names(types).into_iter().zip(types);
    let is_word = |name: &str| lang::KEYWORDS.contains(&name) || verbs::find(name).is_some();
    names.map(|(name, kind)| if is_word(&name) { kind.qualified() } else { name }).collect()
}

/// The one type that a name means.
pub fn find_type(source: &dyn Source, name: &Name) -> std::result::Result<ProfileType, Diagnostic> {
    let kinds = source.types();
    let called: Vec<&ProfileType> =
        kinds.iter().filter(|kind| kind.is_called(&name.text)).collect();
    match called[..] {
        [only] => Ok(only.clone()),
        [] => Err(unknown_type(source, name)),
        _ => Err(ambiguous_type(&called, name)),
    }
}

fn unknown_type(source: &dyn Source, name: &Name) -> Diagnostic {
    let names = in_queries(&source.types());
    let (text, owner) = (&name.text, source.name());
    let message = match names.is_empty() {
        true => format!("{owner} has no profiles, so no `{text}`; `use` it again when it has some"),
        false => format!("`{text}` is neither a variable nor a profile type of {owner}"),
    };
    let diagnostic =
        Diagnostic::error("unknown-type", message).at(name.place, "not a type of this source");
    if let Some(stages) = lang::stages_of(&name.text) {
        let first = names.iter().find(|name| *name == "cpu").or(names.first());
        let meant = format!("{} | {stages}", first.map_or("cpu", |name| name));
        return diagnostic.fix(format!("start with a profile type: `{meant}`"), name.place, meant);
    }
    // Pyroscope and Parca name a type by five parts, of which the second is the short name.
    let part = name.text.split(':').nth(1).filter(|part| names.iter().any(|name| name == part));
    let near = suggest(&name.text, names.iter().map(String::as_str));
    match part.or(near.first().copied()) {
        Some(meant) => {
            diagnostic.fix(format!("did you mean `{meant}`?"), name.place, meant.to_owned())
        }
        None if names.is_empty() => diagnostic,
        None => diagnostic.help(format!("it has: {}", names.join(", "))),
    }
}

fn ambiguous_type(called: &[&ProfileType], name: &Name) -> Diagnostic {
    let short: Vec<String> = called.iter().map(|kind| kind.qualified()).collect();
    let distinct = short.iter().collect::<std::collections::BTreeSet<_>>().len() == short.len();
    let candidates: Vec<String> =
        if distinct { short } else { called.iter().map(|kind| kind.id.to_string()).collect() };
    Diagnostic::error(
        "ambiguous-type",
        format!("`{}` is the name of {} profile types", name.text, called.len()),
    )
    .at(name.place, "which one?")
    .fix(format!("write one of: {}", candidates.join(", ")), name.place, candidates[0].clone())
}

/// Reports a matcher on a label that no profile of the type has.
pub fn check_labels(
    source: &dyn Source,
    kind: &ProfileType,
    window: Option<Window>,
    matchers: &[Matcher],
    work: Work<'_>,
) -> Result<()> {
    let Some(first) = matchers.first() else { return Ok(()) };
    let names = source.label_names(kind, window, work);
    let names = names.map_err(|error| EvalError::source(&error, first.place))?;
    for matcher in matchers {
        let name = &matcher.label;
        let asks_for_absence = matcher.op == MatcherOp::Equal
            && matches!(&matcher.value, MatcherValue::Text(text) if text.is_empty());
        if !asks_for_absence && !names.contains(&name.text) {
            let known: Vec<&str> = names.iter().map(|name| &**name).collect();
            return Err(unknown_label(kind, name, &known).into());
        }
    }
    Ok(())
}

/// The diagnostic for a label that a selection does not have.
pub fn unknown_label(kind: &ProfileType, name: &Name, known: &[&str]) -> Diagnostic {
    let message = format!("no series of `{}` has the label `{}`", kind.alias, name.text);
    let diagnostic =
        Diagnostic::error("unknown-label", message).at(name.place, "not a label of this selection");
    match suggest(&name.text, known.iter().copied()).first() {
        Some(meant) => {
            diagnostic.fix(format!("did you mean `{meant}`?"), name.place, (*meant).to_owned())
        }
        None if &*name.text == "function" => {
            diagnostic.help(format!("functions are ranked by `top`: `{} | top`", kind.alias))
        }
        None if GRANULARITIES.contains(&&*name.text) => diagnostic.help(format!(
            "fields of a frame are no labels: `{} | granularity {} | top`",
            kind.alias, name.text
        )),
        None if known.is_empty() => diagnostic.help("its profiles have no labels at all"),
        None => diagnostic.help(format!("it has: {}", known.join(", "))),
    }
}
