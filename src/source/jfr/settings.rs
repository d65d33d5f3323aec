//! The settings of a recording that say what one sample stands for.
//!
//! A JVM writes the period of each event, `20 ms`; async-profiler an interval in
//! nanoseconds, and what it counts, which need not be time. Each producer of a file has
//! settings of its own.

use super::kinds::{EXECUTION_SAMPLE, Family, Rule, WALL_CLOCK_SAMPLE};

/// The intervals of async-profiler if none is set: of samples, and of all threads.
const DEFAULT_INTERVAL: i64 = 10_000_000;
const DEFAULT_WALL_INTERVAL: i64 = 5 * DEFAULT_INTERVAL;

/// async-profiler's names of the events whose interval is CPU time.
const CPU_EVENTS: [&str; 3] = ["cpu", "ctimer", "itimer"];
/// Its name for sampling all threads, running or waiting.
const WALL: &str = "wall";

/// The state of threads that were sampled because they ran.
const DEFAULT_STATE: &str = "STATE_DEFAULT";

/// The periods of events. They hold for all later chunks too: not each repeats them.
#[derive(Debug, Default)]
pub(super) struct Settings {
    periods: Vec<(String, i64)>,
    interval: Option<i64>,
    /// The period of samples of all threads, if something else is counted as well.
    wall_interval: Option<i64>,
    /// The event that async-profiler counts.
    counted: Option<String>,
}

impl Settings {
    /// Reads one setting of an event, `jdk.ExecutionSample`.
    pub(super) fn note(&mut self, event: &str, name: &str, value: &str) {
        match name {
            "period" => {
                self.periods.retain(|(known, _)| known != event);
                self.periods.extend(nanoseconds(value).map(|nanos| (event.to_owned(), nanos)));
            }
            "interval" if event == EXECUTION_SAMPLE => self.interval = value.parse().ok(),
            WALL if event == EXECUTION_SAMPLE => self.wall_interval = wall_interval(value),
            "event" => self.counted = Some(value.to_owned()),
            _ => {}
        }
    }

    /// How many nanoseconds a sample of an event stands for, if it stands for time.
    pub(super) fn period(&self, event: &str) -> Option<i64> {
        let period = self.periods.iter().find(|(known, _)| known == event).map(|(_, nanos)| *nanos);
        period.or_else(|| match event {
            EXECUTION_SAMPLE => self.interval(),
            WALL_CLOCK_SAMPLE => {
                self.wall_interval.or_else(|| self.interval().filter(|_| self.is_wall()))
            }
            _ => None,
        })
    }

    /// Where a sample of a rule belongs, by the state of its thread. async-profiler before
    /// 4.0 writes samples of all threads as samples of execution, too; only the latter are
    /// in the default state.
    pub(super) fn family<E>(
        &self,
        rule: &Rule,
        state: impl FnOnce() -> Result<String, E>,
    ) -> Result<Family, E> {
        Ok(match rule.family {
            Family::Cpu if self.is_wall() => Family::Wall,
            Family::Cpu if self.has_both() && state()? != DEFAULT_STATE => Family::Wall,
            family => family,
        })
    }

    /// Whether async-profiler samples all threads in addition to another event.
    fn has_both(&self) -> bool {
        self.counted.is_some() && self.wall_interval.is_some()
    }

    fn is_wall(&self) -> bool {
        self.counted.as_deref() == Some(WALL)
    }

    fn interval(&self) -> Option<i64> {
        let default = match self.counted.as_deref()? {
            WALL => DEFAULT_WALL_INTERVAL,
            event if CPU_EVENTS.contains(&event) => DEFAULT_INTERVAL,
            _ => return None,
        };
        self.interval.map(|interval| if interval > 0 { interval } else { default })
    }
}

