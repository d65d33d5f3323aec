//! What a server says when it refuses a range as too long: how long the range is, and how long
//! one may be. `pkg/validation/validate.go` of <https://github.com/grafana/pyroscope>.

/// The length in `… (max_query_length, actual: 168h0m0.5s, limit: 1d)`, in milliseconds.
pub(super) fn length_in(words: &str) -> Option<i64> {
    let (_, rest) = words.split_once("actual: ")?;
    milliseconds_of(rest.split(',').next()?)
}

/// The longest range in such a refusal, in milliseconds.
pub(super) fn longest_in(words: &str) -> Option<i64> {
    let (_, rest) = words.split_once("max_query_length, ")?.1.split_once("limit: ")?;
    milliseconds_of(rest.split([')', ',']).next()?).filter(|most| *most >= 1000)
}

/// A duration as Go writes it, `168h0m0.5s`, or Prometheus, `1d12h`.
fn milliseconds_of(text: &str) -> Option<i64> {
    let mut rest = text;
    let mut sum = 0.0;
    let units = [('w', 604_800.0), ('d', 86_400.0), ('h', 3600.0), ('m', 60.0), ('s', 1.0)];
    for (unit, seconds) in units {
        if let Some((number, after)) = rest.split_once(unit) {
            sum += number.parse::<f64>().ok()? * seconds * 1000.0;
            rest = after;
        }
    }
    rest.is_empty().then_some(sum as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_is_read_from_a_refusal() {
        let refusal = |length: &str| {
            format!(
                "the query time range exceeds the limit (max_query_length, actual: {length}, \
                 limit: 1d)"
            )
        };
        let hour = 3_600_000;
        for (length, milliseconds) in [
            ("168h0m0s", Some(168 * hour)),
            ("24h0m0.001s", Some(24 * hour + 1)),
            ("1h30m5.5s", Some(hour + 1_805_500)),
            ("7x", None),
        ] {
            assert_eq!(length_in(&refusal(length)), milliseconds, "{length}");
        }
        assert_eq!(longest_in(&refusal("168h0m0s")), Some(24 * hour));
        for (limit, longest) in [
            ("12h", Some(12 * hour)),
            ("1d12h", Some(36 * hour)),
            ("90m", Some(hour * 3 / 2)),
            ("0s", None),
        ] {
            let refusal = refusal("168h0m0s").replace("1d", limit);
            assert_eq!(longest_in(&refusal), longest, "{limit}");
        }
        assert_eq!(longest_in("max entries, limit: 5m"), None);
        assert_eq!(length_in("no org id"), None);
    }
}
