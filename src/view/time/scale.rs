//! The values that the colours of a heat map stand for.
//!
//! A scale starts at a round value near the smallest one, so that rows of similar values
//! differ; near zero it starts at zero.

/// The values of the palest and of the darkest colour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scale {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Scale {
    /// `None` without values.
    pub(crate) fn of(values: impl Iterator<Item = f64> + Clone) -> Option<Scale> {
        let (low, high) = (values.clone().reduce(f64::min)?, values.reduce(f64::max)?);
        Some(Scale { low: start(low, high), high: high.max(0.0) })
    }

    /// The position of a value, from 0 to 1.
    pub(crate) fn share(self, value: f64) -> f64 {
        let length = self.high - self.low;
        if length > 0.0 { (value - self.low) / length } else { 0.0 }
    }
}

/// A round value not above `low`; zero if that is near, or if all values are equal.
fn start(low: f64, high: f64) -> f64 {
    /// A scale that would start below this part of its end starts at zero.
    const NEAR: f64 = 0.2;
    if low <= 0.0 {
        return low;
    }
    let rough = (high - low) / 5.0;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|n| n * power).find(|step| *step >= rough);
    let start = step.map_or(0.0, |step| (low / step).floor() * step);
    if start.is_finite() && start >= NEAR * high { start } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_starts_at_a_round_value_near_the_smallest() {
        for (values, low, high) in [
            // A fifth of 2 475 is 495; the next round step is 500.
            (&[11_970.0, 14_445.0][..], 11_500.0, 14_445.0),
            (&[3.0, 10.0], 2.0, 10.0),
            (&[0.5, 4.0], 0.0, 4.0),
            (&[0.0, 4.0], 0.0, 4.0),
            (&[-2.0, 4.0], -2.0, 4.0),
            (&[-4.0, -2.0], -4.0, 0.0),
            (&[7.0, 7.0], 0.0, 7.0),
        ] {
            let scale = Scale::of(values.iter().copied()).expect("values");
            assert_eq!((scale.low, scale.high), (low, high), "{values:?}");
        }
        assert_eq!(Scale::of(std::iter::empty()), None);
    }

    #[test]
    fn shares_go_from_none_to_all() {
        let scale = Scale { low: 2.0, high: 10.0 };
        assert_eq!([2.0, 4.0, 10.0].map(|value| scale.share(value)), [0.0, 0.25, 1.0]);
        assert_eq!(Scale { low: 0.0, high: 0.0 }.share(0.0), 0.0);
    }
}
