//! Buffers in which Parquet files are decoded, reused from one read to the next.
//!
//! polars wants a whole file in memory, of which `table` fills only the parts that a query
//! reads. A new buffer would be zeroed for each read, so a store keeps those of small files.

use std::sync::{Mutex, PoisonError};

/// A buffer above this size is not kept: of a new one, the operating system maps only the
/// pages that are written.
const SMALL: usize = 4 << 20;

/// The buffers of one store that are not in use: as many as cores have read at once.
#[derive(Debug, Default)]
pub(super) struct Images(Mutex<Vec<Vec<u8>>>);

impl Images {
    /// Lends a buffer of this length. What was in it before is still there.
    pub(super) fn with<T>(&self, length: usize, read: impl FnOnce(&mut [u8]) -> T) -> T {
        if length > SMALL {
            return read(&mut vec![0; length]);
        }
        let mut image = self.locked(|free| free.pop().unwrap_or_default());
        image.resize(length, 0);
        let result = read(&mut image);
        self.locked(|free| free.push(image));
        result
    }

    fn locked<T>(&self, change: impl FnOnce(&mut Vec<Vec<u8>>) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_buffer_is_used_again_and_a_large_one_is_not() {
        let images = Images::default();
        images.with(3, |image| image.fill(7));
        // Grown, with what it held before; while it is lent, another is made.
        images.with(4, |image| {
            assert_eq!(image, [7, 7, 7, 0]);
            images.with(2, |other| assert_eq!(other, [0, 0]));
        });
        assert_eq!(images.locked(|free| free.len()), 2);
        images.with(SMALL + 1, |image| assert_eq!(image.len(), SMALL + 1));
        assert_eq!(images.locked(|free| free.len()), 2);
    }
}
