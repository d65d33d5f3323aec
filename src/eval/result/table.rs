//! A result table: a polars data frame with a unit for each column.

use std::collections::BTreeSet;

use polars_core::prelude::{AnyValue, Column, DataFrame, IdxCa, NamedFrom, SortOptions};

use crate::eval::result::scalar::Scalar;
use crate::lang::columns;
use crate::profile::LabelValue;
use crate::quantity::{Quantity, Unit, natural};

/// The names of columns are those of `lang::columns`, and of labels: what is printed, typed
/// and saved.
#[derive(Debug, Clone)]
pub struct Table {
    pub frame: DataFrame,
    /// The unit of each column; `Unit::None` for text and plain numbers.
    pub units: Vec<Unit>,
    /// The number of rows that `top` or `take` cut off.
    pub more: usize,
    /// The number of columns at the end that a view hides. Conditions and scripts can use
    /// them, and `select` shows them.
    pub hidden: usize,
    /// The columns that `select` left out. The marks of those that are shown come from them.
    pub beside: Vec<(Column, Unit)>,
    /// The columns whose numbers name a group, and are shown to the last digit.
    pub exact: BTreeSet<String>,
}

/// Builds the columns of a table.
#[derive(Debug, Default)]
pub struct Columns {
    columns: Vec<Column>,
    units: Vec<Unit>,
    /// The number of columns that a view shows; `None` for all.
    shown: Option<usize>,
    exact: BTreeSet<String>,
}

impl Columns {
    #[must_use]
    pub fn text<S: Into<String>>(
        mut self,
        name: impl AsRef<str>,
        values: impl IntoIterator<Item = S>,
    ) -> Self {
        let values: Vec<String> = values.into_iter().map(Into::into).collect();
        self.columns.push(Column::new(self.unused(name).as_str().into(), values));
        self.units.push(Unit::None);
        self
    }

