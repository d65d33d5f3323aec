//! Half of the 95 % intervals of the changes in each function's total, as columns of the payload.
//!
//! There is one column per mode, because the reader can switch, with one number per name.
//! A negative number belongs to a change that is not statistically significant; 0 means
//! that the error is unknown.

use std::collections::BTreeMap;

use serde::Serialize;

use super::columns::Quantised;
use super::names::{NameId, Ranked};
use crate::profile::Diff;
use crate::profile::diff::Mode;
use crate::profile::frame::FrameId;

/// How to decode one column.
#[derive(Debug, Serialize)]
pub(super) struct ErrorColumn {
    scale: f64,
    signed: bool,
}

/// Errors are rounded to this fraction of the largest one, so a column takes less than
/// two bytes per name.
const FINEST: f64 = 4095.0;

/// Appends the columns and returns how to decode them, by mode.
pub(super) fn push(
    diff: &Diff,
    names: &[NameId],
    ranked: &Ranked<'_>,
    out: &mut Vec<u8>,
) -> BTreeMap<&'static str, ErrorColumn> {
    // In alphabetical order, in which the page reads them.
    let mut modes = Mode::ALL.map(|mode| (mode.as_str(), mode));
    modes.sort_unstable_by_key(|(word, _)| *word);
    let known = modes.into_iter().filter(|(_, mode)| diff.noise.is_some() && diff.has(*mode));
    let column = |(word, mode)| {
        let column = Quantised::new(&rounded(by_name(diff, mode, names, ranked)));
        column.push(out);
        (word, ErrorColumn { scale: column.scale, signed: column.signed })
    };
    known.map(column).collect()
}

fn by_name(diff: &Diff, mode: Mode, names: &[NameId], ranked: &Ranked<'_>) -> Vec<f64> {
    let mut errors = vec![0.0; ranked.texts.len()];
    let Some(noise) = &diff.noise else { return errors };
    for (frame, name) in names.iter().enumerate() {
        let verdict = noise.of(mode, FrameId(frame as u32));
        if let (Some(id), Some(verdict)) = (ranked.id(*name), verdict) {
            let sign = if verdict.total.significant { 1.0 } else { -1.0 };
            let half = verdict.total.half_interval();
            errors[id as usize] = if half.is_finite() { sign * half } else { 0.0 };
        }
    }
    errors
}

/// Rounds the errors; a known error never becomes 0.
fn rounded(mut errors: Vec<f64>) -> Vec<f64> {
    let step = errors.iter().map(|error| error.abs()).fold(0.0, f64::max) / FINEST;
    for error in errors.iter_mut().filter(|error| **error != 0.0) {
        *error = (error.abs() / step).round().max(1.0) * step * error.signum();
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_keep_their_sign_and_fit_into_two_bytes() {
        let column = Quantised::new(&rounded(vec![0.0, 4095.0, -0.1, -1000.0]));
        // In zigzag, -1000 is 1999.
        assert_eq!(column.numbers, [0, 8190, 1, 1999]);
        assert_eq!((column.scale, column.signed), (1.0, true));
        assert_eq!(rounded(vec![0.0, 0.0]), [0.0, 0.0]);
    }
}
