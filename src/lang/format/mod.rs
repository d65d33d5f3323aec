//! Prints queries in their canonical form, in which they can be copied.
//!
//! `parse(format(x))` gives `x` again, and printing that gives the same text. This file
//! prints cells, statements and stages; `expr`, `selector` and `pattern` print their
//! parts.

mod expr;
mod pattern;
mod selector;

pub use expr::{expr, number};
pub use pattern::pattern;
pub use selector::{matcher, selector, subject};

use super::ast::{
    Args, Assertion, Bound, Cell, Input, Measure, Name, Number, Query, SetValue, Stage, Statement,
    StatementKind,
};
use super::columns::VALUE;
use super::parse::{GRANULARITIES, KEYWORDS};
use super::text::quote;
use super::verbs::{Role, Shape};
use crate::quantity::Unit;
use expr::baseline;
use selector::braces;

/// Prints a cell, with one statement per line.
pub fn cell(cell: &Cell) -> String {
    cell.statements.iter().map(statement).collect::<Vec<_>>().join("\n")
}

/// Prints a statement on one line.
pub fn statement(statement: &Statement) -> String {
    match &statement.kind {
        StatementKind::Let { name, value } => format!("let {} = {}", name.text, bound(value)),
        StatementKind::Use { targets, labels, alias } => {
            let labels =
                if labels.is_empty() { String::new() } else { format!(" {}", braces(labels)) };
            let alias = alias.as_ref().map_or(String::new(), |alias| format!(" as {}", alias.text));
            let targets = joined(targets.iter().map(|target| quote(&target.text)));
            format!("use {targets}{labels}{alias}")
        }
        StatementKind::Set { setting, value: None } => format!("set {}", setting.text),
        StatementKind::Set { setting, value: Some(value) } => {
            format!("set {} {}", setting.text, set_value(value))
        }
        StatementKind::Assert(assertion) => format!("assert {}", asserted(assertion)),
        StatementKind::Help { topic: None } => "help".to_owned(),
        StatementKind::Help { topic: Some(topic) } => help(&topic.text),
        StatementKind::Query(query) => unbound(self::query(query)),
    }
}

fn help(topic: &str) -> String {
    let is_word = |part: &str| {
        part.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && part.chars().all(|c| c.is_alphanumeric() || c == '_')
    };
    if topic == "@" || topic.split('-').all(is_word) {
        format!("help {topic}")
    } else {
        format!("help {}", quote(topic))
    }
}

/// Prints `h == 5` with `==`, because `h = 5` would bind a variable.
fn unbound(query: String) -> String {
    match query.split_once(" = ") {
        Some((name, value))
            if name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | ':')) =>
        {
            format!("{name} == {value}")
        }
        _ => query,
    }
}

fn bound(value: &Bound) -> String {
    match value {
        Bound::Pattern(pattern) => self::pattern(pattern),
        Bound::Query(query) => self::query(query),
    }
}

fn set_value(value: &SetValue) -> String {
    match value {
        SetValue::Range(range) => selector::range(range),
        SetValue::Time(time) => selector::time(time),
        SetValue::Number(number) => self::number(number),
        SetValue::Text(text) => quote(&text.text),
        SetValue::Name(name) => name.text.to_string(),
    }
}

fn asserted(assertion: &Assertion) -> String {
    let Assertion { optional, message, .. } = assertion;
    let optional = if *optional { " optional" } else { "" };
    let message = message.as_ref();
    let message = message.map_or(String::new(), |message| format!(", {}", quote(&message.text)));
    condition(assertion) + optional + &message
}

/// The condition of an assert, with the probability that it asks for.
pub fn condition(Assertion { condition, confidence, .. }: &Assertion) -> String {
    let confidence = confidence.as_ref().map_or(String::new(), |confidence| {
        format!(" at {}", number(&Number { value: confidence.percent, unit: Unit::Percent }))
    });
    expr(condition) + &confidence
}

