//! A result table for readers: values have units, and long tables are shortened.
//!
//! Scripts get the unrounded data frame from `export`.

use polars_core::prelude::{AnyValue, Column as Values};

use super::parts::escape;
use super::parts::grid::{Align, Cell, Column, Gap, Grid};
use super::parts::header::counted;
use super::parts::screen::{Screen, amount};
use super::stacks::change::NOISE;
use crate::eval::result::table::Table;
use crate::lang::columns::{
    DELTA, DELTA_AMOUNT, DELTA_SHARE, GROWTH, HIGH, LOW, MARGINS, MIX, PER_HOUR, RATE,
    SELF_SIGNIFICANT, SIGNIFICANT, TOTAL_DELTA, TOTAL_GROWTH, TOTAL_HIGH, TOTAL_LOW,
    TOTAL_SIGNIFICANT,
};
use crate::quantity::Unit;
use crate::quantity::unit::{exact, grouped, three_digits};

/// How many rows are shown at the start and end of a table longer than both.
#[derive(Debug, Clone, Copy)]
struct Excerpt {
    head: usize,
    tail: usize,
}

const TEXT: Excerpt = Excerpt { head: 60, tail: 20 };
const PAGE: Excerpt = Excerpt { head: 150, tail: 50 };

/// Aligned columns; the last line counts the rows that were left out.
pub(crate) fn plain(table: &Table, screen: Screen) -> String {
    if table.height() == 0 {
        let columns = format!("no rows; columns: {}", table.names().join(", "));
        return screen.sentence(&columns, 2).join("\n");
    }
    let mut lines = grid(table, TEXT).plain(screen);
    if table.more > 0 {
        lines.push(screen.dim(&format!("({})", counted(table.more, "more row", "more rows"))));
    }
    lines.join("\n")
}

/// The number of rows and columns, then the rows.
pub(crate) fn html(table: &Table) -> String {
    let size = format!("<div style=\"opacity:.7\">{}</div>", size(table));
    format!("{size}{}", grid(table, PAGE).html())
}

/// Every row, for files.
pub(crate) fn whole(table: &Table) -> Grid {
    grid(table, Excerpt { head: table.height(), tail: 0 })
}

/// `20 of 345 rows × 5 columns`
pub(crate) fn size(table: &Table) -> String {
    let (rows, columns) = (table.height(), table.shown());
    let rows = match table.more {
        0 => counted(rows, "row", "rows"),
        more => format!("{} of {}", grouped(rows as f64), counted(rows + more, "row", "rows")),
    };
    format!("{rows} × {}", counted(columns, "column", "columns"))
}

/// The table with its values written as text.
fn grid(table: &Table, excerpt: Excerpt) -> Grid {
    let height = table.height();
    let (shown, gap): (Vec<usize>, _) = if height > excerpt.head + excerpt.tail {
        let tail = height - excerpt.tail;
        let gap = Gap { after: excerpt.head, rows: tail - excerpt.head };
        ((0..excerpt.head).chain(tail..height).collect(), Some(gap))
    } else {
        ((0..height).collect(), None)
    };
    let columns = table.frame.columns().iter().zip(&table.units).take(table.shown());
    let columns: Vec<_> = columns.collect();
    let row = |row: usize| {
        let cells = columns.iter().map(|(values, unit)| {
            let cell = match values.get(row) {
                Ok(AnyValue::Int64(number)) if table.exact.contains(values.name().as_str()) => {
                    Cell::new(escape::name(&exact(number, unit)))
                }
                _ => cell(values, unit, row, is_change(table, values.name())),
            };
            let text = match is_insignificant(table, values.name(), row) {
                true => format!("{NOISE} {}", cell.text),
                false => cell.text + &margin(table, values.name(), row).unwrap_or_default(),
            };
            Cell { text, ..cell }
        });
        cells.collect()
    };
    Grid {
        columns: columns.iter().map(|(values, unit)| column(values, unit)).collect(),
        rows: shown.into_iter().map(row).collect(),
        gap,
    }
}