    /// The values of a label: numbers if all are, in one unit; a row may have none.
    #[must_use]
    pub fn label<'v>(
        mut self,
        name: &str,
        values: impl Iterator<Item = Option<&'v LabelValue>> + Clone,
    ) -> Self {
        let mut set = values.clone().flatten().map(LabelValue::as_number);
        let unit = set.next().flatten().map(|first| first.unit.clone());
        match unit {
            Some(unit) if set.all(|number| number.is_some_and(|n| n.unit == unit)) => {
                let name = self.unused(name);
                let numbers = values.map(|value| Some(value?.as_number()?.number));
                let numbers: Vec<Option<i64>> = numbers.collect();
                self.columns.push(Column::new(name.as_str().into(), numbers));
                self.units.push(unit);
                self.exact.insert(name);
                self
            }
            _ => self.text(name, values.map(|value| value.map_or("", |value| value))),
        }
    }

    /// Numbers; if all are whole they become integers, so that a script reads `1200` and
    /// not `1200.0`.
    #[must_use]
    pub fn number(mut self, name: impl AsRef<str>, values: Vec<f64>, unit: Unit) -> Self {
        let name = self.unused(name).as_str().into();
        self.columns.push(number_column(name, values));
        self.units.push(unit);
        self
    }

    /// Sums of recorded values: to the last digit if all fit into 64 bits.
    #[must_use]
    pub fn sums(mut self, name: impl AsRef<str>, values: &[i128], unit: Unit) -> Self {
        let exact: Result<Vec<i64>, _> = values.iter().map(|sum| i64::try_from(*sum)).collect();
        let Ok(exact) = exact else {
            return self.number(name, values.iter().map(|sum| *sum as f64).collect(), unit);
        };
        self.columns.push(Column::new(self.unused(name).as_str().into(), exact));
        self.units.push(unit);
        self
    }

    /// Numbers, or the same to the last digit if that is known of all.
    #[must_use]
    pub fn amounts(
        self,
        name: impl AsRef<str>,
        values: impl IntoIterator<Item = (f64, Option<i128>)>,
        unit: Unit,
    ) -> Self {
        let (values, exact): (Vec<f64>, Vec<Option<i128>>) = values.into_iter().unzip();
        match exact.into_iter().collect::<Option<Vec<i128>>>() {
            Some(exact) => self.sums(name, &exact, unit),
            None => self.number(name, values, unit),
        }
    }

    /// Numbers of which some are unknown; a script reads null for those.
    #[must_use]
    pub fn known_numbers(
        mut self,
        name: impl AsRef<str>,
        values: Vec<Option<f64>>,
        unit: Unit,
    ) -> Self {
        self.columns.push(Column::new(self.unused(name).as_str().into(), values));
        self.units.push(unit);
        self
    }

    /// Halves of intervals, to six digits: sums of fractions depend on their order in the last
    /// ones, and the same profiles have the same table from any source.
    #[must_use]
    pub fn margins(
        self,
        name: impl AsRef<str>,
        values: impl IntoIterator<Item = Option<f64>>,
        unit: Unit,
    ) -> Self {
        let short = |value: f64| format!("{value:.5e}").parse().unwrap_or(value);
        let values = values.into_iter().map(|value| value.map(short)).collect();
        self.known_numbers(name, values, unit)
    }

    /// True, false or unknown for each row.
    #[must_use]
    pub fn flags(mut self, name: impl AsRef<str>, values: Vec<Option<bool>>) -> Self {
        self.columns.push(Column::new(self.unused(name).as_str().into(), values));
        self.units.push(Unit::None);
        self
    }

    /// Values of one kind: numbers, or else texts. NaN is unknown.
    #[must_use]
    pub fn scalars(mut self, name: &str, values: Vec<Scalar>) -> Self {
        let (column, unit) = scalar_column(&self.unused(name), values);
        self.columns.push(column);
        self.units.push(unit);
        self
    }

    /// Later columns are hidden unless they are selected.
    #[must_use]
    pub fn hide_following(self) -> Self {
        Columns { shown: Some(self.columns.len()), ..self }
    }

    /// The name, changed if another column has it: a label may have the name of one of
    /// our columns.
    fn unused(&self, name: impl AsRef<str>) -> String {
        let mut unused = name.as_ref().to_owned();
        while self.columns.iter().any(|column| column.name().as_str() == unused) {
            unused.push('_');
        }
        unused
    }

    pub fn finish(self) -> Table {
        let frame = DataFrame::new_infer_height(self.columns)
            .expect("columns have distinct names and one length");
        let hidden = self.shown.map_or(0, |shown| self.units.len() - shown);
        Table { frame, units: self.units, more: 0, hidden, beside: Vec::new(), exact: self.exact }
    }
}

fn number_column(name: polars_core::prelude::PlSmallStr, values: Vec<f64>) -> Column {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if values.iter().all(|value| value.fract() == 0.0 && value.abs() < EXACT) {
        Column::new(name, values.into_iter().map(|value| value as i64).collect::<Vec<_>>())
    } else {
        Column::new(name, values)
    }
}

impl Table {
    pub fn empty() -> Table {
        Columns::default().finish()
    }

    pub fn height(&self) -> usize {
        self.frame.height()
    }

    /// The number of columns that a view shows, from the first.
    pub fn shown(&self) -> usize {
        self.units.len() - self.hidden
    }

    pub fn names(&self) -> Vec<&str> {
        self.frame.get_column_names().into_iter().map(|name| name.as_str()).collect()
    }

    pub fn index_of(&self, name: &str) -> Option<usize> {
        self.names().iter().position(|column| *column == name)
    }

    /// A column by its name, whether it is shown or not.
    pub fn known(&self, name: &str) -> Option<&Column> {
        let own = self.index_of(name).map(|at| &self.frame.columns()[at]);
        own.or_else(|| self.unseen(name).map(|(column, _)| column))
    }

    /// A column that a view does not show: it is hidden, or `select` left it out.
    pub fn unseen(&self, name: &str) -> Option<(&Column, &Unit)> {
        match self.index_of(name) {
            Some(at) => (at >= self.shown()).then(|| (&self.frame.columns()[at], &self.units[at])),
            None => {
                let beside = self.beside.iter().find(|(column, _)| column.name() == name);
                beside.map(|(column, unit)| (column, unit))
            }
        }
    }

