//! A decoded PNG, for tests.

use std::io::Cursor;

use crate::view::parts::colour::Colour;

pub(super) struct Decoded {
    pub(super) width: i32,
    pub(super) height: i32,
    channels: Vec<u8>,
}

impl Decoded {
    pub(super) fn of(bytes: &[u8]) -> Decoded {
        let mut decoder = png::Decoder::new(Cursor::new(bytes));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().expect("a picture");
        let mut channels = vec![0; reader.output_buffer_size().expect("a size")];
        let frame = reader.next_frame(&mut channels).expect("pixels");
        assert_eq!(frame.color_type, png::ColorType::Rgb);
        Decoded { width: frame.width as i32, height: frame.height as i32, channels }
    }

    pub(super) fn at(&self, x: i32, y: i32) -> Colour {
        let i = 3 * (y * self.width + x) as usize;
        Colour(self.channels[i], self.channels[i + 1], self.channels[i + 2])
    }

    /// The topmost row in which a column has this colour.
    pub(super) fn top_of(&self, x: i32, colour: Colour) -> Option<i32> {
        (0..self.height).find(|y| self.at(x, *y) == colour)
    }

    /// The number of pixels with this colour.
    pub(super) fn count(&self, colour: Colour) -> usize {
        let Colour(r, g, b) = colour;
        self.channels.chunks(3).filter(|pixel| **pixel == [r, g, b]).count()
    }
}