/// The name of a column of `table E, …`: as written, or the words of the expression.
/// `share("runtime.gc*")` is `share_runtime_gc`.
pub fn column_of(measure: &Measure) -> String {
    if let Some(name) = &measure.name {
        return name.text.to_string();
    }
    let text = expr(&measure.value);
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let name = words.collect::<Vec<_>>().join("_");
    let name = name.trim_start_matches(|c: char| c.is_numeric() || c == '_');
    if name.is_empty() { VALUE.name } else { name }.to_owned()
}

fn measure(Measure { name, value }: &Measure) -> String {
    match name {
        Some(name) => format!("{} = {}", column(name), expr(value)),
        None => expr(value),
    }
}

/// Prints a query on one line.
pub fn query(query: &Query) -> String {
    let source = match &query.source {
        Input::Expr(source) => expr(source),
        Input::Explore(explore) => stage(explore),
    };
    let stages = query.stages.iter().map(|next| format!(" | {}", stage(next)));
    stages.fold(source, |text, next| text + &next)
}

/// Prints a query on one line, up to the first verb that draws.
pub fn undrawn(query: &Query) -> String {
    let passes = |stage: &&Stage| stage.verb.role == Role::Passes;
    let kept = query.stages.iter().take_while(passes).cloned();
    self::query(&Query { stages: kept.collect(), ..query.clone() })
}

/// Prints a verb with its arguments and options.
pub fn stage(stage: &Stage) -> String {
    let options =
        stage.options.iter().map(|(name, value)| format!(" {}={}", name.text, expr(value)));
    let arguments = arguments(&stage.args, stage.verb.shape);
    options.fold(format!("{}{arguments}", stage.verb.name), |text, next| text + &next)
}

/// Prints arguments after a blank; prints nothing without arguments.
fn arguments(args: &Args, shape: Shape) -> String {
    let text = match args {
        Args::Nothing | Args::OverTime(_) | Args::Endpoint(None) => return String::new(),
        Args::MaybePattern(None) if shape == Shape::PatternOrRecursion => "recursion".to_owned(),
        Args::MaybePattern(None) => return String::new(),
        Args::Pattern(p) | Args::MaybePattern(Some(p)) => pattern(p),
        Args::Label(label) => label_name(label),
        Args::Labels(labels) => label_list(labels),
        Args::ByLabels(labels) if labels.is_empty() => return String::new(),
        Args::ByLabels(labels) => format!("by {}", label_list(labels)),
        Args::Group { labels, without, .. } => return group(labels, *without, shape),
        Args::Baselines(baselines) if baselines.is_empty() => return String::new(),
        Args::Baselines(baselines) => joined(baselines.iter().map(baseline)),
        Args::Baseline(baseline) => self::baseline(baseline),
        Args::Granularity(granularity) => {
            let found = GRANULARITIES.iter().find(|(_, known)| known == granularity);
            found.map_or(String::new(), |(name, _)| (*name).to_owned())
        }
        Args::Amount(amount) => number(amount),
        Args::Count(n) => n.to_string(),
        Args::Top { count, by } => return top(*count, by.as_ref()),
        Args::Condition(condition) => expr(condition),
        Args::Extend { column: name, value } => format!("{} = {}", column(name), expr(value)),
        Args::Sort { column: name, descending } => {
            format!("{}{}", column(name), if *descending { " desc" } else { "" })
        }
        Args::Columns(names) => joined(names.iter().map(column)),
        Args::Assert(assertion) => asserted(assertion),
        Args::Measures(measures) if measures.is_empty() => return String::new(),
        Args::Measures(measures) => joined(measures.iter().map(measure)),
        Args::ByOn { labels, measure } => format!("by {} on {}", label_list(labels), expr(measure)),
        Args::File { path, only_new } => {
            format!("{}{}", quote(&path.text), if *only_new { " new" } else { "" })
        }
        Args::Endpoint(Some(address)) => quote(&address.text),
    };
    format!(" {text}")
}

fn top(count: Option<u32>, by: Option<&Name>) -> String {
    let count = count.map_or(String::new(), |count| format!(" {count}"));
    count + &by.map_or(String::new(), |by| format!(" by {}", column(by)))
}

