//! When a target is asked: every interval, at a time of its own, so that many targets are not
//! asked at once.
//!
//! A round that takes too long runs into the next interval. The next round begins at once, if
//! half of its interval is left, and else with the one after: nothing is made up for.

use std::hash::{Hash, Hasher};
use std::time::{Duration, Instant};

use rustc_hash::FxHasher;

use super::target::Target;

#[derive(Debug, Clone, Copy)]
pub(super) struct Schedule {
    first: Instant,
    every: Duration,
}

/// The time of one round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) start: Instant,
    pub(super) end: Instant,
}

impl Schedule {
    /// Of the target with this number of so many. The first begins at once, so that somebody
    /// who waits sees it work.
    pub(super) fn of(began: Instant, target: &Target, (nth, count): (usize, usize)) -> Schedule {
        let place = (nth as f64 + if nth == 0 { 0.0 } else { jitter(target) }) / count as f64;
        Schedule { first: began + target.every.mul_f64(place), every: target.every }
    }

    /// The slot of the next round.
    pub(super) fn after(&self, last: Option<Slot>, now: Instant) -> Slot {
        let slot = |start| Slot { start, end: start + self.every };
        let Some(last) = last else { return slot(self.first) };
        let mut next = slot(last.end);
        while next.end < now + self.every / 2 {
            next = slot(next.end);
        }
        next
    }
}

/// Between 0 and 1, always the same for a target.
fn jitter(target: &Target) -> f64 {
    let mut hasher = FxHasher::default();
    target.address.to_string().hash(&mut hasher);
    target.labels.to_string().hash(&mut hasher);
    (hasher.finish() >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::super::endpoint::Endpoint;
    use super::super::target::Usual;
    use super::*;
    use crate::profile::Labels;

    const EVERY: Duration = Duration::from_secs(10);

    fn target(host: usize) -> Target {
        let usual = Usual {
            every: EVERY,
            timeout: EVERY,
            endpoints: Endpoint::ALL.to_vec(),
            labels: Labels::default(),
        };
        Target::parse(&format!("http://host{host}:6060"), &usual).expect("a target")
    }

    #[test]
    fn targets_are_spread_over_the_interval_and_the_first_begins_at_once() {
        let began = Instant::now();
        let starts = (0..10).map(|nth| {
            let schedule = Schedule::of(began, &target(nth), (nth, 10));
            schedule.after(None, began).start - began
        });
        let starts: Vec<f64> = starts.map(|start| start.as_secs_f64()).collect();
        assert_eq!(starts[0], 0.0);
        for (nth, start) in starts.iter().enumerate() {
            assert!((nth as f64..nth as f64 + 1.0).contains(start), "{starts:?}");
        }
    }

    #[test]
    fn a_late_round_leaves_a_gap() {
        let began = Instant::now();
        let schedule = Schedule { first: began, every: EVERY };
        let first = schedule.after(None, began);
        let starts_after = |seconds: u64| {
            let next = schedule.after(Some(first), began + Duration::from_secs(seconds));
            (next.start - began).as_secs()
        };
        // In time, a little late, and too late for the second and the third round.
        assert_eq!([9, 10, 14, 16, 24, 27].map(starts_after), [10, 10, 10, 20, 20, 30]);
    }
}
