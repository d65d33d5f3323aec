//! The settings of a recording, as far as they say what one sample stands for.
//!
//! A JVM writes the period of each event, `20 ms`; async-profiler an interval in
//! nanoseconds, and what it counts, which need not be time.

use super::kinds::EXECUTION_SAMPLE;

/// What async-profiler does where it is told no interval.
const DEFAULT_INTERVAL: i64 = 10_000_000;

/// What async-profiler calls the events whose interval is CPU time.
const CPU_EVENTS: [&str; 3] = ["cpu", "ctimer", "itimer"];

/// The periods of events. They hold for all later chunks, of which some do not repeat them.
#[derive(Debug, Default)]
pub(super) struct Settings {
    periods: Vec<(String, i64)>,
    interval: Option<i64>,
    /// What async-profiler counts.
    counted: Option<String>,
}

impl Settings {
    /// Takes note of one setting of an event, `jdk.ExecutionSample`.
    pub(super) fn note(&mut self, event: &str, name: &str, value: &str) {
        match name {
            "period" => {
                self.periods.retain(|(known, _)| known != event);
                self.periods.extend(nanoseconds(value).map(|nanos| (event.to_owned(), nanos)));
            }
            "interval" if event == EXECUTION_SAMPLE => self.interval = value.parse().ok(),
            "event" => self.counted = Some(value.to_owned()),
            _ => {}
        }
    }

    /// How many nanoseconds a sample of an event stands for, if it stands for time.
    pub(super) fn period(&self, event: &str) -> Option<i64> {
        let period = self.periods.iter().find(|(known, _)| known == event).map(|(_, nanos)| *nanos);
        period.or_else(|| self.interval().filter(|_| event == EXECUTION_SAMPLE))
    }

    fn interval(&self) -> Option<i64> {
        let interval = self.interval?;
        let is_time = self.counted.as_deref().is_some_and(|event| CPU_EVENTS.contains(&event));
        is_time.then_some(if interval > 0 { interval } else { DEFAULT_INTERVAL })
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
}
