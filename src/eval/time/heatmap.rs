//! The `heatmap` verb: totals by time and group, or profiles counted by time and value.
//!
//! Steps, rates and totals are as in `timeline`; a step without a profile has no value.
//! Without groups, every profile is counted by its own total. This shows what a sum
//! hides, such as two busy pods among twenty idle ones.

use std::collections::BTreeMap;

use crate::eval::result::value::{HeatRow, Heatmap};
use crate::eval::selection::profiles::Profiles;
use crate::eval::time::buckets::Buckets;
use crate::eval::time::series::{series, step};
use crate::quantity::{Span, Timestamp, Unit};
use crate::work::{Cancelled, Work};

/// The most columns; with more, steps become longer.
const COLUMNS: i64 = 10_000;

/// A row per group with its total in each step.
pub fn by_group(profiles: &Profiles, work: Work<'_>) -> Result<Heatmap, Cancelled> {
    let step = long_enough(profiles);
    let set = series(&Profiles { step: Some(step), ..profiles.clone() }, work)?;
    let points = set.lines.first().map_or(&[][..], |line| &line.points);
    let starts = points.iter().map(|(at, _)| *at).collect();
    let row = |labels: String| if labels.is_empty() { "(none)".to_owned() } else { labels };
    let rows = set.lines.into_iter().map(|line| HeatRow {
        title: row(line.labels.to_string()),
        cells: line.points.into_iter().map(|(_, value)| value).collect(),
    });
    Ok(Heatmap { unit: set.unit, step, starts, rows: rows.collect() })
}

/// A row per value range, the largest first: how many profiles of a step are in it.
pub fn by_value(profiles: &Profiles, work: Work<'_>) -> Result<Heatmap, Cancelled> {
    let step = long_enough(profiles);
    let mut values = Vec::with_capacity(profiles.snapshots.len());
    for snapshot in profiles.snapshots.iter() {
        work.check()?;
        let value = profiles.value_of(snapshot);
        values.extend(value.map(|value| (snapshot.start.floor(step), value)));
    }
    let all: Vec<f64> = values.iter().map(|(_, value)| *value).collect();
    let unit = profiles.unit_of_one();
    let counted = Unit::Count("profiles".into());
    let Some(buckets) = Buckets::of(&all, &unit) else {
        return Ok(Heatmap { unit: counted, step, starts: Vec::new(), rows: Vec::new() });
    };
    let mut steps = BTreeMap::<Timestamp, Vec<f64>>::new();
    for (at, value) in values {
        let counts = steps.entry(at).or_insert_with(|| vec![0.0; buckets.len()]);
        counts[buckets.index(value)] += 1.0;
    }
    let starts = starts(&steps, step);
    let rows = (0..buckets.len()).rev().map(|bucket| HeatRow {
        title: buckets.title(bucket, &unit),
        cells: starts.iter().map(|at| steps.get(at).map(|counts| counts[bucket])).collect(),
    });
    Ok(Heatmap { unit: counted, step, rows: rows.collect(), starts })
}

/// The starts of all steps from the first to the last.
fn starts<T>(steps: &BTreeMap<Timestamp, T>, step: Span) -> Vec<Timestamp> {
    let (Some((first, _)), Some((last, _))) = (steps.first_key_value(), steps.last_key_value())
    else {
        return Vec::new();
    };
    std::iter::successors(Some(*first), |at| Some(at.plus(step)))
        .take_while(|at| at <= last)
        .collect()
}

