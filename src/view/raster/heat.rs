//! A heat map as an image: time from left to right, a row per group, darker for more.

use super::axes;
use super::canvas::{Area, Canvas, FAINT};
use super::font::{Size, drawable};
use super::legend;
use super::sheet::Sheet;
use crate::eval::result::value::{HeatRow, Heatmap};
use crate::quantity::Window;
use crate::view::parts::colour::{self, Colour};
use crate::view::parts::header::counted;
use crate::view::parts::screen::amount;
use crate::view::parts::short;
use crate::view::time::scale::Scale;

/// Height of a row in pixels if there are few.
const TALL: i32 = 44;

/// Minimum height of a row with a title, in pixels.
const LOW: i32 = 26;

/// The most rows on one page.
const ROWS: usize = 72;

/// The most letters of a row title.
const TITLE: usize = 34;

/// Pixels at the right for half of the last time label.
const RIGHT: i32 = 40;

/// The map with its axes and legend; `None` if no cell has a value.
pub(super) fn draw(sheet: &mut Sheet, heatmap: &Heatmap) -> Option<()> {
    let rows = &heatmap.rows[..heatmap.rows.len().min(ROWS)];
    let scale = Scale::of(rows.iter().flat_map(|row| row.cells.iter().flatten().copied()))?;
    let first = heatmap.starts.first().copied()?;
    let last = heatmap.starts.last().copied()?;
    let window = Window { start: first, end: last.plus(heatmap.step) };
    let ends = [scale.low, scale.high].map(|value| amount(value, &heatmap.unit));
    legend::bar(sheet, [&ends[0], &ends[1]], shade);
    sheet.text("Hatched: no profile.", FAINT);
    let height = (1000 / rows.len().max(1) as i32).clamp(LOW, TALL);
    let letters = rows.iter().map(|row| title(row).chars().count()).max().unwrap_or(0);
    let left = Size::Large.advance() * letters as i32 + 12;
    let area = sheet.strip(height * rows.len() as i32).inset(left, 0, RIGHT, 0);
    for (top, row) in (area.top..).step_by(height as usize).zip(rows) {
        let place = Area { top, height: height - 1, ..area };
        paint(&mut sheet.canvas, place, row, &scale);
        axes::beside(&mut sheet.canvas, area, 0, top + height / 2, &title(row));
    }
    axes::times(sheet, area, window);
    let more = heatmap.rows.len() - rows.len();
    if more > 0 {
        sheet.text(&format!("{} not drawn.", counted(more, "more row is", "more rows are")), FAINT);
    }
    Some(())
}

/// If several columns share a pixel, the highest value is shown.
fn paint(canvas: &mut Canvas, area: Area, row: &HeatRow, scale: &Scale) {
    let columns = row.cells.len();
    for x in 0..area.width {
        let from = x as usize * columns / area.width as usize;
        let to = ((x as usize + 1) * columns / area.width as usize)
            .clamp(from + 1, columns.max(from + 1));
        let cells = row.cells.get(from..to).unwrap_or(&[]);
        let value = cells.iter().flatten().copied().reduce(f64::max);
        let column = Area { left: area.left + x, width: 1, ..area };
        match value {
            Some(value) => canvas.fill(column, shade(scale.share(value))),
            None => hatch(canvas, column),
        }
    }
}

/// The fill of a share, in few steps so that all fit the palette.
fn shade(share: f64) -> Colour {
    const STEPS: f64 = 64.0;
    colour::heat((share * STEPS).round() / STEPS)
}

/// Hatching for a gap, because a pale fill would mean a low value.
fn hatch(canvas: &mut Canvas, column: Area) {
    const APART: i32 = 6;
    for top in (column.top..column.bottom()).filter(|y| (column.left + y) % APART == 0) {
        canvas.fill(Area { top, height: 1, ..column }, FAINT);
    }
}

fn title(row: &HeatRow) -> String {
    drawable(&short::cut(&row.title, TITLE))
}
