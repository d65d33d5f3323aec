//! The order of names for readers: numbers in them compare as numbers.

use std::cmp::Ordering;

use super::amount;
use super::unit::Unit;

/// Orders `p2` before `p10`, `256KiB` before `2MiB` and `1.9` before `1.10`.
pub fn natural(left: &str, right: &str) -> Ordering {
    if let (Some(l), Some(r)) = (amount(left), amount(right))
        && l.unit == r.unit
        && l.unit != Unit::None
    {
        return l.value.total_cmp(&r.value).then_with(|| left.cmp(right));
    }
    by_parts(left, right).then_with(|| left.cmp(right))
}

/// Compares runs of digits as numbers, and what is between them as text.
fn by_parts(mut left: &str, mut right: &str) -> Ordering {
    loop {
        let ((l, after_l), (r, after_r)) = (first_part(left), first_part(right));
        if l.is_empty() || r.is_empty() {
            return l.len().cmp(&r.len());
        }
        let is_number = |part: &str| part.as_bytes()[0].is_ascii_digit();
        let order = match is_number(l) && is_number(r) {
            true => by_digits(l.trim_start_matches('0'), r.trim_start_matches('0')),
            false => l.cmp(r),
        };
        if order != Ordering::Equal {
            return order;
        }
        (left, right) = (after_l, after_r);
    }
}

/// Numbers of any length, without leading zeros.
fn by_digits(left: &str, right: &str) -> Ordering {
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}

/// The first run of digits or of other characters, and the rest.
fn first_part(text: &str) -> (&str, &str) {
    let digits = text.starts_with(|c: char| c.is_ascii_digit());
    let end = text.find(|c: char| c.is_ascii_digit() != digits).unwrap_or(text.len());
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_compare_as_numbers() {
        for sorted in [
            &["p0", "p1", "p2", "p10"][..],
            &["1.9", "1.10", "1.10-rc", "2"],
            &["10ms", "1s", "1min"],
            &["256KiB", "300KiB", "2MiB"],
            &["", "a", "a0", "a00", "a1", "b"],
            &["9", "99999999999999999998", "99999999999999999999"],
        ] {
            let mut shuffled: Vec<&str> = sorted.iter().rev().copied().collect();
            shuffled.sort_by(|a, b| natural(a, b));
            assert_eq!(shuffled, sorted);
        }
    }
}
