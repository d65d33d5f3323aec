//! A white canvas that grows downwards: rectangles, lines and letters.
//!
//! Everything is clipped to the canvas, so any position is valid.

use super::font::{Size, drawable, glyph};
use crate::view::parts::colour::Colour;

/// Text and axes.
pub(super) const INK: Colour = Colour(0x20, 0x20, 0x20);

/// Less important text; has enough contrast for small print.
pub(super) const FAINT: Colour = Colour(0x59, 0x59, 0x59);

/// Grid lines.
pub(super) const RULE: Colour = Colour(0xdd, 0xdd, 0xdd);

pub(super) const PAPER: Colour = Colour(0xff, 0xff, 0xff);

/// Shades at the edges of letters; few, so that a picture has few colours.
const SHADES: i32 = 4;

/// A rectangle on the canvas, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) left: i32,
    pub(super) top: i32,
    pub(super) width: i32,
    pub(super) height: i32,
}

impl Area {
    pub(super) fn right(self) -> i32 {
        self.left.saturating_add(self.width)
    }

    pub(super) fn bottom(self) -> i32 {
        self.top.saturating_add(self.height)
    }

    /// Smaller by a number of pixels on each side.
    pub(super) fn inset(self, left: i32, top: i32, right: i32, bottom: i32) -> Area {
        Area {
            left: self.left + left,
            top: self.top + top,
            width: self.width - left - right,
            height: self.height - top - bottom,
        }
    }

    fn holds(self, x: i32, y: i32) -> bool {
        (self.left..self.right()).contains(&x) && (self.top..self.bottom()).contains(&y)
    }
}

/// How text is aligned in its area.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextAlign {
    Left,
    Centre,
    Right,
}

/// A colour in one number, so that rows of pixels are compared and filled at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Pixel(u32);

impl From<Colour> for Pixel {
    fn from(Colour(r, g, b): Colour) -> Pixel {
        Pixel(u32::from_be_bytes([0, r, g, b]))
    }
}

impl From<Pixel> for Colour {
    fn from(Pixel(number): Pixel) -> Colour {
        let [_, r, g, b] = number.to_be_bytes();
        Colour(r, g, b)
    }
}

/// Pixels, row by row from the top.
#[derive(Debug)]
pub(super) struct Canvas {
    width: i32,
    pixels: Vec<Pixel>,
}

impl Canvas {
    /// An empty canvas of this width.
    pub(super) fn new(width: i32) -> Canvas {
        Canvas { width: width.max(1), pixels: Vec::new() }
    }

    pub(super) fn width(&self) -> i32 {
        self.width
    }

    pub(super) fn height(&self) -> i32 {
        (self.pixels.len() / self.width as usize) as i32
    }

    /// From the top.
    pub(super) fn rows(&self) -> impl Iterator<Item = &[Pixel]> {
        self.pixels.chunks_exact(self.width as usize)
    }

    /// Adds a white strip at the bottom.
    pub(super) fn strip(&mut self, height: i32) -> Area {
        let top = self.height();
        let height = height.max(0);
        self.pixels.resize(self.pixels.len() + (self.width * height) as usize, PAPER.into());
        Area { left: 0, top, width: self.width, height }
    }

    pub(super) fn fill(&mut self, area: Area, colour: Colour) {
        let (left, right) = (area.left.clamp(0, self.width), area.right().clamp(0, self.width));
        if left >= right {
            return;
        }
        for y in area.top.max(0)..area.bottom().min(self.height()) {
            let start = (y * self.width) as usize;
            self.pixels[start + left as usize..start + right as usize].fill(colour.into());
        }
    }

    /// One line of text, vertically centred in the area and clipped to it.
    pub(super) fn write(
        &mut self,
        area: Area,
        align: TextAlign,
        size: Size,
        ink: Colour,
        text: &str,
    ) {
        let text = drawable(text);
        let spare = area.width.saturating_sub(size.width(&text));
        let mut x = area.left
            + match align {
                TextAlign::Left => 0,
                TextAlign::Centre => spare / 2,
                TextAlign::Right => spare,
            };
        let y = area.top + (area.height - size.height()) / 2;
        for letter in text.chars() {
            if x >= area.right().min(self.width) {
                return;
            }
            self.stamp(area, (x, y), letter, size, ink);
            x = x.saturating_add(size.advance());
        }
    }

    fn stamp(&mut self, clip: Area, at: (i32, i32), letter: char, size: Size, ink: Colour) {
        for (y, row) in (at.1..).zip(glyph(letter, size)) {
            for (x, shade) in (at.0..).zip(*row) {
                if *shade > 0 && clip.holds(x, y) {
                    self.blend(x, y, ink, f64::from(*shade) / 255.0);
                }
            }
        }
    }

