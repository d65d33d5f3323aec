//! Where plain text goes: how wide it is and whether it knows colours.

use crate::quantity::{Quantity, Unit};
use crate::view::parts::escape;

/// A terminal, a log or the plain form of a cell's output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    /// In characters; none for a pipe, where nothing needs to be cut.
    pub width: Option<usize>,
    /// Whether ANSI colours are understood.
    pub colour: bool,
}

impl Screen {
    /// The plain text beside the html of a cell: as wide as most notebooks show.
    pub const CELL: Screen = Screen { width: Some(110), colour: false };

    /// A pipe or a file.
    pub const PIPE: Screen = Screen { width: None, colour: false };

    /// The width to lay out lines for that could be of any length.
    pub(crate) fn columns(self) -> usize {
        self.width.unwrap_or(140).max(40)
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.painted(text, "1")
    }

    pub(crate) fn dim(self, text: &str) -> String {
        self.painted(text, "2")
    }

    fn painted(self, text: &str, code: &str) -> String {
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// A value with its unit. The unit of a profile is the text of a stranger.
pub(crate) fn amount(value: f64, unit: &Unit) -> String {
    escape::name(&Quantity::new(value, unit.clone()).to_string())
}

/// `text` at the right end of `width` characters.
pub(crate) fn right(text: &str, width: usize) -> String {
    format!("{text:>width$}")
}

/// `part` of `whole` with one decimal; nothing is no part of nothing.
pub(crate) fn percent(part: f64, whole: f64) -> String {
    if whole == 0.0 {
        return "0%".to_owned();
    }
    // The sum of no values at all is a negative zero.
    let percent = 100.0 * part / whole + 0.0;
    if percent != 0.0 && percent.abs() < 0.05 {
        return if percent > 0.0 { "<0.1%".to_owned() } else { "-0.0%".to_owned() };
    }
    let text = format!("{percent:.1}");
    format!("{}%", text.strip_suffix(".0").filter(|_| text == "100.0").unwrap_or(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_have_one_decimal_and_say_when_they_are_tiny() {
        for (part, whole, text) in [
            (1.0, 4.0, "25.0%"),
            (4.0, 4.0, "100%"),
            (0.0, 4.0, "0.0%"),
            (-0.0, 4.0, "0.0%"),
            (1.0, 10_000.0, "<0.1%"),
            (-1.0, 4.0, "-25.0%"),
            (1.0, 0.0, "0%"),
        ] {
            assert_eq!(percent(part, whole), text);
        }
    }

    #[test]
    fn colours_are_for_those_who_know_them() {
        assert_eq!(Screen::PIPE.bold("x"), "x");
        assert_eq!(Screen { width: None, colour: true }.bold("x"), "\x1b[1mx\x1b[0m");
    }
}