/// The step of a timeline, or a multiple of it that limits the number of columns.
fn long_enough(profiles: &Profiles) -> Span {
    let step = Span(step(profiles).0.max(1));
    let length = profiles.covered().map_or(0, |window| window.length().0);
    Span(step.0 * (length / step.0 / COLUMNS + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::selection::profiles::Grouping;
    use crate::lang::ast::{Granularity, SeriesMerge};
    use crate::profile::symbols::TagsId;
    use crate::profile::{ProfileType, Samples, Snapshot, StackId, Symbols};
    use crate::work::{Cancel, Unwatched};

    /// Profiles of 10 s each: pod, start in seconds, total.
    fn profiles(kind: (&str, &str), snapshots: &[(&str, i64, i64)]) -> Profiles {
        let mut symbols = Symbols::new();
        let frame = symbols.intern_named_frame("f");
        let stack = std::sync::Arc::make_mut(&mut symbols.stacks).intern(StackId::EMPTY, frame);
        let snapshot = |(pod, start, total): &(&str, i64, i64)| {
            let samples = Samples {
                stacks: vec![stack].into(),
                tags: vec![TagsId::default()].into(),
                values: vec![*total].into(),
            };
            let labels = [("pod", *pod)].into_iter().collect();
            Snapshot::new(labels, Timestamp(start * 1_000_000_000), Span::seconds(10), samples)
        };
        Profiles {
            kind: ProfileType::new("test", kind, ("", "")),
            selected: (0, snapshots.len()),
            subject: String::new(),
            place: Default::default(),
            window: None,
            step: Some(Span::seconds(60)),
            offset: Span(0),
            snapshots: snapshots.iter().map(snapshot).collect(),
            unsplit: None,
            added: Default::default(),
            symbols,
            loader: None,
            restarts: None,
            requests: Default::default(),
            page: None,
            map: None,
            filtered: false,
            grouping: None,
            time_merge: None,
            rate: false,
            granularity: Granularity::Function,
            chosen: None,
            ranked: false,
            skipped: [].into(),
            notes: [].into(),
        }
    }

    fn by_pod(profiles: Profiles) -> Profiles {
        let labels = ["pod".into()].into();
        let grouping = Grouping { merge: SeriesMerge::Sum, labels, without: false };
        Profiles { grouping: Some(grouping), ..profiles }
    }

    fn rows(
        heatmap: fn(&Profiles, Work<'_>) -> Result<Heatmap, Cancelled>,
        profiles: &Profiles,
    ) -> Vec<(String, Vec<Option<f64>>)> {
        let map = heatmap(profiles, Work { cancel: &Cancel::new(), watch: &Unwatched });
        let map = map.expect("nobody cancels");
        assert!(map.rows.iter().all(|row| row.cells.len() == map.starts.len()));
        assert!(map.starts.windows(2).all(|pair| pair[1].since(pair[0]) == map.step));
        map.rows.into_iter().map(|row| (row.title, row.cells)).collect()
    }

    const CPU: (&str, &str) = ("cpu", "nanoseconds");
    const HEAP: (&str, &str) = ("inuse_space", "bytes");

    #[test]
    fn a_group_has_its_total_in_each_step_and_none_where_it_has_no_profile() {
        // Minutes 0, 1 and 3; a heap's value is the mean of a minute's snapshots: (4 + 8)
        // / 2 = 6.
        let heap = [("a", 0, 4), ("a", 30, 8), ("a", 61, 1), ("b", 10, 2), ("b", 180, 5)];
        let map = rows(by_group, &by_pod(profiles(HEAP, &heap)));
        assert_eq!(
            map,
            [
                ("pod=\"a\"".to_owned(), vec![Some(6.0), Some(1.0), None, None]),
                ("pod=\"b\"".to_owned(), vec![Some(2.0), None, None, Some(5.0)]),
            ]
        );
    }

    #[test]
    fn a_rate_divides_by_the_profiled_time() {
        // 5 s and 10 s of CPU in two profiles of 10 s each: 15 / 20 = 0.75 cores.
        let cpu = [("a", 0, 5_000_000_000), ("a", 30, 10_000_000_000)];
        let cpu = Profiles { rate: true, ..by_pod(profiles(CPU, &cpu)) };
        assert_eq!(rows(by_group, &cpu), [("pod=\"a\"".to_owned(), vec![Some(0.75)])]);
    }

    #[test]
    fn profiles_are_counted_by_time_and_value_the_largest_on_top() {
        // Minute 0: two profiles with 3 and one with 5; minute 1: none; minute 2: one
        // with 4.
        let goroutines = [("a", 0, 3), ("b", 5, 3), ("c", 9, 5), ("a", 120, 4)];
        let map = rows(by_value, &profiles(("goroutine", "count"), &goroutines));
        assert_eq!(
            map,
            [
                ("5 goroutines .. 6 goroutines".to_owned(), vec![Some(1.0), None, Some(0.0)]),
                ("4 goroutines .. 5 goroutines".to_owned(), vec![Some(0.0), None, Some(1.0)]),
                ("3 goroutines .. 4 goroutines".to_owned(), vec![Some(2.0), None, Some(0.0)]),
            ]
        );
    }

    #[test]
    fn one_profile_is_one_cell_and_none_is_none() {
        // Seconds are written with two decimals, so no range is narrower than 10 ms.
        let one = profiles(CPU, &[("a", 0, 2_000_000_000)]);
        assert_eq!(rows(by_value, &one), [("2 s .. 2.01 s".to_owned(), vec![Some(1.0)])]);
        assert_eq!(rows(by_group, &by_pod(one)).len(), 1);
        let none = profiles(CPU, &[]);
        assert!(rows(by_value, &none).is_empty());
        assert!(rows(by_group, &by_pod(none)).is_empty());
    }

    #[test]
    fn steps_grow_to_limit_the_number_of_columns() {
        // Eleven days are 950 400 seconds: steps of 96 s make 9 900 columns.
        let far = profiles(CPU, &[("a", 0, 1), ("a", 11 * 86_400, 1)]);
        let far = Profiles { step: Some(Span::seconds(1)), ..far };
        let length = rows(by_value, &far)[0].1.len();
        assert!(length as i64 <= COLUMNS + 1, "{length}");
    }
}
