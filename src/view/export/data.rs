//! Raw values for scripts: CSV, Parquet, Arrow and JSON.
//!
//! All values but trees become a data frame first, so that the four formats agree; `rows`
//! and `points` build the frames. The JSON of a tree keeps its structure, in columns:
//!
//! ```json
//! {"unit": "ns", "total": 3, "whole": 3,
//!  "function": ["main", "run"], "parent": [-1, 0], "self": [1, 2], "total_of": [3, 2]}
//! ```
//!
//! Nodes are in pre-order, the heaviest child first; `parent` is an index into the same
//! columns, -1 for a root.

use std::borrow::Cow;

use polars_core::prelude::{AnyValue, ChunkApply, Column, DataFrame, IntoColumn, PolarsResult};
use polars_io::prelude::{CsvWriter, IpcWriter, ParquetWriter, SerWriter};
use serde::Serialize;
use serde_json::{Map, Value as Json, json};

use super::{SaveError, number, points, rows, tree, written};
use crate::eval::result::scalar::Scalar;
use crate::eval::result::table::{Columns, Table};
use crate::eval::result::value::{Graph, Outcome, Value, View};
use crate::profile::{StackId, Tree};
use crate::quantity::{Quantity, Unit};
use crate::work::{Buffer, Cancelled, Work};

/// What CSV does with text that a spreadsheet would run as a formula.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CsvText {
    /// A `'` stands before it, so that it stays text.
    #[default]
    Safe,
    /// As it is, for scripts.
    Raw,
}

/// CSV with a header line. Text is quoted where necessary.
pub fn to_csv(outcome: &Outcome, text: CsvText, work: Work<'_>) -> Result<String, SaveError> {
    let mut frame = frame(&outcome.value, work)?;
    if text == CsvText::Safe {
        frame = without_formulas(&frame)?;
    }
    csv(frame, work)
}

/// Text and titles that begin like a formula get a `'`.
/// Source: OWASP, "CSV Injection".
fn without_formulas(frame: &DataFrame) -> PolarsResult<DataFrame> {
    let safe = |column: &Column| -> PolarsResult<Column> {
        let title = as_text(column.name());
        Ok(match column.str() {
            Ok(texts) => texts.apply_values(as_text).with_name((*title).into()).into_column(),
            Err(_) => column.clone().with_name((*title).into()),
        })
    };
    let columns = frame.columns().iter().map(safe).collect::<PolarsResult<Vec<_>>>()?;
    DataFrame::new(frame.height(), columns)
}

