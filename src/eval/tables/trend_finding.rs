//! The sentence above a table of trends: what grows, by how much, and when it reaches a limit.

use crate::eval::tables::trends::{GroupTrends, Row};
use crate::profile::chance::two_sided;
use crate::profile::noise::FALSE_DISCOVERIES;
use crate::quantity::unit::grouped;
use crate::quantity::{Quantity, Span, Timestamp, Unit};

/// The finding of all groups: that of the function that grows fastest.
pub fn finding(groups: &[GroupTrends], unit: &Unit, limit: Option<&Quantity>) -> String {
    let steepest = |group: &&GroupTrends| {
        group.significant().map(|row| row.trend.slope).fold(f64::NEG_INFINITY, f64::max)
    };
    let group = groups.iter().max_by(|a, b| steepest(a).total_cmp(&steepest(b)));
    let Some(group) = group else { return "There are no profiles.".to_owned() };
    let name = match group.labels.is_empty() {
        true => String::new(),
        false => format!("{}: ", group.labels),
    };
    let trend = of_functions(group, unit).unwrap_or_else(|| nothing(group, unit));
    let limit = limit.map_or(String::new(), |limit| format!(" {}", reaches(group, limit)));
    format!("{name}{trend}{limit}")
}

/// ``f` grows by 2 MiB per hour (1.5 to 2.5 MiB): 82% of the growth of all functions.`
fn of_functions(group: &GroupTrends, unit: &Unit) -> Option<String> {
    let growing = group.significant().filter(|row| row.trend.slope > 0.0).count();
    let shrinking = group.significant().filter(|row| row.trend.slope < 0.0).count();
    let by_slope = |a: &&Row, b: &&Row| a.trend.slope.total_cmp(&b.trend.slope);
    let (row, verb) = match growing {
        0 => (group.significant().min_by(by_slope)?, "shrinks"),
        _ => (group.significant().max_by(by_slope)?, "grows"),
    };
    let share = group.share(row).filter(|share| growing > 0 && (0.0..=100.0).contains(share));
    let share = share.map_or(String::new(), |share| {
        format!(", {} of the growth of all functions", Quantity::new(share, Unit::Percent))
    });
    let others = match (growing.saturating_sub(1), shrinking) {
        (0, _) if growing == 0 => match shrinking - 1 {
            0 => "; no other function has a significant trend".to_owned(),
            rest => format!("; {}, none grows", others(rest, "shrink")),
        },
        (0, 0) => "; no other function has a significant trend".to_owned(),
        (0, shrinking) => format!("; {}", others(shrinking, "shrink")),
        (rest, 0) => format!("; {}", others(rest, "grow")),
        (rest, shrinking) => {
            format!("; {}, {}", others(rest, "grow"), counted(shrinking, "shrinks", "shrink"))
        }
    };
    let only = row.only.as_ref().map_or(String::new(), |labels| format!(" in {labels} alone"));
    Some(format!("`{}` {verb}{only} by {}{share}{others}.", row.function, by_hour(row, unit)))
}

/// `1 other function grows`, `5 other functions grow`
fn others(count: usize, verb: &str) -> String {
    let one = format!("other function {verb}s");
    counted(count, &one, &format!("other functions {verb}"))
}

fn counted(count: usize, one: &str, several: &str) -> String {
    format!("{} {}", grouped(count as f64), if count == 1 { one } else { several })
}

/// `2 MiB per hour (1.5 MiB to 2.5 MiB)`, without signs.
fn by_hour(row: &Row, unit: &Unit) -> String {
    let amount = |value: f64| Quantity::new(value, unit.clone());
    let (slope, low, high) = match row.trend.slope < 0.0 {
        true => (-row.trend.slope, -row.trend.high, -row.trend.low),
        false => (row.trend.slope, row.trend.low, row.trend.high),
    };
    match low.is_nan() {
        true => format!("{} per hour", amount(slope)),
        false => format!("{} per hour ({} to {})", amount(slope), amount(low), amount(high)),
    }
}

/// Why there is no finding, and what is known in spite of that.
fn nothing(group: &GroupTrends, unit: &Unit) -> String {
    let Some(whole) = group.whole() else {
        return "A trend needs several profiles of a series.".to_owned();
    };
    if is_too_little(group) {
        return format!(
            "{} of a series cannot tell a trend from chance; six can.",
            match group.points {
                1 => "One profile".to_owned(),
                points => format!("{points} points in time"),
            }
        );
    }
    let amount = |value: f64| Quantity::new(value, unit.clone());
    match whole.significant {
        true => format!(
            "All functions together {} by {}, but none alone has a significant trend.",
            if whole.trend.slope < 0.0 { "shrink" } else { "grow" },
            by_hour(whole, unit)
        ),
        false if whole.trend.low.is_nan() => "Nothing grows or shrinks significantly.".to_owned(),
        false => format!(
            "Nothing grows or shrinks significantly: all functions together change by {} to {} \
             per hour.",
            amount(whole.trend.low),
            amount(whole.trend.high)
        ),
    }
}

/// Whether even points that all rise would not be significant: z of n points in order is
/// (n(n - 1)/2 - 1) / √(n(n - 1)(2n + 5)/18).
fn is_too_little(group: &GroupTrends) -> bool {
    let n = group.points as f64;
    let (pairs, variance) = (n * (n - 1.0) / 2.0, n * (n - 1.0) * (2.0 * n + 5.0) / 18.0);
    let series = group.series.len() as f64;
    let z = (series * pairs - 1.0) / (series * variance).sqrt();
    // As in a trend, where the p-value of the clearer of two tests counts twice.
    n < 2.0 || 2.0 * two_sided(z, f64::INFINITY) > FALSE_DISCOVERIES
}

/// When the first series reaches a limit: its level and the common slope.
fn reaches(group: &GroupTrends, limit: &Quantity) -> String {
    let amount = |value: f64| Quantity::new(value, limit.unit.clone());
    let above = group.series.iter().filter(|level| level.value >= limit.value).count();
    if above > 0 {
        let series = if group.series.len() == 1 {
            "It is".to_owned()
        } else {
            format!("{above} of {} series are", group.series.len())
        };
        return format!("{series} at the limit of {limit} already.");
    }
    let grows = group.whole().filter(|whole| whole.significant && whole.trend.low > 0.0);
    let nearest = group.series.iter().max_by(|a, b| a.value.total_cmp(&b.value));
    let (Some(whole), Some(level)) = (grows, nearest) else {
        return format!("Nothing says that {limit} will be reached.");
    };
    let after = |slope: f64| hours((limit.value - level.value) / slope);
    let [Some(expected), Some(soonest)] = [whole.trend.slope, whole.trend.high].map(after) else {
        return format!("At this rate {limit} is reached in more than a hundred years.");
    };
    let latest = after(whole.trend.low).map_or("never".to_owned(), |span| span.to_string());
    let at = Timestamp(level.at.plus(expected).0).floor(Span::seconds(1));
    let series = if group.series.len() == 1 { "it has" } else { "the largest series has" };
    format!(
        "At this rate {limit} is reached in {expected}, at {at} ({soonest} to {latest}); {series} \
         {} now.",
        amount(level.value)
    )
}

/// Rounded to what a projection knows; `None` beyond a hundred years.
fn hours(hours: f64) -> Option<Span> {
    const MOST: f64 = 100.0 * 365.0 * 24.0;
    (0.0..MOST).contains(&hours).then(|| Span((hours * 3.6e12) as i64).rounded())
}
