//! One line on standard error that says how far the work is, and then goes away.
//!
//! Nothing is written where standard error is not a terminal, nor for work that
//! ends within 300 ms; after that the line changes at most ten times a second. Work
//! of more than two seconds is told with its rate and when it ends.

use std::io::{IsTerminal, Write};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use flamebook::work::{Progress, Watch};

const PATIENCE: Duration = Duration::from_millis(300);
const PERIOD: Duration = Duration::from_millis(100);
const ERASE: &str = "\r\x1b[K";

pub(crate) struct StatusLine {
    terminal: bool,
    begun: Instant,
    /// When the next text may be drawn, and whether one is there now.
    next: Mutex<(Instant, bool)>,
}

impl StatusLine {
    pub(crate) fn new() -> Self {
        Self {
            terminal: std::io::stderr().is_terminal(),
            begun: Instant::now(),
            next: Mutex::new((Instant::now() + PATIENCE, false)),
        }
    }

    pub(crate) fn show(&self, text: &str) {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.terminal || Instant::now() < next.0 {
            return;
        }
        *next = (Instant::now() + PERIOD, true);
        write(&format!("{ERASE}{}", clipped(text, width())));
    }

    /// Removes the line, so that what is written next starts on an empty one.
    pub(crate) fn clear(&self) {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        if next.1 {
            write(ERASE);
        }
        *next = (Instant::now() + PATIENCE, false);
    }
}

impl Watch for StatusLine {
    fn progress(&self, progress: &Progress) {
        let Progress { what, unit, done, total } = progress;
        let pace = pace(*done, *total, self.begun.elapsed());
        self.show(&format!("{what}: {done} of {total} {unit}{pace}"));
    }
}

/// `, 1200/s, 40 s left`, once there is enough to go by.
fn pace(done: u64, total: u64, spent: Duration) -> String {
    const ENOUGH: Duration = Duration::from_secs(2);
    if spent < ENOUGH || done == 0 {
        return String::new();
    }
    let rate = done as f64 / spent.as_secs_f64();
    let left = total.saturating_sub(done) as f64 / rate;
    format!(", {rate:.0}/s, {left:.0} s left")
}

/// A lost progress line is no reason to fail.
fn write(text: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}

fn width() -> usize {
    terminal_size::terminal_size_of(std::io::stderr()).map_or(80, |(width, _)| width.0.into())
}

/// A line that wraps could not be erased. Control characters, which a package
/// installer writes freely, would break it as well.
fn clipped(text: &str, width: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(width.saturating_sub(1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_work_has_a_rate_and_an_end() {
        assert_eq!(pace(50, 100, Duration::from_secs(1)), "");
        // 300 in 3 s are 100/s; 600 more take 6 s.
        assert_eq!(pace(300, 900, Duration::from_secs(3)), ", 100/s, 6 s left");
        assert_eq!(pace(0, 900, Duration::from_secs(3)), "");
    }

    #[test]
    fn the_text_stays_on_one_line() {
        assert_eq!(clipped("Collecting jupyterlab\r\n", 11), "Collecting");
        assert_eq!(clipped("größer", 80), "größer");
    }
}
