//! Arithmetic on totals over time: line by line, step by step.
//!
//! Lines are matched one to one on identical labels, as in PromQL; lines without a match
//! are left out and reported. A gap on either side gives a gap, and so does a division by
//! zero. Both sides have the same steps: `stage::calculate` makes sure of that.

use std::collections::{BTreeMap, BTreeSet};

use crate::eval::result::operators::{Rule, as_factor, is_sum};
use crate::eval::result::value::{Line, Recorded, SeriesSet};
use crate::lang::ast::BinaryOp;
use crate::profile::Labels;
use crate::quantity::{Quantity, Timestamp, Unit};

/// The result of arithmetic between two sides.
pub struct Matched {
    pub series: SeriesSet,
    /// The labels of unmatched lines, on the left and on the right.
    pub alone: [Vec<Labels>; 2],
}

/// Combines a number with every line; `None` if the units do not fit.
pub fn with_number(
    op: BinaryOp,
    series: &SeriesSet,
    number: &Quantity,
    is_left: bool,
) -> Option<SeriesSet> {
    // A percentage can be a factor, but cannot be added to a value with a unit.
    let is_added_part = is_sum(op) && number.unit == Unit::Percent && series.unit != Unit::None;
    let number = as_factor(number, &series.unit, op);
    let rule = match is_left {
        true => Rule::of(op, &number.unit, &series.unit)?,
        false => Rule::of(op, &series.unit, &number.unit)?,
    };
    let calculate = |value: f64| match is_left {
        true => rule.apply(number.value, value),
        false => rule.apply(value, number.value),
    };
    let line = |line: &Line| {
        let points = line.points.iter().map(|(at, value)| (*at, value.and_then(calculate)));
        let recorded = line.recorded.iter().filter_map(|step| {
            let [low, high] =
                [step.low, step.high].map(|(at, value)| Some((at, calculate(value)?)));
            let (low, high) = (low?, high?);
            // A negative factor turns them round.
            let (low, high) = if low.1 <= high.1 { (low, high) } else { (high, low) };
            Some(Recorded { step: step.step, low, high })
        });
        // A sum with a number is as precise as before, a multiple by as much less.
        let margins = line.points.iter().filter_map(|(at, value)| {
            let (value, margin) = ((*value)?, line.margin_at(*at)?);
            Some((*at, (calculate(value + margin)? - calculate(value)?).abs()))
        });
        Line {
            labels: line.labels.clone(),
            points: points.collect(),
            recorded: recorded.collect(),
            margins: margins.collect(),
        }
    };
    (!is_added_part).then(|| SeriesSet {
        unit: rule.unit.clone(),
        step: series.step,
        lines: series.lines.iter().map(line).collect(),
    })
}

/// Combines each line on the left with the line on the right that has the same labels;
/// `None` if the units do not fit.
pub fn between(op: BinaryOp, left: &SeriesSet, right: &SeriesSet) -> Option<Matched> {
    let rule = Rule::of(op, &left.unit, &right.unit)?;
    if is_sum(op) && left.unit != right.unit {
        return None;
    }
    let counterparts: BTreeMap<&Labels, &Line> =
        right.lines.iter().map(|line| (&line.labels, line)).collect();
    let matched = left.lines.iter().filter_map(|line| {
        let counterpart = counterparts.get(&line.labels)?;
        Some(Line {
            labels: line.labels.clone(),
            points: points(&rule, line, counterpart),
            recorded: Vec::new(),
            margins: Vec::new(),
        })
    });
    let lines = matched.collect();
    let series = SeriesSet { unit: rule.unit.clone(), step: left.step.or(right.step), lines };
    Some(Matched { series, alone: [without(left, right), without(right, left)] })
}

/// A point for every time of either line, with a value only if both have one.
fn points(rule: &Rule, left: &Line, right: &Line) -> Vec<(Timestamp, Option<f64>)> {
    let values = |line: &Line| line.points.iter().copied().collect::<BTreeMap<_, _>>();
    let (left, right) = (values(left), values(right));
    let times: BTreeSet<&Timestamp> = left.keys().chain(right.keys()).collect();
    let value = |at| rule.apply((*left.get(at)?)?, (*right.get(at)?)?);
    times.into_iter().map(|at| (*at, value(at))).collect()
}

