//! The sentence above a table of causes: what most of the change is, or that nothing changed.

use crate::eval::inference::carriers::Extent;
use crate::eval::inference::explain::{Cause, Explanation, Row};
use crate::eval::inference::grouping::LabelFound;
use crate::eval::inference::resampling::Interval;
use crate::profile::diff::Mode;
use crate::profile::frame::FrameId;
use crate::profile::noise::{FunctionVerdict, Verdict};
use crate::profile::{Change, Diff};
use crate::quantity::unit::{grouped, three_digits};
use crate::quantity::{Quantity, Unit};

/// From this part on, it is mix or rate alone.
const MOSTLY: f64 = 0.8;
/// A part that is shown as all of it.
const ALL: f64 = 0.9995;

pub fn finding(explanation: &Explanation, diff: &Diff) -> String {
    let words = Words { diff };
    let causes = &explanation.causes;
    if causes.is_empty() {
        return words.nothing(explanation);
    }
    let lead = causes.iter().position(|cause| cause.moved.is_none());
    let moves = causes.iter().position(|cause| cause.moved.is_some());
    let sentences = [
        lead.map(|nth| words.lead(nth, explanation)),
        moves.map(|nth| words.moved(&causes[nth], explanation)),
    ];
    let other_side = moves.and_then(|nth| Some(causes[nth].moved?.0));
    let told = [lead, moves, other_side];
    let others = causes.iter().enumerate().filter(|(nth, _)| !told.contains(&Some(*nth)));
    let sentences: Vec<String> = sentences.into_iter().flatten().collect();
    sentences.join(" ") + &others_of(others.map(|(_, cause)| cause))
}

/// How many more causes there are.
fn others_of<'c>(causes: impl Iterator<Item = &'c Cause>) -> String {
    let (up, down): (Vec<&Cause>, Vec<&Cause>) =
        causes.partition(|cause| cause.row.delta.value > 0.0);
    let [up, down] = [up.len(), down.len()];
    let all = match up + down {
        0 => return String::new(),
        1 => " There is one more cause".to_owned(),
        count => format!(" There are {} more causes", grouped(count as f64)),
    };
    match (up, down) {
        (_, 0) => format!("{all} of growth."),
        (0, _) => format!("{all} of decrease."),
        (up, down) => format!("{all}, {up} of growth and {down} of decrease."),
    }
}

/// ` on version="2", on every pod (4)`
fn on(found: &LabelFound) -> String {
    let values: Vec<String> = found.values.iter().map(ToString::to_string).collect();
    let values = match &values[..] {
        [] => String::new(),
        values => format!(" on {}", values.join(" and ")),
    };
    let new = match (found.values.len(), found.are_new) {
        (0, _) | (_, false) => "",
        (1, true) => ", which is new",
        (_, true) => ", which are new",
    };
    let every = match &found.every {
        Some((name, count)) => format!(", on every {name} ({count})"),
        None => String::new(),
    };
    format!("{values}{new}{every}")
}

struct Words<'a> {
    diff: &'a Diff,
}

