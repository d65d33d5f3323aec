//! The lines of a cell that a diagnostic points at, with carets and dashes.
//!
//! Columns are those of a terminal: a tab has four, a wide character two, a combining
//! mark none, and an escaped character as many as its escape.

use unicode_width::UnicodeWidthChar;

use super::piece::{Piece, Style, StyledLine, is_harmful};
use super::{Diagnostic, Place};

const TAB_WIDTH: usize = 4;
/// Longer lines are cut.
const MAX_WIDTH: usize = 160;
/// Columns that are kept before a mark when a line is cut.
const KEPT_BEFORE_MARK: usize = 60;

/// A marked part of one line.
struct Mark<'a> {
    /// The line's number, from 0.
    line: usize,
    /// Bytes of the line.
    place: Place,
    sign: char,
    style: Style,
    label: &'a str,
}

/// The header ` --> In[7]:1:38`, then the marked lines.
pub(super) fn of(diagnostic: &Diagnostic, code: &str, cell: &str, style: Style) -> Vec<StyledLine> {
    let Some(place) = diagnostic.place else { return Vec::new() };
    let text: Vec<&str> = code.split('\n').collect();
    let mut marks = marks(&text, place, ('^', style), &diagnostic.label);
    for (place, label) in &diagnostic.related {
        marks.extend(self::marks(&text, *place, ('-', Style::Related), label));
    }
    let (line, column) = position(code, place.start);
    let width = marks.iter().map(|mark| (mark.line + 1).to_string().len()).max().unwrap_or(1);
    let mut lines = vec![
        vec![
            Piece::new(Style::Gutter, &format!("{:width$}--> ", "")),
            Piece::new(Style::Plain, &format!("{cell}:{line}:{column}")),
        ],
        bar(width, ""),
    ];
    lines.extend(marked(&text, &marks, width));
    // The bar connects the lines with the help or note below them.
    if diagnostic.help.is_some() || !diagnostic.notes.is_empty() {
        lines.push(bar(width, ""));
    }
    lines
}

/// The patched line, unless the help text already contains the patch.
pub(super) fn of_patch(diagnostic: &Diagnostic, code: &str) -> Vec<StyledLine> {
    let (Some(patch), Some(help)) = (&diagnostic.patch, &diagnostic.help) else {
        return Vec::new();
    };
    let (start, end) = (patch.place.start, patch.place.end);
    if help.contains(patch.text.trim()) && !patch.text.trim().is_empty()
        || code.get(start..end).is_none()
    {
        return Vec::new();
    }
    let patched = format!("{}{}{}", &code[..start], patch.text, &code[end..]);
    let text: Vec<&str> = patched.split('\n').map(str::trim_end).collect();
    let place = Place::new(start, start + patch.text.trim_end().len().max(1));
    let sign = if patch.text.is_empty() { ' ' } else { '+' };
    let marks = marks(&text, place, (sign, Style::Help), "");
    let width = marks.iter().map(|mark| (mark.line + 1).to_string().len()).max().unwrap_or(1);
    let mut lines = vec![bar(width, "")];
    lines.extend(marked(&text, &marks, width));
    if sign == ' ' {
        lines.pop();
    }
    lines
}

/// The marks of a place: one for its line, or two for its first and last line. The
/// last one has the label.
fn marks<'a>(
    text: &[&str],
    place: Place,
    (sign, style): (char, Style),
    label: &'a str,
) -> Vec<Mark<'a>> {
    let mut marks = Vec::new();
    let mut offset = 0;
    for (line, content) in text.iter().enumerate() {
        let end = offset + content.len();
        // The end of a line counts as part of it: something may be missing there.
        if place.start <= end && (place.end > offset || place.start >= offset) {
            let indent = content.len() - content.trim_start().len();
            let first = if place.start >= offset { place.start - offset } else { indent };
            let part = Place::new(first, place.end.min(end).saturating_sub(offset).max(first));
            marks.push(Mark { line, place: part, sign, style, label: "" });
        }
        offset = end + 1;
    }
    // Of a place with more than two lines only the first and the last are marked.
    if marks.len() > 1 {
        let last = marks.len() - 1;
        marks.swap(1, last);
        marks.truncate(2);
    }
    if let Some(last) = marks.last_mut() {
        last.label = label;
    }
    marks
}

