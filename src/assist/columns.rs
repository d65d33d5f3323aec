//! The columns of the table at a cursor, known without making it.
//!
//! Which columns a verb gives is what `eval` writes; `tests/assist.rs` compares the two.

use super::cursor::Cursor;
use super::{Named, Names, Subject, subject};
use crate::lang::ast::{Query, Stage, Verb};
use crate::lang::types::Type;
use crate::lang::{Scope, check};

/// The columns that the verb at the cursor may name, with their units.
pub(super) fn at(cursor: &Cursor<'_>, names: &dyn Names) -> Vec<Named> {
    let Some(cell) = subject::piped_cell(cursor) else { return Vec::new() };
    let piped = check(&cell, names as &dyn Scope).0.types.last().copied();
    let Some(query) = subject::last_query(&cell) else { return Vec::new() };
    let subject = subject::piped(cursor);
    let unit = subject.as_ref().and_then(|of| names.unit(of)).unwrap_or_default();
    let columns = Columns { unit, names };
    match (cursor.verb(), piped) {
        (Some("top"), Some(Type::Diff)) => columns.ranks_of_changes(),
        (Some("top"), _) => columns.amounts(&["self", "total"]),
        (_, Some(Type::Diff)) => columns.changes(query),
        (_, Some(Type::Table)) => columns.of_table(query),
        _ => Vec::new(),
    }
}

struct Columns<'a> {
    unit: String,
    names: &'a dyn Names,
}

impl Columns<'_> {
    fn amounts(&self, columns: &[&str]) -> Vec<Named> {
        columns.iter().map(|name| Named::new(*name, self.unit.clone())).collect()
    }

    fn ranks_of_changes(&self) -> Vec<Named> {
        ["delta", "total", "growth", "z", "before", "after"].map(|name| Named::new(name, "")).into()
    }

    /// Of a diff: shares unless a mode says otherwise.
    fn changes(&self, query: &Query) -> Vec<Named> {
        let options = query.stages.iter().flat_map(|stage| &stage.options);
        let is_amount = |value: &str| value == "amount" || value == "rate";
        let amount = options.filter(|(name, _)| &*name.text == "mode").any(|(_, value)| {
            matches!(&value.kind, crate::lang::ast::ExprKind::Name(word) if is_amount(word))
        });
        let (unit, other, other_unit) = if amount {
            (&*self.unit, "delta share", "%")
        } else {
            ("%", "delta amount", &*self.unit)
        };
        [
            ("before", unit),
            ("after", unit),
            ("delta", unit),
            ("se", unit),
            (other, other_unit),
            ("growth", "%"),
            ("change", ""),
            ("total delta", unit),
            ("function", ""),
            ("z", ""),
            ("significant", ""),
            ("total_significant", ""),
        ]
        .map(|(name, unit)| Named::new(name, unit))
        .into()
    }

    /// Of the table that the stages make of what they start with.
    fn of_table(&self, query: &Query) -> Vec<Named> {
        let source = Subject::of_query(query).and_then(|subject| subject.selection.name);
        let mut columns = source.map_or(Vec::new(), |name| self.names.columns(&name.text));
        if let crate::lang::ast::Input::Explore(stage) = &query.source {
            columns = self.made(stage, &[], query).unwrap_or_default();
        }
        for (index, stage) in query.stages.iter().enumerate() {
            match &stage.verb {
                Verb::Extend { column, .. } => columns.push(Named::new(&*column.text, "")),
                Verb::Select(kept) => {
                    columns.retain(|known| kept.iter().any(|name| *name.text == *known.text));
                }
                _ => {
                    columns = self.made(stage, &query.stages[..index], query).unwrap_or(columns);
                }
            }
        }
        columns
    }

    /// The columns of the table that a verb makes, if it makes one.
    fn made(&self, stage: &Stage, before: &[Stage], query: &Query) -> Option<Vec<Named>> {
        let is_diff = before.iter().any(|stage| matches!(stage.verb, Verb::Diff(_)));
        let own = &*self.unit;
        let plain = |columns: &[(&str, &str)]| -> Vec<Named> {
            columns.iter().map(|(name, unit)| Named::new(*name, *unit)).collect()
        };
        Some(match &stage.verb {
            Verb::Top { .. } | Verb::Where(_) if is_diff => self.changes(query),
            Verb::Top { .. } => {
                let figures =
                    [("self", own), ("self %", "%"), ("total", own), ("total %", "%"), FUNCTION];
                [grouping(before), plain(&figures)].concat()
            }
            Verb::Table => {
                let figures = [
                    ("total", own),
                    ("share", "%"),
                    ("mean", own),
                    ("std dev", own),
                    ("max", own),
                    ("profiles", ""),
                ];
                [grouping(before), plain(&figures)].concat()
            }
            Verb::Functions(_) => {
                plain(&[FUNCTION, ("package", ""), ("file", ""), ("self", own), ("total", own)])
            }
            Verb::Types => plain(&[
                ("type", ""),
                ("unit", ""),
                ("over time", ""),
                ("series", ""),
                ("profiles", ""),
                ("first", ""),
                ("last", ""),
                ("id", ""),
            ]),
            Verb::Labels => plain(&[
                ("label", ""),
                ("values", ""),
                ("coverage", "%"),
                ("of", ""),
                ("examples", ""),
            ]),
            Verb::Values(label) => plain(&[
                (&label.text, ""),
                ("total", own),
                ("share", "%"),
                ("profiles", ""),
                ("first seen", ""),
                ("last seen", ""),
            ]),
            Verb::Profiles => {
                plain(&[("time", ""), ("duration", "ns"), ("samples", ""), ("total", own)])
            }
            Verb::Describe => plain(&[("property", ""), ("value", "")]),
            _ => return None,
        })
    }
}

const FUNCTION: (&str, &str) = ("function", "");

/// The labels that the last `by` names.
fn grouping(stages: &[Stage]) -> Vec<Named> {
    let labels = stages.iter().rev().find_map(|stage| match &stage.verb {
        Verb::Group { labels, without: false, .. } => Some(labels),
        _ => None,
    });
    labels.into_iter().flatten().map(|label| Named::new(&*label.text, "label")).collect()
}