    /// A line through points with smooth edges; one point is a dot.
    pub(super) fn stroke(&mut self, points: &[(f64, f64)], width: f64, colour: Colour) {
        if let [point] = points {
            self.segment(*point, *point, 2.5 * width, colour);
        }
        for pair in points.windows(2) {
            self.segment(pair[0], pair[1], width, colour);
        }
    }

    /// Paints the pixels whose centre is close enough to the segment.
    fn segment(&mut self, a: (f64, f64), b: (f64, f64), width: f64, colour: Colour) {
        let reach = width / 2.0 + 1.0;
        let range = |from: f64, to: f64, end: i32| {
            let (low, high) = (from.min(to) - reach, from.max(to) + reach);
            (low.floor() as i32).max(0)..(high.ceil() as i32).min(end)
        };
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let length = dx * dx + dy * dy;
        let per_length = if length > 0.0 { 1.0 / length } else { 1.0 };
        let edge = width / 2.0 + 0.5;
        for y in range(a.1, b.1, self.height()) {
            for x in range(a.0, b.0, self.width) {
                // From the first end to the middle of the pixel.
                let (px, py) = (f64::from(x) + 0.5 - a.0, f64::from(y) + 0.5 - a.1);
                let along = ((px * dx + py * dy) * per_length).clamp(0.0, 1.0);
                let (across, up) = (px - along * dx, py - along * dy);
                let square = across * across + up * up;
                // Most pixels around a steep line are far from it.
                if square < edge * edge {
                    self.blend(x, y, colour, edge - square.sqrt());
                }
            }
        }
    }

    /// Mixes a colour into a pixel: 0 changes nothing, 1 replaces it.
    pub(super) fn blend(&mut self, x: i32, y: i32, colour: Colour, cover: f64) {
        // Rounded: the number is not below zero.
        let level = (cover.clamp(0.0, 1.0) * f64::from(SHADES) + 0.5) as i32;
        if level == 0 || !(0..self.width).contains(&x) || !(0..self.height()).contains(&y) {
            return;
        }
        let pixel = &mut self.pixels[(y * self.width + x) as usize];
        let mix = |below: u8, above: u8| {
            let sum = i32::from(below) * (SHADES - level) + i32::from(above) * level;
            (sum / SHADES) as u8
        };
        let below = Colour::from(*pixel);
        let mixed = Colour(mix(below.0, colour.0), mix(below.1, colour.1), mix(below.2, colour.2));
        *pixel = mixed.into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RED: Colour = Colour(0xff, 0, 0);

    fn at(canvas: &Canvas, x: i32, y: i32) -> Colour {
        canvas.pixels[(y * canvas.width() + x) as usize].into()
    }

    fn inked(canvas: &Canvas) -> usize {
        canvas.pixels.iter().filter(|pixel| **pixel != PAPER.into()).count()
    }

    #[test]
    fn drawing_is_clipped_to_the_canvas() {
        let mut canvas = Canvas::new(10);
        canvas.strip(10);
        let area = |left, top, width, height| Area { left, top, width, height };
        canvas.fill(area(-5, -5, 7, 7), RED);
        assert_eq!(inked(&canvas), 4);
        for far in
            [area(50, 0, 3, 3), area(0, 50, 3, 3), area(0, 0, -3, 3), area(9, 9, i32::MAX, 0)]
        {
            canvas.fill(far, RED);
            canvas.write(far, TextAlign::Right, Size::Large, RED, "text");
        }
        canvas.stroke(&[(-90.0, 50.0), (f64::MAX, 60.0)], 2.0, RED);
        assert_eq!(inked(&canvas), 4);
    }

    #[test]
    fn a_text_stays_in_its_area() {
        let mut canvas = Canvas::new(100);
        let area = canvas.strip(40).inset(10, 8, 60, 8);
        canvas.write(area, TextAlign::Left, Size::Large, INK, "MMMMMMMMMMM");
        let outside = (0..40)
            .flat_map(|y| (0..100).map(move |x| (x, y)))
            .filter(|(x, y)| !area.holds(*x, *y));
        assert!(outside.into_iter().all(|(x, y)| at(&canvas, x, y) == PAPER));
        assert!(inked(&canvas) > 50);
    }

    #[test]
    fn a_line_covers_its_width_and_softens_its_edge() {
        let mut canvas = Canvas::new(20);
        canvas.strip(20);
        // From y 9 to 11: rows 9 and 10 are fully covered.
        canvas.stroke(&[(2.0, 10.0), (18.0, 10.0)], 2.0, RED);
        let column: Vec<_> = (7..13).map(|y| at(&canvas, 10, y) == RED).collect();
        assert_eq!(column, [false, false, true, true, false, false]);
        canvas.stroke(&[(2.0, 2.0), (18.0, 7.0)], 1.0, RED);
        let mut greens = canvas.pixels.iter().map(|pixel| Colour::from(*pixel).1);
        assert!(greens.any(|green| green > 0 && green < 0xff), "a shade between");
    }
}
