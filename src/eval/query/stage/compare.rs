//! Compares two or more selections: `diff` and `compare`.
//!
//! The piped selection is always *after*. The baseline is another selection, or the
//! piped query with another target (`retarget`). Both sides must have the same profile
//! type and unit, because other differences would mean nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use crate::diag::{Diagnostic, Place};
use crate::eval::error::Result;
use crate::eval::inference::significance::with_significance;
use crate::eval::merge::merger::{split_tree, tree};
use crate::eval::query::evaluator::{Evaluator, Piped, Upstream};
use crate::eval::query::stage::explain::splits_for;
use crate::eval::result::value::{Comparison, Header, Outcome, Pane, Value, View};
use crate::eval::selection::label_changes::label_changes;
use crate::eval::selection::labels::grouped_by_root;
use crate::eval::selection::overlap::overlap;
use crate::eval::selection::presence::Presence;
use crate::eval::selection::profiles::Profiles;
use crate::eval::stacks::normal::{normalised, note};
use crate::eval::{tables::describe, time::series};
use crate::lang::asks::Asks;
use crate::lang::ast::{Expr, ExprKind, Granularity, Input, Stage};
use crate::lang::format;
use crate::lang::needs::Needs;
use crate::lang::text::quote;
use crate::lang::verbs::{GroupVerb, Verb};
use crate::profile::diff::{Mode, Width};
use crate::profile::sample::profiled_seconds;
use crate::profile::{Diff, Labels, Temporality, Tree};
use crate::quantity::{Quantity, Unit, percent};
use crate::work::{Cancelled, Work};

/// More panes than this are too narrow to read.
const MAX_PANES: usize = 8;

/// The note shown when no standard errors exist.
const NO_STANDARD_ERRORS: &str = "no standard errors: one side is not a sum or mean of profiles";

