//! Flame graph boxes on a canvas, for a tree or a diff.
//!
//! Boxes of a diff also show the sign of the change, because some printers and readers
//! cannot distinguish the colours.

use super::canvas::{Area, Canvas, INK, TextAlign};
use super::font::{Size, drawable};
use crate::profile::diff::Mode;
use crate::profile::{Change, Diff, StackId};
use crate::view::parts::colour::{self, Colour, GREY};
use crate::view::parts::escape;
use crate::view::parts::screen::amount;
use crate::view::parts::short;
use crate::view::stacks::boxes::Direction;
use crate::view::stacks::diff;
use crate::view::stacks::layout::{BoxContent, Budget, Layout, Slab, lay_out};
use crate::view::stacks::shape::{GraphRef, has_negative};
use crate::work::{Cancelled, Work};

/// Height of a row in pixels, with the gap above it.
pub(super) const ROW: i32 = 26;

/// Pixels between neighbouring boxes.
const GAP: i32 = 1;

/// Narrower boxes have no gap, which would replace them.
const SOLID: i32 = 3;

/// Pixels between the edge of a box and its name.
const INDENT: i32 = 4;

/// Marks a change that is not statistically significant; the font has no ≈.
pub(super) const NOISE: &str = "~";

/// The most boxes: more are not visible on 1 600 pixels, and take bytes.
const BOXES: usize = 6000;

impl GraphRef<'_> {
    /// Lays out at most `rows` rows; `None` if there is nothing to draw.
    pub(super) fn lay_out(self, rows: usize, work: Work<'_>) -> Result<Option<Layout>, Cancelled> {
        let budget = Budget { boxes: BOXES, rows };
        let layout = lay_out(&self.shape(work)?, budget, work)?;
        Ok((!layout.boxes.is_empty()).then_some(layout))
    }

    /// Whether some values are negative, so that widths are sums of absolute values.
    pub(super) fn has_negative(self) -> bool {
        match self {
            GraphRef::Tree(tree) => has_negative(tree),
            GraphRef::Diff(diff) => has_negative(&diff.before) || has_negative(&diff.after),
        }
    }

    fn fill(self, slab: &Slab) -> Colour {
        match (&slab.content, self) {
            (BoxContent::Other(_), _) => GREY,
            (BoxContent::Frame(stack), GraphRef::Diff(diff)) => tint(diff::tint(diff, *stack)),
            (BoxContent::Frame(StackId::EMPTY), _) => GREY,
            (BoxContent::Frame(stack), GraphRef::Tree(tree)) => colour::fill(tree.name(*stack)),
        }
    }

    fn name(self, slab: &Slab) -> String {
        match (&slab.content, self) {
            (BoxContent::Other(_), _) => "(other)".into(),
            (BoxContent::Frame(StackId::EMPTY), GraphRef::Tree(tree)) => {
                format!("total {}", amount(tree.total(), &tree.unit))
            }
            (BoxContent::Frame(StackId::EMPTY), GraphRef::Diff(..)) => "total".into(),
            (BoxContent::Frame(stack), GraphRef::Tree(tree)) => escape::name(tree.name(*stack)),
            (BoxContent::Frame(stack), GraphRef::Diff(diff)) => {
                escape::name(diff.after.name(*stack))
            }
        }
    }

    /// The change after the name, and the sign before a name that is cut.
    fn change(self, slab: &Slab) -> Option<(String, &'static str)> {
        let (GraphRef::Diff(diff), BoxContent::Frame(stack)) = (self, &slab.content) else {
            return None;
        };
        let change = diff.total(*stack);
        if diff.is_insignificant(*stack) {
            return Some((format!("{NOISE}{}", words(diff, change)?), NOISE));
        }
        Some((words(diff, change)?, if change.delta() > 0.0 { "+" } else { "-" }))
    }

    /// The most informative text of at most `room` letters.
    fn label(self, slab: &Slab, room: usize) -> Label {
        let name = drawable(&self.name(slab));
        let Some((words, sign)) = self.change(slab) else { return Label::fitting(&name, room) };
        let rest = room.saturating_sub(words.chars().count() + 1);
        match Label::fitting(&name, rest) {
            Label::Whole(short) => Label::Whole(format!("{short} {words}")),
            Label::Cut(_) => match Label::fitting(&name, room.saturating_sub(1)).text() {
                nothing if nothing.is_empty() => Label::Cut(nothing),
                short => Label::Cut(format!("{sign}{short}")),
            },
        }
    }
}

/// The text in a box.
enum Label {
    /// A form of the name that identifies the function.
    Whole(String),
    /// Only the beginning of the name; "" if that would be too short.
    Cut(String),
}

impl Label {
    fn fitting(name: &str, room: usize) -> Label {
        /// The fewest letters of a cut name.
        const LEAST: usize = 6;
        let form = short::to_fit(name, room);
        match form.chars().count() {
            letters if letters <= room => Label::Whole(form.to_owned()),
            _ if room < LEAST => Label::Cut(String::new()),
            _ => Label::Cut(form.chars().take(room - 2).chain("..".chars()).collect()),
        }
    }

    fn text(self) -> String {
        match self {
            Label::Whole(text) | Label::Cut(text) => text,
        }
    }
}

/// The fill of a change, in few steps so that all fit the palette.
pub(super) fn tint(change: f64) -> Colour {
    const STEPS: f64 = 16.0;
    colour::tint((change * STEPS).round() / STEPS)
}

/// A change with its sign, `new` or `removed`; `None` if nothing changed.
pub(super) fn words(diff: &Diff, change: Change) -> Option<String> {
    let delta = change.delta();
    if change.is_new() {
        return Some("new".into());
    }
    if change.is_removed() {
        return Some("removed".into());
    }
    let text = match diff.mode {
        Mode::Share => format!("{:.1} pp", (100.0 * delta).abs()),
        Mode::Amount | Mode::Rate => amount(delta.abs(), &diff.unit()),
    };
    let is_nothing = delta == 0.0 || text == "0.0 pp";
    (!is_nothing).then(|| format!("{}{text}", if delta > 0.0 { "+" } else { "-" }))
}

/// Draws a layout in an area as high as its rows.
pub(super) fn paint(
    canvas: &mut Canvas,
    area: Area,
    stacks: GraphRef<'_>,
    layout: &Layout,
    direction: Direction,
) {
    for slab in &layout.boxes {
        let row = slab.row as i32;
        let row = match direction {
            Direction::Up => layout.rows as i32 - 1 - row,
            Direction::Down => row,
        };
        let edge = |share: f64| area.left + (share * f64::from(area.width)).round() as i32;
        let (left, right) = (edge(slab.left), edge(slab.left + slab.width));
        let place = Area { left, top: area.top + row * ROW, width: right - left, height: ROW };
        paint_box(canvas, place, stacks, slab);
    }
}

fn paint_box(canvas: &mut Canvas, place: Area, stacks: GraphRef<'_>, slab: &Slab) {
    if place.width < SOLID {
        let place = place.inset(0, GAP, 0, 0);
        return canvas.fill(place, stacks.fill(slab));
    }
    let place = place.inset(0, GAP, GAP, 0);
    canvas.fill(place, stacks.fill(slab));
    let inside = place.inset(INDENT, 0, INDENT, 0);
    // Small letters only if large ones would be cut.
    let large = stacks.label(slab, Size::Large.room(inside.width));
    let (size, text) = match large {
        Label::Whole(text) => (Size::Large, text),
        Label::Cut(_) => (Size::Small, stacks.label(slab, Size::Small.room(inside.width)).text()),
    };
    canvas.write(inside, TextAlign::Left, size, INK, &text);
}
