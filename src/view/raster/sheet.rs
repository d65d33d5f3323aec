//! The page of one result: text at the top, pictures below, margins around.

use super::canvas::{Area, Canvas, FAINT, INK, TextAlign};
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
use crate::view::stacks::shape::GraphRef;
use crate::work::{Cancelled, Work};

/// The width of a page's text at 250 dots per inch.
const WIDTH: i32 = 1600;

/// The maximum height; graphs lose the rows furthest from the root.
const LONGEST: i32 = 2400;

const MARGIN: i32 = 10;

/// Height of a line of text in pixels.
pub(super) const LINE: i32 = 28;

/// The minimum number of rows of a graph.
const FEWEST: i32 = 8;

/// The most lines of one sentence, because names may be long.
const WRAPPED: usize = 3;

/// The image of a result under construction.
#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) canvas: Canvas,
}

impl Sheet {
    /// Starts with the query, the window, the counts and the total.
    pub(super) fn new(header: &Header) -> Sheet {
        let mut sheet = Sheet { canvas: Canvas::new(WIDTH) };
        sheet.canvas.strip(MARGIN);
        sheet.facts(header);
        sheet
    }

    /// The facts of a header.
    pub(super) fn facts(&mut self, header: &Header) {
        if !header.query.is_empty() {
            self.text(&header.query, INK);
        }
        for line in header::plain(header, Screen::PIPE) {
            self.text(&line, FAINT);
        }
    }

    /// A sentence, wrapped over a few lines.
    pub(super) fn text(&mut self, text: &str, ink: Colour) {
        let room = Size::Large.room(WIDTH - 2 * MARGIN);
        for line in wrapped(&drawable(text), room) {
            let area = self.line();
            self.canvas.write(area, TextAlign::Left, Size::Large, ink, &line);
        }
    }

    /// A heading for a part of the page.
    pub(super) fn heading(&mut self, text: &str) {
        self.strip(MARGIN);
        self.text(text, INK);
    }

    /// Space for a line of text.
    pub(super) fn line(&mut self) -> Area {
        self.strip(LINE)
    }

    /// A strip between the margins.
    pub(super) fn strip(&mut self, height: i32) -> Area {
        self.canvas.strip(height).inset(MARGIN, 0, MARGIN, 0)
    }

    /// Where the next of `parts` equal parts must end.
    pub(super) fn share(&self, parts: i32) -> i32 {
        self.canvas.height() + (LONGEST - self.canvas.height()) / parts.max(1)
    }

    /// A flame graph that ends at `bottom` or above, and a note on what it leaves out.
    pub(super) fn graph(
        &mut self,
        stacks: GraphRef<'_>,
        direction: Direction,
        bottom: i32,
        work: Work<'_>,
    ) -> Result<Option<()>, Cancelled> {
        let left = bottom - self.canvas.height() - 2 * LINE - MARGIN;
        let rows = (left / ROW).max(FEWEST) as usize;
        let Some(layout) = stacks.lay_out(rows, work)? else { return Ok(None) };
        if let Some(missing) = missing(&layout, rows) {
            self.text(&missing, FAINT);
        }
        if stacks.has_negative() {
            self.text(
                "Some values are negative; a box is as wide as the sum of absolute self values in it.",
                FAINT,
            );
        }
        let area = self.strip(layout.rows as i32 * ROW);
        paint(&mut self.canvas, area, stacks, &layout, direction);
        Ok(Some(()))
    }

    /// The file; `None` if encoding fails, which does not happen for our canvases.
    pub(super) fn png(mut self) -> Option<Vec<u8>> {
        self.canvas.strip(MARGIN);
        palette::encoded(&self.canvas).ok()
    }
}

/// A note on what a layout of at most `rows` rows leaves out.
fn missing(layout: &Layout, rows: usize) -> Option<String> {
    let drawn = layout.frames - layout.merged;
    let boxes = format!("{} of {} boxes", grouped(drawn as f64), grouped(layout.frames as f64));
    if layout.rows == rows && layout.depth > rows {
        let deeper = counted(layout.depth - rows, "row", "rows");
        return Some(format!("{boxes} are drawn; the stacks go {deeper} deeper."));
    }
    (layout.merged > 0).then(|| format!("{boxes} are wide enough to be drawn."))
}

/// Lines of at most `room` letters, broken at a space if one is near.
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
