//! The frame of a picture over time: ticks, grid and labels.

use super::canvas::{Area, Canvas, FAINT, RULE, TextAlign};
use super::font::Size;
use super::sheet::{LINE, Sheet};
use crate::quantity::Window;
use crate::view::parts::axis::TimeAxis;

/// Pixels between a label and its axis.
const GAP: i32 = 10;

/// Pixels between the axis and its times, for the lower half of the lowest value label.
const BELOW: i32 = 10;

/// The most time ticks that fit the width.
const TICKS: usize = 9;

/// The position of a time in an area as wide as the window.
pub(super) fn x(area: Area, window: Window, at: i64) -> f64 {
    let share = at.saturating_sub(window.start.0) as f64 / window.length().0.max(1) as f64;
    f64::from(area.left) + share * f64::from(area.width)
}

/// Vertical grid lines at the ticks; draw them before the data.
pub(super) fn rules(canvas: &mut Canvas, area: Area, window: Window) {
    for at in TimeAxis(window).ticks(TICKS) {
        let left = x(area, window, at).round() as i32;
        canvas.fill(Area { left, width: 1, ..area }, RULE);
    }
}

/// Times of day, with the date below, in UTC.
pub(super) fn times(sheet: &mut Sheet, area: Area, window: Window) {
    /// Width of the widest label in pixels: `22:50:15.500`.
    const LABEL: i32 = 140;
    let axis = TimeAxis(window);
    let line = sheet.strip(BELOW + LINE);
    for at in axis.ticks(TICKS) {
        let middle = x(area, window, at).round() as i32;
        sheet.canvas.fill(Area { left: middle, top: line.top, width: 1, height: 6 }, FAINT);
        let left = (middle - LABEL / 2).min(sheet.canvas.width() - LABEL);
        let label = Area { left, top: line.top + BELOW, width: LABEL, height: LINE };
        sheet.canvas.write(label, TextAlign::Centre, Size::Large, FAINT, &axis.label(at, TICKS));
    }
    let days = sheet.line();
    let days = Area { left: area.left, top: days.top + 4, width: area.width, ..days };
    sheet.canvas.write(days, TextAlign::Centre, Size::Large, FAINT, &axis.days());
    sheet.strip(GAP);
}

/// Text to the left of an area, centred at a height.
pub(super) fn beside(canvas: &mut Canvas, area: Area, left: i32, y: i32, text: &str) {
    let label = Area { left, top: y - LINE / 2, width: area.left - GAP - left, height: LINE };
    canvas.write(label, TextAlign::Right, Size::Large, FAINT, text);
}

/// About `about` round values from `low` to `high`.
pub(super) fn round_values(low: f64, high: f64, about: f64) -> Vec<f64> {
    let step = round_step((high - low) / about);
    let (first, last) = ((low / step).ceil(), (high / step).floor());
    if !(step > 0.0 && step.is_finite() && last - first < 10.0 * about) {
        return Vec::new();
    }
    (0..=(last - first) as i32).map(|i| (first + f64::from(i)) * step).collect()
}

/// 1, 2 or 5 times a power of ten, not less than `least`.
fn round_step(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    let fits = |factor: &f64| factor * power >= least * (1.0 - 1e-9);
    [1.0, 2.0, 5.0].into_iter().find(fits).unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_round_and_inside() {
        assert_eq!(round_values(0.0, 2.1, 6.0), [0.0, 0.5, 1.0, 1.5, 2.0]);
        assert_eq!(round_values(-3.0, 3.0, 6.0), [-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0]);
        assert_eq!(round_values(0.0, 1260.0, 6.0), [0.0, 500.0, 1000.0]);
        for (low, high) in [(0.0, 0.0), (0.0, f64::INFINITY), (f64::NAN, 1.0), (1.0, 0.0)] {
            assert!(round_values(low, high, 6.0).is_empty());
        }
    }
}
