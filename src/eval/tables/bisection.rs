//! The `bisect` verb: a row per value of a label in the order of first sight, and the sentence
//! above them.

use crate::eval::inference::bisect::{Bisection, Block, Culprit, bisect};
use crate::eval::result::table::{Columns, Table};
use crate::eval::selection::profiles::{Group, Profiles};
use crate::eval::tables::groups::label_columns;
use crate::lang::columns::{
    CULPRIT, FIRST_SEEN, HIGH, LAST_SEEN, LOW, PROFILES, SERIES, STEP, VALUE,
};
use crate::profile::{Labels, Snapshot};
use crate::quantity::{Quantity, Span, Timestamp, Unit};

/// A value of the label, and what was measured of it.
#[derive(Debug, Clone)]
pub struct ValueSeen {
    pub labels: Labels,
    pub first: Timestamp,
    pub last: Timestamp,
    pub profiles: usize,
    /// The blocks of each series.
    pub series: Vec<Vec<Block>>,
}

impl ValueSeen {
    /// The usual time between two profiles of a series.
    fn interval(&self) -> Span {
        let each = self.profiles / self.series.len().max(1);
        Span(self.last.since(self.first).0 / (each.max(2) as i64 - 1))
    }
}

/// The values of a label in the order of their first sight, and the members of their series.
pub fn in_order(profiles: &Profiles) -> Vec<Group> {
    let mut groups = profiles.groups();
    // A profile without the label has no value of it.
    groups.retain(|group| !group.labels.is_empty() && group.snapshots() > 0);
    groups.sort_by_key(|group| seen(profiles, group).map(|(first, _)| first));
    groups
}

/// When profiles of a group were first and last recorded.
pub fn seen(profiles: &Profiles, group: &Group) -> Option<(Timestamp, Timestamp)> {
    let members = group.series.iter().flat_map(|(_, members)| members);
    let starts = members.map(|member| &profiles.snapshots[*member]).map(|one: &Snapshot| one.start);
    Some((starts.clone().min()?, starts.max()?))
}

/// Whether values came one after another. Those that were first seen within one round of
/// profiles have no order: hosts, endpoints, pods.
fn are_ordered(values: &[ValueSeen]) -> bool {
    let first = || values.iter().map(|value| value.first);
    let usual = values.iter().map(|value| value.interval().0).max().unwrap_or(0);
    let (Some(earliest), Some(latest)) = (first().min(), first().max()) else { return true };
    latest.since(earliest).0 > usual + usual / 2
}

/// What is known of all values.
#[derive(Debug)]
pub struct Judged {
    pub values: Vec<ValueSeen>,
    pub bisection: Bisection,
    pub unit: Unit,
    /// Whether values came one after another; otherwise they were recorded together.
    is_ordered: bool,
}

impl Judged {
    pub fn new(values: Vec<ValueSeen>, unit: Unit) -> Judged {
        let series: Vec<_> = values.iter().map(|value| value.series.clone()).collect();
        let is_ordered = are_ordered(&values);
        Judged { bisection: bisect(&series, is_ordered), values, unit, is_ordered }
    }

    /// The values before the change and with it: the culprit and the value seen before it.
    pub fn sides(&self) -> Option<(&ValueSeen, &ValueSeen)> {
        let at = self.bisection.culprit()?.value;
        // The first of values without an order has none before it.
        let before = at.checked_sub(1).unwrap_or(1);
        Some((&self.values[before], &self.values[at]))
    }

    pub fn table(&self) -> Table {
        let Judged { values, bisection, unit, .. } = self;
        let estimates = &bisection.estimates;
        let found = bisection.culprit().is_some();
        // What is never below zero has no interval there.
        let blocks = values.iter().flat_map(|value| &value.series).flatten();
        let least = blocks.map(|block| block.mean).fold(0.0, f64::min);
        let least = if least < 0.0 { f64::NEG_INFINITY } else { 0.0 };
        let end = |sign: f64| {
            let ends = estimates.iter().map(|one| one.mean + sign * one.half);
            ends.map(|end| end.is_finite().then_some(end.max(least))).collect()
        };
        let steps = estimates.windows(2).map(|two| Some(two[1].mean - two[0].mean));
        let steps: Vec<Option<f64>> = [None].into_iter().chain(steps).take(values.len()).collect();
        let culprit = estimates.iter().map(|one| found.then_some(100.0 * one.probability));
        let time = |of: fn(&ValueSeen) -> Timestamp| {
            values.iter().map(move |one| of(one).floor(Span::seconds(1)).to_string())
        };
        let count = |of: fn(&ValueSeen) -> usize| values.iter().map(|one| of(one) as f64).collect();
        label_columns(Columns::default(), values.iter().map(|value| &value.labels))
            .text(FIRST_SEEN, time(|value| value.first))
            .number(VALUE, estimates.iter().map(|one| one.mean).collect(), unit.clone())
            .known_numbers(LOW, end(-1.0), unit.clone())
            .known_numbers(HIGH, end(1.0), unit.clone())
            .known_numbers(STEP, steps, unit.clone())
            .known_numbers(CULPRIT, culprit.collect(), Unit::Percent)
            .hide_following()
            .text(LAST_SEEN, time(|value| value.last))
            .number(SERIES, count(|value| value.series.len()), Unit::None)
            .number(PROFILES, count(|value| value.profiles), Unit::None)
            .finish()
    }

