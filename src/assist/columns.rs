//! The columns of the table at the cursor, without evaluating the query.
//!
//! They must match those that `eval` writes; `tests/assist.rs` compares the two.

use super::cursor::Cursor;
use super::{Named, Names, Subject, subject};
use crate::eval::tables::changes::ChangeRank;
use crate::lang::ast::{Args, Name, Query, Stage};
use crate::lang::columns::{
    CHANGES, Column, ColumnUnit, DELTA_AMOUNT, DELTA_SHARE, FUNCTION, SELF, TOTAL,
};
use crate::lang::types::Type;
use crate::lang::verbs::{FindingVerb, Verb};
use crate::lang::{Scope, check, format};

/// The columns that the verb at the cursor can use, with their units.
pub(super) fn at(cursor: &Cursor<'_>, names: &dyn Names) -> Vec<Named> {
    let Some(cell) = subject::piped_cell(cursor) else { return Vec::new() };
    let piped = check(&cell, names as &dyn Scope).0.steps.last().map(|step| step.gives);
    let Some(query) = subject::last_query(&cell) else { return Vec::new() };
    let subject = subject::piped(cursor);
    let unit = subject.as_ref().and_then(|of| names.unit(of)).unwrap_or_default();
    let columns = Columns { unit, names };
    match (cursor.verb(), piped) {
        (Some("top"), Some(Type::Diff)) => columns.ranks_of_changes(),
        (Some("top"), _) => columns.amounts(&[SELF.name, TOTAL.name]),
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
        ChangeRank::ALL.map(|(name, _)| Named::new(name, "")).into()
    }

    /// The columns of a diff, in shares unless an option sets the mode.
    fn changes(&self, query: &Query) -> Vec<Named> {
        let amount = is_amount(query);
        let named = |column: Column| match column {
            DELTA_AMOUNT if amount => Named::new(DELTA_SHARE.name, self.unit_of(DELTA_SHARE.unit)),
            column => self.of_mode(column, amount),
        };
        CHANGES.map(named).into()
    }

    fn of_mode(&self, column: Column, amount: bool) -> Named {
        match column {
            Column { name, unit: ColumnUnit::OfMode } if !amount => Named::new(name, "%"),
            Column { name, unit } => Named::new(name, self.unit_of(unit)),
        }
    }

    /// The columns of the table that a query's stages produce.
    fn of_table(&self, query: &Query) -> Vec<Named> {
        let source = Subject::of_query(query).and_then(|subject| subject.selection.name);
        let mut columns = source.map_or(Vec::new(), |name| self.names.columns(&name.text));
        if let crate::lang::ast::Input::Explore(stage) = &query.source {
            columns = self.made(stage, &[], query).unwrap_or_default();
        }
        for (index, stage) in query.stages.iter().enumerate() {
            match &stage.args {
                Args::Extend { column, .. } => columns.push(Named::new(&*column.text, "")),
                Args::Measures(measures) if !measures.is_empty() => {
                    columns = grouping(&query.stages[..index]);
                    let named = |measure| Named::new(format::column_of(measure), "");
                    columns.extend(measures.iter().map(named));
                }
                Args::Columns(kept) => {
                    columns.retain(|known| kept.iter().any(|name| *name.text == *known.text));
                }
                _ => {
                    columns = self.made(stage, &query.stages[..index], query).unwrap_or(columns);
                }
            }
        }
        columns
    }

    /// The columns of the table that a verb produces, if it produces one.
    fn made(&self, stage: &Stage, before: &[Stage], query: &Query) -> Option<Vec<Named>> {
        let is_diff = before.iter().any(|stage| matches!(stage.args, Args::Baseline(_)));
        let is_explained = stage.verb.id == Verb::Finding(FindingVerb::Explain);
        if is_diff && !is_explained && (stage.verb.gives)(Type::Diff) == Type::Table {
            return Some(self.changes(query));
        }
        let made = stage.verb.columns;
        if made.figures.is_empty() {
            return None;
        }
        let mut columns = match &stage.args {
            _ if !made.has_labels => Vec::new(),
            Args::Label(label) => vec![Named::new(&*label.text, "")],
            Args::ByOn { labels, .. } => named_labels(labels),
            Args::ByLabels(labels) if !labels.is_empty() => named_labels(labels),
            _ => grouping(before),
        };
        let figures = made.figures.iter();
        // Only a diff has a mode.
        let amount = !is_explained || is_amount(query);
        columns.extend(figures.map(|column| self.of_mode(*column, amount)));
        if stage.option("of").is_some_and(|(word, _)| word == "functions") {
            columns.push(Named::new(FUNCTION.name, ""));
        }
        Some(columns)
    }

    fn unit_of(&self, unit: ColumnUnit) -> &str {
        match unit {
            ColumnUnit::NoUnit => "",
            ColumnUnit::OfType | ColumnUnit::OfMode => &self.unit,
            ColumnUnit::Percent => "%",
            ColumnUnit::Nanoseconds => "ns",
        }
    }
}

/// Whether an option sets the mode of a diff to amounts or rates; else it is in shares.
fn is_amount(query: &Query) -> bool {
    let options = query.stages.iter().flat_map(|stage| &stage.options);
    let is_one = |value: &str| value == "amount" || value == "rate";
    options.filter(|(name, _)| &*name.text == "mode").any(
        |(_, value)| matches!(&value.kind, crate::lang::ast::ExprKind::Name(word) if is_one(word)),
    )
}

/// The labels that the last `by` names.
fn grouping(stages: &[Stage]) -> Vec<Named> {
    let labels = stages.iter().rev().find_map(|stage| match &stage.args {
        Args::Group { labels, without: false, .. } => Some(labels),
        _ => None,
    });
    labels.map_or(Vec::new(), |labels| named_labels(labels))
}

fn named_labels(labels: &[Name]) -> Vec<Named> {
    labels.iter().map(|label| Named::new(&*label.text, "label")).collect()
}
