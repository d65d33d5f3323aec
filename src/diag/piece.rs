//! Runs of text in one style: what `render` and `snippet` both write.
//!
//! Everything typed or read from data is made harmless here, and nowhere else:
//! control characters are shown as escapes, so that no name can colour a terminal
//! or end an HTML tag.

/// A run of text in one style.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) style: Style,
    pub(super) text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Strong,
    /// Line numbers and bars.
    Gutter,
    Error,
    Warning,
    /// Other places that explain the error.
    Related,
    Help,
}

impl Piece {
    /// Escapes the harmful characters of `text`.
    pub(super) fn new(style: Style, text: &str) -> Piece {
        Piece { style, text: harmless(text) }
    }
}

/// A line without its newline.
pub(super) type StyledLine = Vec<Piece>;

/// Control characters, and those that reorder text, as escapes.
pub fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_harmful(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// Includes the marks that reverse the direction of text: they can make code look
/// like other code.
pub(super) fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}
