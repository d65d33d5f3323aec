//! Letters as pixels: Noto Sans Mono, rasterised beforehand.
//!
//! The machine's fonts are not used, so a picture is the same everywhere. In exchange,
//! only Latin letters are drawn; others are shown as a replacement mark.

use noto_sans_mono_bitmap::{FontWeight, RasterHeight, get_raster, get_raster_width};

use crate::view::parts::escape;

/// Shown for a letter that the font lacks.
const UNKNOWN: char = '\u{fffd}';

/// Letter sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Size {
    /// Readable on paper, with the picture as wide as the text.
    Small,
    /// Readable on a screen that shows the picture at half size.
    Large,
}

impl Size {
    /// Height of a line in pixels.
    pub(super) fn height(self) -> i32 {
        match self {
            Size::Small => 16,
            Size::Large => 24,
        }
    }

    /// Width of a letter in pixels.
    pub(super) fn advance(self) -> i32 {
        get_raster_width(FontWeight::Regular, self.raster()) as i32
    }

    /// Width of a text in pixels.
    pub(super) fn width(self, text: &str) -> i32 {
        i32::try_from(text.chars().count()).unwrap_or(i32::MAX).saturating_mul(self.advance())
    }

    /// How many letters fit into a width.
    pub(super) fn room(self, width: i32) -> usize {
        usize::try_from(width / self.advance()).unwrap_or(0)
    }

    fn raster(self) -> RasterHeight {
        match self {
            Size::Small => RasterHeight::Size16,
            Size::Large => RasterHeight::Size24,
        }
    }
}

/// The rows of a letter, with a byte of coverage per pixel.
pub(super) fn glyph(letter: char, size: Size) -> &'static [&'static [u8]] {
    let raster = |letter| get_raster(letter, FontWeight::Regular, size.raster());
    raster(letter).or_else(|| raster(UNKNOWN)).or_else(|| raster('?')).map_or(&[], |c| c.raster())
}

/// The text with letters that the font lacks replaced by similar ones.
pub(super) fn drawable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in escape::clean(text).chars() {
        match letter {
            '…' => out.push_str(".."),
            '‐'..='―' | '−' => out.push('-'),
            '‘' | '’' => out.push('\''),
            '“' | '”' => out.push('"'),
            '→' => out.push_str("->"),
            'μ' => out.push('µ'),
            'ρ' => out.push_str("rho"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_has_the_shape_of_its_size() {
        for size in [Size::Small, Size::Large] {
            for letter in ['a', 'µ', '·', '漢', '\u{202e}', '\0', '🔥'] {
                let glyph = glyph(letter, size);
                assert_eq!(glyph.len() as i32, size.height(), "{letter}");
                assert!(glyph.iter().all(|row| row.len() as i32 == size.advance()), "{letter}");
            }
        }
    }

    #[test]
    fn missing_letters_are_a_replacement_mark() {
        let ink =
            |letter| glyph(letter, Size::Large).iter().flat_map(|row| row.iter()).any(|p| *p > 0);
        assert!(ink('漢') && !ink(' '));
        assert_eq!(drawable("a→b … “c”\u{202e}"), "a->b .. \"c\"\u{fffd}");
    }
}
