//! The sentence above a table of changes: the largest one, or that there is none.

use crate::eval::inference::changepoints::{LEAST, Step};
use crate::eval::tables::changepoints::{Changed, largest};
use crate::quantity::unit::grouped;
use crate::quantity::{Quantity, Unit};

/// A step that only is found if it is so many times the highest value is not found in fact.
const MOST_VISIBLE: f64 = 2.0;

/// `functions` is how many were looked at, if functions were.
pub fn finding(all: &[Changed], unit: &Unit, functions: Option<usize>) -> String {
    let with_steps = || all.iter().filter(|changed| !changed.steps.steps.is_empty());
    let Some(changed) = with_steps().max_by(|a, b| largest(a).total_cmp(&largest(b))) else {
        return nothing(all, unit, functions);
    };
    // The end of a change that went away is part of it.
    let is_own = |step: &&Step| !changed.is_return(step);
    let size = |step: &Step| (step.after - step.before).abs();
    let own = changed.steps.steps.iter().filter(is_own);
    let Some(step) = own.max_by(|a, b| size(a).total_cmp(&size(b))) else {
        return nothing(all, unit, functions);
    };
    let count = |changed: &Changed| {
        changed.steps.steps.iter().filter(|step| !changed.is_return(step)).count()
    };
    let others = with_steps().map(count).sum::<usize>() - 1;
    let others = match (functions, others) {
        (_, 0) => String::new(),
        (None, 1) => " There is one more change.".to_owned(),
        (None, others) => format!(" There are {} more changes.", grouped(others as f64)),
        (Some(of), _) => {
            let functions = with_steps().count();
            format!(" {functions} of {} functions changed.", grouped(of as f64))
        }
    };
    format!("{}{others}", sentence(changed, step, unit))
}

/// `The level rose from 1 core to 2 cores (by 0.8 to 1.2 cores) at 10:42:00 (between 10:41:00
/// and 10:43:00); it went away after 5m.`
fn sentence(changed: &Changed, step: &Step, unit: &Unit) -> String {
    let amount = |value: f64| Quantity::new(value, unit.clone());
    let [at, earliest, latest] = changed.times(step);
    let verb = if step.after > step.before { "rose" } else { "fell" };
    let size = (step.after - step.before).abs();
    let [low, high] = [size - step.half, size + step.half].map(amount);
    let lasted = match changed.lasted(step) {
        Some(span) => format!("; it went away after {}", span.rounded()),
        None => String::new(),
    };
    format!(
        "{} {verb} from {} to {} (by {low} to {high}) at {at} (between {earliest} \
         and {latest}){lasted}.",
        name(changed),
        amount(step.before),
        amount(step.after),
    )
}

fn name(changed: &Changed) -> String {
    match (&changed.function, changed.labels.is_empty()) {
        (None, true) => "The level".to_owned(),
        (None, false) => format!("The level of {}", changed.labels),
        (Some(function), true) => format!("`{function}`"),
        (Some(function), false) => format!("`{function}` of {}", changed.labels),
    }
}

fn nothing(all: &[Changed], unit: &Unit, functions: Option<usize>) -> String {
    let amount = |value: f64| Quantity::new(value, unit.clone());
    if let Some(functions) = functions {
        let functions = grouped(functions as f64);
        return format!("None of {functions} functions changed its level significantly.");
    }
    let points = all.iter().map(|changed| changed.points.len()).max().unwrap_or(0);
    if points < 2 * LEAST {
        let points = match points {
            1 => "One point".to_owned(),
            points => format!("{points} points"),
        };
        return format!(
            "{points} in time cannot tell a change of the level from noise: a level has at least \
             {LEAST}."
        );
    }
    let visible = match all {
        [one] => one.steps.visible.map_or(String::new(), |visible| {
            let highest = one.points.iter().map(|(_, value)| value.abs()).fold(0.0, f64::max);
            // Values that wander, as those of a leak do, hide a step of any size.
            if visible > MOST_VISIBLE * highest {
                return " It moves too much from point to point for a step to be told apart; \
                         `trending` finds what grows."
                    .to_owned();
            }
            format!(" A lasting change of {} or more would have been found.", amount(visible))
        }),
        _ => String::new(),
    };
    match all {
        [_] => format!("The level did not change significantly.{visible}"),
        all => format!("No level of {} lines changed significantly.", grouped(all.len() as f64)),
    }
}