    /// The column that a name means: in the table of a diff, `self` and `total` are changes.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.index_of(name).or_else(|| self.index_of(columns::of_change(name)?))
    }

    /// One cell, with its unit.
    pub fn cell(&self, column: usize, row: usize) -> Scalar {
        let unit = || self.units[column].clone();
        match self.frame.columns()[column].get(row) {
            Ok(AnyValue::Int64(value)) => Scalar::Number(Quantity::new(value as f64, unit())),
            Ok(AnyValue::Float64(value)) => Scalar::Number(Quantity::new(value, unit())),
            // An unknown value is not true, and neither more nor less than another value.
            Ok(AnyValue::Null) if self.frame.columns()[column].dtype().is_bool() => {
                Scalar::Bool(false)
            }
            Ok(AnyValue::Null) => Scalar::Number(Quantity::new(f64::NAN, unit())),
            Ok(AnyValue::String(text)) => Scalar::Text(text.to_owned()),
            Ok(AnyValue::StringOwned(text)) => Scalar::Text(text.to_string()),
            Ok(AnyValue::Boolean(bit)) => Scalar::Bool(bit),
            Ok(other) => Scalar::Text(other.to_string()),
            Err(_) => Scalar::Text(String::new()),
        }
    }

    /// The rows for which the mask is true.
    #[must_use]
    pub fn filtered(&self, mask: &[bool]) -> Table {
        let rows = mask.iter().enumerate().filter(|(_, keep)| **keep).map(|(row, _)| row as u32);
        self.rows(&rows.collect::<Vec<_>>())
    }

    /// These rows, in this order.
    fn rows(&self, rows: &[u32]) -> Table {
        let rows = IdxCa::new("".into(), rows);
        Table { more: 0, ..self.taken(&rows) }
    }

    fn taken(&self, rows: &IdxCa) -> Table {
        let all = "rows are in the table";
        let beside = self.beside.iter();
        Table {
            frame: self.frame.take(rows).expect(all),
            beside: beside
                .map(|(column, unit)| (column.take(rows).expect(all), unit.clone()))
                .collect(),
            ..self.clone()
        }
    }

    /// Sorted by one column, texts in their natural order; equal rows keep their order.
    #[must_use]
    pub fn sorted(&self, column: usize, descending: bool) -> Table {
        if self.frame.columns()[column].dtype().is_string() {
            let texts: Vec<String> =
                (0..self.height()).map(|row| self.cell(column, row).to_string()).collect();
            let mut rows: Vec<u32> = (0..self.height() as u32).collect();
            rows.sort_by(|a, b| {
                let order = natural(&texts[*a as usize], &texts[*b as usize]);
                if descending { order.reverse() } else { order }
            });
            return Table { more: self.more, ..self.rows(&rows) };
        }
        let options = SortOptions::default()
            .with_order_descending(descending)
            .with_maintain_order(true)
            .with_nulls_last(true);
        let order = self.frame.columns()[column].arg_sort(options);
        self.taken(&order)
    }

    /// The first rows; `more` counts the rest.
    #[must_use]
    pub fn head(&self, count: usize) -> Table {
        let more = self.more + self.height().saturating_sub(count);
        let beside = self.beside.iter();
        Table {
            frame: self.frame.head(Some(count)),
            more,
            beside: beside.map(|(column, unit)| (column.head(Some(count)), unit.clone())).collect(),
            ..self.clone()
        }
    }

    /// These columns in this order; a repeated name counts once, at its first position.
    #[must_use]
    pub fn columns(&self, columns: &[usize]) -> Table {
        let mut distinct = Vec::with_capacity(columns.len());
        for column in columns {
            if !distinct.contains(column) {
                distinct.push(*column);
            }
        }
        let columns = distinct;
        let picked = columns.iter().map(|column| self.frame.columns()[*column].clone()).collect();
        let frame = DataFrame::new(self.height(), picked).expect("distinct columns of one table");
        let units = columns.iter().map(|column| self.units[*column].clone()).collect();
        let all = self.frame.columns().iter().zip(&self.units).enumerate();
        let left_out = all
            .filter(|(at, _)| !columns.contains(at))
            .map(|(_, (column, unit))| (column.clone(), unit.clone()));
        let beside = left_out.chain(self.beside.iter().cloned()).collect();
        Table { frame, units, hidden: 0, beside, ..self.clone() }
    }

    /// With a new column, or an existing one replaced.
    #[must_use]
    pub fn extended(&self, name: &str, values: Vec<Scalar>) -> Table {
        let (column, unit) = scalar_column(name, values);
        let mut columns = self.frame.columns().to_vec();
        let mut units = self.units.clone();
        match self.index_of(name) {
            Some(at) => {
                columns[at] = column;
                units[at] = unit;
            }
            // At the end of the columns that a view shows.
            None => {
                columns.insert(self.shown(), column);
                units.insert(self.shown(), unit);
            }
        }
        let frame = DataFrame::new(self.height(), columns).expect("a value for every row");
        let mut exact = self.exact.clone();
        exact.remove(name);
        Table { frame, units, exact, ..self.clone() }
    }
}

