//! Pictures for paper: what a cell shows, as PNG.
//!
//! LaTeX and PDF know no html, and a picture in a document needs its caption with
//! it, so each opens with the query, the window and the total. On white, 1 600
//! pixels wide, readable at half that size; the same colours as in a cell. Bytes
//! depend on the value alone: no font and no clock of the machine is used.
//!
//! - `canvas`, `font`, `palette`: pixels, letters, the file
//! - `sheet`: the page, its header
//! - `stacks`, `legend`: flame graphs of a tree and of a diff
//! - `plot`, `heat`, `axes`: values over time

mod axes;
mod canvas;
mod font;
mod heat;
mod legend;
mod palette;
mod plot;
mod sheet;
mod stacks;

#[cfg(test)]
mod decoded;
#[cfg(test)]
mod tests;

use crate::eval::result::value::{
    Comparison, Header, Heatmap, Outcome, Sandwich, SeriesSet, Value, View,
};
use crate::view::parts::header::counted;
use crate::view::stacks::boxes::Direction;
use crate::view::stacks::shape::Stacks;
use sheet::Sheet;

/// Graphs that fit a page and are still graphs.
const PANES: usize = 6;

/// What a result looks like on paper; none for tables and texts, which are text
/// there, and where there is nothing to draw.
pub(crate) fn png(outcome: &Outcome) -> Option<Vec<u8>> {
    let header = &outcome.header;
    match &outcome.value {
        Value::Tree(tree) => graph(tree, Direction::Up, header),
        Value::Diff(diff) => graph(&**diff, Direction::Up, header),
        Value::View(View::Flame(stacks)) => graph(stacks, Direction::Up, header),
        Value::View(View::Icicle(stacks)) => graph(stacks, Direction::Down, header),
        Value::View(View::Sandwich(halves)) => sandwich(halves, header),
        Value::View(View::Comparison(panes)) => comparison(panes, header),
        Value::Series(series) | Value::View(View::Timeline(series)) => timeline(series, header),
        Value::View(View::Heatmap(map)) => heatmap(map, header),
        Value::View(View::Outline(_)) => None,
        Value::Table(_) | Value::Scalar(_) | Value::Pattern { .. } => None,
        Value::Note(_) | Value::Help(_) => None,
    }
}

/// A tree, or two in one with their legend; none without samples.
fn graph<'a>(
    stacks: impl Into<Stacks<'a>>,
    direction: Direction,
    header: &Header,
) -> Option<Vec<u8>> {
    let stacks = stacks.into();
    let mut sheet = Sheet::new(header);
    legend::draw(&mut sheet, stacks);
    let bottom = sheet.share(1);
    sheet.graph(stacks, direction, bottom)?;
    sheet.png()
}

/// Callers growing up from the functions, and below them what they call.
pub(crate) fn sandwich(sandwich: &Sandwich, header: &Header) -> Option<Vec<u8>> {
    let mut sheet = Sheet::new(header);
    legend::draw(&mut sheet, Stacks::from(&sandwich.graph));
    let bottom = sheet.share(2);
    sheet.heading(&format!("Callers of {}", sandwich.pattern));
    sheet.graph(Stacks::from(&sandwich.callers), Direction::Up, bottom)?;
    let bottom = sheet.share(1);
    sheet.heading(&format!("Called by {}", sandwich.pattern));
    sheet.graph(Stacks::from(&sandwich.callees), Direction::Down, bottom)?;
    sheet.png()
}

/// One flame graph above the other, each below its own title, window and total.
pub(crate) fn comparison(comparison: &Comparison, header: &Header) -> Option<Vec<u8>> {
    let mut sheet = Sheet::new(header);
    let panes = &comparison.panes[..comparison.panes.len().min(PANES)];
    let mut drawn = 0;
    for (pane, left) in panes.iter().zip((1..=panes.len() as i32).rev()) {
        let bottom = sheet.share(left);
        sheet.heading(&pane.title);
        sheet.facts(&pane.header);
        plot::strip(&mut sheet, &pane.timeline);
        match sheet.graph(Stacks::Tree(&pane.tree), Direction::Up, bottom) {
            Some(()) => drawn += 1,
            None => sheet.text("no samples", canvas::FAINT),
        }
    }
    let more = comparison.panes.len() - panes.len();
    if more > 0 {
        sheet.text(&format!("{} not drawn.", counted(more, "more is", "more are")), canvas::FAINT);
    }
    if drawn > 0 { sheet.png() } else { None }
}

/// Totals over time; none where no line has a value.
pub(crate) fn timeline(series: &SeriesSet, header: &Header) -> Option<Vec<u8>> {
    let mut sheet = Sheet::new(header);
    plot::draw(&mut sheet, series)?;
    sheet.png()
}

/// Columns of time and rows of groups; none where no cell has a value.
pub(crate) fn heatmap(heatmap: &Heatmap, header: &Header) -> Option<Vec<u8>> {
    let mut sheet = Sheet::new(header);
    heat::draw(&mut sheet, heatmap)?;
    sheet.png()
}
