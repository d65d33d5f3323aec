//! A heat map: time from left to right, rows of groups or of value ranges.
//!
//! It is made of html boxes with inline colours and tooltips, which an untrusted notebook
//! keeps. Low values are transparent, so that the colours read on white and on black. A
//! step without a profile has no box.

use crate::eval::result::value::{HeatRow, Heatmap};
use crate::quantity::unit::grouped;
use crate::quantity::{Span, Timestamp, Unit, Window};
use crate::view::parts::axis::TimeAxis;
use crate::view::parts::colour;
use crate::view::parts::escape::{self, shorten};
use crate::view::parts::fit;
use crate::view::parts::grid::{Align, Cell, Grid, number};
use crate::view::parts::header::counted;
use crate::view::parts::picture::Picture;
use crate::view::parts::screen::{Screen, amount};
use crate::view::time::scale::Scale;
use crate::view::time::sparkline::{self, BARS};

/// The most rows that can be compared at a glance.
const ROWS: usize = 40;

/// The most columns; more would be thinner than a pixel or two.
const COLUMNS: usize = 200;

/// The most html boxes, of about 140 bytes each.
const BOXES: usize = 2500;

/// Height of a row in pixels, with the gap below it.
const ROW: usize = 18;

/// The most ticks that fit the map on a narrow page.
const TICKS: usize = 6;

/// The most letters of a title; the tooltip has the rest.
const LETTERS: usize = 48;

/// The width of a letter of a title in pixels.
const LETTER: f64 = 6.7;

/// From here on, in percent of the map, the label of a tick stands before it.
const LATE: f64 = 90.0;

/// Number of colours in the legend.
const SHADES: usize = 6;

/// The map with its axes and legend.
pub(crate) fn html(map: &Heatmap) -> Picture {
    let Some(drawn) = Drawn::of(map, BOXES) else {
        return "<div>no samples</div>".to_owned().into();
    };
    let rows: String = drawn.rows.iter().map(|row| drawn.row(row)).collect();
    let html = format!(
        "<div style=\"font:12px/17px sans-serif;white-space:nowrap\">\n{rows}{}{}</div>\n",
        drawn.axis(),
        drawn.legend()
    );
    Picture { html, notes: drawn.notes(map) }
}

/// As text: a line per row with a block character per column, and its minimum and
/// maximum.
pub(crate) fn plain(map: &Heatmap, screen: Screen) -> String {
    let Some(drawn) = Drawn::of(map, usize::MAX) else { return "no samples".to_owned() };
    // The numbers are those of the steps, also where a column holds several.
    let rows = largest(&map.rows);
    let room = room(map, &rows, screen);
    let drawn = if drawn.starts.len() > room { drawn.merged(room) } else { drawn };
    let wide = sparkline::stretch(drawn.starts.len(), room);
    let titles =
        [("", Align::Left), ("", Align::Drawing), ("min", Align::Right), ("max", Align::Right)];
    let mut grid = Grid::new(&titles);
    for (row, drawn_row) in rows.iter().zip(&drawn.rows) {
        let blocks = drawn_row.cells.iter().flat_map(|cell| [drawn.block(*cell)].repeat(wide));
        let blocks: String = blocks.collect();
        let [min, max] = ends(row)
            .map(|end| Cell::new(end.map_or(String::new(), |value| amount(value, &map.unit))));
        grid.rows.push(vec![Cell::new(&*row.title), Cell::new(blocks), min, max]);
    }
    // The last column may end behind the last step.
    let end = drawn.window.start.plus(Span(drawn.step.0 * drawn.starts.len() as i64));
    let window = Window { end, ..drawn.window };
    if let Some(axis) = sparkline::axis(window, wide * drawn.starts.len(), room) {
        grid.rows.push([String::new(), axis, String::new(), String::new()].map(Cell::new).into());
    }
    let mut lines = grid.plain(screen);
    lines.extend(screen.sentence(&drawn.caption(), 0));
    let notes = drawn.notes(map).into_iter().flat_map(|note| screen.sentence(&note, 0));
    lines.extend(notes.map(|note| screen.dim(&note)));
    lines.join("\n")
}

