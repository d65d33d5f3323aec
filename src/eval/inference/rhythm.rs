//! The daily rhythm of a value, which would look like steps in the morning and the evening.
//!
//! It is the median distance of an hour from the median of its day. Medians, because a change
//! of the level, an outage or a peak is in one hour of few days. Three days are needed.

use crate::eval::inference::spread::median;
use crate::quantity::{Span, Timestamp};

const DAY: Span = Span::seconds(86_400);
const HOUR: Span = Span::seconds(3_600);

/// The days that a rhythm is taken from.
const FEWEST_DAYS: usize = 3;

/// The values without the rhythm of their hours, if they cover three days in all hours.
pub fn without_rhythm(points: &[(Timestamp, f64)]) -> Option<Vec<f64>> {
    let day = |at: Timestamp| at.floor(DAY);
    let hour = |at: Timestamp| (at.since(day(at)).0 / HOUR.0) as usize;
    let days = points.chunk_by(|a, b| day(a.0) == day(b.0));
    let mut hours: Vec<Vec<f64>> = vec![Vec::new(); 24];
    for points in days {
        let middle = median(&mut points.iter().map(|(_, value)| *value).collect::<Vec<_>>());
        for of_hour in points.chunk_by(|a, b| hour(a.0) == hour(b.0)) {
            let mut values: Vec<f64> = of_hour.iter().map(|(_, value)| value - middle).collect();
            hours[hour(of_hour[0].0)].push(median(&mut values));
        }
    }
    if hours.iter().any(|days| days.len() < FEWEST_DAYS) {
        return None;
    }
    let rhythm: Vec<f64> = hours.iter_mut().map(|days| median(days)).collect();
    Some(points.iter().map(|(at, value)| value - rhythm[hour(*at)]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An hour each, with `value` of the day and the hour.
    fn points(days: usize, value: impl Fn(usize, usize) -> f64) -> Vec<(Timestamp, f64)> {
        let hours = (0..days).flat_map(|day| (0..24).map(move |hour| (day, hour)));
        let at = |day: usize, hour: usize| Timestamp((24 * day + hour) as i64 * HOUR.0);
        hours.map(|(day, hour)| (at(day, hour), value(day, hour))).collect()
    }

    /// 100 by night and 160 from 8 to 18, so that the median of a day is 100.
    fn office(hour: usize) -> f64 {
        if (8..18).contains(&hour) { 160.0 } else { 100.0 }
    }

    #[test]
    fn three_days_have_a_rhythm_and_two_have_none() {
        let flat = without_rhythm(&points(3, |_, hour| office(hour))).expect("three days");
        assert!(flat.iter().all(|value| *value == 100.0), "{flat:?}");
        assert_eq!(without_rhythm(&points(2, |_, hour| office(hour))), None);
        assert_eq!(without_rhythm(&[]), None);
        // Three days in which nobody recorded at night.
        let mut day = points(3, |_, hour| office(hour));
        day.retain(|(_, value)| *value > 100.0);
        assert_eq!(without_rhythm(&day), None);
    }

    /// The level rises by 50 on the third day of five, and an hour of the fourth is missing.
    #[test]
    fn a_change_of_the_level_is_no_rhythm() {
        let level = |day: usize| if day < 2 { 0.0 } else { 50.0 };
        let mut all = points(5, |day, hour| office(hour) + level(day));
        all.remove(24 * 3 + 5);
        let flat = without_rhythm(&all).expect("five days");
        assert!(flat[..48].iter().all(|value| *value == 100.0));
        assert!(flat[48..].iter().all(|value| *value == 150.0));
    }
}
