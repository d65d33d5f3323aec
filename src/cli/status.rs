//! A progress line on standard error, removed at the end.
//!
//! It appears after 300 ms, changes at most ten times a second, and after two seconds
//! has a rate and the time that is left. It is not written if standard error is not a
//! terminal.

use std::io::{IsTerminal, Write};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use flamebook::work::{Progress, Watch};

const FIRST_DELAY: Duration = Duration::from_millis(300);
const UPDATE_INTERVAL: Duration = Duration::from_millis(100);
const ERASE: &str = "\r\x1b[K";

pub(crate) struct StatusLine {
    terminal: bool,
    start: Instant,
    /// The earliest time of the next update, and whether a line is shown now.
    next: Mutex<(Instant, bool)>,
}

impl StatusLine {
    pub(crate) fn new() -> Self {
        Self {
            terminal: std::io::stderr().is_terminal(),
            start: Instant::now(),
            next: Mutex::new((Instant::now() + FIRST_DELAY, false)),
        }
    }

    pub(crate) fn show(&self, text: &str) {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.terminal || Instant::now() < next.0 {
            return;
        }
        *next = (Instant::now() + UPDATE_INTERVAL, true);
        write(&format!("{ERASE}{}", clipped(text, width())));
    }

    /// Removes the line, so that the next output starts on an empty one.
    pub(crate) fn clear(&self) {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        if next.1 {
            write(ERASE);
        }
        *next = (Instant::now() + FIRST_DELAY, false);
    }
}

impl Watch for StatusLine {
    fn progress(&self, progress: &Progress) {
        let Progress { what, unit, done, total } = progress;
        let pace = pace(*done, *total, self.start.elapsed());
        self.show(&format!("{what}: {done} of {total} {unit}{pace}"));
    }
}

/// `, 1200/s, 40 s left`, as soon as an estimate is reliable.
fn pace(done: u64, total: u64, spent: Duration) -> String {
    const ENOUGH: Duration = Duration::from_secs(2);
    if spent < ENOUGH || done == 0 {
        return String::new();
    }
    let rate = done as f64 / spent.as_secs_f64();
    let left = total.saturating_sub(done) as f64 / rate;
    format!(", {rate:.0}/s, {left:.0} s left")
}

/// Ignores errors: progress is not a result.
fn write(text: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}

fn width() -> usize {
    terminal_size::terminal_size_of(std::io::stderr()).map_or(80, |(width, _)| width.0.into())
}

/// Shortens the text to one line, because a wrapped line cannot be erased. Removes control
/// characters, which package installers write.
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
