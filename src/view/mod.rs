//! Turns values into what is shown: a MIME bundle, text for a terminal, a file.
//!
//! Rendering fails only after an interrupt, and has no side effects; only `export` writes
//! files. The html is
//! static first: it has no style element and no id, nothing that a notebook which is not
//! trusted would remove. So GitHub, nbviewer and a reopened notebook show a picture with
//! the same numbers. Flame graphs also carry a script, the `viewer`. All text goes
//! through `parts::escape`. The folders use each other in one direction, which
//! `tests/tidy.rs` checks. From the bottom up:
//!
//! - `parts`: what all views share: escaping, colours, columns, axes, the header
//! - `stacks`: trees, diffs, sandwiches and comparisons as boxes, lines and tables
//! - `time`: timelines and heat maps
//! - `viewer`: the script that makes a flame graph interactive
//! - `raster`: the same pictures as PNG images
//! - `export`: the same values as files and for scripts
//! - `table`, `scalar`, `help`: the other values; `bundle`: the MIME bundle

pub mod bundle;
pub mod export;
pub mod help;
pub mod parts;

mod raster;
mod scalar;
mod stacks;
mod table;
mod time;
mod viewer;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod untrusted;

pub use bundle::{Bundle, Mime};
pub use parts::screen::Screen;
pub use scalar::preformatted;

use std::panic::resume_unwind;
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::eval::result::value::{Graph, Outcome, Value, View};
use crate::work::{Cancelled, Work};
use parts::picture::Picture;
use parts::{escape, header};
use stacks::boxes::Direction;
use stacks::{compare, diff, outline, sandwich, text};
use time::{heatmap, marks, sparkline, timeline};

/// A result for a front end: html, plain text, and a PNG image if it is a picture, which is
/// drawn meanwhile.
pub fn render(outcome: &Outcome, work: Work<'_>) -> Result<Bundle, Cancelled> {
    let png = || Ok(raster::png(outcome, work)?.map(|png| STANDARD.encode(png)));
    thread::scope(|scope| {
        let thread = || thread::Builder::new().name("picture".to_owned()).spawn_scoped(scope, png);
        let drawing = raster::is_picture(outcome).then(thread);
        let bundle = Bundle::plain(plain(outcome, Screen::CELL, work)?);
        let bundle = bundle.with(Mime::Html, html(outcome, work)?);
        let png = match drawing {
            Some(Ok(drawing)) => drawing.join().unwrap_or_else(|panic| resume_unwind(panic))?,
            Some(Err(_)) => png()?,
            None => None,
        };
        Ok(match png {
            Some(png) => bundle.with(Mime::Png, png),
            None => bundle,
        })
    })
}

/// A result as text, starting with the header; no newline at the end.
pub fn plain(outcome: &Outcome, screen: Screen, work: Work<'_>) -> Result<String, Cancelled> {
    let body = match &outcome.value {
        Value::Tree(tree) => text::outline(tree, screen, work)?.join("\n"),
        Value::Diff(diff) => diff::outline(diff, screen, work)?.join("\n"),
        Value::View(View::Flame(graph) | View::Icicle(graph) | View::Outline(graph)) => {
            outline(graph, screen, work)?
        }
        Value::View(View::Sandwich(sandwich)) => {
            sandwich::outline(sandwich, screen, work)?.join("\n")
        }
        Value::View(View::Comparison(comparison)) => {
            compare::plain(comparison, screen, work)?.join("\n")
        }
        Value::Table(table) => {
            let mut parts = Vec::new();
            let chart = outcome.header.chart.as_ref();
            parts.extend(chart.map(|chart| sparkline::marked(chart, screen).join("\n")));
            parts.push(table::plain(table, screen));
            if let Some(diff) = &outcome.header.stacks {
                parts.push(diff::changes(diff, screen, work)?.join("\n"));
            }
            parts.join("\n\n")
        }
        Value::Series(series) | Value::View(View::Timeline(series)) => {
            sparkline::plain(series, screen)
        }
        Value::View(View::Heatmap(map)) => heatmap::plain(map, screen),
        Value::Scalar(scalar) => scalar::scalar(scalar),
        Value::Pattern { text, functions, of } => scalar::pattern(text, functions, *of),
        Value::Note(note) => {
            let lines = note.lines().map(|line| escape::clean(line));
            let lines = lines.flat_map(|line| screen.sentence(&line, 2));
            lines.map(|line| screen.dim(&line)).collect::<Vec<_>>().join("\n")
        }
        Value::Help(page) => escape::clean_lines(page),
    };
    let header = header::plain(&outcome.header, screen);
    Ok(if header.is_empty() { body } else { format!("{}\n\n{body}", header.join("\n")) })
}

