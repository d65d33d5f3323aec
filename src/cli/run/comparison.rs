//! A diff that a notebook shows, for its summary: the sides, how they differ, and which
//! functions changed significantly.

use flamebook::eval::result::scalar::Scalar;
use flamebook::eval::result::table::Table;
use flamebook::eval::result::value::{Header, LabelChange, Outcome, Trees, Value};
use flamebook::eval::tables::changes::{self, ChangeRank};
use flamebook::lang::columns::{
    AFTER, BEFORE, Column, DELTA, FUNCTION, HIGH, LOW, P, SIGNIFICANT, TOTAL_AFTER, TOTAL_BEFORE,
    TOTAL_DELTA, TOTAL_HIGH, TOTAL_LOW, TOTAL_P, TOTAL_SIGNIFICANT,
};
use flamebook::quantity::unit::three_digits;
use flamebook::work::{Cancel, Unwatched, Work};

pub(super) struct Comparison {
    /// `cpu{version="2"}`
    pub(super) after: String,
    pub(super) before: String,
    pub(super) label_changes: Vec<LabelChange>,
    /// The significant changes, in the order of the notebook; none if its table does not say.
    pub(super) changes: Option<Vec<FunctionChanged>>,
    /// Whether the table was cut, so that there may be others.
    pub(super) is_cut: bool,
}

/// A function whose change is significant: of the function and what it calls, or if only that
/// is significant, of its own code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FunctionChanged {
    pub(super) function: String,
    pub(super) before: String,
    pub(super) after: String,
    /// With its sign; of shares in points.
    pub(super) delta: String,
    pub(super) interval: Option<[String; 2]>,
    pub(super) p: String,
    pub(super) grew: bool,
}

impl Comparison {
    /// The comparison that a result shows, if it is one.
    pub(super) fn of(outcome: &Outcome) -> Option<Comparison> {
        let Header { baseline, label_changes, .. } = &outcome.header;
        let [after, before] = sides([&outcome.header, &**baseline.as_ref()?]);
        let table = match &outcome.value {
            Value::Table(table) => table.clone(),
            value => match value.trees()? {
                Trees::Two(diff) => {
                    let cancel = Cancel::new();
                    let work = Work { cancel: &cancel, watch: &Unwatched };
                    changes::top(diff, ChangeRank::DEFAULT, usize::MAX, work).ok()?
                }
                Trees::One(_) => return None,
            },
        };
        Some(Comparison {
            after,
            before,
            label_changes: label_changes.clone(),
            changes: significant(&table),
            is_cut: table.more > 0,
        })
    }
}

/// The names of two sides; with their windows if they only differ in time.
fn sides(headers: [&Header; 2]) -> [String; 2] {
    let is_same = headers[0].subject == headers[1].subject;
    headers.map(|header| match header.window.filter(|_| is_same) {
        Some(window) => format!("{} of {window}", header.subject),
        None => header.subject.clone(),
    })
}

/// The columns of a change: before, after, delta, low, high, p.
type Figures = [Column; 6];

const TOTAL: Figures = [TOTAL_BEFORE, TOTAL_AFTER, TOTAL_DELTA, TOTAL_LOW, TOTAL_HIGH, TOTAL_P];
const OWN: Figures = [BEFORE, AFTER, DELTA, LOW, HIGH, P];

fn significant(table: &Table) -> Option<Vec<FunctionChanged>> {
    let index = |column: &Column| table.index_of(column.name);
    let function = index(&FUNCTION)?;
    let [any, of_total] = [index(&SIGNIFICANT)?, index(&TOTAL_SIGNIFICANT)?];
    let columns = |figures: &Figures| {
        let found: Vec<usize> = figures.iter().filter_map(index).collect();
        <[usize; 6]>::try_from(found).ok()
    };
    let (total, own) = (columns(&TOTAL)?, columns(&OWN)?);
    let is = |column, row| table.cell(column, row) == Scalar::Bool(true);
    let rows = (0..table.height()).filter(|row| is(any, *row));
    let changes = rows.map(|row| {
        let figures = if is(of_total, row) { total } else { own };
        let cell = |nth: usize| table.cell(figures[nth], row);
        let delta = number(&cell(2)).unwrap_or(0.0);
        let ends = [number(&cell(3)), number(&cell(4))];
        FunctionChanged {
            function: table.cell(function, row).to_string(),
            before: cell(0).to_string(),
            after: cell(1).to_string(),
            delta: points(&format!("{}{}", if delta > 0.0 { "+" } else { "" }, cell(2))),
            interval: matches!(ends, [Some(_), Some(_)])
                .then(|| [cell(3), cell(4)].map(|end| points(&end.to_string()))),
            p: number(&cell(5)).map_or(String::new(), probability),
            grew: delta > 0.0,
        }
    });
    Some(changes.collect())
}

/// The change of a share is in points, which a percentage of it is not.
fn points(change: &str) -> String {
    match change.strip_suffix('%') {
        Some(figure) => format!("{figure} points"),
        None => change.to_owned(),
    }
}

fn number(cell: &Scalar) -> Option<f64> {
    match cell {
        Scalar::Number(number) => Some(number.value).filter(|value| value.is_finite()),
        _ => None,
    }
}

/// Smaller ones are as good as this one.
fn probability(p: f64) -> String {
    const LEAST: f64 = 0.0001;
    if p < LEAST { format!("< {LEAST}") } else { three_digits(p) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flamebook::quantity::{Timestamp, Window};

    #[test]
    fn sides_that_differ_in_time_alone_are_named_by_it() {
        let header = |subject: &str, minute: i64| Header {
            subject: subject.to_owned(),
            window: Some(Window {
                start: Timestamp(minute * 60_000_000_000),
                end: Timestamp((minute + 1) * 60_000_000_000),
            }),
            ..Header::default()
        };
        let named = sides([&header("cpu", 1), &header("cpu", 0)]);
        assert_eq!(named[0], "cpu of 1970-01-01 00:01:00 .. 00:02:00 UTC");
        assert_eq!(named[1], "cpu of 1970-01-01 00:00:00 .. 00:01:00 UTC");
        let named = sides([&header("cpu{a=\"1\"}", 0), &header("cpu{a=\"2\"}", 0)]);
        assert_eq!(named, ["cpu{a=\"1\"}", "cpu{a=\"2\"}"]);
        assert_eq!(points("+6.27%"), "+6.27 points");
        assert_eq!(points("+6.27 s"), "+6.27 s");
    }
}