impl Evaluator<'_> {
    /// Runs `diff`: subtracts a baseline from the piped selection.
    pub fn diff(&self, after: Profiles, stage: &Stage, upstream: Upstream<'_>) -> Result<Piped> {
        let baseline = stage.args.baseline();
        let before = self.baseline(baseline, &asked(upstream), upstream)?;
        check_comparable(&before, &after, baseline.place)?;
        let mode = self.mode(&before, &after, stage)?;
        let seconds = [&before, &after].map(seconds_of_a_series);
        let work = self.context.work;
        let mut notes = notes(&before, &after, work)?;
        let label_changes = label_changes(&before, &after);
        let (mut sides, normalised) = self.normalised(vec![before, after])?;
        notes.extend(normalised);
        let (after, before) = (sides.pop().expect("two sides"), sides.pop().expect("two sides"));
        let splits = splits_for(upstream.next, [&before, &after])?;
        let [(before, before_header), (after, mut header)] = self.sides(before, after, &splits)?;
        let aligned = Diff::align(before, after, mode, seconds, work)?;
        let fdr = self.context.settings.fdr.0;
        let mut diff = with_significance(Diff { fdr, ..aligned }, work)?;
        diff.titles = titles(baseline, upstream, [&before_header, &header]);
        diff.width = width(stage);
        header.notes.extend(notes);
        let has_samples = diff.before.whole != 0.0 && diff.after.whole != 0.0;
        if diff.noise.is_none() && has_samples {
            header.notes.push(NO_STANDARD_ERRORS.to_owned());
        }
        header.baseline = Some(Box::new(before_header));
        header.label_changes = label_changes;
        Ok(Piped::Done(Outcome { value: Value::Diff(Box::new(diff)), header }))
    }

    /// Runs `compare`: shows the piped selection beside others, or its groups side by side.
    pub fn compare(&self, first: Profiles, stage: &Stage, upstream: Upstream<'_>) -> Result<Piped> {
        let baselines = stage.args.baselines();
        let sides = if baselines.is_empty() {
            // Counted first, because each group is a selection of its own.
            check_panes(first.groups().len(), stage.verb_place)?;
            groups(&first)
        } else {
            let title = written(upstream).unwrap_or_else(|| first.subject.clone());
            let mut sides = vec![(title, first.clone().ungrouped())];
            for baseline in baselines {
                let side = self.baseline(baseline, &stage.verb.needs.into(), upstream)?;
                check_comparable(&side, &first, baseline.place)?;
                sides.push((named(baseline), side.ungrouped()));
            }
            sides
        };
        check_panes(sides.len(), stage.verb_place)?;
        let mut header = describe::header(&first);
        let (titles, sides): (Vec<String>, Vec<Profiles>) = sides.into_iter().unzip();
        let (sides, normalised) = self.normalised(sides)?;
        header.notes.extend(normalised);
        let sides: Vec<_> = titles.into_iter().zip(sides).collect();
        let work = self.context.work;
        let panes = sides.into_par_iter().map(|(title, side)| pane(title, side, upstream, work));
        let panes = panes.collect::<std::result::Result<_, Cancelled>>();
        let comparison = Comparison { panes: panes? };
        let value = Value::View(View::Comparison(comparison));
        Ok(Piped::Done(Outcome { value, header }))
    }

    /// All sides under the names that functions have in every run, with a note for the
    /// reader. At the granularity `address` the reader asks for what differs.
    fn normalised(
        &self,
        sides: Vec<Profiles>,
    ) -> std::result::Result<(Vec<Profiles>, Option<String>), Cancelled> {
        let by_address = |side: &Profiles| side.granularity == Granularity::Address;
        if self.context.settings.as_recorded || sides.iter().any(by_address) {
            return Ok((sides, None));
        }
        let work = self.context.work;
        let found = sides.par_iter().map(|side| normalised(&side.symbols, work));
        let found = found.collect::<std::result::Result<Vec<_>, Cancelled>>()?;
        let mut names = BTreeMap::new();
        for (side, found) in sides.iter().zip(&found) {
            let Some(found) = found else { continue };
            let reached = side.reached(work)?;
            let used = reached.functions(&side.symbols);
            names.extend(found.names.iter().filter(|(name, _)| used.contains(&***name)));
        }
        let note = note(names);
        let sides = sides.into_iter().zip(found).map(|(side, found)| match found {
            Some(found) => side.rewritten(found.rewrite, work),
            None => Ok(side),
        });
        Ok((sides.collect::<std::result::Result<_, Cancelled>>()?, note))
    }

    /// Evaluates a baseline.
    fn baseline(&self, expr: &Expr, asks: &Asks, upstream: Upstream<'_>) -> Result<Profiles> {
        let asking = Evaluator { asks, ..*self };
        let piped = match &expr.kind {
            ExprKind::Select(selector) if selector.name.is_none() => {
                asking.rerun(upstream, selector)?
            }
            _ => asking.source(expr)?,
        };
        Ok(piped.into_profiles())
    }

    /// The requested mode, or the default mode of the profile type.
    fn mode(&self, before: &Profiles, after: &Profiles, stage: &Stage) -> Result<Mode> {
        let is_gauge = after.kind.temporality == Temporality::Gauge;
        let Some((asked, place)) = stage.option("mode") else {
            // Rates are directly comparable.
            return Ok(if is_gauge || after.rate { Mode::Amount } else { Mode::Share });
        };
        let mode = Mode::ALL.into_iter().find(|mode| mode.as_str() == asked).unwrap_or(Mode::Share);
        if mode != Mode::Rate {
            return Ok(mode);
        }
        if is_gauge {
            let message = format!("`{}` is a gauge: it has no rate", after.kind.alias);
            return Err(Diagnostic::error("rate-of-gauge", message)
                .at(place, "a level, not an amount per time")
                .help("compare the levels: `mode=amount`")
                .into());
        }
        for side in [before, after] {
            if profiled_seconds(side.snapshots.iter()) == 0.0 && !side.snapshots.is_empty() {
                let message = "these profiles do not record their duration";
                return Err(Diagnostic::error("no-duration", message)
                    .at(place, "a rate needs a duration")
                    .help("compare shares of the total: `mode=share`")
                    .into());
            }
        }
        // After `rate`, values are already per second.
        Ok(if after.rate { Mode::Amount } else { Mode::Rate })
    }

    /// Merges both sides into trees with headers. Groups by the same labels become the first
    /// level of both trees. If each side is a single group, groups are dropped, because their
    /// names differ.
    /// `splits`: by which labels of samples their values are told apart as well.
    fn sides(
        &self,
        before: Profiles,
        after: Profiles,
        splits: &[Arc<[Arc<str>]>],
    ) -> Result<[(Tree, Header); 2]> {
        let sides = [&before, &after];
        let [of_before, of_after] = sides.map(|side| side.labels_of_roots());
        let several = of_before == of_after && sides.iter().any(|side| side.groups().len() > 1);
        let work = self.context.work;
        let side = |profiles: Profiles| {
            let merged =
                if several { grouped_by_root(profiles, work)? } else { profiles.ungrouped() };
            let tree = split_tree(&merged, splits, work)?;
            let header = describe::header(&merged).with_totals_of(&tree);
            Result::Ok((tree, header))
        };
        let (before, after) = rayon::join(|| side(before), || side(after));
        Ok([before?, after?])
    }
}

