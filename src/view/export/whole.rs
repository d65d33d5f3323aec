//! Converts values to whole numbers, for formats that count.
//!
//! Sums of recorded values are whole already. Means, rates and ratios are not: each value
//! is rounded down or up so that they add up to their rounded total. Those with the
//! largest fractions are rounded up.

use super::SaveError;
use crate::profile::Tree;
use crate::quantity::{Span, Unit};
use crate::work::{Cancelled, Work};

/// The unit of whole numbers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Counting {
    /// The factor for values.
    scale: f64,
    /// The unit's name in pprof: `nanoseconds`, `bytes`, `count`.
    pub(super) unit: String,
    /// The time that a rate is written for.
    pub(super) span: Option<Span>,
}

impl Counting {
    /// A rate becomes the count in one second; a value without a whole unit is counted in
    /// thousandths. `kind` is the sample type's name, which says what a `count` counts.
    pub(super) fn of(unit: &Unit, kind: &str) -> Counting {
        let second = Some(Span::seconds(1));
        let (scale, unit, span) = match unit {
            Unit::Nanoseconds => (1.0, "nanoseconds".to_owned(), None),
            Unit::Bytes => (1.0, "bytes".to_owned(), None),
            Unit::Cores => (1e9, "nanoseconds".to_owned(), second),
            Unit::PerSecond(unit) if **unit == Unit::Bytes => (1.0, "bytes".to_owned(), second),
            Unit::Count(_) if *unit == Unit::from_pprof(kind, "count") => {
                (1.0, "count".to_owned(), None)
            }
            Unit::Count(name) => (1.0, name.to_string(), None),
            Unit::None => (1e3, "thousandths".to_owned(), None),
            Unit::Percent | Unit::PerSecond(_) | Unit::Ratio(..) => {
                (1e3, format!("thousandths of {unit}"), None)
            }
        };
        Counting { scale, unit, span }
    }

    /// The self values of a tree.
    pub(super) fn of_tree(&self, tree: &Tree, work: Work<'_>) -> Result<Vec<i64>, SaveError> {
        const MOST: f64 = i64::MAX as f64;
        match &tree.exact {
            Some(exact) if self.scale == 1.0 => {
                let whole = exact.iter().map(|value| i64::try_from(*value));
                let whole = work.collect(whole)?.into_iter().collect::<Result<_, _>>();
                whole.map_err(|_| SaveError::TooLarge)
            }
            _ if tree.self_values.iter().any(|value| value.abs() * self.scale > MOST) => {
                Err(SaveError::TooLarge)
            }
            _ => Ok(self.whole(&tree.self_values, work)?),
        }
    }

    fn whole(&self, values: &[f64], work: Work<'_>) -> Result<Vec<i64>, Cancelled> {
        let scaled = work.collect(values.iter().map(|value| value * self.scale))?;
        let mut whole = work.collect(scaled.iter().map(|value| value.floor() as i64))?;
        let fraction = |at: usize| scaled[at] - scaled[at].floor();
        let mut split: Vec<usize> = (0..scaled.len()).filter(|at| fraction(*at) > 0.0).collect();
        let missing = split.iter().map(|at| fraction(*at)).sum::<f64>().round() as usize;
        split.sort_by(|a, b| fraction(*b).total_cmp(&fraction(*a)).then(a.cmp(b)));
        for at in split.into_iter().take(missing) {
            whole[at] += 1;
        }
        Ok(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::fixture;

    fn whole(counting: &Counting, values: &[f64]) -> Vec<i64> {
        counting.whole(values, Work::unattended()).expect("no interrupt")
    }

    #[test]
    fn the_largest_fractions_go_up_until_the_total_is_right() {
        let counting = Counting::of(&Unit::Bytes, "inuse_space");
        // 1.5 + 2.25 + 3.25 = 7: one of the three is rounded up.
        assert_eq!(whole(&counting, &[0.0, 1.5, 2.25, 3.25]), [0, 2, 2, 3]);
        // -1.5 + 0.75 = -0.75, rounded to -1: -2 and 1.
        assert_eq!(whole(&counting, &[-1.5, 0.75]), [-2, 1]);
        assert_eq!(whole(&counting, &[4.0, -3.0]), [4, -3]);
    }

    #[test]
    fn sums_have_all_of_their_digits_or_are_refused() {
        let nanoseconds = Counting::of(&Unit::Nanoseconds, "cpu");
        let tree = |exact: i128| {
            let one = fixture::tree(&[("main", 1.0)]);
            one.with_exact(vec![0, exact], Work::unattended()).expect("no interrupt")
        };
        for large in [(1 << 53) + 1, i64::MAX] {
            let written = nanoseconds.of_tree(&tree(large.into()), Work::unattended());
            assert_eq!(written.expect("it fits"), [0, large]);
        }
        let written = nanoseconds.of_tree(&tree(1 << 63), Work::unattended());
        assert!(matches!(written, Err(SaveError::TooLarge)));
    }

    #[test]
    fn a_rate_is_written_as_the_count_of_one_second() {
        let cores = Counting::of(&Unit::Cores, "cpu");
        assert_eq!((&*cores.unit, cores.span), ("nanoseconds", Some(Span::seconds(1))));
        assert_eq!(whole(&cores, &[0.25]), [250_000_000]);
    }

    #[test]
    fn a_count_names_its_unit_unless_the_type_does() {
        let objects = Unit::Count("objects".into());
        assert_eq!(Counting::of(&objects, "alloc_objects").unit, "count");
        assert_eq!(Counting::of(&objects, "boxes").unit, "objects");
        let per_second = Unit::Count("samples".into()).per_second();
        assert_eq!(Counting::of(&per_second, "samples").unit, "thousandths of samples/s");
        assert_eq!(whole(&Counting::of(&per_second, "samples"), &[0.5]), [500]);
    }
}
