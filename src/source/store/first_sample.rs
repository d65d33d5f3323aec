//! Where the samples of a recording begin in a store, and as the number that a snapshot keeps.

/// The first sample of a recording.
#[derive(Debug, Clone, Copy)]
pub(super) struct FirstSample {
    pub(super) file: SamplesFile,
    pub(super) row: u32,
}

/// A file of samples: that of a shape in a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct SamplesFile {
    /// The number of the block among those that are open.
    pub(super) block: u16,
    /// The number of the shape among those of the block.
    pub(super) shape: u16,
}

impl From<FirstSample> for u64 {
    fn from(FirstSample { file, row }: FirstSample) -> u64 {
        u64::from(file.block) << 48 | u64::from(file.shape) << 32 | u64::from(row)
    }
}

impl From<u64> for FirstSample {
    fn from(place: u64) -> FirstSample {
        let file = SamplesFile { block: (place >> 48) as u16, shape: (place >> 32) as u16 };
        FirstSample { file, row: place as u32 }
    }
}