/// What the baseline of a diff must have, for the diff and the stages that follow it.
fn asked(upstream: Upstream<'_>) -> Asks {
    let mut asks = Asks::from(Needs::REPLICATES);
    asks.labels = Asks::of(upstream.next, &Asks::default()).labels;
    asks
}

fn pane(
    title: String,
    profiles: Profiles,
    upstream: Upstream<'_>,
    work: Work<'_>,
) -> std::result::Result<Pane, Cancelled> {
    let tree = tree(&profiles, work)?;
    let mut header = describe::header(&profiles).with_totals_of(&tree);
    header.selection = runnable(&profiles, upstream);
    let timeline = series::series(&profiles.as_rate(), work)?;
    Ok(Pane { title, header, tree, timeline })
}

/// The profiled seconds of one series, by which amounts are divided to get rates. Series
/// run in parallel: as with `rate`, two series that use one core each use two cores, unless
/// one takes the place of the other.
fn seconds_of_a_series(side: &Profiles) -> f64 {
    let series = side.series();
    let rates = Profiles { rate: true, ..side.clone() };
    let together = match Presence::new(&rates, &series) {
        Some(presence) => presence.parts().iter().sum(),
        None => series.len().max(1) as f64,
    };
    profiled_seconds(side.snapshots.iter()) / together
}

fn groups(profiles: &Profiles) -> Vec<(String, Profiles)> {
    let groups = profiles.groups().into_iter();
    groups
        .map(|group| {
            let title = match group.labels.to_string() {
                labels if labels.is_empty() => "(none)".to_owned(),
                labels => labels,
            };
            // A server has merged them, and does not say how many they were.
            let is_merged = profiles.selected == (0, 0);
            let counted = (group.series.len(), group.snapshots());
            let selected = if is_merged { (0, 0) } else { counted };
            let subject = narrowed(&profiles.subject, &group.labels);
            let chosen = Some(Arc::from([group.labels]));
            (title, Profiles { chosen, selected, subject, ..profiles.clone() }.ungrouped())
        })
        .collect()
}

/// The selection of one group as text: adds its labels to the matchers.
fn narrowed(subject: &str, labels: &Labels) -> String {
    let pairs = labels
        .iter()
        .map(|(name, value)| format!("{}={}", format::word_or_quoted(name), quote(value)));
    let pairs = pairs.collect::<Vec<_>>().join(", ");
    match subject.strip_suffix('}') {
        _ if pairs.is_empty() => subject.to_owned(),
        Some(matchers) => format!("{matchers}, {pairs}}}"),
        None => format!("{subject}{{{pairs}}}"),
    }
}

fn check_panes(panes: usize, place: Place) -> Result<()> {
    let error = match panes {
        0 | 1 => Diagnostic::error("no-baseline", "there is nothing to compare with")
            .at(place, format!("{panes} of at least 2"))
            .help("group by a label with several values, `by (version) | compare`"),
        2..=MAX_PANES => return Ok(()),
        _ => Diagnostic::error("too-many-panes", format!("{panes} panes are too many to read"))
            .at(place, format!("at most {MAX_PANES}"))
            .help(format!("keep the largest: `topk {MAX_PANES} | compare`")),
    };
    Err(error.into())
}