fn outline(graph: &Graph, screen: Screen, work: Work<'_>) -> Result<String, Cancelled> {
    Ok(match graph {
        Graph::Tree(tree) => text::outline(tree, screen, work)?.join("\n"),
        Graph::Diff(diff) => diff::outline(diff, screen, work)?.join("\n"),
    })
}

/// A result as html for a cell, starting with the header. Front ends would read names such as
/// `lambda$main$0` as formulas; the classes are those that MathJax 3 and 2 leave alone.
pub fn html(outcome: &Outcome, work: Work<'_>) -> Result<String, Cancelled> {
    let html = drawn(outcome, Some(viewer::CELL), work)?;
    Ok(format!("<div class=\"mathjax_ignore tex2jax_ignore\">{html}</div>"))
}

/// A page of several results, with the program of their graphs once.
pub fn with_one_program(page: String) -> String {
    viewer::shared(page)
}

/// A result as html for a file: complete, without a limit of size.
fn whole_html(outcome: &Outcome, work: Work<'_>) -> Result<String, Cancelled> {
    drawn(outcome, None, work)
}

fn drawn(outcome: &Outcome, budget: Option<usize>, work: Work<'_>) -> Result<String, Cancelled> {
    let picture = picture(outcome, budget, work)?;
    Ok(format!("{}{}", header::html(&outcome.header, &picture.notes), picture.html))
}

/// `budget`: how many bytes of html the stacks may take; `None` is no limit.
fn picture(outcome: &Outcome, budget: Option<usize>, work: Work<'_>) -> Result<Picture, Cancelled> {
    let header = &outcome.header;
    Ok(match &outcome.value {
        Value::Tree(tree) => viewer::graph(tree, Direction::Up, header, budget, work)?,
        Value::Diff(diff) => viewer::graph(&**diff, Direction::Up, header, budget, work)?,
        Value::View(View::Flame(graph)) => {
            viewer::graph(graph, Direction::Up, header, budget, work)?
        }
        Value::View(View::Icicle(graph)) => {
            viewer::graph(graph, Direction::Down, header, budget, work)?
        }
        Value::View(View::Outline(Graph::Tree(tree))) => outline::html(tree, work)?.into(),
        Value::View(View::Outline(Graph::Diff(diff))) => {
            scalar::preformatted(&diff::outline(diff, Screen::CELL, work)?.join("\n")).into()
        }
        Value::View(View::Sandwich(sandwich)) => viewer::sandwich(sandwich, header, budget, work)?,
        Value::View(View::Comparison(comparison)) => {
            viewer::compare(comparison, header, budget, work)?
        }
        Value::Table(table) => {
            let chart = header.chart.as_ref().map_or(String::new(), |chart| marks::html(chart));
            let table = format!("{chart}{}", table::html(table));
            match &header.stacks {
                None => table.into(),
                Some(diff) => {
                    let graph = viewer::graph(&**diff, Direction::Up, header, budget, work)?;
                    Picture { html: table + &graph.html, ..graph }
                }
            }
        }
        Value::Series(series) | Value::View(View::Timeline(series)) => timeline::html(series),
        Value::View(View::Heatmap(map)) => heatmap::html(map),
        Value::Scalar(scalar) => scalar::html(scalar).into(),
        Value::Pattern { text, functions, of } => {
            scalar::preformatted(&scalar::pattern(text, functions, *of)).into()
        }
        Value::Note(note) => scalar::note(note).into(),
        Value::Help(page) => scalar::preformatted(page).into(),
    })
}