/// Prints a grouping, whose verb is `by`, `without`, or the merge before them.
fn group(labels: &[Name], without: bool, shape: Shape) -> String {
    let word = match (shape, without) {
        (Shape::Merge(_), false) => " by",
        (Shape::Merge(_), true) => " without",
        _ => "",
    };
    format!("{word} {}", label_list(labels))
}

fn label_list(labels: &[Name]) -> String {
    format!("({})", joined(labels.iter().map(label_name)))
}

fn joined(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}

/// Prints a label, in quotes if it is not a word.
fn label_name(label: &Name) -> String {
    word_or_quoted(&label.text)
}

fn column(column: &Name) -> String {
    // Without quotes, `desc` and `by` would be parsed as part of the verb.
    if matches!(&*column.text, "desc" | "asc") {
        quote(&column.text)
    } else {
        word_or_quoted(&column.text)
    }
}

/// Prints a name, in quotes if it is not a plain word.
pub fn word_or_quoted(text: &str) -> String {
    let first = text.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_');
    let word = first && text.chars().all(|c| c.is_alphanumeric() || c == '_');
    if word && !KEYWORDS.contains(&text) { text.to_owned() } else { quote(text) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::parse::WORKED;
    use crate::lang::{parse, verbs};

    /// The syntax tree without places, which printing changes.
    fn bare(cell: &Cell) -> String {
        let places = regex::Regex::new(r"Place \{ start: \d+, end: \d+ \}").expect("a regex");
        places.replace_all(&format!("{cell:?}"), "_").into_owned()
    }

    #[test]
    fn a_measure_has_the_words_of_its_expression() {
        let code = "cpu | by (a) | table share(\"runtime.gc*\"), 2 * self(\"x/y\"), b = value, 1";
        let (cell, _) = parse(code);
        let StatementKind::Query(query) = &cell.statements[0].kind else { panic!("{code}") };
        let Args::Measures(measures) = &query.stages[1].args else { panic!("{code}") };
        let names: Vec<String> = measures.iter().map(column_of).collect();
        assert_eq!(names, ["share_runtime_gc", "self_x_y", "b", "value"]);
    }

    #[test]
    fn what_is_printed_reads_back_and_prints_the_same() {
        let more = [
            "a = -x * 2 + 3 / (y - 1)",
            "let p = root \"a\" >> not_a_word > (leaf ~\"b\\.c\" or {file='x', \"span id\"!~\"y\"}) and not \"d\"",
            "cpu{} @ 1700000000 offset -1h30m from prod",
            "cpu[now - 1h .. now + 5m]\ncpu[start() .. +w]\ncpu[w:s] offset -w",
            "cpu | top by desc | sort \"self %\" desc | select \"by\", b",
            "use \"a/{x}\" {env=\"p\"} as prod; set now 2026-03-01; set range 1h; set gauge x; set range; ?focus",
            "help @\n? @; help \"@\"; \"unknown-label\"?; help \"two words\"",
            "x = [1, \"two\", 3h, [4MiB, 5%, 6cores, 0.5, 104857.6B, 1500B]]",
            "cpu | diff {a=\"b\"} width=after | compare offset 1h, [1h] offset -2m, b{c=\"d\"} from e, (f | rate)",
            "cpu | by (a) | table share(\"x\"), m = self(\"y\") / 2, \"by\" = value | table",
            "cpu | assert share(\"x\") < 5% optional, \"y\"\nassert a = b optional\nassert optional\nassert share(\"x\", cpu) < 5% at 99.9% optional",
            "cpu | trim 10ms | avg without (pod) | where not a = 1 and b != \"2\" or c =~ \"d\"",
        ];
        let examples: Vec<&str> = verbs::all().flat_map(|spec| spec.examples).copied().collect();
        for code in WORKED.iter().copied().chain(more).chain(examples) {
            let (cell, _) = parse(code);
            let printed = super::cell(&cell);
            let (again, diagnostics) = parse(&printed);
            assert!(diagnostics.is_empty(), "{printed}: {diagnostics:?}");
            assert_eq!(bare(&again), bare(&cell), "{printed}");
            assert_eq!(super::cell(&again), printed);
        }
    }
}
