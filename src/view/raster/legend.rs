//! The legend of a picture: its sides and its colours.

use super::canvas::{Area, FAINT, INK, TextAlign};
use super::font::Size;
use super::sheet::Sheet;
use super::stacks::{NOISE, tint, words};
use crate::profile::diff::{Mode, Width};
use crate::profile::{Diff, StackId};
use crate::view::parts::colour::Colour;
use crate::view::parts::screen::amount;
use crate::view::stacks::shape::GraphRef;

/// Width of a colour bar in pixels.
const BAR: i32 = 320;

/// Lines above a diff; none for a tree, whose boxes carry their names.
pub(super) fn draw(sheet: &mut Sheet, stacks: GraphRef<'_>) {
    let GraphRef::Diff(diff) = stacks else { return };
    let titles = [&*diff.titles[0], &*diff.titles[1]];
    let [before, after] = totals(diff);
    let side = |word: &str, title: &str, total: String| match title {
        title if title == word => format!("{word}: {total}"),
        title => format!("{word} {title}: {total}"),
    };
    let (before, after) = (side("before", titles[0], before), side("after", titles[1], after));
    sheet.text(&format!("{before} -> {after}{}", growth(diff)), INK);
    sheet.text(&meaning(diff, titles), FAINT);
    let ends = ["blue shrank, to -100% (removed)", "red grew, to +100% and more (new)"];
    bar(sheet, ends, |share| tint(2.0 * share - 1.0));
    if let Some(noise) = &diff.noise {
        let summary = noise.summary(diff.mode).replace('≈', NOISE);
        sheet.text(&format!("Pale: not significant. {summary}."), FAINT);
    }
}

/// The total of each side in the unit of the changes; for shares as recorded.
fn totals(diff: &Diff) -> [String; 2] {
    let total = diff.total(StackId::EMPTY);
    match diff.mode {
        Mode::Share => [&diff.before, &diff.after].map(|tree| amount(tree.total(), &tree.unit)),
        Mode::Amount | Mode::Rate => {
            [total.before, total.after].map(|total| amount(total, &diff.unit()))
        }
    }
}

/// The growth of the total; empty for shares, whose totals are equal by definition.
fn growth(diff: &Diff) -> String {
    if diff.mode == Mode::Share {
        return String::new();
    }
    words(diff, diff.total(StackId::EMPTY)).map_or(String::new(), |words| format!(" ({words})"))
}

/// The meaning of widths and numbers.
fn meaning(diff: &Diff, [before, after]: [&str; 2]) -> String {
    let measure = match diff.mode {
        Mode::Share => "shares of each side's total, changes in percentage points (pp)",
        Mode::Amount => "amounts as recorded",
        Mode::Rate => "amounts per second of profiled time",
    };
    let width = match diff.width {
        Width::Both => format!("{before} and {after} together"),
        Width::Before => before.to_owned(),
        Width::After => after.to_owned(),
        Width::Delta => "the sum of the changes below it".to_owned(),
    };
    format!("Compares {measure}. A box is as wide as {width}.")
}

/// A colour bar between two words.
pub(super) fn bar(sheet: &mut Sheet, words: [&str; 2], colour: impl Fn(f64) -> Colour) {
    let line = sheet.line();
    let left = line.left + Size::Large.width(words[0]) + 12;
    for x in 0..BAR {
        let area = Area { left: left + x, top: line.top + 4, width: 1, height: line.height - 8 };
        sheet.canvas.fill(area, colour(f64::from(x) / f64::from(BAR - 1)));
    }
    let rest = line.inset(left + BAR + 12 - line.left, 0, 0, 0);
    sheet.canvas.write(line, TextAlign::Left, Size::Large, FAINT, words[0]);
    sheet.canvas.write(rest, TextAlign::Left, Size::Large, FAINT, words[1]);
}
