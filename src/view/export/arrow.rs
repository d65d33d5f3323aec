//! A result for another program: an Arrow IPC file that says what its columns mean.
//!
//! The columns are those of `data`, but times are whole nanoseconds since 1970 and not
//! texts. The metadata is JSON. It stands in the schema's metadata, too, below `flamebook`:
//!
//! ```json
//! {"units": {"total": "ns"}, "times": ["first_seen"], "more": 0,
//!  "header": {"query": "cpu | top 2", "subject": "cpu", "rule": "sum over time",
//!             "start": "2026-11-23T04:51:04Z", "end": "2026-11-23T04:55:05Z",
//!             "series": 4, "profiles": 96, "total": {"value": 3, "unit": "ns"},
//!             "notes": []}}
//! ```
//!
//! `units` leaves out texts and plain numbers, `more` counts the rows that `top` cut off.

use std::sync::Arc;

use polars_core::prelude::{Column, CompatLevel, DataFrame, PolarsResult};
use polars_io::prelude::{IpcWriter, SerWriter};
use serde_json::{Map, Value as Json, json};

use super::{SaveError, data, number};
use crate::eval::result::table::Table;
use crate::eval::result::value::{Header, Outcome};
use crate::lang::columns::{FIRST, FIRST_SEEN, LAST, LAST_SEEN, TIME};
use crate::lang::quantity::parse_time;
use crate::quantity::{Quantity, Unit};
use crate::work::{Buffer, Work};

/// The columns that hold times.
const TIMES: [&str; 5] = [TIME.name, FIRST.name, LAST.name, FIRST_SEEN.name, LAST_SEEN.name];

/// An Arrow IPC file and its metadata.
#[derive(Debug)]
pub struct ArrowFile {
    /// Without compression, in the types that every reader of Arrow knows.
    pub bytes: Vec<u8>,
    pub metadata: Json,
}

pub fn to_arrow(outcome: &Outcome, work: Work<'_>) -> Result<ArrowFile, SaveError> {
    let table = data::table(&outcome.value, work)?;
    let (mut frame, times) = with_times(&table)?;
    let metadata = json!({
        "units": units(&table),
        "times": times,
        "more": table.more,
        "header": header(&outcome.header),
    });
    let mut bytes = Buffer::new(work);
    let mut writer = IpcWriter::new(&mut bytes).with_compat_level(CompatLevel::oldest());
    let keys = [("flamebook".into(), metadata.to_string().into())].into_iter().collect();
    writer.set_custom_schema_metadata(Arc::new(keys));
    let written = writer.finish(&mut frame);
    let bytes = bytes.finish()?;
    written?;
    Ok(ArrowFile { bytes, metadata })
}

/// The frame with times as numbers, and the names of their columns.
fn with_times(table: &Table) -> PolarsResult<(DataFrame, Vec<String>)> {
    let mut times = Vec::new();
    let columns = table.frame.columns().iter().map(|column| {
        let stamps = TIMES.contains(&column.name().as_str()).then(|| stamps(column)).flatten();
        let Some(stamps) = stamps else { return column.clone() };
        times.push(column.name().to_string());
        Column::new(column.name().clone(), stamps)
    });
    let columns = columns.collect();
    Ok((DataFrame::new(table.height(), columns)?, times))
}

/// Nanoseconds since 1970; none if a text is no time: a label may have the name of a time.
fn stamps(column: &Column) -> Option<Vec<i64>> {
    let texts = column.str().ok()?;
    texts.iter().map(|text| parse_time(&text?.replace(' ', "T")).map(|at| at.0)).collect()
}

fn units(table: &Table) -> Map<String, Json> {
    let named = table.names().into_iter().zip(&table.units);
    let units = named.filter(|(_, unit)| **unit != Unit::None);
    units.map(|(name, unit)| (name.to_owned(), unit.slug().into())).collect()
}

fn header(header: &Header) -> Json {
    json!({
        "query": header.query,
        "subject": header.subject,
        "rule": header.rule,
        "start": header.window.map(|window| window.start.to_string()),
        "end": header.window.map(|window| window.end.to_string()),
        "series": header.series,
        "profiles": header.snapshots,
        "total": header.total.as_ref().map(quantity),
        "kept": header.kept.as_ref().map(quantity),
        "baseline": header.baseline.as_deref().map(self::header),
        "notes": header.notes,
    })
}

fn quantity(quantity: &Quantity) -> Json {
    json!({"value": number(quantity.value), "unit": quantity.unit.slug()})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::result::table::Columns;
    use crate::quantity::Unit;

    #[test]
    fn times_become_numbers_and_labels_with_such_a_name_do_not() {
        let table = Columns::default()
            .text(TIME, ["1970-01-01T00:00:01Z", "1970-01-01T00:00:00.5Z"])
            .text(LAST_SEEN, ["1970-01-01 00:00:02", "1970-01-01 00:00:00"])
            .text(FIRST_SEEN, ["1970-01-01 00:00:00", "never"])
            .finish();
        let (frame, times) = with_times(&table).expect("a frame");
        assert_eq!(times, ["time", "last_seen"]);
        let first_row = |column: &str| {
            let column = frame.column(column).expect("a column");
            column.get(0).expect("a row").extract::<i64>()
        };
        assert_eq!(
            (first_row("time"), first_row("last_seen")),
            (Some(1_000_000_000), Some(2_000_000_000))
        );
        assert_eq!(first_row("first_seen"), None);
    }

    #[test]
    fn only_amounts_have_a_unit() {
        let table = Columns::default()
            .text("function", ["f"])
            .number("self", vec![1.0], Unit::Nanoseconds)
            .number("z", vec![1.0], Unit::None);
        assert_eq!(Json::Object(units(&table.finish())), json!({"self": "ns"}));
    }
}