/// The period of samples of all threads; it is negative if there are none.
fn wall_interval(value: &str) -> Option<i64> {
    match value.parse().ok()? {
        0 => Some(DEFAULT_WALL_INTERVAL),
        interval => Some(interval).filter(|interval| *interval > 0),
    }
}

/// A length of time as a setting has it, `20 ms`; none if it is a word, `everyChunk`.
fn nanoseconds(text: &str) -> Option<i64> {
    let (number, unit) = text.split_once(' ')?;
    let scale: i64 = match unit {
        "ns" => 1,
        "us" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        "d" => 86_400_000_000_000,
        _ => return None,
    };
    number.parse::<i64>().ok()?.checked_mul(scale).filter(|nanos| *nanos > 0)
}

#[cfg(test)]
mod tests {
    use super::super::kinds::RULES;
    use super::*;

    fn settings(settings: &[(&str, &str, &str)]) -> Settings {
        let mut noted = Settings::default();
        settings.iter().for_each(|(event, name, value)| noted.note(event, name, value));
        noted
    }

    #[test]
    fn a_jvm_tells_the_period_of_each_event() {
        let noted = settings(&[
            (EXECUTION_SAMPLE, "period", "10 ms"),
            ("jdk.NativeMethodSample", "period", "everyChunk"),
            (EXECUTION_SAMPLE, "period", "20 ms"),
            (EXECUTION_SAMPLE, "enabled", "true"),
        ]);
        assert_eq!(noted.period(EXECUTION_SAMPLE), Some(20_000_000));
        assert_eq!(noted.period("jdk.NativeMethodSample"), None);
    }

    #[test]
    fn async_profiler_tells_an_interval_of_what_it_counts() {
        for (event, interval, period) in [
            ("cpu", "0", Some(10_000_000)),
            ("itimer", "1000000", Some(1_000_000)),
            ("wall", "0", Some(50_000_000)),
            ("wall", "20000000", Some(20_000_000)),
            // So many misses, and no time at all.
            ("cache-misses", "1000", None),
        ] {
            let noted = settings(&[
                ("jdk.ActiveRecording", "event", event),
                (EXECUTION_SAMPLE, "interval", interval),
            ]);
            assert_eq!(noted.period(EXECUTION_SAMPLE), period, "{event}");
        }
    }

    #[test]
    fn async_profiler_looks_at_all_threads_in_three_ways() {
        let recording = "jdk.ActiveRecording";
        // Before 4.0, as samples of execution.
        let alone = settings(&[(recording, "event", "wall"), (EXECUTION_SAMPLE, "interval", "0")]);
        let family = |noted: &Settings, state: &str| {
            noted.family::<()>(&RULES[0], || Ok(state.to_owned())).expect("a state")
        };
        assert_eq!(family(&alone, "STATE_DEFAULT"), Family::Wall);
        assert_eq!(alone.period(WALL_CLOCK_SAMPLE), Some(50_000_000));
        // Besides something else.
        let besides = settings(&[
            (recording, "event", "cpu"),
            (EXECUTION_SAMPLE, "interval", "10000000"),
            (EXECUTION_SAMPLE, "wall", "20000000"),
        ]);
        assert_eq!(family(&besides, "STATE_DEFAULT"), Family::Cpu);
        assert_eq!(family(&besides, "STATE_SLEEPING"), Family::Wall);
        // A JVM has other names for the states of threads that run.
        let jvm = settings(&[(EXECUTION_SAMPLE, "period", "10 ms")]);
        assert_eq!(family(&jvm, "STATE_RUNNABLE"), Family::Cpu);
        let off = settings(&[(recording, "event", "cpu"), (EXECUTION_SAMPLE, "wall", "-1")]);
        assert_eq!(family(&off, "STATE_RUNNABLE"), Family::Cpu);
        assert_eq!(besides.period(EXECUTION_SAMPLE), Some(10_000_000));
        assert_eq!(besides.period(WALL_CLOCK_SAMPLE), Some(20_000_000));
    }
}
