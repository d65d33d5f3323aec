//! Values over time as a table: a row per point, or per cell of a heat map.

use std::collections::BTreeSet;

use crate::eval::result::table::Columns;
use crate::eval::result::value::{Heatmap, Line, SeriesSet};
use crate::lang::columns::MARGIN;
use crate::quantity::Timestamp;

/// A row per cell: time, group, value. A gap has no rows.
pub(super) fn heatmap(map: &Heatmap) -> Columns {
    let cells: Vec<(String, &str, f64)> = map
        .rows
        .iter()
        .flat_map(|row| map.starts.iter().zip(&row.cells).map(move |(at, cell)| (at, row, cell)))
        .filter_map(|(at, row, cell)| Some((at.to_string(), row.title.as_str(), (*cell)?)))
        .collect();
    Columns::default()
        .text("time", cells.iter().map(|(time, ..)| time))
        .text("group", cells.iter().map(|(_, group, _)| *group))
        .number("value", cells.iter().map(|(.., value)| *value).collect(), map.unit.clone())
}

/// A row per point: labels, time, value, and half of its 95 % interval, if that is known of
/// any. A gap has no row.
pub(super) fn points(series: &SeriesSet) -> Columns {
    let points: Vec<(&Line, &Timestamp, f64)> = series
        .lines
        .iter()
        .flat_map(|line| line.points.iter().map(move |(time, value)| (line, time, value)))
        .filter_map(|(line, time, value)| Some((line, time, (*value)?)))
        .collect();
    let mut columns = Columns::default();
    for name in label_names(series) {
        columns = columns.label(name, points.iter().map(|(line, ..)| line.labels.get(name)));
    }
    let columns = columns.text("time", points.iter().map(|(_, time, _)| time.to_string())).number(
        "value",
        points.iter().map(|(.., value)| *value).collect(),
        series.unit.clone(),
    );
    let margins = points.iter().map(|(line, time, _)| line.margin_at(**time));
    match margins.clone().any(|margin| margin.is_some()) {
        true => columns.margins(MARGIN, margins, series.unit.clone()),
        false => columns,
    }
}

/// The label names of all lines, sorted.
fn label_names(series: &SeriesSet) -> BTreeSet<&str> {
    series.lines.iter().flat_map(|line| line.labels.iter().map(|(name, _)| &**name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::result::value::HeatRow;
    use crate::quantity::{Span, Timestamp, Unit};

    fn csv(columns: Columns) -> Vec<String> {
        let csv = super::super::data::csv(columns.finish().frame, crate::work::Work::unattended())
            .expect("csv");
        csv.lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_heat_map_has_a_row_per_cell_and_none_for_a_gap() {
        let row = |title: &str, cells| HeatRow { title: title.into(), cells };
        let map = Heatmap {
            unit: Unit::Cores,
            step: Span::seconds(60),
            starts: vec![Timestamp(0), Timestamp(60_000_000_000)],
            rows: vec![
                row("pod=a", vec![Some(0.5), None]),
                row("pod=b", vec![Some(0.0), Some(1.5)]),
            ],
        };
        assert_eq!(
            csv(heatmap(&map)),
            [
                "time,group,value",
                "1970-01-01T00:00:00Z,pod=a,0.5",
                "1970-01-01T00:00:00Z,pod=b,0.0",
                "1970-01-01T00:01:00Z,pod=b,1.5",
            ]
        );
    }
}
