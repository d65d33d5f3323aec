//! Flame graphs as html boxes, without a script.
//!
//! JupyterLab removes script, style, svg and ids from output it does not trust (its
//! `Sanitizer`), but keeps `div`s with inline positions, colours and tooltips. So a row
//! is a `div`, a box is a `div` inside it with its position in percent, and the picture
//! fits any width and any theme: black text on fills of medium lightness. A [`Paint`]
//! decides what is written on a box.

use crate::profile::StackId;
use crate::quantity::unit::grouped;
use crate::view::parts::colour::{Colour, GREY};
use crate::view::parts::escape;
use crate::view::parts::grid::number;
use crate::view::parts::header::counted;
use crate::view::parts::short;
use crate::view::stacks::layout::{BoxContent, Budget, Layout, Slab, lay_out};
use crate::view::stacks::shape::Shape;
use crate::work::{Cancelled, Work};

/// Which way the stacks grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// The root at the bottom: a flame graph.
    Up,
    /// The root at the top: an icicle graph.
    Down,
}

/// Colours and texts of a box. Texts are plain; `draw` escapes them.
pub(crate) trait Paint {
    fn fill(&self, stack: StackId) -> Colour;

    /// A sign before the name, or ""; on the root it replaces the name.
    fn mark(&self, stack: StackId) -> String;

    /// The lines under the name in the tooltip.
    fn figures(&self, stack: StackId) -> Vec<String>;

    /// The line for several stacks in one box.
    fn figures_of(&self, stacks: &[StackId]) -> String;
}

/// How much may be drawn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) boxes: usize,
    /// Bytes of html.
    pub(crate) size: usize,
}

impl Limits {
    /// For a picture that the viewer replaces where scripts run.
    pub(crate) const STATIC: Limits = Limits { boxes: 600, size: 80_000 };

    /// For a picture that is rarely seen.
    pub(crate) const ROUGH: Limits = Limits { boxes: 100, size: 15_000 };

    /// The limits for each of several pictures that share these.
    pub(crate) fn shared_by(self, pictures: usize) -> Limits {
        let pictures = pictures.max(1);
        Limits { boxes: self.boxes / pictures, size: self.size / pictures }
    }
}

/// Nobody reads more rows than fit on two screens; `focus` and `callees` go deeper.
const ROWS: usize = 100;

/// Height of a row in pixels, with the gap above it.
const ROW: usize = 18;

/// Draws a shape, with a note on what was left out; "" if there is nothing to draw.
pub(crate) fn draw(
    shape: &Shape<'_>,
    paint: &dyn Paint,
    direction: Direction,
    limits: Limits,
    work: Work<'_>,
) -> Result<String, Cancelled> {
    let mut boxes = limits.boxes;
    loop {
        let layout = lay_out(shape, Budget { boxes, rows: ROWS }, work)?;
        if layout.boxes.is_empty() {
            return Ok(String::new());
        }
        let html = picture(shape, paint, direction, &layout);
        if html.len() <= limits.size || boxes <= 20 {
            return Ok(html + &notes(&layout));
        }
        // C++ names may be very long: reduce the number of boxes to fit the size limit.
        boxes = (boxes.min(layout.boxes.len()) * limits.size / html.len() * 19 / 20).max(20);
    }
}

fn picture(shape: &Shape<'_>, paint: &dyn Paint, direction: Direction, layout: &Layout) -> String {
    let mut rows = vec![String::new(); layout.rows];
    for slab in &layout.boxes {
        rows[slab.row].push_str(&draw_box(shape, paint, slab));
    }
    if direction == Direction::Up {
        rows.reverse();
    }
    let rows: String = rows
        .iter()
        .map(|row| format!("<div style=\"position:relative;height:{ROW}px\">{row}</div>\n"))
        .collect();
    format!(
        "<div style=\"color:#000;font:12px/17px sans-serif;white-space:nowrap;text-align:left;\
         text-indent:3px;overflow:hidden\">\n{rows}</div>\n"
    )
}

fn draw_box(shape: &Shape<'_>, paint: &dyn Paint, slab: &Slab) -> String {
    /// Thin boxes are many, so their tooltips shorten the name to this.
    const SHORT: usize = 120;
    let (left, width) = (100.0 * slab.left, 100.0 * slab.width);
    let (fill, name, label, figures) = match &slab.content {
        BoxContent::Frame(StackId::EMPTY) => {
            let root = StackId::EMPTY;
            (GREY, "total".to_owned(), paint.mark(root), paint.figures(root))
        }
        BoxContent::Frame(stack) => {
            let name = escape::name(shape.name(*stack));
            let label = label(&name, &paint.mark(*stack), width);
            (paint.fill(*stack), name, label, paint.figures(*stack))
        }
        BoxContent::Other(stacks) => {
            let count = counted(stacks.len(), "small box", "small boxes");
            let label = label("(other)", "", width);
            (GREY, format!("(other): {count}"), label, vec![paint.figures_of(stacks)])
        }
    };
    // A border separates neighbours of one colour, but would fill a thin box.
    let edge = if width >= 0.4 { ";border-left:1px solid #0003" } else { "" };
    let clip = if label.is_empty() { "" } else { ";overflow:hidden;text-overflow:ellipsis" };
    let name = if width < 1.0 { escape::shorten(&name, SHORT) } else { name.into() };
    let lines: Vec<_> = std::iter::once(escape::html(&name))
        .chain(figures.iter().map(|line| escape::html(line)))
        .collect();
    format!(
        "<div style=\"position:absolute;left:{}%;width:{}%;height:{}px;background-color:{fill}{edge}{clip}\" \
         title=\"{}\">{}</div>",
        number(left),
        number(width),
        ROW - 1,
        lines.join("&#10;"),
        escape::html(&label),
    )
}

/// The label of a box that is `width` percent wide, on a picture of 1 000 to 2 000
/// pixels; "" if nothing fits. The sign comes first, because the browser cuts the end.
fn label(name: &str, mark: &str, width: f64) -> String {
    /// Width of a letter in percent of a picture 1 000 pixels wide.
    const LETTER: f64 = 0.6;
    if width < 3.0 {
        return String::new();
    }
    let fitting = (width / LETTER) as usize;
    let room = fitting.saturating_sub(mark.chars().count());
    // The browser cuts the label; text that fits at no width is not sent.
    let name: String = short::to_fit(name, room).chars().take(2 * fitting).collect();
    if mark.is_empty() { name } else { format!("{mark} {name}") }
}

/// Notes on what the picture leaves out.
fn notes(layout: &Layout) -> String {
    let mut notes = Vec::new();
    if layout.rows < layout.depth && layout.rows == ROWS {
        notes.push(format!(
            "The stacks are {} frames deep; the {} nearest the root are drawn.",
            grouped((layout.depth - 1) as f64),
            ROWS - 1
        ));
    }
    if layout.merged > 0 {
        notes.push(format!(
            "{} of {} boxes are drawn here; the smaller ones are left out or merged into (other).",
            grouped((layout.frames - layout.merged) as f64),
            grouped(layout.frames as f64)
        ));
    }
    notes.iter().map(|note| small(note)).collect()
}

/// A line of text under a picture.
pub(crate) fn small(text: &str) -> String {
    let text = escape::html(text);
    format!("<div style=\"font:13px/20px sans-serif;opacity:.7\">{text}</div>\n")
}

/// A heading above a picture or table.
pub(crate) fn title(text: &str) -> String {
    let text = escape::html(text);
    format!("<div style=\"font:13px/20px sans-serif;margin:6px 0 2px 0\"><b>{text}</b></div>\n")
}
