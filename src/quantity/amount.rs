//! Amounts in texts, such as the value of a numeric label of pprof.

use super::spelling::{Dimension, spelled};
use super::unit::{Quantity, Unit};

/// An amount written as a number with its unit, as in the label `307200bytes`: in
/// nanoseconds or bytes, or without a unit.
pub fn amount(text: &str) -> Option<Quantity> {
    let is_number = |c: char| c.is_ascii_digit() || c == '.' || c == '-';
    let end = text.find(|c| !is_number(c)).unwrap_or(text.len());
    let value: f64 = text[..end].parse().ok()?;
    if end == text.len() {
        return Some(Quantity::new(value, Unit::None));
    }
    let (dimension, worth) = spelled(&text[end..])?;
    let unit = match dimension {
        Dimension::Time => Unit::Nanoseconds,
        Dimension::Memory => Unit::Bytes,
    };
    Some(Quantity::new(value * worth as f64, unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_a_number_and_a_unit_that_pprof_knows() {
        for (text, value, unit) in [
            ("307200bytes", 307_200.0, Unit::Bytes),
            ("2 KiB", 2_048.0, Unit::Bytes),
            ("1.5ms", 1_500_000.0, Unit::Nanoseconds),
            ("-3", -3.0, Unit::None),
        ] {
            assert_eq!(amount(text), Some(Quantity::new(value, unit)), "{text}");
        }
        for text in ["", "v2", "1.2.3", "10.0.0.1:80", "3 apples"] {
            assert_eq!(amount(text), None, "{text}");
        }
    }
}
