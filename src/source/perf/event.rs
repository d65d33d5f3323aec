//! The profile types of an event.

use crate::profile::ProfileType;
use crate::source::batch::Batch;
use crate::source::events::Events;

/// An event of a trace: `cpu-clock`, `cycles:u`, `sched:sched_switch`.
pub(super) struct Event<'a> {
    pub(super) written: &'a [u8],
    /// Whether samples have a period.
    pub(super) has_periods: bool,
    /// Each with a count of one and its period.
    pub(super) samples: Events,
}

/// Letters after a colon that say where an event is counted, and how exactly.
const MODIFIERS: &str = "ukhGHIDpPSWeb";

impl<'a> Event<'a> {
    /// The index of an event, which is added if it is new. There are few.
    pub(super) fn find(events: &mut Vec<Event<'a>>, written: &'a [u8]) -> usize {
        events.iter().position(|event| event.written == written).unwrap_or_else(|| {
            events.push(Event { written, has_periods: false, samples: Events::new(2) });
            events.len() - 1
        })
    }

    /// Whether the text of a tracepoint comes before the frame in a header.
    pub(super) fn is_tracepoint(written: &[u8]) -> bool {
        let parts = String::from_utf8_lossy(written);
        parts.split_once(':').is_some_and(|(_, name)| !is_modifiers(name))
    }

    /// The types of its samples and their periods, as the batch numbers them.
    pub(super) fn kinds(&self, batch: &mut Batch) -> Vec<usize> {
        let name = name(&String::from_utf8_lossy(self.written));
        let (family, measured) = match &*name {
            "cpu_clock" => ("process_cpu", ("cpu", "nanoseconds")),
            "task_clock" => ("task_clock", ("cpu", "nanoseconds")),
            "" => ("samples", ("", "")),
            other => (other, (other, "count")),
        };
        let mut kinds = vec![ProfileType::new(family, ("samples", "count"), measured)];
        if self.has_periods && !name.is_empty() {
            kinds.push(ProfileType::new(family, measured, measured));
        }
        kinds.into_iter().map(|kind| batch.kind(kind)).collect()
    }
}

fn is_modifiers(text: &str) -> bool {
    text.chars().all(|c| MODIFIERS.contains(c))
}

/// The name of an event in a query: letters, digits and underscores.
fn name(written: &str) -> String {
    let plain = match written.rsplit_once(':') {
        Some((plain, modifiers)) if is_modifiers(modifiers) => plain,
        _ => written,
    };
    let plain = match plain.strip_suffix('/').and_then(|plain| plain.split_once('/')) {
        // How a plain event was to be counted: `cpu-clock/freq=99/`.
        Some((event, terms)) if terms.split(',').all(|term| term.contains('=')) => event,
        Some(_) | None => plain.trim_end_matches('/'),
    };
    plain.replace(|c: char| !c.is_ascii_alphanumeric(), "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tracepoint_is_of_a_subsystem() {
        for (written, is_tracepoint) in [
            ("cycles:u", false),
            ("cpu-clock:pppH", false),
            ("cycles", false),
            ("sched:sched_switch", true),
        ] {
            assert_eq!(Event::is_tracepoint(written.as_bytes()), is_tracepoint, "{written}");
        }
    }

    #[test]
    fn names_of_events_can_be_typed() {
        for (written, called) in [
            ("cpu-clock:pppH", "cpu_clock"),
            ("cycles", "cycles"),
            ("cycles:", "cycles"),
            ("cpu-clock/freq=99/", "cpu_clock"),
            ("cpu_core/cycles/u", "cpu_core_cycles_u"),
            ("cpu_core/cycles/", "cpu_core_cycles"),
            ("sched:sched_switch", "sched_sched_switch"),
            ("page-faults:u", "page_faults"),
        ] {
            assert_eq!(name(written), called, "{written}");
        }
    }
}