/// The unit `objects` is named once, in the title, and not in every cell.
fn column(values: &Values, unit: &Unit) -> Column {
    let align = if values.dtype().is_numeric() { Align::Right } else { Align::Left };
    let name = values.name().as_str();
    let title = match unit {
        Unit::Count(counted) if !name.contains(&**counted) => format!("{name} ({counted})"),
        _ => name.to_owned(),
    };
    Column { title, align }
}

fn cell(values: &Values, unit: &Unit, row: usize, is_change: bool) -> Cell {
    let Ok(value) = values.get(row) else { return Cell::default() };
    match value {
        AnyValue::Null => Cell::default(),
        AnyValue::String(text) => Cell::new(text),
        AnyValue::StringOwned(text) => Cell::new(text.as_str()),
        AnyValue::Boolean(value) => Cell::new(value.to_string()),
        other => match other.extract::<f64>() {
            // A change always has a sign.
            Some(number) if number > 0.0 && is_change => {
                let cell = quantity(number, unit);
                Cell { text: format!("+{}", cell.text), ..cell }
            }
            Some(number) => quantity(number, unit),
            None => Cell::new(other.to_string()),
        },
    }
}

/// Whether a column holds changes. The ends of an interval are what is between them.
fn is_change(table: &Table, column: &str) -> bool {
    let changes =
        [DELTA, DELTA_AMOUNT, DELTA_SHARE, GROWTH, TOTAL_DELTA, TOTAL_GROWTH, PER_HOUR, MIX, RATE];
    let is_end = [LOW, HIGH, TOTAL_LOW, TOTAL_HIGH].iter().any(|end| end.name == column);
    let has_changes = || [DELTA, PER_HOUR].iter().any(|it| table.known(it.name).is_some());
    changes.iter().any(|change| change.name == column) || is_end && has_changes()
}

/// The changes, and the columns that say whether they are significant.
const VERDICTS: [(&str, &str); 4] = [
    (DELTA.name, SELF_SIGNIFICANT.name),
    (TOTAL_DELTA.name, TOTAL_SIGNIFICANT.name),
    (PER_HOUR.name, SIGNIFICANT.name),
    (DELTA.name, SIGNIFICANT.name),
];

/// Whether a cell is a change that is not statistically significant.
fn is_insignificant(table: &Table, column: &str, row: usize) -> bool {
    let mut verdicts = VERDICTS.iter().filter(|(change, _)| *change == column);
    let verdict = verdicts.find_map(|(_, verdict)| table.known(verdict));
    let verdict = verdict.map(|verdict| verdict.get(row));
    matches!(verdict, Some(Ok(AnyValue::Boolean(false))))
}

/// ` ±0.82`: half of the interval of a cell, where a column that is not shown has it.
fn margin(table: &Table, column: &str, row: usize) -> Option<String> {
    let mut margins = MARGINS.iter().filter(|(value, _)| value.name == column);
    let (margin, unit) = margins.find_map(|(_, margin)| table.unseen(margin.name))?;
    let margin: f64 = margin.get(row).ok()?.extract()?;
    Some(match unit {
        // The share in front has the sign of percent.
        Unit::Percent => format!(" ±{margin:.2}"),
        unit => format!(" ±{}", quantity(margin, unit).text),
    })
}

fn quantity(value: f64, unit: &Unit) -> Cell {
    match unit {
        // The same number of decimals in each row makes lengths comparable by eye.
        Unit::Percent => Cell::with_bar(format!("{value:.2}%"), value / 100.0),
        Unit::Count(_) => Cell::new(number(value)),
        Unit::None => Cell::new(number(value)),
        other => Cell::new(amount(value, other)),
    }
}

fn number(value: f64) -> String {
    if value.fract() == 0.0 { grouped(value) } else { three_digits(value) }
}

#[cfg(test)]
mod tests {
    use polars_core::prelude::{DataFrame, NamedFrom, Series};

    use super::*;
    use crate::eval::result::table::Columns;

