//! The example data that ships inside the binary: `use "demo:"`.
//!
//! A tar archive of pprof files with Hive-style folders, packed as a whole by zstd, made by
//! the recorder under `notebooks/data`. Its files are loaded like files on disk; this module
//! reads the archive, as far as `tar --format=ustar` writes it.

use std::sync::OnceLock;

use super::files::Files;
use super::gzip::UnpackLimit;
use super::load::{FileBytes, Input};
use super::{SourceError, glob};
use crate::profile::Labels;
use crate::work::Work;

/// The name after `use` for the recording.
pub const TARGET: &str = "demo:";

/// Profiles resemble each other: packed together they take a third of what each takes alone.
const PACKED: &[u8] = include_bytes!("../../notebooks/data/demo.tar.zst");

/// Loads the recording. `extra` labels are given to every profile.
pub fn open(extra: &Labels, work: Work<'_>) -> Result<Files, SourceError> {
    Files::load(TARGET, &inputs(extra)?, UnpackLimit::default(), work)
}

/// The files of the recording, sorted by path.
pub(super) fn inputs(extra: &Labels) -> Result<Vec<Input<'static>>, SourceError> {
    let input = |entry: ArchivedFile<'static>| Input {
        labels: glob::labels_of_folders(&entry.path).overlaid(extra),
        shown: format!("{TARGET}{}", entry.path),
        size: entry.content.len() as u64,
        content: FileBytes::Held(entry.content),
    };
    let mut inputs: Vec<_> = entries(archive()?).map(input).collect();
    inputs.sort_by(|a, b| a.shown.cmp(&b.shown));
    Ok(inputs)
}

/// The recording, unpacked once.
fn archive() -> Result<&'static [u8], SourceError> {
    static ARCHIVE: OnceLock<Vec<u8>> = OnceLock::new();
    if let Some(archive) = ARCHIVE.get() {
        return Ok(archive);
    }
    let unread = |error| SourceError::Io { path: TARGET.into(), error };
    let archive = zstd::decode_all(PACKED).map_err(unread)?;
    Ok(ARCHIVE.get_or_init(|| archive))
}

/// A file of an archive.
struct ArchivedFile<'a> {
    path: String,
    content: &'a [u8],
}

const BLOCK: usize = 512;

/// The regular files of an archive, up to the first error.
fn entries(archive: &[u8]) -> impl Iterator<Item = ArchivedFile<'_>> {
    let mut rest = archive;
    let blocks = std::iter::from_fn(move || {
        let (header, after) = rest.split_first_chunk::<BLOCK>()?;
        let size = octal(&header[124..136])?;
        let content = after.get(..size)?;
        rest = after.get(size.next_multiple_of(BLOCK)..).unwrap_or_default();
        // Two empty blocks end the archive.
        (header[0] != 0).then_some((header, content))
    });
    blocks.filter(|(header, _)| matches!(header[156], b'0' | 0)).map(|(header, content)| {
        let (name, prefix) = (text(&header[..100]), text(&header[345..500]));
        let path = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
        ArchivedFile { path: path.trim_start_matches("./").to_owned(), content }
    })
}

/// A number as tar writes it, padded with zeros, blanks or nothing.
fn octal(field: &[u8]) -> Option<usize> {
    let text = text(field);
    match text.trim() {
        "" => Some(0),
        digits => usize::from_str_radix(digits, 8).ok(),
    }
}

/// Text up to the first zero byte.
fn text(field: &[u8]) -> String {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    String::from_utf8_lossy(&field[..end]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Asked, Request, Source};
    use crate::work::{Cancel, Unwatched};

    fn header(name: &str, size: usize, kind: u8) -> Vec<u8> {
        let mut header = vec![0; BLOCK];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
        header[156] = kind;
        header
    }

    #[test]
    fn archives_give_their_files_and_no_folders() {
        let mut archive = header("./pod=a/", 0, b'5');
        archive.extend(header("./pod=a/one", 3, b'0'));
        archive.extend(b"abc");
        archive.resize(3 * BLOCK, 0);
        archive.extend(header("two", 0, b'0'));
        archive.resize(archive.len() + 2 * BLOCK, 0);
        let read: Vec<_> = entries(&archive).map(|entry| (entry.path, entry.content)).collect();
        assert_eq!(read, [("pod=a/one".to_owned(), &b"abc"[..]), ("two".to_owned(), &b""[..])]);
    }

    #[test]
    fn the_recording_is_whole() {
        let work = Work { cancel: &Cancel::new(), watch: &Unwatched };
        let demo = open(&Labels::default(), work).expect("the recording can be read");
        assert!(demo.skipped().is_empty(), "{:?}", demo.skipped());
        // Two versions on two pods, each with 24 CPU profiles and half as many of the heap.
        for (name, per_pod) in [("cpu", 24), ("inuse_space", 12), ("goroutine", 12)] {
            let kinds = demo.types();
            let kind = kinds.iter().find(|kind| kind.is_called(name)).expect(name);
            let request = Request { kind, matchers: &[], window: None, asked: Asked::EVERYTHING };
            let selection = demo.select(&request, work).expect("nobody cancels");
            assert_eq!(selection.snapshots.len(), 4 * per_pod, "{name}");
            let labels = &selection.snapshots[0].labels;
            assert_eq!(labels.to_string(), r#"env="prod", pod="a", service="shop", version="1""#);
        }
    }
}
