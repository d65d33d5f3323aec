//! A page of one result: text on top, pictures beneath, margins around.

use super::canvas::{Area, Canvas, FAINT, INK, Place};
use super::font::{Size, drawable};
use super::palette;
use super::stacks::{ROW, paint};
use crate::eval::result::value::Header;
use crate::quantity::unit::grouped;
use crate::view::parts::colour::Colour;
use crate::view::parts::header::{self, counted};
use crate::view::parts::screen::Screen;
use crate::view::stacks::boxes::Direction;
use crate::view::stacks::layout::Layout;
use crate::view::stacks::shape::Stacks;

/// As wide as a page has room for at 250 dots an inch.
const WIDTH: i32 = 1600;

/// A page is not longer than this: graphs are cut at the rows far from the root.
const LONGEST: i32 = 2400;

const MARGIN: i32 = 10;

/// Pixels of a line of text.
pub(super) const LINE: i32 = 28;

/// However little room is left, a graph has so many rows.
const FEWEST: i32 = 8;

/// Lines that one sentence may take; names of strangers are long.
const WRAPPED: usize = 3;

/// A result on its way to a picture.
#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) canvas: Canvas,
}

impl Sheet {
    /// Opens with the query, the window, the counts and the total.
    pub(super) fn new(header: &Header) -> Sheet {
        let mut sheet = Sheet { canvas: Canvas::new(WIDTH) };
        sheet.canvas.strip(MARGIN);
        sheet.facts(header);
        sheet
    }

    /// What the picture is a picture of.
    pub(super) fn facts(&mut self, header: &Header) {
        if !header.query.is_empty() {
            self.text(&header.query, INK);
        }
        for line in header::plain(header, Screen::PIPE) {
            self.text(&line, FAINT);
        }
    }

    /// A sentence over as many lines as it takes, up to a few.
    pub(super) fn text(&mut self, text: &str, ink: Colour) {
        let room = Size::Large.room(WIDTH - 2 * MARGIN);
        for line in wrapped(&drawable(text), room) {
            let area = self.line();
            self.canvas.write(area, Place::Left, Size::Large, ink, &line);
        }
    }

    /// A title above a part of the page.
    pub(super) fn heading(&mut self, text: &str) {
        self.strip(MARGIN);
        self.text(text, INK);
    }

    /// Room for a line of text.
    pub(super) fn line(&mut self) -> Area {
        self.strip(LINE)
    }

    /// Room between the margins.
    pub(super) fn strip(&mut self, height: i32) -> Area {
        self.canvas.strip(height).inset(MARGIN, 0, MARGIN, 0)
    }

    /// Where the next of so many parts of equal height has to end.
    pub(super) fn share(&self, parts: i32) -> i32 {
        self.canvas.height() + (LONGEST - self.canvas.height()) / parts.max(1)
    }

    /// A flame graph that ends at `bottom` at the latest, and what it leaves out.
    pub(super) fn graph(
        &mut self,
        stacks: Stacks<'_>,
        direction: Direction,
        bottom: i32,
    ) -> Option<()> {
        let left = bottom - self.canvas.height() - 2 * LINE - MARGIN;
        let rows = (left / ROW).max(FEWEST) as usize;
        let layout = stacks.lay_out(rows)?;
        if let Some(missing) = missing(&layout, rows) {
            self.text(&missing, FAINT);
        }
        if stacks.has_negative() {
            self.text("Some values are negative; boxes are as wide as magnitudes.", FAINT);
        }
        let area = self.strip(layout.rows as i32 * ROW);
        paint(&mut self.canvas, area, stacks, &layout, direction);
        Some(())
    }

    /// The file; none where it cannot be written, which no picture of ours is.
    pub(super) fn png(mut self) -> Option<Vec<u8>> {
        self.canvas.strip(MARGIN);
        palette::encoded(&self.canvas).ok()
    }
}

/// What a layout of at most `rows` rows leaves out.
fn missing(layout: &Layout, rows: usize) -> Option<String> {
    let drawn = layout.frames - layout.merged;
    let boxes = format!("{} of {} boxes", grouped(drawn as f64), grouped(layout.frames as f64));
    if layout.rows == rows && layout.depth > rows {
        let deeper = counted(layout.depth - rows, "row", "rows");
        return Some(format!("{boxes} are drawn; the stacks go {deeper} deeper."));
    }
    (layout.merged > 0).then(|| format!("{boxes} are wide enough to be drawn."))
}

/// Lines of at most `room` letters, broken at spaces where there are any near.
fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut rest: Vec<char> = text.trim().chars().collect();
    let mut lines = Vec::new();
    while rest.len() > room && lines.len() + 1 < WRAPPED {
        let space = rest[..=room].iter().rposition(|letter| *letter == ' ');
        let end = space.filter(|at| *at > room / 2).unwrap_or(room);
        let tail = rest.split_off(end);
        lines.push(rest.iter().collect());
        rest = tail.into_iter().skip_while(|letter| *letter == ' ').collect();
    }
    if rest.len() > room {
        rest.truncate(room.saturating_sub(2));
        rest.extend("..".chars());
    }
    lines.push(rest.into_iter().collect());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_break_at_spaces_and_end_somewhere() {
        assert_eq!(wrapped("one two three", 8), ["one two", "three"]);
        assert_eq!(wrapped("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrapped(&"x".repeat(65_536), 5), ["xxxxx", "xxxxx", "xxx.."]);
        assert_eq!(wrapped("", 5), [""]);
    }
}
