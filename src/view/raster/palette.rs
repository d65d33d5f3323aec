//! Encodes a canvas as a PNG file.
//!
//! Pictures of boxes and letters have few colours, so a pixel is one byte: an index into
//! a palette. If there are more than 256 colours, the rarest (edges of letters on small
//! boxes) are replaced by the nearest of the others. The bytes depend on the pixels
//! alone.

use std::cmp::Reverse;

use png::{
    BitDepth, ColorType, Compression, Encoder, EncodingError, Filter, PixelDimensions, Unit,
};
use rustc_hash::FxHashMap;

use super::canvas::{Canvas, Pixel};
use crate::view::parts::colour::Colour;

/// The number of colours that one byte can index.
const MOST: usize = 256;

/// Pixels per metre: 1 600 pixels are 16 cm, the width of text on a page.
const PER_METRE: u32 = 10_000;

/// The canvas as a PNG file.
pub(super) fn encoded(canvas: &Canvas) -> Result<Vec<u8>, EncodingError> {
    let rows = Rows::of(canvas);
    let palette = Palette::of(&rows);
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, canvas.width() as u32, canvas.height() as u32);
    encoder.set_color(ColorType::Indexed);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_palette(palette.channels());
    encoder.set_compression(Compression::Balanced);
    // Filters encode differences, which mean nothing for palette indexes.
    encoder.set_filter(Filter::NoFilter);
    let (xppu, yppu) = (PER_METRE, PER_METRE);
    encoder.set_pixel_dims(Some(PixelDimensions { xppu, yppu, unit: Unit::Meter }));
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&palette.indexes(&rows))?;
    writer.finish()?;
    Ok(bytes)
}

/// The rows of a canvas as runs of one colour. A row that is equal to the one above it is
/// counted with that: most of a picture is paper, and a box is many rows high.
struct Rows(Vec<(usize, Vec<(Pixel, usize)>)>);

impl Rows {
    fn of(canvas: &Canvas) -> Rows {
        let mut rows: Vec<(usize, Vec<(Pixel, usize)>)> = Vec::new();
        let mut above: &[Pixel] = &[];
        for row in canvas.rows() {
            match rows.last_mut() {
                Some((times, _)) if row == above => *times += 1,
                _ => {
                    let runs = row.chunk_by(|a, b| a == b).map(|run| (run[0], run.len()));
                    rows.push((1, runs.collect()));
                }
            }
            above = row;
        }
        Rows(rows)
    }
}

/// The colours of a picture, the most used first, and the index of each.
struct Palette {
    colours: Vec<Colour>,
    index: FxHashMap<Pixel, u8>,
}

impl Palette {
    fn of(rows: &Rows) -> Palette {
        let mut counts: FxHashMap<Pixel, usize> = FxHashMap::default();
        for (times, runs) in &rows.0 {
            for (pixel, length) in runs {
                *counts.entry(*pixel).or_default() += times * length;
            }
        }
        let mut used: Vec<_> = counts.into_iter().collect();
        used.sort_unstable_by_key(|(pixel, count)| (Reverse(*count), *pixel));
        let colours: Vec<Colour> =
            used.iter().take(MOST).map(|(pixel, _)| Colour::from(*pixel)).collect();
        let index = |(i, (pixel, _)): (usize, &(Pixel, usize))| {
            let index = if i < MOST { i } else { nearest(&colours, Colour::from(*pixel)) };
            (*pixel, index as u8)
        };
        let index = used.iter().enumerate().map(index).collect();
        Palette { colours, index }
    }

    fn channels(&self) -> Vec<u8> {
        self.colours.iter().flat_map(|Colour(r, g, b)| [*r, *g, *b]).collect()
    }

    fn indexes(&self, rows: &Rows) -> Vec<u8> {
        let mut indexes = Vec::new();
        for (times, runs) in &rows.0 {
            let start = indexes.len();
            for (pixel, length) in runs {
                let index = self.index.get(pixel).copied().unwrap_or(0);
                indexes.resize(indexes.len() + length, index);
            }
            let row = start..indexes.len();
            for _ in 1..*times {
                indexes.extend_from_within(row.clone());
            }
        }
        indexes
    }
}

fn nearest(colours: &[Colour], colour: Colour) -> usize {
    let square = |a: u8, b: u8| (i32::from(a) - i32::from(b)).pow(2);
    let distance =
        |c: &Colour| square(c.0, colour.0) + square(c.1, colour.1) + square(c.2, colour.2);
    let nearest = colours.iter().enumerate().min_by_key(|(_, c)| distance(c));
    nearest.map_or(0, |(i, _)| i)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::raster::canvas::Area;
    use crate::view::raster::decoded::Decoded;

    fn canvas(colours: impl Iterator<Item = Colour>) -> Canvas {
        let mut canvas = Canvas::new(32);
        canvas.strip(32);
        for (i, colour) in (0..).zip(colours) {
            canvas.fill(Area { left: i % 32, top: i / 32, width: 1, height: 1 }, colour);
        }
        canvas
    }

    #[test]
    fn few_colours_come_back_as_they_were() {
        let canvas = canvas((0..200).map(|i| Colour(i, 255 - i, 7)));
        let picture = Decoded::of(&encoded(&canvas).expect("a file"));
        assert_eq!((picture.width, picture.height), (32, 32));
        assert_eq!(picture.at(0, 0), Colour(0, 255, 7));
        assert_eq!(picture.at(199 % 32, 199 / 32), Colour(199, 56, 7));
        assert_eq!(picture.at(31, 31), Colour(255, 255, 255));
    }

    #[test]
    fn the_rarest_of_too_many_colours_take_a_near_one() {
        let of = |i: u32| Colour((i % 32 * 8) as u8, (i / 32 * 8) as u8, 0);
        let picture = Decoded::of(&encoded(&canvas((0..1024).map(of))).expect("a file"));
        for i in 0..1024 {
            let (is, was) = (picture.at(i as i32 % 32, i as i32 / 32), of(i));
            assert!(is.0.abs_diff(was.0) < 255 && is.2 == 0, "{was} became {is}");
        }
    }

    #[test]
    fn a_canvas_has_one_file() {
        let bytes =
            || encoded(&canvas((0..1000).map(|i| Colour((i % 251) as u8, (i / 5) as u8, 1))));
        assert_eq!(bytes().expect("a file"), bytes().expect("a file"));
    }
}