    /// `measure` is the expression as written.
    pub fn finding(&self, measure: &str) -> String {
        let amount = |value: f64| Quantity::new(value, self.unit.clone());
        let Some(culprit) = self.bisection.culprit() else { return self.nothing(measure) };
        let Culprit { value, before, after, half, .. } = culprit;
        let verb = if after > before { "raised" } else { "lowered" };
        let size = (after - before).abs();
        let probability = 100.0 * self.bisection.estimates[value].probability;
        let probability = Quantity::new(probability, Unit::Percent);
        if !self.is_ordered {
            let than = if after > before { "more" } else { "less" };
            let by = format!("(by {} to {})", amount(size - half), amount(size + half));
            let [after, before] = [after, before].map(amount);
            let own = &self.values[value].labels;
            return match &self.values[..] {
                [other, _] => format!(
                    "{own} has {than} than {}: {measure} is {after} instead of {before} {by}.{}",
                    other.labels,
                    self.doubt()
                ),
                _ => format!(
                    "{own} has {than} than the others: {measure} is {after} instead of {before} \
                     {by}; the probability that it is this value is {probability}. All were \
                     recorded at the same time.{}",
                    self.doubt()
                ),
            };
        }
        format!(
            "{} {verb} {measure} from {} to {} (by {} to {}); the probability that it was this \
             value is {probability}{}.{}{}",
            self.values[value].labels,
            amount(before),
            amount(after),
            amount(size - half),
            amount(size + half),
            self.since(culprit),
            self.others(),
            self.doubt()
        )
    }

    /// The other steps, in the order of time.
    fn others(&self) -> String {
        let amount = |value: f64| Quantity::new(value, self.unit.clone());
        let others = self.bisection.others.iter();
        let one = |(value, before, after): &(usize, f64, f64)| {
            let labels = &self.values[*value].labels;
            format!(
                " Another step came with {labels}: from {} to {}.",
                amount(*before),
                amount(*after)
            )
        };
        others.map(one).collect()
    }

    /// What became of the change.
    fn since(&self, culprit: Culprit) -> String {
        let Culprit { value, back: taken_back, .. } = culprit;
        let own = &self.values[value];
        // Values that run side by side end at about the same time.
        let apart = |earlier: &&ValueSeen| {
            let usual = earlier.interval().0.max(own.interval().0);
            earlier.last.since(own.last).0 > 2 * usual
        };
        let back = self.values[..value].iter().filter(apart);
        let back = back.max_by_key(|earlier| earlier.last);
        match (back, taken_back) {
            (Some(earlier), _) => format!("; it was rolled back to {}", earlier.labels),
            (None, Some(at)) if at == value + 1 => "; the values after it are as before".to_owned(),
            (None, Some(at)) => format!("; from {} on it is as before", self.values[at].labels),
            (None, None) => String::new(),
        }
    }

    /// Where each value ran in one series, nothing tells how much these differ.
    fn doubt(&self) -> &'static str {
        let one_each = self.values.iter().all(|value| value.series.len() == 1);
        if one_each { " Each value ran in one series, which may differ by itself." } else { "" }
    }

    fn nothing(&self, measure: &str) -> String {
        match (self.values.len(), self.bisection.best) {
            (0, _) => "There are no profiles.".to_owned(),
            (1, _) => format!("There is one value only, {}.", self.values[0].labels),
            (count, None) => {
                format!("The {count} values have too few profiles to tell them from chance.")
            }
            (count, Some(_)) => format!(
                "None of {count} values is to blame: {measure} did not change significantly \
                 (p = {}).",
                Quantity::new(self.bisection.p, Unit::None)
            ),
        }
    }
}