/// The labels of lines that `other` does not have.
fn without(series: &SeriesSet, other: &SeriesSet) -> Vec<Labels> {
    let known: BTreeSet<&Labels> = other.lines.iter().map(|line| &line.labels).collect();
    let labels = series.lines.iter().map(|line| &line.labels);
    labels.filter(|labels| !known.contains(labels)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::Span;

    /// A line per pod, with a value per second.
    fn series(unit: Unit, lines: &[(&str, &[Option<f64>])]) -> SeriesSet {
        let line = |(pod, values): &(&str, &[Option<f64>])| Line {
            labels: [("pod", *pod)].into_iter().collect(),
            points: (0..).map(Timestamp).zip(values.iter().copied()).collect(),
            recorded: Vec::new(),
            margins: Vec::new(),
        };
        SeriesSet { unit, step: Some(Span(1)), lines: lines.iter().map(line).collect() }
    }

    fn values(series: &SeriesSet) -> Vec<Vec<Option<f64>>> {
        let values = |line: &Line| line.points.iter().map(|(_, value)| *value).collect();
        series.lines.iter().map(values).collect()
    }

    #[test]
    fn a_gap_on_either_side_and_a_division_by_zero_are_gaps() {
        let over = series(Unit::Bytes, &[("a", &[Some(6.0), None, Some(8.0), Some(9.0)])]);
        let under =
            series(Unit::Cores, &[("a", &[Some(2.0), Some(1.0), None, Some(0.0), Some(1.0)])]);
        let matched = between(BinaryOp::Divide, &over, &under).expect("a quotient");
        assert_eq!(values(&matched.series), [[Some(3.0), None, None, None, None]]);
        assert_eq!(matched.series.unit.to_string(), "bytes per core");
    }

    #[test]
    fn lines_are_matched_by_their_labels_and_not_by_their_order() {
        let left = series(Unit::Bytes, &[("a", &[Some(1.0)]), ("b", &[Some(2.0)]), ("c", &[])]);
        let right = series(Unit::Bytes, &[("d", &[]), ("b", &[Some(20.0)]), ("a", &[Some(10.0)])]);
        let matched = between(BinaryOp::Add, &left, &right).expect("a sum");
        assert_eq!(values(&matched.series), [[Some(11.0)], [Some(22.0)]]);
        let labels = |pod: &str| vec![[("pod", pod)].into_iter().collect::<Labels>()];
        assert_eq!(matched.alone, [labels("c"), labels("d")]);
    }

    #[test]
    fn sums_are_of_one_unit() {
        let bytes = series(Unit::Bytes, &[("a", &[Some(1.0)])]);
        let cores = series(Unit::Cores, &[("a", &[Some(1.0)])]);
        let ratio = series(Unit::None, &[("a", &[Some(0.5)])]);
        let number = |value, unit| Quantity::new(value, unit);
        for op in [BinaryOp::Add, BinaryOp::Subtract] {
            assert!(between(op, &bytes, &cores).is_none());
            assert!(between(op, &bytes, &ratio).is_none());
            assert!(with_number(op, &bytes, &number(1.0, Unit::Cores), false).is_none());
            assert!(with_number(op, &bytes, &number(5.0, Unit::Percent), false).is_none());
        }
        assert!(between(BinaryOp::Multiply, &bytes, &cores).is_none());
        // Half as much, and one percentage point less.
        let half = with_number(BinaryOp::Multiply, &bytes, &number(50.0, Unit::Percent), true);
        assert_eq!(values(&half.expect("a product")), [[Some(0.5)]]);
        let less = with_number(BinaryOp::Subtract, &ratio, &number(50.0, Unit::Percent), false);
        assert_eq!(values(&less.expect("a difference")), [[Some(0.0)]]);
        // The number on the left.
        let rest = with_number(BinaryOp::Subtract, &ratio, &number(1.0, Unit::None), true);
        assert_eq!(values(&rest.expect("a difference")), [[Some(0.5)]]);
        let each = with_number(BinaryOp::Divide, &cores, &number(4.0, Unit::None), true);
        assert_eq!(each.expect("a quotient").unit.to_string(), "per core");
    }
}
