//! Recordings that are in several files, by a link or as a copy: each counts once.
//!
//! Only recordings that begin together and have as many samples are compared, so that files
//! without copies cost nothing. Within one file, nothing is a copy.

use rustc_hash::FxHashMap;

use super::identity::Identities;
use super::recording::Recording;
use super::remarks::Remarks;
use crate::profile::{ProfileType, Symbols};

/// What is said about a file with a copy.
const SAID: &str = "the same recording is in another file, too; it counts once";

/// A file that was read, and the number of its recordings.
#[derive(Debug, Clone)]
pub(super) struct FileRead {
    pub(super) path: String,
    pub(super) recordings: usize,
}

/// The recordings of these files, which are in the same order, without copies.
pub(super) fn without_copies(
    recordings: Vec<Recording>,
    files: &[FileRead],
    (symbols, kinds): (&Symbols, &[ProfileType]),
    remarks: &mut Remarks,
) -> Vec<Recording> {
    let key = |r: &Recording| (r.start.0, r.duration.0, r.stacks.len());
    let mut alike = FxHashMap::<_, u32>::default();
    recordings.iter().for_each(|recording| *alike.entry(key(recording)).or_default() += 1);
    if alike.values().all(|count| *count == 1) {
        return recordings;
    }
    let identities = Identities::new(symbols, kinds);
    let mut first = FxHashMap::default();
    let mut recordings = recordings.into_iter();
    let mut kept = Vec::with_capacity(recordings.len());
    for (file, FileRead { path, recordings: count }) in files.iter().enumerate() {
        let mut has_copy = false;
        for recording in recordings.by_ref().take(*count) {
            let is_copy = alike[&key(&recording)] > 1
                && *first.entry(identities.of(&recording)).or_insert(file) != file;
            has_copy |= is_copy;
            if !is_copy {
                kept.push(recording);
            }
        }
        if has_copy {
            remarks.add(SAID.to_owned());
            remarks.sign(path);
        }
    }
    // Those of no file.
    kept.extend(recordings);
    kept
}