/// A column of numbers if all values are numbers, otherwise of text.
fn scalar_column(name: &str, values: Vec<Scalar>) -> (Column, Unit) {
    let numbers: Option<Vec<&Quantity>> = values
        .iter()
        .map(|value| if let Scalar::Number(number) = value { Some(number) } else { None })
        .collect();
    match numbers {
        Some(numbers) => {
            let known = numbers.iter().find(|number| !number.value.is_nan());
            let unit = known.map_or(Unit::None, |number| number.unit.clone());
            let values: Vec<f64> = numbers.into_iter().map(|number| number.value).collect();
            if values.iter().any(|value| value.is_nan()) {
                let known: Vec<_> =
                    values.iter().map(|value| (!value.is_nan()).then_some(*value)).collect();
                return (Column::new(name.into(), known), unit);
            }
            (number_column(name.into(), values), unit)
        }
        None => {
            let texts: Vec<String> = values.iter().map(ToString::to_string).collect();
            (Column::new(name.into(), texts), Unit::None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_selected_once() {
        let table =
            Columns::default().text("a", ["x"]).number("b", vec![1.0], Unit::Bytes).finish();
        let picked = table.columns(&[1, 0, 1]);
        assert_eq!(picked.names(), ["b", "a"]);
    }

    #[test]
    fn hidden_columns_are_shown_once_selected() {
        let columns =
            Columns::default().text("a", ["x"]).hide_following().flags("b", vec![Some(true)]);
        let table = columns.finish();
        let extended = table.extended("c", vec![Scalar::Text("y".into())]);
        assert_eq!((extended.names(), extended.shown()), (vec!["a", "c", "b"], 2));
        assert_eq!((table.shown(), table.columns(&[1]).shown()), (1, 1));
        assert_eq!(table.sorted(0, true).head(1).filtered(&[true]).shown(), 1);
    }

    #[test]
    fn what_select_left_out_follows_the_rows() {
        let columns =
            Columns::default().text("a", ["x", "y"]).number("b", vec![1.0, 2.0], Unit::None);
        let picked = columns.finish().columns(&[0]);
        let unseen = |table: &Table| {
            let (column, _) = table.unseen("b").expect("it was left out");
            column.get(0).expect("a row").extract::<i64>()
        };
        assert_eq!((picked.names(), picked.find("b")), (vec!["a"], None));
        assert_eq!(unseen(&picked.head(1)), Some(1));
        assert_eq!(unseen(&picked.sorted(0, true)), Some(2));
        assert_eq!(unseen(&picked.filtered(&[false, true])), Some(2));
        assert!(picked.unseen("a").is_none() && picked.known("a").is_some());
    }

    #[test]
    fn texts_sort_naturally_and_equal_rows_keep_their_order() {
        let rows = Columns::default().text("a", ["p10", "p2", "p2"]).text("b", ["x", "y", "z"]);
        let table = rows.finish();
        let order = |descending: bool| {
            let sorted = table.sorted(0, descending);
            (0..3).map(|row| sorted.cell(1, row).to_string()).collect::<String>()
        };
        assert_eq!((order(false), order(true)), ("yzx".to_owned(), "xyz".to_owned()));
    }

    #[test]
    fn whole_numbers_are_integers_for_scripts() {
        let table = Columns::default().number("n", vec![1200.0], Unit::None).finish();
        let value = table.frame.columns()[0].get(0).expect("a row");
        assert_eq!(value, AnyValue::Int64(1200));
    }
}
