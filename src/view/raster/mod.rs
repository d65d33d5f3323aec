//! Results as PNG images, for paper.
//!
//! LaTeX and PDF cannot show html, and a picture in a document needs its own caption, so
//! each image starts with the query, the window and the total. Images are white, 1 600
//! pixels wide, readable at half that size, and use the colours of the cell. They depend
//! on the value alone, not on fonts or the clock of the machine. They are drawn by hand
//! because libraries that turn SVG into pixels need font files, which a server may not have.
//!
//! - `canvas`, `font`, `palette`: pixels, letters, the PNG file
//! - `sheet`: the page and its header
//! - `stacks`, `legend`: flame graphs of trees and diffs
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
use crate::view::stacks::shape::GraphRef;
use crate::work::{Cancelled, Work};
use sheet::Sheet;

/// The most graphs that are readable on one page.
const PANES: usize = 6;

/// Whether a result has an image, if there is something to draw.
pub(crate) fn is_picture(outcome: &Outcome) -> bool {
    match &outcome.value {
        Value::Table(_) if outcome.header.stacks.is_some() => true,
        Value::View(View::Outline(_)) => false,
        Value::Tree(_) | Value::Diff(_) | Value::View(_) | Value::Series(_) => true,
        Value::Table(_) | Value::Scalar(_) | Value::Pattern { .. } => false,
        Value::Note(_) | Value::Help(_) => false,
    }
}

/// The image of a result; `None` for tables and text, and if there is nothing to draw.
pub(crate) fn png(outcome: &Outcome, work: Work<'_>) -> Result<Option<Vec<u8>>, Cancelled> {
    let header = &outcome.header;
    if let (Value::Table(_), Some(diff)) = (&outcome.value, &header.stacks) {
        return graph(&**diff, Direction::Up, header, work);
    }
    match &outcome.value {
        Value::Tree(tree) => graph(tree, Direction::Up, header, work),
        Value::Diff(diff) => graph(&**diff, Direction::Up, header, work),
        Value::View(View::Flame(stacks)) => graph(stacks, Direction::Up, header, work),
        Value::View(View::Icicle(stacks)) => graph(stacks, Direction::Down, header, work),
        Value::View(View::Sandwich(halves)) => sandwich(halves, header, work),
        Value::View(View::Comparison(panes)) => comparison(panes, header, work),
        Value::Series(series) | Value::View(View::Timeline(series)) => Ok(timeline(series, header)),
        Value::View(View::Heatmap(map)) => Ok(heatmap(map, header)),
        Value::View(View::Outline(_)) => Ok(None),
        Value::Table(_) | Value::Scalar(_) | Value::Pattern { .. } => Ok(None),
        Value::Note(_) | Value::Help(_) => Ok(None),
    }
}

/// A flame graph of a tree, or of a diff with its legend; `None` without samples.
fn graph<'a>(
    stacks: impl Into<GraphRef<'a>>,
    direction: Direction,
    header: &Header,
    work: Work<'_>,
) -> Result<Option<Vec<u8>>, Cancelled> {
    let stacks = stacks.into();
    let mut sheet = Sheet::new(header);
    legend::draw(&mut sheet, stacks);
    let bottom = sheet.share(1);
    let drawn = sheet.graph(stacks, direction, bottom, work)?;
    Ok(drawn.and_then(|()| sheet.png()))
}

/// The callers above the functions, and their callees below.
pub(crate) fn sandwich(
    sandwich: &Sandwich,
    header: &Header,
    work: Work<'_>,
) -> Result<Option<Vec<u8>>, Cancelled> {
    let mut sheet = Sheet::new(header);
    legend::draw(&mut sheet, GraphRef::from(&sandwich.graph));
    let bottom = sheet.share(2);
    sheet.heading(&format!("Callers of {}", sandwich.pattern));
    let callers = sheet.graph(GraphRef::from(&sandwich.callers), Direction::Up, bottom, work)?;
    if callers.is_none() {
        return Ok(None);
    }
    let bottom = sheet.share(1);
    sheet.heading(&format!("Called by {}", sandwich.pattern));
    let callees = sheet.graph(GraphRef::from(&sandwich.callees), Direction::Down, bottom, work)?;
    Ok(callees.and_then(|()| sheet.png()))
}

/// One flame graph below the other, each with its title, window and total.
pub(crate) fn comparison(
    comparison: &Comparison,
    header: &Header,
    work: Work<'_>,
) -> Result<Option<Vec<u8>>, Cancelled> {
    let mut sheet = Sheet::new(header);
    let panes = &comparison.panes[..comparison.panes.len().min(PANES)];
    let mut drawn = 0;
    for (pane, left) in panes.iter().zip((1..=panes.len() as i32).rev()) {
        let bottom = sheet.share(left);
        sheet.heading(&pane.title);
        sheet.facts(&pane.header);
        plot::strip(&mut sheet, &pane.timeline);
        match sheet.graph(GraphRef::Tree(&pane.tree), Direction::Up, bottom, work)? {
            Some(()) => drawn += 1,
            None => sheet.text("no samples", canvas::FAINT),
        }
    }
    let more = comparison.panes.len() - panes.len();
    if more > 0 {
        sheet.text(&format!("{} not drawn.", counted(more, "more is", "more are")), canvas::FAINT);
    }
    Ok(if drawn > 0 { sheet.png() } else { None })
}

/// Totals over time; `None` if no line has a value.
pub(crate) fn timeline(series: &SeriesSet, header: &Header) -> Option<Vec<u8>> {
    let mut sheet = Sheet::new(header);
    plot::draw(&mut sheet, series)?;
    sheet.png()
}

/// A heat map; `None` if no cell has a value.
pub(crate) fn heatmap(heatmap: &Heatmap, header: &Header) -> Option<Vec<u8>> {
    let mut sheet = Sheet::new(header);
    heat::draw(&mut sheet, heatmap)?;
    sheet.png()
}