/// Each marked line once, with its marks below it, and dots where lines are left out.
fn marked(text: &[&str], marks: &[Mark<'_>], width: usize) -> Vec<StyledLine> {
    let mut numbers: Vec<usize> = marks.iter().map(|mark| mark.line).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let mut lines: Vec<StyledLine> = Vec::new();
    let mut before: Option<usize> = None;
    for number in numbers {
        if before.is_some_and(|before| before + 1 < number) {
            lines.push(vec![Piece::new(Style::Gutter, "...")]);
        }
        before = Some(number);
        let here: Vec<&Mark<'_>> = marks.iter().filter(|mark| mark.line == number).collect();
        let shown = DisplayedLine::new(text[number], here[0].place.start);
        lines.push(vec![
            Piece::new(Style::Gutter, &format!("{:>width$} | ", number + 1)),
            Piece::new(Style::Plain, &shown.text),
        ]);
        lines.extend(here.into_iter().filter_map(|mark| shown.mark(mark, width)));
    }
    lines
}

fn bar(width: usize, rest: &str) -> StyledLine {
    vec![Piece::new(Style::Gutter, &format!("{:width$} |{rest}", ""))]
}

/// The line and the column of a byte offset. Both count from 1, columns in characters.
fn position(code: &str, at: usize) -> (usize, usize) {
    let mut end = at.min(code.len());
    while !code.is_char_boundary(end) {
        end -= 1;
    }
    let before = &code[..end];
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[start..].chars().count() + 1)
}

/// A line as it is shown, perhaps cut, with the column of each byte.
struct DisplayedLine {
    text: String,
    /// (byte, column) of each character and of the end, ascending.
    columns: Vec<(usize, usize)>,
}

impl DisplayedLine {
    fn new(line: &str, mark: usize) -> DisplayedLine {
        let line = line.trim_end_matches('\r');
        let (from, to) = kept(line, mark);
        let mut shown = DisplayedLine { text: String::new(), columns: Vec::new() };
        let mut column = 0;
        if from > 0 {
            shown.text.push('…');
            column = 1;
        }
        for (at, c) in line[from..to].char_indices() {
            shown.columns.push((from + at, column));
            column += shown.push(c);
        }
        shown.columns.push((to, column));
        if to < line.len() {
            shown.text.push('…');
        }
        shown
    }

    /// Appends a character and returns the width it is shown with.
    fn push(&mut self, c: char) -> usize {
        if c == '\t' {
            self.text.push_str(&" ".repeat(TAB_WIDTH));
            return TAB_WIDTH;
        }
        if is_harmful(c) {
            let escaped = c.escape_default().to_string();
            self.text.push_str(&escaped);
            return escaped.len();
        }
        self.text.push(c);
        c.width().unwrap_or(0)
    }

    fn column(&self, byte: usize) -> usize {
        let after = self.columns.partition_point(|(at, _)| *at < byte);
        self.columns.get(after).or(self.columns.last()).map_or(0, |(_, column)| *column)
    }

    /// The row of carets under the line; none if the mark was cut off.
    fn mark(&self, mark: &Mark<'_>, width: usize) -> Option<StyledLine> {
        let (first, last) = (self.columns.first()?.0, self.columns.last()?.0);
        if mark.place.start > last || mark.place.end < first {
            return None;
        }
        let start = self.column(mark.place.start);
        let length = self.column(mark.place.end).saturating_sub(start).max(1);
        let signs = mark.sign.to_string().repeat(length);
        let signs = if mark.label.is_empty() { signs } else { format!("{signs} {}", mark.label) };
        Some(vec![
            Piece::new(Style::Gutter, &format!("{:width$} | ", "")),
            Piece::new(Style::Plain, &" ".repeat(start)),
            Piece::new(mark.style, &signs),
        ])
    }
}

/// The range of bytes of a long line that is shown around a mark.
fn kept(line: &str, mark: usize) -> (usize, usize) {
    if line.len() <= MAX_WIDTH {
        return (0, line.len());
    }
    let boundary = |mut at: usize| {
        while !line.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let from = boundary(mark.min(line.len()).saturating_sub(KEPT_BEFORE_MARK));
    (from, boundary((from + MAX_WIDTH).min(line.len())))
}