impl Words<'_> {
    /// What most of the change is, where, and by how much.
    fn lead(&self, nth: usize, explanation: &Explanation) -> String {
        let lead = &explanation.causes[nth];
        // The labels were found for the first cause.
        let found = explanation.found.as_ref().filter(|_| nth == 0);
        format!(
            "{} is {}{}{}. {}",
            self.part(lead),
            self.subject(lead),
            found.map_or(String::new(), on),
            self.mix_or_rate(lead, !explanation.labels.is_empty()),
            self.change(lead),
        )
    }

    fn name(&self, frame: FrameId) -> String {
        format!("`{}`", self.diff.symbols().frame_name(frame))
    }

    /// `82% ± 6 of the growth`
    fn part(&self, cause: &Cause) -> String {
        let word = if cause.row.delta.value > 0.0 { "growth" } else { "decrease" };
        // Shares of everything else make room for what grows, which is no decrease of them.
        let word = match self.diff.mode {
            Mode::Share => format!("significant {word}"),
            Mode::Amount | Mode::Rate => word.to_owned(),
        };
        let part = cause.row.part.scaled(100.0 * cause.row.delta.value.signum());
        match part.value {
            part if part >= 100.0 * ALL => format!("All {word}"),
            _ => format!("{} of the {word}", percent(part)),
        }
    }

    /// `` `json.Unmarshal` below `/checkout` ``
    fn subject(&self, cause: &Cause) -> String {
        let own = if cause.carrier.extent == Extent::Own { " itself" } else { "" };
        let below = cause.caller.map(|caller| format!(" below {}", self.name(caller)));
        format!("{}{own}{}", self.name(cause.carrier.frame), below.unwrap_or_default())
    }

    /// `; the rate, not the mix`
    fn mix_or_rate(&self, cause: &Cause, has_labels: bool) -> String {
        let Row { mix, rate, delta, .. } = cause.row;
        // One group has no mix of shares.
        if delta.value == 0.0 || self.diff.mode == Mode::Share && !has_labels {
            return String::new();
        }
        match (mix.value / delta.value, rate.value / delta.value) {
            (_, rate) if rate >= MOSTLY => "; the rate, not the mix".to_owned(),
            (mix, _) if mix >= MOSTLY => "; the mix, not the rate".to_owned(),
            (mix, rate) => {
                let [mix, rate] =
                    [mix, rate].map(|part| Quantity::new((100.0 * part).round(), Unit::Percent));
                format!("; {rate} of it rate and {mix} mix")
            }
        }
    }

    /// `It grew from 3.1% to 13.4% of the total (10.3 ± 1.1 points).`
    fn change(&self, cause: &Cause) -> String {
        let change = Change { before: cause.row.before, after: cause.row.after };
        let beside: Vec<String> = cause.beside.iter().map(|frame| self.name(*frame)).collect();
        let beside = match &beside[..] {
            [] => String::new(),
            [one] => format!("; {one} changed with it"),
            several => format!("; {} changed with it", several.join(", ")),
        };
        let by = self.by(cause.row.delta);
        let [before, after] = [change.before, change.after].map(|value| self.value(value));
        let of = if self.diff.mode == Mode::Share { " of the total" } else { "" };
        match change {
            change if change.is_new() => format!("It is new, with {after}{of} ({by}){beside}."),
            change if change.is_removed() => {
                format!("It is gone; it had {before}{of} ({by}){beside}.")
            }
            _ => {
                let verb = if cause.row.delta.value > 0.0 { "grew" } else { "shrank" };
                format!("It {verb} from {before} to {after}{of} (by {by}){beside}.")
            }
        }
    }

    fn value(&self, value: f64) -> Quantity {
        match self.diff.mode {
            Mode::Share => Quantity::new(100.0 * value, Unit::Percent),
            Mode::Amount | Mode::Rate => Quantity::new(value, self.diff.unit()),
        }
    }

    /// The size of a change: `10.3 ± 1.1 points`, `1.2 cores ± 0.1 cores`.
    fn by(&self, delta: Interval) -> String {
        let size = delta.scaled(delta.value.signum());
        if self.diff.mode == Mode::Share {
            return format!("{} points", plus_minus(size.scaled(100.0)));
        }
        let value = self.value(size.value);
        match size.half {
            half if half.is_finite() && half > 0.0 => format!("{value} ± {}", self.value(half)),
            _ => value.to_string(),
        }
    }

    /// ``Work moved from `old` to `new` below `p`, which stayed: …``
    fn moved(&self, cause: &Cause, explanation: &Explanation) -> String {
        let Some((other, caller)) = cause.moved else { return String::new() };
        let other = &explanation.causes[other];
        let (from, to) = if cause.row.delta.value < 0.0 { (cause, other) } else { (other, cause) };
        let by = self.by(to.row.delta);
        format!(
            "Work moved from {} to {} below {}, which stayed: a cost shift of {by}, nothing got \
             dearer.",
            self.name(from.carrier.frame),
            self.name(to.carrier.frame),
            self.name(caller),
        )
    }

    /// That no function changed, and what could have been seen.
    fn nothing(&self, explanation: &Explanation) -> String {
        if !explanation.is_judged {
            return "Whether anything changed cannot be told: one profile a side says nothing of \
                    how much values vary."
                .to_owned();
        }
        let visible = explanation.visible.map_or(String::new(), |visible| {
            format!(
                " A function whose share of the total had changed by {} points or more would \
                 have been seen, four times in five.",
                three_digits(100.0 * visible)
            )
        });
        let whole = explanation.whole;
        let is_whole = self.diff.mode != Mode::Share && whole.delta.is_significant();
        if !is_whole {
            let total = match self.diff.mode {
                Mode::Share => String::new(),
                Mode::Amount | Mode::Rate => {
                    let ends = [-1.0, 1.0]
                        .map(|sign| self.value(whole.delta.value + sign * whole.delta.half));
                    match whole.delta.half.is_finite() {
                        true => format!(" The total changed by {} to {}.", ends[0], ends[1]),
                        false => String::new(),
                    }
                }
            };
            return match self.changed_in_mode() {
                Some(changed) => format!("{changed}{total}"),
                None => format!("Nothing changed significantly.{total}{visible}"),
            };
        }
        let verb = if whole.delta.value > 0.0 { "grew" } else { "shrank" };
        let on = explanation.found.as_ref().map_or(String::new(), on);
        let mix = match (whole.mix.value / whole.delta.value, whole.rate.value / whole.delta.value)
        {
            (_, rate) if rate >= MOSTLY => "; the rate, not the mix",
            (mix, _) if mix >= MOSTLY => "; the mix, not the rate",
            _ => "",
        };
        format!(
            "All functions {verb} alike{on}{mix}: the total {verb} from {} to {} (by {}){}, and \
             no function by more than its part.{visible}",
            self.value(whole.before),
            self.value(whole.after),
            self.by(whole.delta),
            self.most_of(whole.delta.value),
        )
    }

    /// The function that has most of what the total changed by, as a leak has that was most of
    /// the memory all along: `, 28.9 MiB ± 10.4 MiB of it in cache.Put itself`.
    fn most_of(&self, whole: f64) -> String {
        let part = |own: &Verdict| own.delta / whole;
        let owns = self.verdicts().map(|(frame, verdict)| (frame, verdict.own));
        let most = owns.max_by(|a, b| part(&a.1).total_cmp(&part(&b.1)));
        match most.filter(|(_, own)| part(own) > 0.5) {
            Some((frame, own)) => {
                format!(", {} of it in {} itself", self.by(interval(&own)), self.name(frame))
            }
            None => String::new(),
        }
    }

    /// The functions that changed, where none changed its share of the total as well: what
    /// explains nothing of the whole.
    fn changed_in_mode(&self) -> Option<String> {
        let either = |(frame, FunctionVerdict { own, total })| {
            (frame, if own.significant { own } else { total })
        };
        let changed = self.verdicts().map(either).filter(|(_, one)| one.significant);
        let changed: Vec<_> = changed.collect();
        let (frame, most) =
            changed.iter().max_by(|a, b| a.1.delta.abs().total_cmp(&b.1.delta.abs()))?;
        let verb = if most.delta > 0.0 { "grew" } else { "shrank" };
        let others = match changed.len() - 1 {
            0 => String::new(),
            1 => ", and one more changed".to_owned(),
            more => format!(", and {} more changed", grouped(more as f64)),
        };
        Some(format!(
            "No part of the total changed significantly, but {} {verb} by {}{others}: see `top`.",
            self.name(*frame),
            self.by(interval(most)),
        ))
    }

    /// What is known of each function that tables list.
    fn verdicts(&self) -> impl Iterator<Item = (FrameId, FunctionVerdict)> {
        let Diff { noise, mode, .. } = self.diff;
        let frames = (0..self.diff.symbols().frames.len() as u32).map(FrameId);
        let listed = frames.filter(|frame| self.diff.lists(*frame));
        listed.filter_map(move |frame| Some((frame, noise.as_ref()?.of(*mode, frame)?)))
    }
}

