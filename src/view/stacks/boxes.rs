//! Boxes of html: a flame graph that needs no script.
//!
//! JupyterLab removes script, style, svg and ids from an output it does not trust
//! (its `Sanitizer`), but keeps `div`s with inline positions and colours, and
//! tooltips. So a row is a `div`, a box is a `div` in it placed in percent, and
//! the picture fits any width and any theme: black text on fills of middle
//! lightness. What is written on a box is for its [`Paint`] to say.

use crate::profile::StackId;
use crate::quantity::unit::grouped;
use crate::view::parts::colour::{Colour, GREY};
use crate::view::parts::escape;
use crate::view::parts::grid::number;
use crate::view::parts::header::counted;
use crate::view::parts::short;
use crate::view::stacks::layout::{Budget, Content, Layout, Slab, lay_out};
use crate::view::stacks::shape::Shape;

/// Which way the stacks grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// The root at the bottom: a flame.
    Up,
    /// The root at the top: an icicle.
    Down,
}

/// What a box says. Texts are plain: they are escaped when they are written.
pub(crate) trait Paint {
    fn fill(&self, stack: StackId) -> Colour;

    /// What stands behind the name: "" or a sign; of the root all that is written.
    fn mark(&self, stack: StackId) -> String;

    /// The lines under the name in a tooltip.
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
    /// Of a picture that a script replaces where scripts run.
    pub(crate) const STATIC: Limits = Limits { boxes: 600, size: 80_000 };

    /// Of one that is hardly ever seen.
    pub(crate) const ROUGH: Limits = Limits { boxes: 100, size: 15_000 };

    /// Several pictures share what one may have.
    pub(crate) fn shared_by(self, pictures: usize) -> Limits {
        let pictures = pictures.max(1);
        Limits { boxes: self.boxes / pictures, size: self.size / pictures }
    }
}

/// More rows than a screen or two are not read: `focus` and `callees` go deeper.
const ROWS: usize = 100;

/// Pixels of a row, the gap above it included.
const ROW: usize = 18;

/// Draws a shape, and says below it what was left out. "" where there is nothing.
pub(crate) fn draw(
    shape: &Shape<'_>,
    paint: &dyn Paint,
    direction: Direction,
    limits: Limits,
) -> String {
    let mut boxes = limits.boxes;
    loop {
        let layout = lay_out(shape, Budget { boxes, rows: ROWS });
        if layout.boxes.is_empty() {
            return String::new();
        }
        let html = picture(shape, paint, direction, &layout);
        if html.len() <= limits.size || boxes <= 20 {
            return html + &notes(&layout);
        }
        // Names of C++ may be long: as many boxes as there is room for at this length.
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
    /// Thin boxes are many; their names are told in short.
    const SHORT: usize = 120;
    let (left, width) = (100.0 * slab.left, 100.0 * slab.width);
    let (fill, name, label, figures) = match &slab.content {
        Content::Frame(StackId::EMPTY) => {
            let root = StackId::EMPTY;
            (GREY, "total".to_owned(), paint.mark(root), paint.figures(root))
        }
        Content::Frame(stack) => {
            let name = escape::name(shape.name(*stack));
            let label = label(&name, &paint.mark(*stack), width);
            (paint.fill(*stack), name, label, paint.figures(*stack))
        }
        Content::Other(stacks) => {
            let count = counted(stacks.len(), "small box", "small boxes");
            let label = label("(other)", "", width);
            (GREY, format!("(other): {count}"), label, vec![paint.figures_of(stacks)])
        }
    };
    // A line between neighbours of one colour; thin boxes would be nothing else.
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

/// What is written in a box `width` percent wide, at 1 000 to 2 000 pixels; "" where
/// nothing fits. A mark comes before the name, whose end is what is cut.
fn label(name: &str, mark: &str, width: f64) -> String {
    /// A letter takes about 0.6 % of a picture 1 000 pixels wide.
    const LETTER: f64 = 0.6;
    if width < 3.0 {
        return String::new();
    }
    let fitting = (width / LETTER) as usize;
    let room = fitting.saturating_sub(mark.chars().count());
    // The end is cut by the browser; what could not be seen at any width is not sent.
    let name: String = short::to_fit(name, room).chars().take(2 * fitting).collect();
    if mark.is_empty() { name } else { format!("{mark} {name}") }
}

/// What a reader of the picture must know.
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

/// A line of prose under a picture.
pub(crate) fn small(text: &str) -> String {
    let text = escape::html(text);
    format!("<div style=\"font:13px/20px sans-serif;opacity:.7\">{text}</div>\n")
}

/// A line that names what is below it.
pub(crate) fn title(text: &str) -> String {
    let text = escape::html(text);
    format!("<div style=\"font:13px/20px sans-serif;margin:6px 0 2px 0\"><b>{text}</b></div>\n")
}
