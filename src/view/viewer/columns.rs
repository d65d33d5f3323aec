//! Columns of unsigned varints: how the payload encodes numbers.

/// Appends `value` as unsigned LEB128: seven bits per byte, the lowest first.
pub(super) fn push_varint(out: &mut Vec<u8>, mut value: u64) {
    while value > 0x7f {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Values as whole multiples of a scale.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Quantised {
    /// The factor of every number.
    pub(super) scale: f64,
    /// How far a sum of the values may be off: 0 if they are exact.
    pub(super) rounding: f64,
    /// Whether numbers are zigzag encoded: 0, -1, 1, -2, 2 as 0, 1, 2, 3, 4.
    pub(super) signed: bool,
    pub(super) numbers: Vec<u64>,
}

/// The largest whole number that JavaScript reads exactly, with a bit left for the sign.
const LARGEST: f64 = (1_u64 << 52) as f64;

/// If values have no common divisor, the resolution is this fraction of their sum.
const FINEST: f64 = (1_u64 << 31) as f64;

impl Quantised {
    /// Exact for whole numbers, for means of up to [`MOST_SNAPSHOTS`] and for multiples of
    /// one fraction, such as sums divided by a time; otherwise rounded to `1 / FINEST` of
    /// the sum of absolute values.
    pub(super) fn new(values: &[f64]) -> Quantised {
        let exact = whole_part(values).or_else(|| mean_part(values));
        let (scale, rounding) = match exact.or_else(|| common_part(values)) {
            Some(scale) => (scale, 0.0),
            None => {
                let magnitude: f64 = values.iter().map(|value| value.abs()).sum();
                let scale = magnitude / FINEST;
                // Each is off by up to half of the scale, evenly: 3.5 standard deviations.
                (scale, scale * (values.len() as f64).sqrt())
            }
        };
        let signed = values.iter().any(|value| *value < 0.0);
        let number = |value: &f64| {
            let whole = if scale > 0.0 { (value / scale).round() } else { 0.0 };
            if signed { zigzag(whole as i64) } else { whole as u64 }
        };
        Quantised { scale, rounding, signed, numbers: values.iter().map(number).collect() }
    }

    pub(super) fn push(&self, out: &mut Vec<u8>) {
        self.numbers.iter().for_each(|number| push_varint(out, *number));
    }
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

/// The greatest common divisor of whole numbers; 1 if all are zero; `None` for fractions.
fn whole_part(values: &[f64]) -> Option<f64> {
    let mut part = 0_u64;
    for value in values {
        if value.fract() != 0.0 || value.abs() > LARGEST {
            return None;
        }
        if part != 1 {
            part = divisor(part, value.abs() as u64);
        }
    }
    Some(part.max(1) as f64)
}

/// The most snapshots whose mean is exact.
const MOST_SNAPSHOTS: u32 = 64;

/// As `whole_part`, of means of the same number of whole numbers.
fn mean_part(values: &[f64]) -> Option<f64> {
    (2..=MOST_SNAPSHOTS).map(f64::from).find_map(|snapshots| {
        let sums = values.iter().map(|value| {
            let sum = value * snapshots;
            // A quotient is rounded, so its multiple is whole but for the last digit.
            let is_whole = (sum - sum.round()).abs() <= sum.abs() * f64::EPSILON;
            is_whole.then(|| sum.round())
        });
        let sums = sums.collect::<Option<Vec<f64>>>()?;
        Some(whole_part(&sums)? / snapshots)
    })
}

fn divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// The common divisor of all values, allowing for rounding, by Euclid's algorithm on
/// fractions; `None` if it would be finer than [`FINEST`].
fn common_part(values: &[f64]) -> Option<f64> {
    /// A remainder below this part of the larger value is a rounding error.
    const ROUNDING: f64 = 1e-11;
    let largest = values.iter().map(|value| value.abs()).fold(0.0, f64::max);
    let least = largest / FINEST;
    let mut part = 0.0_f64;
    for value in values {
        let (mut a, mut b) = (value.abs().max(part), value.abs().min(part));
        let rest = (a * ROUNDING).max(least * 0.01);
        while b > rest {
            (a, b) = (b, (a / b - (a / b).round()).abs() * b);
        }
        part = a;
        if part != 0.0 && part < least {
            return None;
        }
    }
    let is_multiple = |value: &f64| (value / part - (value / part).round()).abs() < 1e-3;
    (part > 0.0 && values.iter().all(is_multiple)).then_some(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(values: &[f64], scale: f64, signed: bool, numbers: &[u64]) {
        let expected = Quantised { scale, rounding: 0.0, signed, numbers: numbers.to_vec() };
        assert_eq!(Quantised::new(values), expected);
    }

    #[test]
    fn seven_bits_a_byte() {
        for (value, bytes) in [
            (0, &[0][..]),
            (127, &[127]),
            (128, &[0x80, 1]),
            (300, &[0xac, 2]),
            (1 << 53, &[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]),
        ] {
            let mut out = Vec::new();
            push_varint(&mut out, value);
            assert_eq!(out, bytes, "{value}");
        }
    }

    #[test]
    fn whole_numbers_are_divided_by_what_they_share() {
        check(&[10e6, 0.0, 30e6], 10e6, false, &[1, 0, 3]);
        check(&[6.0, -4.0], 2.0, true, &[6, 3]);
        check(&[0.0, 0.0], 1.0, false, &[0, 0]);
        check(&[], 1.0, false, &[]);
    }

    #[test]
    fn fractions_of_one_divisor_are_whole_numbers_too() {
        // Samples of 10 ms in 30.02 s, as cores.
        let cores = |samples: f64| samples * 1e7 / 30.02e9;
        let quantised = Quantised::new(&[1.0, 7.0, 0.0, 12_345.0].map(cores));
        assert_eq!(quantised.numbers, [1, 7, 0, 12_345]);
        assert!((quantised.scale / cores(1.0) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn means_of_a_few_whole_numbers_are_exact() {
        // 33 680 001, 1 152 and 2 bytes in four snapshots; 10 and 5 in three.
        check(&[8_420_000.25, 288.0, 0.5], 0.25, false, &[33_680_001, 1152, 2]);
        check(&[10.0 / 3.0, 5.0 / 3.0], 5.0 / 3.0, false, &[2, 1]);
        check(&[7.0 / 64.0, -1e9 / 64.0], 1.0 / 64.0, true, &[14, 1_999_999_999]);
    }

    #[test]
    fn other_fractions_are_more_precise_than_shown() {
        let values = [std::f64::consts::PI, 1e3_f64.sqrt(), 0.001_f64.exp(), -2e-4];
        let quantised = Quantised::new(&values);
        assert!(quantised.signed);
        // The sum of the values is some 36; four of them are rounded.
        assert!(quantised.rounding > 0.0 && quantised.rounding < 2.0 * 37.0 / FINEST);
        for (value, number) in values.iter().zip(&quantised.numbers) {
            let whole = (number >> 1) as i64 ^ -((number & 1) as i64);
            assert!((whole as f64 * quantised.scale - value).abs() < 36.0 / FINEST);
        }
    }

    #[test]
    fn numbers_too_large_for_javascript_lose_their_last_digits() {
        let quantised = Quantised::new(&[2e18, 1e18]);
        assert_eq!(quantised.numbers.iter().max().map(|n| *n < 1 << 53), Some(true));
        assert_eq!(quantised.numbers[0], 2 * quantised.numbers[1]);
    }
}