/// Columns for blocks in plain text, beside titles and numbers.
fn room(map: &Heatmap, rows: &[HeatRow], screen: Screen) -> usize {
    let widths = |row| ends(row).map(|end| end.map_or(0, |v| fit::columns(&amount(v, &map.unit))));
    let numbers = rows.iter().flat_map(widths).max().unwrap_or(0).max(3);
    let gaps = 6;
    let left = screen.columns().saturating_sub(2 * numbers + gaps);
    let titles = rows.iter().map(|row| fit::columns(&escape::name(&row.title))).max().unwrap_or(0);
    left.saturating_sub(titles.min(left / 3)).max(10)
}

/// The smallest and the largest value of a row.
fn ends(row: &HeatRow) -> [Option<f64>; 2] {
    [f64::min, f64::max].map(|end| row.cells.iter().flatten().copied().reduce(end))
}

/// The part of a map that is drawn.
struct Drawn<'a> {
    map: &'a Heatmap,
    rows: Vec<HeatRow>,
    starts: Vec<Timestamp>,
    /// The length of a column, which may hold several steps.
    step: Span,
    window: Window,
    scale: Scale,
}

impl<'a> Drawn<'a> {
    /// At most `boxes` cells of the largest rows; `None` if no cell has a value.
    fn of(map: &'a Heatmap, boxes: usize) -> Option<Drawn<'a>> {
        let (first, last) = (*map.starts.first()?, *map.starts.last()?);
        let mut drawn = Drawn {
            map,
            rows: largest(&map.rows),
            starts: map.starts.clone(),
            step: map.step,
            window: Window { start: first, end: last.plus(map.step) },
            scale: Scale { low: 0.0, high: 0.0 },
        };
        let most = COLUMNS.min(boxes / drawn.rows.len().max(1)).max(1);
        if drawn.starts.len() > most {
            drawn = drawn.merged(most);
        }
        let values = drawn.rows.iter().flat_map(|row| row.cells.iter().flatten().copied());
        let scale = Scale::of(values)?;
        Some(Drawn { scale, ..drawn })
    }

    /// Merges several steps into a column: the mean of those with a value.
    fn merged(self, most: usize) -> Drawn<'a> {
        let size = self.starts.len().div_ceil(most);
        let mean = |cells: &[Option<f64>]| {
            let known: Vec<f64> = cells.iter().flatten().copied().collect();
            (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
        };
        let row = |row: HeatRow| HeatRow {
            cells: row.cells.chunks(size).map(mean).collect(),
            title: row.title,
        };
        Drawn {
            rows: self.rows.into_iter().map(row).collect(),
            starts: self.starts.into_iter().step_by(size).collect(),
            step: Span(self.step.0 * size as i64),
            ..self
        }
    }

    /// The window, the step and the meaning of the blocks.
    fn caption(&self) -> String {
        let [low, high] =
            [self.scale.low, self.scale.high].map(|value| amount(value, &self.map.unit));
        format!(
            "from {} to {}, a column every {}; ▁ is {low}, █ is {high}, · is zero, a blank has \
             no profile",
            self.window.start, self.window.end, self.step
        )
    }

    /// Pixels for the titles of the rows.
    fn gutter(&self) -> usize {
        let letters = self.rows.iter().map(|row| fit::columns(&escape::name(&row.title)));
        (LETTER * letters.max().unwrap_or(0).min(LETTERS) as f64).ceil() as usize + 10
    }

    /// A title, and a box for each run of steps with the same value.
    fn row(&self, row: &HeatRow) -> String {
        let title = escape::html(&escape::name(&row.title));
        let gutter = self.gutter();
        let mut out = format!(
            "<div style=\"position:relative;height:{ROW}px\">\
             <div style=\"position:absolute;left:0px;width:{gutter}px;overflow:hidden;\
             text-overflow:ellipsis\" title=\"{title}\">{}</div>\n\
             <div style=\"position:relative;height:{ROW}px;margin-left:{gutter}px\">",
            escape::html(&shorten(&escape::name(&row.title), LETTERS)),
        );
        let mut column = 0;
        for run in row.cells.chunk_by(|a, b| a == b) {
            if let Some(value) = run[0] {
                out.push_str(&self.cell(column, run.len(), value));
            }
            column += run.len();
        }
        out + "</div></div>\n"
    }

    fn cell(&self, column: usize, columns: usize, value: f64) -> String {
        let start = self.starts[column];
        let end = start.plus(Span(self.step.0 * columns as i64));
        format!(
            "<div style=\"position:absolute;left:{}%;width:{}%;height:{}px;background-color:{}\" \
             title=\"{}&#10;{}\"></div>",
            number(self.left(start)),
            number(self.left(end) - self.left(start)),
            ROW - 1,
            colour::glow(self.scale.share(value)),
            Window { start, end },
            escape::html(&amount(value, &self.map.unit)),
        )
    }

    /// The position of a time, in percent of the map's width.
    fn left(&self, at: Timestamp) -> f64 {
        let columns = at.since(self.window.start).0 as f64 / self.step.0.max(1) as f64;
        100.0 * columns / self.starts.len() as f64
    }

    /// Times of day under the map, and the date below.
    fn axis(&self) -> String {
        let axis = TimeAxis(self.window);
        let gutter = self.gutter();
        let tick = |at: i64| {
            let (left, label) = (self.left(Timestamp(at)), axis.label(at, TICKS));
            // Behind a late tick the label would run over the edge.
            let place = match left > LATE {
                true => format!("left:{}%;width:9.6%;text-align:right", number(left - 10.0)),
                false => format!("left:{}%;padding-left:4px", number(left)),
            };
            format!(
                "<div style=\"position:absolute;left:{}%;width:1px;height:{ROW}px;\
                 background-color:#808080\"></div><div style=\"position:absolute;{place}\">\
                 {label}</div>",
                number(left)
            )
        };
        let ticks: String = axis.ticks(TICKS).into_iter().map(tick).collect();
        format!(
            "<div style=\"position:relative;height:{ROW}px;margin-left:{gutter}px\">{ticks}</div>\n\
             <div style=\"margin-left:{gutter}px;opacity:.75\">{}, a column every {}</div>\n",
            axis.days(),
            self.step
        )
    }

    /// Sample colours with their values, from the lowest to the highest.
    fn legend(&self) -> String {
        let shade = |value: f64| {
            format!(
                "<span style=\"display:inline-block;margin:0 12px 0 0;white-space:nowrap\">\
                 <span style=\"display:inline-block;width:24px;height:12px;vertical-align:middle;\
                 background-color:{}\"></span> {}</span>",
                colour::glow(self.scale.share(value)),
                escape::html(&amount(value, &self.map.unit))
            )
        };
        let shades: String = self.shades().into_iter().map(shade).collect();
        format!(
            "<div style=\"margin-left:{}px;margin-top:4px;white-space:normal\">{shades}\
             <span style=\"opacity:.75\">empty: no profile</span></div>\n",
            self.gutter()
        )
    }

    /// Evenly spaced values for the legend; whole numbers for counts.
    fn shades(&self) -> Vec<f64> {
        let Scale { low, high } = self.scale;
        let mut apart = (high - low) / (SHADES - 1) as f64;
        if let Unit::Count(_) = self.map.unit {
            apart = apart.ceil();
        }
        let values = (0..SHADES).map(|n| low + n as f64 * apart);
        let mut values: Vec<f64> = values.filter(|value| *value <= high).collect();
        values.dedup();
        // With distances rounded up, the last value may pass the maximum.
        if values.last().is_some_and(|last| high - last > apart / 2.0) {
            values.push(high);
        }
        values
    }

    /// A block character as high as the value.
    fn block(&self, value: Option<f64>) -> char {
        match value {
            None => ' ',
            Some(0.0) => '·',
            Some(value) => BARS[(self.scale.share(value) * 7.0).round() as usize],
        }
    }

    fn notes(&self, map: &Heatmap) -> Vec<String> {
        let mut notes = Vec::new();
        let hidden = map.rows.len() - self.rows.len();
        if hidden > 0 {
            let more = counted(hidden, "more row is", "more rows are");
            notes.push(format!("The {ROWS} largest rows are drawn; {more} not."));
        }
        if self.step != map.step {
            notes.push(format!(
                "A column is the mean of up to {} steps of {}.",
                grouped((self.step.0 / map.step.0.max(1)) as f64),
                map.step
            ));
        }
        notes
    }
}

/// The rows with the largest sums, in their original order.
fn largest(rows: &[HeatRow]) -> Vec<HeatRow> {
    let sum = |row: &HeatRow| row.cells.iter().flatten().sum::<f64>();
    let mut ranked: Vec<usize> = (0..rows.len()).collect();
    ranked.sort_by(|a, b| sum(&rows[*b]).total_cmp(&sum(&rows[*a])));
    ranked.truncate(ROWS);
    ranked.sort_unstable();
    ranked.into_iter().map(|row| rows[row].clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(rows: &[(&str, &[Option<f64>])]) -> Heatmap {
        let columns = rows.first().map_or(0, |(_, cells)| cells.len());
        let row = |(title, cells): &(&str, &[Option<f64>])| HeatRow {
            title: (*title).into(),
            cells: cells.to_vec(),
        };
        Heatmap {
            unit: Unit::Cores,
            step: Span::seconds(60),
            starts: (0..columns).map(|i| Timestamp(i as i64 * 60_000_000_000)).collect(),
            rows: rows.iter().map(row).collect(),
        }
    }

    #[test]
    fn a_cell_stands_at_its_time_and_glows_with_its_value() {
        // Four columns: 25 % each.
        let html = html(&map(&[("a", &[Some(0.0), Some(4.0), None, Some(2.0)])])).html;
        let cell = |left: &str, share: f64, said: &str| {
            format!(
                "left:{left}%;width:25%;height:17px;background-color:{}\" title=\"{said}",
                colour::glow(share)
            )
        };
        for cell in [
            cell("0", 0.0, "1970-01-01 00:00:00 .. 00:01:00 UTC&#10;0 cores"),
            cell("25", 1.0, "1970-01-01 00:01:00 .. 00:02:00 UTC&#10;4 cores"),
            cell("75", 0.5, "1970-01-01 00:03:00 .. 00:04:00 UTC&#10;2 cores"),
        ] {
            assert!(html.contains(&cell), "{cell}\n{html}");
        }
        assert!(!html.contains("left:50%;width:25%"), "a gap has no box");
        assert!(html.contains("1970-01-01, UTC, a column every 1m"));
        assert!(html.contains("</span> 0 cores") && html.contains("</span> 4 cores"), "the legend");
    }

    #[test]
    fn the_legend_counts_in_whole_things() {
        let shades = |high: f64, unit: Unit| {
            let map = Heatmap { unit, ..map(&[("a", &[Some(high)])]) };
            Drawn::of(&map, BOXES).expect("a value").shades()
        };
        let things = || Unit::Count("profiles".into());
        assert_eq!(shades(3.0, things()), [0.0, 1.0, 2.0, 3.0]);
        // 12 / 5 is 2.4, rounded up to 3.
        assert_eq!(shades(12.0, things()), [0.0, 3.0, 6.0, 9.0, 12.0]);
        assert_eq!(shades(7.0, things()), [0.0, 2.0, 4.0, 6.0]);
        assert_eq!(shades(10.0, Unit::Bytes), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(shades(0.0, things()), [0.0]);
    }

    #[test]
    fn the_gutter_is_as_wide_as_its_titles_and_the_last_label_is_whole() {
        let cells = vec![Some(1.0); 60];
        // 5 letters of 6.7 pixels and 10 more; the longest title is cut to 48.
        for (title, gutter) in [("pod-a", 44), (&*"x".repeat(90), 332)] {
            let html = html(&map(&[(title, &cells)])).html;
            assert!(html.contains(&format!("width:{gutter}px;overflow:hidden")), "{html}");
            assert!(html.contains(&format!("height:18px;margin-left:{gutter}px")), "{html}");
        }
        // 00:00 to 01:00 with a tick every 15 minutes: the last one is at the edge.
        let html = html(&map(&[("a", &cells)])).html;
        let last = "left:90%;width:9.6%;text-align:right\">01:00<";
        assert!(html.contains(last), "{html}");
    }

    #[test]
    fn text_has_a_block_per_step() {
        let map = map(&[
            ("a", &[Some(0.0), Some(4.0), None, Some(2.0)]),
            ("b", &[None, None, None, Some(1.0)]),
        ]);
        assert_eq!(
            plain(&map, Screen::PIPE).lines().collect::<Vec<_>>(),
            [
                "                                         min      max",
                "─  ────────────────────────────────  ───────  ───────",
                "a  ········████████        ▅▅▅▅▅▅▅▅  0 cores  4 cores",
                "b                          ▃▃▃▃▃▃▃▃  1 cores  1 cores",
                "   ╵Jan 1  ╵00:01  ╵00:02  ╵00:03",
                "from 1970-01-01T00:00:00Z to 1970-01-01T00:04:00Z, a column every 1m; \
                 ▁ is 0 cores, █ is 4 cores, · is zero, a blank has no profile",
            ]
        );
    }

    #[test]
    fn many_rows_and_columns_are_reduced_with_a_note() {
        let cells: Vec<Option<f64>> = (0..1000).map(|i| Some(f64::from(i))).collect();
        let titles: Vec<String> = (0..52).map(|i| format!("pod-{i}")).collect();
        let rows: Vec<(&str, &[Option<f64>])> =
            titles.iter().map(|title| (title.as_str(), cells.as_slice())).collect();
        let picture = html(&map(&rows));
        assert_eq!(picture.html.matches("title=\"pod-").count(), ROWS);
        assert!(picture.html.len() < 450_000, "{} bytes", picture.html.len());
        // 2 500 boxes on 40 rows are 62 columns: 17 of 1 000 steps in each.
        assert_eq!(
            picture.notes,
            [
                "The 40 largest rows are drawn; 12 more rows are not.",
                "A column is the mean of up to 17 steps of 1m."
            ]
        );
    }

    #[test]
    fn a_column_of_several_steps_is_their_mean_without_the_gaps() {
        let map = map(&[("a", &[Some(1.0), None, Some(3.0), None, None, None, Some(5.0)])]);
        let drawn = Drawn::of(&map, BOXES).expect("values").merged(3);
        // Three steps in a column: 1 and 3, nothing, 5.
        assert_eq!(drawn.rows[0].cells, [Some(2.0), None, Some(5.0)]);
        assert_eq!(drawn.step, Span::seconds(180));
    }

    #[test]
    fn one_cell_is_drawn_and_none_renders() {
        assert!(html(&map(&[("a", &[Some(0.0)])])).html.contains("left:0%;width:100%"));
        for empty in [map(&[]), map(&[("a", &[None, None])])] {
            assert_eq!(html(&empty).html, "<div>no samples</div>");
            assert_eq!(plain(&empty, Screen::PIPE), "no samples");
        }
    }
}
