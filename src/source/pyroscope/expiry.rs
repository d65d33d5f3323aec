//! Until when answers hold: those about times that are not over, and those that depend on
//! the clock.
//!
//! A session keeps results for the next time that a query runs. Each answer notes here when
//! the next one may differ.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// The earliest end of the answers since it was last taken; none if all hold for good.
#[derive(Debug, Default)]
pub(super) struct Expiry(Mutex<Option<Instant>>);

impl Expiry {
    pub(super) fn note(&self, end: Instant) {
        let mut earliest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *earliest = Some(earliest.map_or(end, |known| known.min(end)));
    }

    pub(super) fn take(&self) -> Option<Instant> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_earliest_end_counts_once() {
        let (expiry, at) = (Expiry::default(), Instant::now());
        assert_eq!(expiry.take(), None);
        for seconds in [7, 3, 5] {
            expiry.note(at + Duration::from_secs(seconds));
        }
        assert_eq!(expiry.take(), Some(at + Duration::from_secs(3)));
        assert_eq!(expiry.take(), None);
    }
}
