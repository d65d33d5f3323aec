//! The entries of a folder that a pattern needs.
//!
//! The listing of a folder says what each name is. Only links, and names without wildcards,
//! are looked up one by one, which is slower than matching.

use std::fs::{DirEntry, FileType};
use std::io;
use std::io::ErrorKind::{InvalidFilename, NotADirectory, NotFound};
use std::path::Path;

/// A folder that is being searched.
#[derive(Debug, Clone, Copy)]
pub(super) struct Folder<'a> {
    pub(super) path: &'a Path,
    /// Ends in a slash or is empty.
    pub(super) shown: &'a str,
}

/// Something that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: String,
    /// Its own, or that of what it leads to.
    pub(super) kind: EntryKind,
    pub(super) is_link: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EntryKind {
    File,
    Folder,
    /// What reading may wait for without end: its name.
    Other(&'static str),
}

impl EntryKind {
    fn of(kind: FileType) -> EntryKind {
        if kind.is_dir() {
            EntryKind::Folder
        } else if kind.is_file() {
            EntryKind::File
        } else {
            EntryKind::Other(other(kind))
        }
    }
}

#[cfg(unix)]
fn other(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    if kind.is_fifo() {
        "a named pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(not(unix))]
fn other(_: FileType) -> &'static str {
    "a device"
}

impl Entry {
    /// None for a broken link, and for a name that is not UTF-8.
    pub(super) fn listed(entry: &DirEntry) -> io::Result<Option<Entry>> {
        let Ok(name) = entry.file_name().into_string() else { return Ok(None) };
        let kind = entry.file_type()?;
        let is_link = kind.is_symlink();
        let kind = if is_link { kind_of(&entry.path())? } else { Some(EntryKind::of(kind)) };
        Ok(kind.map(|kind| Entry { name, kind, is_link }))
    }

    /// The entry with this name in a folder, if it exists.
    pub(super) fn at(folder: Folder<'_>, name: &str) -> io::Result<Option<Entry>> {
        let path = folder.path.join(name);
        let Some(kind) = kind_of(&path)? else { return Ok(None) };
        let is_link = path.symlink_metadata()?.is_symlink();
        Ok(Some(Entry { name: name.to_owned(), kind, is_link }))
    }
}

/// What a path leads to; none if it leads nowhere.
fn kind_of(path: &Path) -> io::Result<Option<EntryKind>> {
    match path.metadata() {
        Ok(metadata) => Ok(Some(EntryKind::of(metadata.file_type()))),
        Err(error) if matches!(error.kind(), NotFound | NotADirectory | InvalidFilename) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn links_are_what_they_lead_to() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path();
        fs::create_dir(path.join("folder")).expect("a folder");
        fs::write(path.join("file"), "").expect("a file");
        let _socket = UnixListener::bind(path.join("socket")).expect("a socket");
        for (to, link) in [
            ("folder", "to-folder"),
            ("file", "to-file"),
            ("gone", "to-nothing"),
            ("socket", "to-socket"),
        ] {
            symlink(path.join(to), path.join(link)).expect("a link");
        }
        let listed = fs::read_dir(path).expect("a listing").flatten();
        let entry = |entry| Entry::listed(&entry).expect("what it is");
        let mut listed: Vec<_> = listed.filter_map(entry).collect();
        listed.sort_by(|a, b| a.name.cmp(&b.name));
        let expected = [
            ("file", EntryKind::File, false),
            ("folder", EntryKind::Folder, false),
            ("socket", EntryKind::Other("a socket"), false),
            ("to-file", EntryKind::File, true),
            ("to-folder", EntryKind::Folder, true),
            ("to-socket", EntryKind::Other("a socket"), true),
        ];
        let expected =
            expected.map(|(name, kind, is_link)| Entry { name: name.to_owned(), kind, is_link });
        assert_eq!(listed, expected);
        let at = |name| Entry::at(Folder { path, shown: "" }, name).expect("what it is");
        assert_eq!(expected.each_ref().map(|entry| at(&entry.name)), expected.clone().map(Some));
        assert_eq!(at("to-nothing"), None);
    }
}
