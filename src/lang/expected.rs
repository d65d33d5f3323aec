//! What the grammar accepts at the place where it stopped, for messages and completion.

use std::fmt;
use std::sync::Arc;

/// One kind of syntax that the grammar accepts at a place.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Expected {
    /// The start of a statement.
    Statement,
    /// A variable or a profile type.
    Selection,
    /// The baseline of a comparison.
    Baseline,
    /// A literal, list, call or selection.
    Value,
    /// A new name.
    NewName,
    /// A verb after `|`.
    Verb,
    /// The name of a label.
    Label,
    /// A value of this label.
    LabelValue(Arc<str>),
    /// A profile type in quotes, in braces: `{"cpu-time"}`.
    QuotedType,
    /// `=`, `!=`, `=~`, `!~`, or one that compares sizes.
    MatcherOperator,
    /// A frame pattern.
    Frame,
    /// A frame field or a sample label, in the braces of a frame pattern.
    Field,
    /// The value of a frame field.
    FieldValue(Arc<str>),
    Duration,
    Time,
    /// A column of a table.
    Column,
    /// A whole number.
    Count,
    /// A number with a unit, or a share.
    Amount,
    /// A percentage.
    Confidence,
    Granularity,
    /// The path or address of a source.
    Source,
    /// The name of a file to save.
    File,
    /// The address of a server to publish to.
    Endpoint,
    /// A message in quotes.
    Message,
    Setting,
    SettingValue,
    Topic,
    /// An opened source.
    SourceName,
    /// An arithmetic, comparison or logical operator.
    Operator,
    /// An option of this verb.
    Option(&'static str),
    /// The value of an option: one of these words.
    OptionValue(&'static [&'static str]),
    Symbol(&'static str),
    Word(&'static str),
    /// The end of the statement.
    End,
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Expected::Statement => "a query or a statement",
            Expected::Selection => "a profile type or a variable",
            Expected::Baseline => {
                "a selection, or a change to the piped one such as `{version=\"1\"}`"
            }
            Expected::Value => "a value or a selection",
            Expected::NewName => "a name",
            Expected::Verb => "a verb",
            Expected::Label => "a label",
            Expected::QuotedType => "a profile type in quotes",
            Expected::LabelValue(label) => {
                return write!(f, "a value of `{label}` in quotes");
            }
            Expected::MatcherOperator => "`=`, `!=`, `=~`, `!~` or `>=`",
            Expected::Frame => "a frame pattern such as `\"json.*\"`",
            Expected::Field => "a frame field or a label",
            Expected::FieldValue(field) => return write!(f, "a value of `{field}` in quotes"),
            Expected::Duration => "a duration such as `1h`",
            Expected::Time => "a time such as `2026-03-01T10:00Z`",
            Expected::Column => "a column",
            Expected::Count => "a whole number",
            Expected::Amount => "an amount such as `1%` or `10MiB`",
            Expected::Confidence => "a percentage such as `95%`",
            Expected::Granularity => "`function`, `line`, `file`, `package`, `module` or `address`",
            Expected::Source => "a path or an address in quotes",
            Expected::File => "a file name in quotes",
            Expected::Endpoint => "an address in quotes",
            Expected::Message => "a message in quotes",
            Expected::Setting => "a setting",
            Expected::SettingValue => "a value",
            Expected::Topic => "a topic",
            Expected::SourceName => "the name of an opened source",
            Expected::Operator => "an operator",
            Expected::Option(verb) => return write!(f, "an option of `{verb}`"),
            Expected::OptionValue(values) => return write!(f, "one of {}", values.join(", ")),
            Expected::Symbol(text) | Expected::Word(text) => return write!(f, "`{text}`"),
            Expected::End => "the end of the statement",
        })
    }
}

/// Lists up to four of the accepted kinds: `a`, `a or b`, `a, b or c`.
///
/// Kinds that continue the statement come before those that end it, because most
/// errors are something left out.
pub(super) fn one_of(expected: &[Expected]) -> String {
    let has = |wanted: &Expected| expected.contains(wanted);
    // "a value or a selection" includes the narrower kinds.
    let is_listed = |e: &&Expected| match e {
        Expected::Selection => !has(&Expected::Value) && !has(&Expected::Baseline),
        Expected::Value => !has(&Expected::Baseline) && !has(&Expected::Statement),
        _ => true,
    };
    let is_end = |e: &&Expected| matches!(e, Expected::End | Expected::Operator);
    let (last, first): (Vec<_>, Vec<_>) = expected.iter().filter(is_listed).partition(is_end);
    let mut words: Vec<String> = first.into_iter().chain(last).map(ToString::to_string).collect();
    words.truncate(4);
    match words.split_last() {
        None => "nothing".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}
