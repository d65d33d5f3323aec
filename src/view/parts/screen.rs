//! Where plain text is shown: its width and whether it supports colours.

use crate::quantity::{Quantity, Unit};
use crate::view::parts::{escape, fit};

/// A terminal, a log or the plain form of a cell's output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    /// In columns, at least 40; `None` for a pipe, where only tables are cut.
    pub width: Option<usize>,
    /// Whether it supports ANSI colours.
    pub colour: bool,
}

impl Screen {
    /// The plain text form of a cell's output: always 110 columns, because the front end
    /// does not say how wide it is, and a saved notebook is read elsewhere.
    pub const CELL: Screen = Screen { width: Some(110), colour: false };

    /// A pipe or a file.
    pub const PIPE: Screen = Screen { width: None, colour: false };

    /// The width for lines that could be of any length.
    pub(crate) fn columns(self) -> usize {
        self.width.unwrap_or(140).max(40)
    }

    /// A sentence in lines that fit; later lines start with `indent` blanks.
    pub(crate) fn sentence(self, text: &str, indent: usize) -> Vec<String> {
        self.wrapped(words(text), " ", indent)
    }

    /// Facts in lines that fit, with a dot between them.
    pub(crate) fn facts<S: AsRef<str>>(
        self,
        facts: impl IntoIterator<Item = S>,
        indent: usize,
    ) -> Vec<String> {
        self.wrapped(facts, " · ", indent)
    }

    fn wrapped<S: AsRef<str>>(
        self,
        parts: impl IntoIterator<Item = S>,
        between: &str,
        indent: usize,
    ) -> Vec<String> {
        let most = self.width.map_or(usize::MAX, |_| self.columns());
        fit::wrapped(parts, between, indent, most)
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

/// The words of a sentence; `11 970` is one.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let is_digit = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_digit());
    for word in text.split(' ') {
        match words.last_mut() {
            Some(last) if is_digit(last.chars().last()) && is_digit(word.chars().next()) => {
                last.push(' ');
                last.push_str(word);
            }
            _ => words.push(word.to_owned()),
        }
    }
    words
}

/// A value with its unit, whose name comes from the profile and is escaped.
pub(crate) fn amount(value: f64, unit: &Unit) -> String {
    escape::name(&Quantity::new(value, unit.clone()).to_string())
}

/// `part` of `whole` in percent with one decimal; a part of zero is 0 %.
pub(crate) fn percent(part: f64, whole: f64) -> String {
    if whole == 0.0 {
        return "0%".to_owned();
    }
    // An empty sum is -0.0; adding 0.0 removes the sign.
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
    fn sentences_break_at_words_and_not_inside_numbers() {
        let screen = Screen { width: Some(40), colour: false };
        // 40 columns would end between `11` and `970`.
        let text = "the largest value that was recorded: 11 970 goroutines";
        let lines = ["the largest value that was recorded:", "  11 970 goroutines"];
        assert_eq!(screen.sentence(text, 2), lines);
        assert_eq!(Screen::PIPE.sentence(text, 2), [text]);
    }

    #[test]
    fn colours_need_a_screen_that_supports_them() {
        assert_eq!(Screen::PIPE.bold("x"), "x");
        assert_eq!(Screen { width: None, colour: true }.bold("x"), "\x1b[1mx\x1b[0m");
    }
}