fn as_text(text: &str) -> Cow<'_, str> {
    const FORMULA: [char; 11] =
        ['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];
    // A label may be a number, which is no formula.
    let is_formula = text.starts_with(FORMULA) && !text.parse::<f64>().is_ok_and(f64::is_finite);
    if is_formula { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

pub(super) fn csv(mut frame: DataFrame, work: Work<'_>) -> Result<String, SaveError> {
    let csv = encoded(work, |csv| CsvWriter::new(csv).finish(&mut frame))?;
    Ok(String::from_utf8_lossy(&csv).into_owned())
}

/// What a writer writes.
fn encoded(
    work: Work<'_>,
    write: impl FnOnce(&mut Buffer<'_>) -> PolarsResult<()>,
) -> Result<Vec<u8>, SaveError> {
    let mut bytes = Buffer::new(work);
    let result = write(&mut bytes);
    let bytes = bytes.finish()?;
    result?;
    Ok(bytes)
}

/// The nodes of a tree, the rows of a table or series as objects, or a single value.
pub fn to_json(outcome: &Outcome, work: Work<'_>) -> Result<String, SaveError> {
    if let Some(tree) = tree(&outcome.value) {
        let nodes = nodes(tree, work)?;
        return Ok(written(work, |text| serde_json::to_writer_pretty(text, &nodes))?);
    }
    let json = match &outcome.value {
        Value::Scalar(value) => scalar(value),
        Value::Pattern { text, functions, of } => {
            json!({"pattern": text, "functions": functions, "of": of})
        }
        value => objects(&frame(value, work)?, work)?,
    };
    Ok(written(work, |text| serde_json::to_writer_pretty(text, &json))?)
}

pub(super) fn parquet(outcome: &Outcome, work: Work<'_>) -> Result<Vec<u8>, SaveError> {
    let mut frame = frame(&outcome.value, work)?;
    encoded(work, |parquet| ParquetWriter::new(parquet).finish(&mut frame).map(drop))
}

/// An Arrow IPC file, also known as Feather version 2.
pub(super) fn arrow(outcome: &Outcome, work: Work<'_>) -> Result<Vec<u8>, SaveError> {
    let mut frame = frame(&outcome.value, work)?;
    encoded(work, |arrow| IpcWriter::new(arrow).finish(&mut frame))
}

fn frame(value: &Value, work: Work<'_>) -> Result<DataFrame, Cancelled> {
    Ok(table(value, work)?.frame)
}

/// Any value as a table. Numbers are in base units: ns, bytes, percent.
pub(super) fn table(value: &Value, work: Work<'_>) -> Result<Table, Cancelled> {
    let columns = Columns::default();
    let columns = match value {
        Value::Table(table) => return Ok(table.clone()),
        Value::Series(series) | Value::View(View::Timeline(series)) => points::points(series),
        Value::Scalar(Scalar::Number(Quantity { value, unit })) => {
            columns.number("value", vec![*value], unit.clone())
        }
        Value::Scalar(scalar) => columns.text("value", [scalar.to_string()]),
        Value::Pattern { functions, .. } => columns.text("function", functions),
        Value::Note(text) | Value::Help(text) => columns.text("note", [text]),
        Value::Tree(tree)
        | Value::View(
            View::Flame(Graph::Tree(tree))
            | View::Icicle(Graph::Tree(tree))
            | View::Outline(Graph::Tree(tree)),
        ) => rows::tree(tree, work)?,
        Value::Diff(diff)
        | Value::View(
            View::Flame(Graph::Diff(diff))
            | View::Icicle(Graph::Diff(diff))
            | View::Outline(Graph::Diff(diff)),
        ) => rows::diff(diff, work)?,
        Value::View(View::Heatmap(map)) => points::heatmap(map),
        Value::View(View::Sandwich(sandwich)) => rows::sandwich(sandwich, work)?,
        Value::View(View::Comparison(comparison)) => rows::comparison(comparison, work)?,
    };
    Ok(columns.finish())
}

fn objects(frame: &DataFrame, work: Work<'_>) -> Result<Json, SaveError> {
    let row = |row: usize| -> PolarsResult<Json> {
        let cells = frame
            .columns()
            .iter()
            .map(|values| Ok((values.name().to_string(), json_of(&values.get(row)?))));
        Ok(Json::Object(cells.collect::<PolarsResult<Map<_, _>>>()?))
    };
    let rows = work.collect((0..frame.height()).map(row))?;
    Ok(Json::Array(rows.into_iter().collect::<PolarsResult<_>>()?))
}

fn json_of(value: &AnyValue<'_>) -> Json {
    match value {
        AnyValue::Null => Json::Null,
        AnyValue::Boolean(value) => json!(value),
        AnyValue::String(text) => json!(text),
        AnyValue::StringOwned(text) => json!(text.as_str()),
        AnyValue::Float64(value) => json!(value),
        other => match other.extract::<i64>() {
            Some(value) => json!(value),
            None => json!(other.to_string()),
        },
    }
}

fn scalar(value: &Scalar) -> Json {
    match value {
        Scalar::Number(Quantity { value, unit: Unit::None }) => number(*value),
        Scalar::Number(Quantity { value, unit }) => {
            json!({"value": number(*value), "unit": unit.slug()})
        }
        Scalar::Bool(value) => json!(value),
        Scalar::List(items) => items.iter().map(scalar).collect(),
        Scalar::Text(text) => json!(text),
        Scalar::Duration(_) | Scalar::Time(_) => json!(value.to_string()),
    }
}

/// The nodes of a tree, in columns.
#[derive(Serialize)]
struct Nodes<'a> {
    unit: String,
    total: Json,
    whole: Json,
    function: Vec<&'a str>,
    parent: Vec<i64>,
    #[serde(rename = "self")]
    own: Vec<Json>,
    total_of: Vec<Json>,
}

fn nodes<'t>(tree: &'t Tree, work: Work<'_>) -> Result<Nodes<'t>, Cancelled> {
    let children = tree.children(work)?;
    let mut waiting = vec![(StackId::EMPTY, -1_i64)];
    let (mut function, mut parents, mut own, mut total_of) = (vec![], vec![], vec![], vec![]);
    let exact = tree.exact.clone().zip(tree.exact_totals(work)?);
    let of_stack = |stack: StackId| {
        let exact =
            exact.as_ref().map(|(own, totals)| [own, &totals[..]].map(|v| v[stack.index()]));
        let exact = exact.and_then(|exact| Some([whole(exact[0])?, whole(exact[1])?]));
        exact.unwrap_or_else(|| {
            [&tree.self_values, &tree.totals].map(|values| number(values[stack.index()]))
        })
    };
    let mut steps = work.steps();
    while let Some((stack, parent)) = waiting.pop() {
        steps.take()?;
        let mut row = parent;
        if stack != StackId::EMPTY {
            row = function.len() as i64;
            function.push(tree.name(stack));
            parents.push(parent);
            let [of_self, of_total] = of_stack(stack);
            own.push(of_self);
            total_of.push(of_total);
        }
        waiting.extend(children[stack.index()].iter().rev().map(|child| (*child, row)));
    }
    let [_, total] = of_stack(StackId::EMPTY);
    let (unit, whole) = (tree.unit.slug(), number(tree.whole));
    Ok(Nodes { unit, total, whole, function, parent: parents, own, total_of })
}

/// An integer of JSON, if it has one of this size.
fn whole(value: i128) -> Option<Json> {
    i64::try_from(value).ok().map(Json::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::result::value::{Line, SeriesSet};
    use crate::profile::Labels;
    use crate::quantity::Timestamp;
    use crate::view::fixture::{bare, tree};

    fn json(value: Value) -> Json {
        let text = to_json(&bare(value), Work::unattended()).expect("json");
        serde_json::from_str(&text).expect("valid json")
    }

    #[test]
    fn a_tree_is_columns_in_pre_order() {
        let tree = tree(&[("b", 1.0), ("a", 2.0), ("a;c", 4.5)]);
        assert_eq!(
            json(Value::Tree(tree)),
            json!({
                "unit": "ns", "total": 7.5, "whole": 7.5,
                "function": ["a", "c", "b"], "parent": [-1, 0, -1],
                "self": [2, 4.5, 1], "total_of": [6.5, 4.5, 1],
            })
        );
    }

    #[test]
    fn csv_of_a_tree_has_a_row_per_function() {
        let tree = tree(&[("a,b", 1.0), ("a,b;c.d", 2.0)]);
        let csv = to_csv(&bare(Value::Tree(tree)), CsvText::Safe, Work::unattended()).expect("csv");
        assert_eq!(
            csv.lines().collect::<Vec<_>>(),
            ["function,package,file,self,total", "c.d,c,\"\",2,2", "\"a,b\",\"\",\"\",1,3",]
        );
    }

    #[test]
    fn no_cell_of_csv_is_run_by_a_spreadsheet() {
        let hostile = [
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("-[NSView draw]", "'-[NSView draw]"),
            ("+[NSView new]", "'+[NSView new]"),
            ("@plt", "'@plt"),
            ("\t=1", "'\t=1"),
            ("\r=1", "\"'\r=1\""),
            ("\u{ff1d}1", "'\u{ff1d}1"),
            ("-1.5", "-1.5"),
            ("a-b", "a-b"),
            ("operator-=", "operator-="),
        ];
        let csv = |text| {
            let table = Columns::default().text("@name", hostile.map(|(name, _)| name)).number(
                "change",
                vec![-1.0; hostile.len()],
                Unit::None,
            );
            to_csv(&bare(Value::Table(table.finish())), text, Work::unattended()).expect("csv")
        };
        let safe = hostile.map(|(_, safe)| format!("{safe},-1\n"));
        assert_eq!(csv(CsvText::Safe), format!("'@name,change\n{}", safe.concat()));
        assert!(csv(CsvText::Raw).starts_with("@name,change\n=cmd|' /C calc'!A0,-1\n"));
    }

    #[test]
    fn a_series_has_a_row_per_point_and_none_for_a_gap() {
        let labels: Labels = [("pod", "a")].into_iter().collect();
        let points = vec![(Timestamp(0), Some(0.5)), (Timestamp(1_000_000_000), None)];
        let lines = vec![Line { labels, points, recorded: Vec::new(), margins: Vec::new() }];
        let series = SeriesSet { unit: Unit::Cores, step: None, lines };
        assert_eq!(
            json(Value::Series(series)),
            json!([{"pod": "a", "time": "1970-01-01T00:00:00Z", "value": 0.5}])
        );
    }

    #[test]
    fn scalars_keep_their_unit() {
        let number = Scalar::Number(Quantity::new(7.5, Unit::Percent));
        assert_eq!(json(Value::Scalar(number)), json!({"value": 7.5, "unit": "percent"}));
        assert_eq!(json(Value::Scalar(Scalar::Text("a\"b".into()))), json!("a\"b"));
    }
}
