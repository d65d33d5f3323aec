//! Lists what a source holds: `types`, `labels`, `values`, `profiles`.
//!
//! Labels of series and labels of single samples are treated alike.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::eval::result::table::{Columns, Table};
use crate::eval::selection::names::in_queries;
use crate::eval::selection::profiles::Profiles;
use crate::lang::columns::{
    COVERAGE, DURATION, EXAMPLES, FIRST, FIRST_SEEN, ID, LABEL, LAST, LAST_SEEN, OF, OVER_TIME,
    PROFILES, SAMPLES, SERIES, SHARE, TIME, TOTAL, TYPE, UNIT, VALUES,
};
use crate::profile::label::label_names;
use crate::profile::{LabelValue, Labels, ProfileType, Samples, Snapshot, StackId, Temporality};
use crate::quantity::percent;
use crate::quantity::{Timestamp, Unit};

/// One row per profile type, over all its profiles.
pub fn types(all: &[Profiles]) -> Table {
    let kinds: Vec<ProfileType> = all.iter().map(|profiles| profiles.kind.clone()).collect();
    let text = |of: &dyn Fn(&Profiles) -> String| all.iter().map(of).collect::<Vec<_>>();
    let number = |of: &dyn Fn(&Profiles) -> f64| all.iter().map(of).collect::<Vec<_>>();
    Columns::default()
        .text(TYPE, in_queries(&kinds))
        .text(UNIT, text(&|p| p.kind.unit.to_string()))
        .text(OVER_TIME, text(&|p| over_time(p.kind.temporality)))
        .number(SERIES, number(&|p| p.series().len() as f64), Unit::None)
        .number(PROFILES, number(&|p| p.snapshots.len() as f64), Unit::None)
        .text(FIRST, text(&|p| p.covered().map_or_else(String::new, |w| stamp(w.start))))
        .text(LAST, text(&|p| p.covered().map_or_else(String::new, |w| stamp(w.end))))
        .text(ID, text(&|p| p.kind.id.to_string()))
        .finish()
}

/// One row per profile type of a server, which does not count its profiles.
pub fn type_names(kinds: &[ProfileType]) -> Table {
    Columns::default()
        .text(TYPE, in_queries(kinds))
        .text(UNIT, kinds.iter().map(|kind| kind.unit.to_string()))
        .text(OVER_TIME, kinds.iter().map(|kind| over_time(kind.temporality)))
        .text(ID, kinds.iter().map(|kind| kind.id.to_string()))
        .finish()
}

/// One row per label of a server: the number of values, and examples.
pub fn label_names_and_values(labels: &[(Arc<str>, BTreeSet<Arc<str>>)]) -> Table {
    let examples = |values: &BTreeSet<Arc<str>>| {
        let shown: Vec<&str> = values.iter().take(3).map(|value| &**value).collect();
        let more = if values.len() > 3 { ", …" } else { "" };
        format!("{}{more}", shown.join(", "))
    };
    let counts = labels.iter().map(|(_, values)| values.len() as f64).collect();
    Columns::default()
        .text(LABEL, labels.iter().map(|(name, _)| name.to_string()))
        .number(VALUES, counts, Unit::None)
        .text(EXAMPLES, labels.iter().map(|(_, values)| examples(values)))
        .finish()
}

/// One row per value of a label.
pub fn value_names(name: &str, values: &BTreeSet<Arc<str>>) -> Table {
    Columns::default().text(name, values.iter().map(ToString::to_string)).finish()
}

fn over_time(temporality: Temporality) -> String {
    match temporality {
        Temporality::Delta => "sum".to_owned(),
        Temporality::Gauge => "mean".to_owned(),
        Temporality::Cumulative => "sum of deltas".to_owned(),
    }
}

/// The samples of a profile; a server answers without them.
fn samples(snapshot: &Snapshot) -> Option<&Samples> {
    snapshot.place().is_none().then(|| snapshot.samples())
}

/// One row per label: the number of values, the share of samples that have it, examples.
pub fn labels(selections: &[Profiles]) -> Table {
    let mut found = BTreeMap::<Arc<str>, LabelUse>::new();
    let mut all = 0u64;
    for profiles in selections {
        for snapshot in profiles.snapshots.iter() {
            // An empty profile counts as one sample, so that its labels are listed.
            let weight = u64::from(snapshot.n_samples.max(1));
            all += weight;
            for name in snapshot.labels.names() {
                let label = found.entry(name.clone()).or_default();
                label.add(snapshot.labels.values(name), weight);
            }
            for tags in samples(snapshot).iter().flat_map(|samples| samples.tags.iter()) {
                let tags = profiles.symbols.tags(*tags);
                for name in tags.names().filter(|name| snapshot.labels.get(name).is_none()) {
                    let label = found.entry(name.clone()).or_default();
                    label.of_samples = true;
                    label.add(tags.values(name), 1);
                }
            }
        }
    }
    let coverage = found.values().map(|used| percent(used.samples as f64, all as f64)).collect();
    Columns::default()
        .text(LABEL, found.keys().map(ToString::to_string))
        .number(VALUES, found.values().map(|used| used.values.len() as f64).collect(), Unit::None)
        .number(COVERAGE, coverage, Unit::Percent)
        .text(OF, found.values().map(|used| if used.of_samples { "samples" } else { "series" }))
        .text(EXAMPLES, found.values().map(LabelUse::examples))
        .finish()
}

#[derive(Default)]
struct LabelUse {
    values: BTreeMap<LabelValue, u64>,
    samples: u64,
    of_samples: bool,
}

