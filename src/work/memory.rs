//! How much memory the process takes, and how much there is, as Linux says it.
//!
//! Other systems say nothing here, and no limit holds.

use std::fs::read_to_string;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Between two measurements. In this time a query takes some 20 MB at most.
const INTERVAL: Duration = Duration::from_millis(10);

/// A limit for the memory of the process.
#[derive(Debug)]
pub(super) struct MemoryLimit {
    /// In bytes.
    limit: u64,
    start: Instant,
    /// The time of the last measurement, in milliseconds since `start`.
    measured: AtomicU64,
    is_exceeded: AtomicBool,
}

impl MemoryLimit {
    /// Allows so many bytes more than the process takes now.
    pub(super) fn above_now(bytes: u64) -> MemoryLimit {
        MemoryLimit::of(taken().unwrap_or(0).saturating_add(bytes))
    }

    fn of(limit: u64) -> MemoryLimit {
        MemoryLimit {
            limit,
            start: Instant::now(),
            measured: AtomicU64::new(0),
            is_exceeded: AtomicBool::new(false),
        }
    }

    /// Whether the process has taken more, as far as it was measured. Cheap; called often.
    pub(super) fn is_exceeded(&self) -> bool {
        let now = self.start.elapsed().as_millis() as u64;
        let before = self.measured.load(Ordering::Relaxed);
        let is_due = now >= before + INTERVAL.as_millis() as u64;
        // Of several threads, one measures.
        let exchange =
            || self.measured.compare_exchange(before, now, Ordering::Relaxed, Ordering::Relaxed);
        if is_due && exchange().is_ok() && taken().is_some_and(|taken| taken > self.limit) {
            self.is_exceeded.store(true, Ordering::Relaxed);
        }
        self.is_exceeded.load(Ordering::Relaxed)
    }
}

/// What this process has allocated and touched, in bytes.
fn taken() -> Option<u64> {
    in_bytes(&read_to_string("/proc/self/status").ok()?, "RssAnon:")
}

/// What the process could still take without others being pushed out, in bytes.
pub fn available() -> Option<u64> {
    let machine = in_bytes(&read_to_string("/proc/meminfo").ok()?, "MemAvailable:")?;
    Some(in_container().map_or(machine, |left| left.min(machine)))
}

/// What a container has left of its limit (cgroup version 2).
fn in_container() -> Option<u64> {
    let read = |name: &str| {
        read_to_string(format!("/sys/fs/cgroup/memory.{name}")).ok()?.trim().parse::<u64>().ok()
    };
    Some(read("max")?.saturating_sub(read("current")?))
}

/// The value of a line such as `RssAnon:   1234 kB`.
fn in_bytes(text: &str, name: &str) -> Option<u64> {
    let value = text.lines().find_map(|line| line.strip_prefix(name))?;
    value.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kb| kb * 1024)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_exceeded_from_the_first_measurement_above_it_on() {
        // Other tests allocate in this process, too: it takes more than one page, and less
        // than all there is.
        let (small, large) = (MemoryLimit::of(4096), MemoryLimit::of(u64::MAX));
        std::thread::sleep(2 * INTERVAL);
        assert!(small.is_exceeded() && small.is_exceeded(), "it stays exceeded");
        assert!(!large.is_exceeded());
    }

    #[test]
    fn what_this_process_takes_is_known() {
        let filled = vec![1u8; 64 << 20];
        assert!(taken().is_some_and(|bytes| bytes > 64 << 20));
        drop(filled);
    }

    #[test]
    fn the_machine_has_memory() {
        assert!(available().is_some_and(|bytes| bytes > 10 << 20));
    }
}