fn interval(verdict: &Verdict) -> Interval {
    Interval { value: verdict.delta, half: verdict.half_interval(), p: verdict.p }
}

/// `82% ± 6`
fn percent(part: Interval) -> String {
    let text = plus_minus(part);
    match text.split_once(" ± ") {
        Some((value, half)) => format!("{value}% ± {half}"),
        None => format!("{text}%"),
    }
}

/// A value with as many decimals as its error has, of which one or two digits are shown.
fn plus_minus(of: Interval) -> String {
    let Interval { value, half, .. } = of;
    if !half.is_finite() || half <= 0.0 {
        return three_digits(value);
    }
    // One digit from 2 on, two below: 6, 1.1, 0.24.
    let exponent = half.log10().floor();
    let leading = half / 10_f64.powf(exponent);
    let digits = if leading < 2.0 { 1.0 - exponent } else { -exponent };
    let decimals = digits.max(0.0) as usize;
    format!("{value:.decimals$} ± {half:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_the_decimals_of_its_error() {
        let of = |value: f64, half: f64| plus_minus(Interval { value, half, p: 0.0 });
        assert_eq!(of(82.314, 6.2), "82 ± 6");
        assert_eq!(of(10.314, 1.12), "10.3 ± 1.1");
        assert_eq!(of(0.5214, 0.0312), "0.52 ± 0.03");
        assert_eq!(of(812.4, 130.0), "812 ± 130");
        assert_eq!(of(3.0, f64::NAN), "3");
        assert_eq!(percent(Interval { value: 82.314, half: 6.2, p: 0.0 }), "82% ± 6");
    }
}
