//! How values of one class are read: only the wanted fields, in the order asked for. The
//! other fields are skipped.

use super::cursor::{Cursor, Text};
use super::metadata::{Classes, ValueLayout};
use crate::source::malformed::Malformed;

/// A class, with a slot for each wanted field.
#[derive(Debug)]
pub(super) struct Record<const N: usize> {
    steps: Vec<(ValueLayout, Option<usize>)>,
}

/// The value of a wanted field.
#[derive(Debug, Clone, Copy, Default)]
pub(super) enum Content<'a> {
    /// The class has no such field.
    #[default]
    None,
    Number(i64),
    Text(Text<'a>),
    /// This many elements from here on.
    List(Cursor<'a>, usize),
}

impl Content<'_> {
    /// The number, or that of a constant; 0, which no constant has, if there is none.
    pub(super) fn number(self) -> i64 {
        match self {
            Content::Number(number) => number,
            Content::None | Content::Text(_) | Content::List(..) => 0,
        }
    }
}

impl<const N: usize> Record<N> {
    /// Reads a class by the names of its fields; the only field of a class whose values
    /// are texts is called "". `at` is the offset for errors.
    pub(super) fn of(
        classes: &Classes,
        class: i64,
        wanted: [&str; N],
        at: usize,
    ) -> Result<Record<N>, Malformed> {
        let mut steps = Vec::new();
        for (name, shapes) in classes.layout(class, at)? {
            // A field with several values is a structure, which is never wanted whole.
            let slot = wanted.iter().position(|wanted| *wanted == name && shapes.len() == 1);
            steps.extend(shapes.into_iter().map(|shape| (shape, slot)));
        }
        Ok(Record { steps })
    }

    pub(super) fn read<'a>(&self, cursor: &mut Cursor<'a>) -> Result<[Content<'a>; N], Malformed> {
        let mut contents = [Content::None; N];
        for (shape, slot) in &self.steps {
            let content = shape.read(cursor)?;
            if let Some(slot) = slot {
                contents[*slot] = content;
            }
        }
        Ok(contents)
    }
}

impl ValueLayout {
    fn read<'a>(&self, cursor: &mut Cursor<'a>) -> Result<Content<'a>, Malformed> {
        match self {
            ValueLayout::Number(width) => cursor.number(*width).map(Content::Number),
            ValueLayout::Float(bytes) => cursor.take(*bytes).map(|_| Content::None),
            ValueLayout::Text => cursor.text().map(Content::Text),
            ValueLayout::List(shapes) => {
                let count = cursor.count()?;
                let start = *cursor;
                // Elements without a size take no bytes, however many there are.
                for _ in 0..if shapes.is_empty() { 0 } else { count } {
                    for shape in shapes {
                        shape.read(cursor)?;
                    }
                }
                Ok(Content::List(start, count))
            }
        }
    }
}
