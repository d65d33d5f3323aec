//! A flame graph that needs no script: boxes of html.
//!
//! JupyterLab removes script, style, svg and ids from an output it does not trust
//! (its `Sanitizer`), but keeps `div`s with inline positions and colours, and
//! tooltips. So a row is a `div`, a box is a `div` in it placed in percent, and
//! the picture fits any width and any theme: black text on fills of middle
//! lightness. The table below has what is too small to draw.

use super::colour::{self, GREY};
use super::escape::{self, shorten};
use super::grid::number;
use super::header::counted;
use super::hot;
use super::layout::{Budget, Content, Layout, Slab, has_negative, lay_out};
use super::picture::Picture;
use super::screen::{amount, percent};
use super::short;
use crate::profile::{StackId, Tree};
use crate::quantity::unit::grouped;

/// Which way the stacks grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// The root at the bottom: a flame.
    Up,
    /// The root at the top: an icicle.
    Down,
}

/// More rows than a screen or two are not read: `focus` and `callees` go deeper.
const ROWS: usize = 100;

/// Tried in turn until the html is small enough; names of C++ may be long.
const BOXES: [usize; 4] = [1500, 900, 500, 250];

/// Bytes of html for the boxes.
const SIZE: usize = 300_000;

/// Pixels of a row, the gap above it included.
const ROW: usize = 18;

/// Functions in the table below.
const FUNCTIONS: usize = 20;

/// Draws a tree.
pub(crate) fn flame(tree: &Tree, direction: Direction) -> Picture {
    let mut drawn = draw(tree, direction, BOXES[0]);
    for boxes in &BOXES[1..] {
        if drawn.0.len() <= SIZE {
            break;
        }
        drawn = draw(tree, direction, *boxes);
    }
    let (picture, layout) = drawn;
    if layout.boxes.is_empty() {
        return Picture { html: "<div>no samples</div>".into(), notes: Vec::new() };
    }
    Picture {
        html: format!("{picture}{}", hot::html(tree, FUNCTIONS)),
        notes: notes(tree, &layout),
    }
}

fn draw(tree: &Tree, direction: Direction, boxes: usize) -> (String, Layout) {
    let layout = lay_out(tree, Budget { boxes, rows: ROWS });
    let mut rows = vec![String::new(); layout.rows];
    for slab in &layout.boxes {
        rows[slab.row].push_str(&draw_box(tree, slab));
    }
    if direction == Direction::Up {
        rows.reverse();
    }
    let rows: String = rows
        .iter()
        .map(|row| format!("<div style=\"position:relative;height:{ROW}px\">{row}</div>\n"))
        .collect();
    let picture = format!(
        "<div style=\"color:#000;font:12px/17px sans-serif;white-space:nowrap;text-align:left;\
         text-indent:3px;overflow:hidden\">\n{rows}</div>\n"
    );
    (picture, layout)
}

fn draw_box(tree: &Tree, slab: &Slab) -> String {
    let (left, width) = (100.0 * slab.left, 100.0 * slab.width);
    let (fill, name) = match slab.content {
        Content::Frame(StackId::EMPTY) => (GREY, "total".to_owned()),
        Content::Frame(stack) => (colour::fill(tree.name(stack)), escape::name(tree.name(stack))),
        Content::Other { .. } => (GREY, "(other)".to_owned()),
    };
    // A line between neighbours of one colour; thin boxes would be nothing else.
    let edge = if width >= 0.4 { ";border-left:1px solid #0003" } else { "" };
    let label = label(tree, slab, &name, width);
    let clip = if label.is_empty() { "" } else { ";overflow:hidden;text-overflow:ellipsis" };
    format!(
        "<div style=\"position:absolute;left:{}%;width:{}%;height:{}px;background-color:{fill}{edge}{clip}\" \
         title=\"{}\">{}</div>",
        number(left),
        number(width),
        ROW - 1,
        tooltip(tree, slab, &name, width),
        escape::html(&label),
    )
}

/// What is written in a box `width` percent wide, at 1 000 to 2 000 pixels; "" where nothing fits.
fn label(tree: &Tree, slab: &Slab, name: &str, width: f64) -> String {
    /// A letter takes about 0.6 % of a picture 1 000 pixels wide.
    const LETTER: f64 = 0.6;
    if width < 3.0 {
        return String::new();
    }
    if slab.row == 0 {
        return format!("total {}", amount(tree.total(), &tree.unit));
    }
    let fitting = (width / LETTER) as usize;
    // The end is cut by the browser; what could not be seen at any width is not sent.
    short::to_fit(name, fitting).chars().take(2 * fitting).collect()
}

