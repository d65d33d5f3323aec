//! The frames of each address of a binary, as earlier files have them.
//!
//! The next file of a program has the same functions at the same addresses, under other
//! numbers. A reader that finds an address here compares the names of the file with those
//! that are known, which is faster than looking up each of them.

use rustc_hash::FxHashMap;

use crate::profile::frame::{FrameId, StringId};

/// Frames by the path of a binary and an address in it.
#[derive(Debug, Clone, Default)]
pub(super) struct Addresses {
    /// Those of each address one after another, innermost first.
    frames: Vec<FrameId>,
    spans: FxHashMap<(StringId, u64), (u32, u32)>,
}

impl Addresses {
    pub(super) fn frames(&self, module: StringId, address: u64) -> Option<&[FrameId]> {
        let (first, end) = *self.spans.get(&(module, address))?;
        Some(&self.frames[first as usize..end as usize])
    }

    /// Keeps the frames of an address in place of those before.
    pub(super) fn keep(&mut self, module: StringId, address: u64, frames: &[FrameId]) {
        let new = (self.frames.len(), self.frames.len() + frames.len());
        let (Ok(first), Ok(end)) = (u32::try_from(new.0), u32::try_from(new.1)) else { return };
        let span = self.spans.entry((module, address)).or_insert((first, first));
        if (span.1 - span.0) as usize == frames.len() {
            self.frames[span.0 as usize..span.1 as usize].copy_from_slice(frames);
        } else {
            self.frames.extend_from_slice(frames);
            *span = (first, end);
        }
    }
}