    fn table(rows: usize) -> Table {
        let names: Vec<_> = (0..rows).map(|i| format!("pkg.Function{i}")).collect();
        let own: Vec<_> = (0..rows).map(|i| i as i64 * 1_000_000).collect();
        let share: Vec<_> = (0..rows).map(|i| i as f64 / 8.0).collect();
        let columns = vec![
            Series::new("function".into(), names).into(),
            Series::new("self".into(), own).into(),
            Series::new("self_share".into(), share).into(),
        ];
        let frame = DataFrame::new(rows, columns).expect("columns of one length");
        Table {
            frame,
            units: vec![Unit::None, Unit::Nanoseconds, Unit::Percent],
            more: 0,
            hidden: 0,
            beside: Vec::new(),
            exact: Default::default(),
        }
    }

    #[test]
    fn values_carry_their_units() {
        let text = plain(&Table { more: 7, ..table(3) }, Screen::PIPE);
        assert_eq!(
            text.lines().collect::<Vec<_>>(),
            [
                "function       self  self_share",
                "─────────────  ────  ──────────",
                "pkg.Function0  0 ns       0.00%",
                "pkg.Function1  1 ms       0.12%",
                "pkg.Function2  2 ms       0.25%",
                "(7 more rows)",
            ]
        );
    }

    #[test]
    fn long_tables_show_head_and_tail_under_their_size() {
        let html = html(&table(1000));
        assert!(html.starts_with("<div style=\"opacity:.7\">1 000 rows × 3 columns</div>"));
        assert!(html.contains("… 800 more rows …"));
        assert!(html.contains("pkg.Function999<") && !html.contains("pkg.Function500<"));
        assert!(html.len() < 150_000, "{}", html.len());
    }

    #[test]
    fn a_change_that_is_not_significant_is_marked_and_verdict_columns_are_hidden() {
        let delta = Columns::default().number("delta", vec![2.0, -3.0, 1.0], Unit::Percent);
        let verdicts = vec![Some(true), Some(false), None];
        let table = delta.hide_following().flags("self_significant", verdicts).finish();
        let lines = plain(&table, Screen::PIPE);
        let expected = ["   delta", "────────", "  +2.00%", "≈ -3.00%", "  +1.00%"];
        assert_eq!(lines.lines().collect::<Vec<_>>(), expected);
        assert_eq!(size(&table), "3 rows × 1 column");
        let selected = plain(&table.columns(&[1]), Screen::PIPE);
        assert!(selected.starts_with("self_significant\n") && selected.contains("\ntrue\nfalse"));
    }

    #[test]
    fn selected_columns_keep_their_marks() {
        let columns = Columns::default()
            .number("delta", vec![2.0, -3.0], Unit::Percent)
            .number("high", vec![2.5, 1.0], Unit::Percent)
            .number("total_share", vec![5.0, 4.0], Unit::Percent);
        let hidden =
            columns.hide_following().flags("self_significant", vec![Some(true), Some(false)]);
        let table = hidden.number("total_margin", vec![0.25, 0.5], Unit::Percent).finish();
        let lines = |picked: &[usize]| plain(&table.columns(picked), Screen::PIPE);
        assert!(lines(&[0]).ends_with("\n  +2.00%\n≈ -3.00%"));
        // The ends of an interval of a change have signs as well.
        assert!(lines(&[1]).ends_with("\n+2.50%\n+1.00%"));
        assert!(lines(&[2]).ends_with("\n5.00% ±0.25\n4.00% ±0.50"));
        // What is selected itself stands in its own column.
        assert!(lines(&[2, 4]).ends_with("5.00%         0.25%\n      4.00%         0.50%"));
    }

    #[test]
    fn a_table_without_rows_renders() {
        assert_eq!(plain(&table(0), Screen::PIPE), "no rows; columns: function, self, self_share");
        assert!(html(&table(0)).contains("0 rows × 3 columns"));
    }

    #[test]
    fn cut_tables_count_what_there_was() {
        assert_eq!(size(&Table { more: 325, ..table(20) }), "20 of 345 rows × 3 columns");
    }
}