fn tooltip(tree: &Tree, slab: &Slab, name: &str, width: f64) -> String {
    /// Thin boxes are many.
    const SHORT: usize = 120;
    let amount = |value: f64| {
        let amount = escape::html(&amount(value, &tree.unit));
        format!("{amount}, {}", percent(value, tree.whole))
    };
    let stack = match slab.content {
        Content::Frame(stack) => stack.index(),
        Content::Other { frames, total } => {
            let count = counted(frames, "small box", "small boxes");
            return format!("(other): {count}&#10;total {}", amount(total));
        }
    };
    let name = if width < 1.0 { shorten(name, SHORT) } else { name.into() };
    let mut text = format!("{}&#10;total {}", escape::html(&name), amount(tree.totals[stack]));
    if tree.whole != tree.total() {
        text.push_str(&format!(" ({} of kept)", percent(tree.totals[stack], tree.total())));
    }
    if tree.self_values[stack] != 0.0 {
        text.push_str(&format!("&#10;self {}", amount(tree.self_values[stack])));
    }
    text
}

/// What a reader of the picture must know.
fn notes(tree: &Tree, layout: &Layout) -> Vec<String> {
    let mut notes = Vec::new();
    let drawn = layout.frames - layout.merged;
    if layout.rows < layout.depth && layout.rows == ROWS {
        notes.push(format!(
            "The stacks are {} frames deep; the {} nearest the root are drawn.",
            grouped((layout.depth - 1) as f64),
            ROWS - 1
        ));
    }
    if layout.merged > 0 {
        notes.push(format!(
            "{} of {} boxes are drawn; the smaller ones are left out or merged into (other).",
            grouped(drawn as f64),
            grouped(layout.frames as f64)
        ));
    }
    if has_negative(tree) {
        notes.push(
            "Some values are negative; boxes are as wide as the magnitudes below them.".into(),
        );
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::fixture::tree;

    #[test]
    fn a_quarter_of_the_samples_is_a_quarter_of_the_width() {
        let flame = flame(&tree(&[("a", 6e9), ("b", 2e9)]), Direction::Up);
        assert!(flame.html.contains("left:75%;width:25%;height:17px"), "{}", flame.html);
        assert!(
            flame.html.contains("title=\"b&#10;total 2 s, 25.0%&#10;self 2 s, 25.0%\">b</div>")
        );
        assert!(flame.notes.is_empty());
    }

    #[test]
    fn the_root_is_at_the_bottom_of_a_flame_and_at_the_top_of_an_icicle() {
        let tree = tree(&[("leaf", 1e9)]);
        let order = |direction| {
            let html = flame(&tree, direction).html;
            html.find(">total 1 s<").cmp(&html.find(">leaf</div>"))
        };
        assert!(order(Direction::Up).is_gt());
        assert!(order(Direction::Down).is_lt());
    }

    #[test]
    fn names_cannot_leave_their_box() {
        let html = flame(&tree(&[("</div><script>alert('\"')</script>", 1.0)]), Direction::Up).html;
        assert!(!html.contains("<script"));
        assert!(html.contains("&lt;/div&gt;&lt;script&gt;alert(&#39;&quot;&#39;)"));
    }

    #[test]
    fn deep_and_wide_trees_stay_small_and_say_what_is_missing() {
        let deep = flame(&tree(&[(&vec!["f"; 10_000].join(";"), 1.0)]), Direction::Up);
        assert_eq!(deep.html.matches("position:relative").count(), ROWS);
        assert!(deep.notes[0].starts_with("The stacks are 10 000 frames deep"), "{:?}", deep.notes);

        let names: Vec<_> = (0..100_000).map(|i| format!("{}{i}", "long".repeat(60))).collect();
        let value = |i: usize| 1e6 / (i + 1) as f64;
        let stacks = names.iter().enumerate().map(|(i, name)| (name.as_str(), value(i)));
        let wide = flame(&tree(&stacks.collect::<Vec<_>>()), Direction::Up);
        assert!(wide.html.len() < 400_000, "{} bytes", wide.html.len());
        assert!(wide.notes[0].contains("of 100 000 boxes are drawn"));
        assert!(wide.html.contains("(other)"));
    }

    #[test]
    fn no_samples_is_an_answer() {
        assert_eq!(flame(&tree(&[]), Direction::Up).html, "<div>no samples</div>");
    }
}
