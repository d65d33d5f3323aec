//! Values to what is shown: a MIME bundle, text for a terminal, a file.
//!
//! Rendering does not fail and touches nothing outside; only `export` writes
//! files. The html is static: no script, no style element, no id, nothing an
//! untrusted notebook would remove, so GitHub, nbviewer and a reopened notebook
//! show the same picture. Everything that is shown passes `escape`.
//!
//! - `bundle`, `screen`: what comes out, and where plain text goes
//! - `escape`, `short`, `colour`, `grid`: what all views share
//! - `header`: the line that every result opens with
//! - `layout`, `flame`, `hot`: a tree as boxes, and the table below them
//! - `branch`, `text`, `outline`: a tree as lines
//! - `table`, `chart`, `sparkline`, `scalar`: the other values
//! - `export`: the same as files and for scripts

pub mod bundle;
pub mod export;
pub mod screen;

mod axis;
mod branch;
mod chart;
mod colour;
mod escape;
mod flame;
mod grid;
mod header;
mod hot;
mod layout;
mod outline;
mod picture;
mod scalar;
mod short;
mod sparkline;
mod table;
mod text;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod untrusted;

pub use bundle::{Bundle, Mime};
pub use scalar::preformatted;
pub use screen::Screen;

use crate::eval::value::{Outcome, Value, View};
use flame::Direction;
use picture::Picture;

/// A result for a front end: html, and plain text worth reading.
pub fn render(outcome: &Outcome) -> Bundle {
    Bundle::plain(plain(outcome, Screen::CELL)).with(Mime::Html, html(outcome))
}

/// A result as text, the header first; no newline at the end.
pub fn plain(outcome: &Outcome, screen: Screen) -> String {
    let body = match &outcome.value {
        Value::Tree(tree) => text::outline(tree, screen).join("\n"),
        Value::View(View::Flame(graph) | View::Icicle(graph) | View::Outline(graph)) => {
            text::outline(graph.tree(), screen).join("\n")
        }
        Value::Diff(_) | Value::View(View::Sandwich(_) | View::Comparison(_)) => String::new(),
        Value::Table(table) => table::plain(table, screen),
        Value::Series(series) | Value::View(View::Timeline(series)) => {
            sparkline::plain(series, screen)
        }
        Value::Scalar(scalar) => scalar::scalar(scalar),
        Value::Pattern { text, functions, of } => scalar::pattern(text, functions, *of),
        Value::Note(note) => screen.dim(&escape::clean_lines(note)),
        Value::Help(page) => escape::clean_lines(page),
    };
    let header = header::plain(&outcome.header, screen);
    if header.is_empty() { body } else { format!("{}\n\n{body}", header.join("\n")) }
}

/// A result as a piece of html, the header first.
pub fn html(outcome: &Outcome) -> String {
    let picture = picture(&outcome.value);
    format!("{}{}", header::html(&outcome.header, &picture.notes), picture.html)
}

fn picture(value: &Value) -> Picture {
    match value {
        Value::Tree(tree) => flame::flame(tree, Direction::Up),
        Value::View(View::Flame(graph)) => flame::flame(graph.tree(), Direction::Up),
        Value::View(View::Icicle(graph)) => flame::flame(graph.tree(), Direction::Down),
        Value::View(View::Outline(graph)) => outline::html(graph.tree()).into(),
        Value::Diff(_) | Value::View(View::Sandwich(_) | View::Comparison(_)) => {
            String::new().into()
        }
        Value::Table(table) => table::html(table).into(),
        Value::Series(series) | Value::View(View::Timeline(series)) => chart::html(series),
        Value::Scalar(scalar) => scalar::preformatted(&scalar::scalar(scalar)).into(),
        Value::Pattern { text, functions, of } => {
            scalar::preformatted(&scalar::pattern(text, functions, *of)).into()
        }
        Value::Note(note) => scalar::note(note).into(),
        Value::Help(page) => scalar::preformatted(page).into(),
    }
}
