//! Helpers for the tests of all formats: the samples of a file as text, and its error.

use super::batch::{Batch, LoadedProfiles};
use super::malformed::ReadError;
use super::reader::Reader;
use crate::work::{Cancel, Unwatched, Work};

/// Every sample of every type: `cpu {label="value"} root;leaf 5`.
pub(super) fn samples(bytes: &[u8]) -> Vec<String> {
    let LoadedProfiles { kinds, symbols, snapshots, .. } = read(bytes);
    let mut samples = Vec::new();
    for (kind, of_kind) in kinds.iter().zip(&snapshots) {
        for snapshot in of_kind {
            for (stack, tags, value) in snapshot.samples().iter() {
                let labels = snapshot.labels.overlaid(symbols.tags(tags));
                let mut path: Vec<&str> =
                    symbols.stacks.path(stack).map(|frame| &**symbols.frame_name(frame)).collect();
                path.reverse();
                samples.push(format!("{kind} {{{labels}}} {} {value}", path.join(";")));
            }
        }
    }
    samples
}

/// The same sorted, for formats whose readers change the order of samples.
pub(super) fn sorted<const N: usize>(mut samples: [String; N]) -> Vec<String> {
    samples.sort_unstable();
    samples.to_vec()
}

/// The frames of the first sample, root first: name, place, kind.
pub(super) fn frames(bytes: &[u8]) -> Vec<String> {
    let LoadedProfiles { symbols, snapshots, .. } = read(bytes);
    let described = |id| {
        let frame = symbols.frame(id);
        let place = match &**symbols.frame_file(id) {
            "" => String::new(),
            file => format!(" {file}:{}", frame.line),
        };
        let inlined = if frame.inlined { " inlined" } else { "" };
        let module = symbols.frame_module(id);
        let module = if module.is_empty() { String::new() } else { format!(" in {module}") };
        format!("{}{place}{module} {}{inlined}", symbols.frame_name(id), frame.kind)
    };
    let stack = snapshots[0][0].samples().stacks[0];
    let mut frames: Vec<String> = symbols.stacks.path(stack).map(described).collect();
    frames.reverse();
    frames
}

/// The profiles of a file.
pub(super) fn read(bytes: &[u8]) -> LoadedProfiles {
    try_read(bytes).unwrap_or_else(|error| panic!("{error}"))
}

/// What is said about a file that is read.
pub(super) fn remarks(bytes: &[u8]) -> Vec<String> {
    read(bytes).remarks.to_vec()
}

/// The same, or the error of a file that is not read.
pub(super) fn try_remarks(bytes: &[u8]) -> Result<Vec<String>, String> {
    let read = try_read(bytes).map_err(|error| error.to_string());
    Ok(read?.remarks.to_vec())
}

/// The error of a file that is not read.
pub(super) fn refused(bytes: &[u8]) -> String {
    try_read(bytes).expect_err("a bad file").to_string()
}

fn try_read(bytes: &[u8]) -> Result<LoadedProfiles, ReadError> {
    let mut batch = Batch::default();
    let work = Work { cancel: &Cancel::new(), watch: &Unwatched };
    let recordings = Reader::default().read(bytes, "x", &mut batch, work)?;
    recordings.into_iter().for_each(|recording| batch.push(recording));
    batch.remarks.sign("x");
    Ok(batch.finish())
}

/// A good file that is cut, or has a byte changed, is either read or refused with a place;
/// and an interrupt ends the reading.
pub(super) fn refuses_what_is_broken(good: &[u8]) {
    let whole = read(good);
    assert!(whole.snapshots.iter().flatten().any(|snapshot| !snapshot.samples().is_empty()));
    for part in 0..50 {
        let cut = good.len() * part / 50;
        placed(&good[..cut]);
        let mut changed = good.to_vec();
        for byte in [b'\0', b'9', b'"', b'-', b']', b'\n', 0xff] {
            changed[cut] = byte;
            placed(&changed);
        }
    }
    let cancel = Cancel::new();
    cancel.cancel();
    let work = Work { cancel: &cancel, watch: &Unwatched };
    let read = Reader::default().read(good, "x", &mut Batch::default(), work);
    assert!(matches!(read, Err(ReadError::Cancelled(_))), "{read:?}");
}

fn placed(bytes: &[u8]) {
    if let Err(ReadError::Malformed(malformed)) = try_read(bytes) {
        let text = malformed.to_string();
        assert!(text.contains(" at ") || text.contains(" in line "), "{text}");
    }
}