/// Rejects a comparison of different profile types or units.
fn check_comparable(before: &Profiles, after: &Profiles, place: Place) -> Result<()> {
    let named = |side: &Profiles| format!("`{}` in {}", side.kind.alias, side.unit());
    if before.unit() == after.unit() && before.kind.alias == after.kind.alias {
        return Ok(());
    }
    let message = format!("{} cannot be compared with {}", named(after), named(before));
    let error = Diagnostic::error("not-comparable", message).at(place, "another type or unit");
    Err(if before.rate != after.rate {
        error.help("put `rate` on both sides, or on neither and use `mode=rate`")
    } else {
        error.help(format!("compare with the same type: `{}`", after.kind.alias))
    }
    .into())
}

fn notes(
    before: &Profiles,
    after: &Profiles,
    work: Work<'_>,
) -> std::result::Result<Vec<String>, Cancelled> {
    let mut notes: Vec<String> =
        before.notes.iter().map(|note| format!("in the baseline: {note}")).collect();
    if before.snapshots.is_empty() && !after.snapshots.is_empty() {
        notes.push("the baseline is empty, so every function is new".to_owned());
    }
    notes.extend(overlapping(before, after, work)?);
    if before.labels_of_roots() != after.labels_of_roots() {
        notes.push("one side is grouped and the other is not, so groups are merged".to_owned());
    }
    if before.filtered != after.filtered {
        let (filtered, whole) =
            if after.filtered { ("after", "before") } else { ("before", "after") };
        notes.push(format!("stack filters were applied to {filtered} and not to {whole}"));
    }
    Ok(notes)
}

/// A note on what is on both sides, and how much of each that is.
fn overlapping(
    before: &Profiles,
    after: &Profiles,
    work: Work<'_>,
) -> std::result::Result<Option<String>, Cancelled> {
    let both = overlap(before, after, work)?;
    let of = |side: &Profiles| {
        let whole: f64 = side.snapshots.iter().map(|snapshot| snapshot.total as f64).sum();
        Quantity::new(percent(both, whole), Unit::Percent)
    };
    let amount = Quantity::new(both, after.kind.unit.clone());
    Ok((both > 0.0).then(|| {
        format!(
            "the sides overlap: {amount} are on both, {} of after and {} of before",
            of(after),
            of(before)
        )
    }))
}

/// The titles of both sides: a side as it was written, or else the selection that it
/// stands for.
fn titles(baseline: &Expr, upstream: Upstream<'_>, headers: [&Header; 2]) -> [Arc<str>; 2] {
    let [before, after] = headers;
    let after_title = written(upstream).unwrap_or_else(|| after.subject.clone());
    let before_title = match &baseline.kind {
        ExprKind::Query(_) => before.subject.clone(),
        _ => named(baseline),
    };
    [before_title.into(), after_title.into()]
}

/// A baseline as it was written: `{version="1"}`, `offset 1d`.
fn named(baseline: &Expr) -> String {
    format::expr(baseline).trim_start().to_owned()
}

/// The piped selection as it was written, if that is short: `canary`, `cpu{version="2"}`.
fn written(upstream: Upstream<'_>) -> Option<String> {
    match upstream.source {
        Input::Expr(expr) if matches!(expr.kind, ExprKind::Name(_) | ExprKind::Select(_)) => {
            Some(format::expr(expr))
        }
        _ => None,
    }
}

/// A query for one side, for copying: its selection and the stages.
fn runnable(profiles: &Profiles, upstream: Upstream<'_>) -> String {
    let window = profiles
        .window
        .map_or_else(String::new, |window| format!("[{} .. {}]", window.start, window.end));
    // A matcher on the labels of the group replaces `by`.
    let stages = upstream.stages.iter().filter(|stage| stage.verb.id != Verb::Group(GroupVerb::By));
    let stages = stages.map(|stage| format!(" | {}", format::stage(stage)));
    format!("{}{window}{}", profiles.subject, stages.collect::<String>())
}

fn width(stage: &Stage) -> Width {
    let asked = stage.option("width").map(|(word, _)| word);
    Width::ALL.into_iter().find(|width| Some(width.as_str()) == asked).unwrap_or(Width::Both)
}