impl LabelUse {
    /// Adds a sample with its values, or as many as the weight.
    fn add<'v>(&mut self, values: impl Iterator<Item = &'v LabelValue>, weight: u64) {
        values.for_each(|value| *self.values.entry(value.clone()).or_default() += weight);
        self.samples += weight;
    }

    /// The three most frequent values.
    fn examples(&self) -> String {
        let mut values: Vec<_> = self.values.iter().collect();
        values.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        let shown: Vec<&str> = values.iter().take(3).map(|(value, _)| &***value).collect();
        let more = if values.len() > 3 { ", …" } else { "" };
        format!("{}{more}", shown.join(", "))
    }
}

/// One row per value of a label: total, share of the whole selection, first and last seen.
///
/// Totals only if all selections have one unit: "values pod" over all types has none. A file
/// with several types, such as `cpu` and `samples`, is one profile.
pub fn values(selections: &[Profiles], name: &str) -> Table {
    let mut found = BTreeMap::<LabelValue, ValueUse>::new();
    let mut counted = FxHashSet::default();
    for profiles in selections {
        for snapshot in profiles.snapshots.iter() {
            let of_series = snapshot.labels.get(name);
            let mut seen = BTreeSet::new();
            let samples = samples(snapshot);
            if let (None, Some(label)) = (samples, of_series) {
                found.entry(label.clone()).or_default().total += snapshot.total;
            }
            for (stack, tags, value) in samples.iter().flat_map(|samples| samples.iter()) {
                let dropped =
                    stack == StackId::DROPPED || profiles.shown(stack) == StackId::DROPPED;
                let value: i128 = if dropped { 0 } else { value.into() };
                let of_sample = profiles.symbols.tags(tags).values(name);
                let of_sample = of_sample.filter(|_| of_series.is_none());
                for label in of_series.into_iter().chain(of_sample) {
                    found.entry(label.clone()).or_default().total += value;
                    seen.insert(label.clone());
                }
            }
            seen.extend(of_series.cloned());
            for label in seen {
                let file = (profiles.kind.family(), &snapshot.labels, snapshot.start);
                if selections.len() < 2 || counted.insert((file, label.clone())) {
                    found.entry(label).or_default().see(snapshot.start);
                }
            }
        }
    }
    let whole: f64 = selections.iter().flat_map(kept_totals).sum();
    let mut rows: Vec<(LabelValue, ValueUse)> = found.into_iter().collect();
    rows.sort_by(|a, b| b.1.total.cmp(&a.1.total).then_with(|| a.0.cmp(&b.0)));
    let mut columns = Columns::default().label(name, rows.iter().map(|(value, _)| Some(value)));
    if let [only] = selections {
        let totals: Vec<i128> = rows.iter().map(|(_, used)| used.total).collect();
        let shares = totals.iter().map(|total| percent(*total as f64, whole)).collect();
        columns = columns.sums(TOTAL, &totals, only.kind.unit.clone()).number(
            SHARE,
            shares,
            Unit::Percent,
        );
    }
    columns
        .number(PROFILES, rows.iter().map(|(_, used)| used.profiles as f64).collect(), Unit::None)
        .text(FIRST_SEEN, rows.iter().map(|(_, used)| stamp(used.first)))
        .text(LAST_SEEN, rows.iter().map(|(_, used)| stamp(used.last)))
        .finish()
}

fn kept_totals(profiles: &Profiles) -> impl Iterator<Item = f64> {
    profiles.snapshots.iter().map(|snapshot| profiles.total_of(snapshot))
}

struct ValueUse {
    total: i128,
    profiles: u64,
    first: Timestamp,
    last: Timestamp,
}

impl Default for ValueUse {
    fn default() -> Self {
        ValueUse { total: 0, profiles: 0, first: Timestamp(i64::MAX), last: Timestamp(i64::MIN) }
    }
}

impl ValueUse {
    fn see(&mut self, at: Timestamp) {
        self.profiles += 1;
        self.first = self.first.min(at);
        self.last = self.last.max(at);
    }
}

/// One row per profile, in order of time.
pub fn profiles(profiles: &Profiles) -> Table {
    let mut snapshots: Vec<_> = profiles.snapshots.iter().collect();
    snapshots.sort_by(|a, b| a.start.cmp(&b.start).then_with(|| a.labels.cmp(&b.labels)));
    let labels: Vec<&Labels> = snapshots.iter().map(|snapshot| &snapshot.labels).collect();
    let mut columns = Columns::default()
        .text(TIME, snapshots.iter().map(|snapshot| snapshot.start.to_string()))
        .number(
            DURATION,
            snapshots.iter().map(|snapshot| snapshot.duration.0 as f64).collect(),
            Unit::Nanoseconds,
        );
    for name in label_names(labels.iter().copied()) {
        columns = columns.label(&name, labels.iter().map(|set| set.get(&name)));
    }
    let totals: Vec<i128> = snapshots.iter().map(|s| profiles.sum_of(s)).collect();
    // A server does not tell how many samples a profile has.
    let is_known = |snapshot: &&Snapshot| snapshot.n_samples > 0 || snapshot.total == 0;
    let counts = snapshots.iter().map(|s| f64::from(s.n_samples));
    columns = match snapshots.iter().all(is_known) {
        true => columns.number(SAMPLES, counts.collect(), Unit::None),
        false => columns.known_numbers(SAMPLES, vec![None; snapshots.len()], Unit::None),
    };
    columns.sums(TOTAL, &totals, profiles.kind.unit.clone()).finish()
}

/// To the second; `profiles` has the exact time.
fn stamp(at: Timestamp) -> String {
    at.to_utc().format("%Y-%m-%d %H:%M:%S").to_string()
}
