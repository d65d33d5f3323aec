//! The spellings of units of time and of memory, and what one of each is worth.
//!
//! pprof ignores case and a plural `s`, has short and long names, and counts all bytes in
//! powers of 1024. Its table is `internal/measurement`; minutes, days, `KiB` and its kin
//! are added here. How our own units are written is in `unit`.

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dimension {
    /// In nanoseconds.
    Time,
    /// In bytes.
    Memory,
}

/// What a unit of this spelling measures, and how many nanoseconds or bytes one of it is.
/// None for all other units.
pub fn spelled(spelling: &str) -> Option<(Dimension, i64)> {
    let lower = spelling.trim().to_lowercase();
    let singular = match lower.strip_suffix('s') {
        // `ns` and `us` are no plurals.
        Some(singular) if lower.chars().count() > 2 => singular,
        Some(_) | None => &lower,
    };
    let time = nanoseconds(singular).map(|worth| (Dimension::Time, worth));
    time.or_else(|| Some((Dimension::Memory, bytes(singular)?)))
}

fn nanoseconds(unit: &str) -> Option<i64> {
    Some(match unit {
        "ns" | "nano" | "nsec" | "nanosec" | "nanosecond" => 1,
        // The micro sign, and the Greek letter.
        "us" | "\u{b5}s" | "\u{3bc}s" | "usec" | "microsec" | "microsecond" => 1_000,
        "ms" | "msec" | "millisec" | "millisecond" => 1_000_000,
        "s" | "sec" | "second" => 1_000_000_000,
        "min" | "minute" => 60_000_000_000,
        "h" | "hr" | "hour" => 3_600_000_000_000,
        "d" | "day" => 86_400_000_000_000,
        _ => return None,
    })
}

fn bytes(unit: &str) -> Option<i64> {
    let power = match unit {
        "b" | "byte" => 0,
        "kb" | "kib" | "kbyte" | "kilobyte" | "kibibyte" => 1,
        "mb" | "mib" | "mbyte" | "megabyte" | "mebibyte" => 2,
        "gb" | "gib" | "gbyte" | "gigabyte" | "gibibyte" => 3,
        "tb" | "tib" | "tbyte" | "terabyte" | "tebibyte" => 4,
        "pb" | "pib" | "pbyte" | "petabyte" | "pebibyte" => 5,
        _ => return None,
    };
    Some(1 << (10 * power))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_pprof_is_a_quantity() {
        // The aliases of pprof's `internal/measurement`, as it is typed and as it is not.
        for (spellings, unit, worth) in [
            ("ns nanosecond nanoseconds Nanoseconds", Dimension::Time, 1),
            ("us \u{3bc}s \u{b5}s microsecond MICROSECONDS", Dimension::Time, 1_000),
            ("ms millisecond milliseconds MS", Dimension::Time, 1_000_000),
            ("s sec secs second seconds S", Dimension::Time, 1_000_000_000),
            ("min mins minute minutes", Dimension::Time, 60 * 1_000_000_000),
            ("h hr hrs hour hours", Dimension::Time, 3_600 * 1_000_000_000),
            ("day days", Dimension::Time, 86_400 * 1_000_000_000),
            ("b B byte bytes Bytes", Dimension::Memory, 1),
            ("kb kB KB KiB kbyte kilobyte kilobytes", Dimension::Memory, 1_024),
            ("mb MB MiB mbyte megabytes", Dimension::Memory, 1_048_576),
            ("gb GB GiB gbyte gigabyte", Dimension::Memory, 1_073_741_824),
            ("tb TB TiB tbyte terabytes", Dimension::Memory, 1_099_511_627_776),
            ("pb PB PiB pbyte petabyte", Dimension::Memory, 1_125_899_906_842_624),
        ] {
            for spelling in spellings.split(' ') {
                assert_eq!(spelled(spelling), Some((unit, worth)), "{spelling}");
            }
        }
    }

    #[test]
    fn other_units_are_left_alone() {
        for unit in ["", "count", "objects", "bits", "samples", "cycles", "gcu"] {
            assert_eq!(spelled(unit), None, "{unit}");
        }
    }
}
