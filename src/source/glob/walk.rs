//! A search for what a pattern matches: folder by folder, part by part.

use std::io;
use std::sync::Arc;

use super::entry::{Entry, EntryKind, Folder};
use super::label::label_of_folder;
use super::{Match, Segment};
use crate::source::{Skipped, SourceError};
use crate::work::Work;

/// A search in the file system.
pub(super) struct Walk<'a> {
    pub(super) work: Work<'a>,
    pub(super) files: Vec<Match>,
    /// What cannot be read, as it is shown.
    pub(super) unread: Vec<(String, io::Error)>,
    /// What matches and is neither a file nor a folder.
    pub(super) others: Vec<Skipped>,
}

/// The labels that the folders so far have given.
type Found = Vec<(Arc<str>, Arc<str>)>;

impl Walk<'_> {
    /// Matches what is in a folder against the rest of a pattern.
    pub(super) fn folder(
        &mut self,
        folder: Folder<'_>,
        segments: &[Segment],
        found: &mut Found,
    ) -> Result<(), SourceError> {
        self.work.check()?;
        let entries = match segments.first() {
            None => return Ok(()),
            Some(Segment::Literal(_)) => Vec::new(),
            Some(Segment::Names(_) | Segment::AnyDepth) => self.entries_in(folder),
        };
        self.among(folder, &entries, segments, found)
    }

    /// The same for entries that are listed already, so that a folder is listed only once.
    fn among(
        &mut self,
        folder: Folder<'_>,
        entries: &[Entry],
        segments: &[Segment],
        found: &mut Found,
    ) -> Result<(), SourceError> {
        let Some((segment, rest)) = segments.split_first() else { return Ok(()) };
        match segment {
            Segment::Literal(name) => match Entry::at(folder, name) {
                Ok(Some(entry)) => self.step(folder, &entry, rest, found, &[]),
                Ok(None) => Ok(()),
                Err(error) => {
                    self.cannot_read(&format!("{}{name}", folder.shown), error);
                    Ok(())
                }
            },
            Segment::Names(names) => {
                for entry in entries {
                    if let Some(labels) = names.labels_of(&entry.name) {
                        self.step(folder, entry, rest, found, &labels)?;
                    }
                }
                Ok(())
            }
            Segment::AnyDepth => {
                self.among(folder, entries, rest, found)?;
                // A link to a folder is not followed: it may lead back up.
                let below = |e: &&Entry| {
                    e.kind == EntryKind::Folder && !e.is_link && !e.name.starts_with('.')
                };
                for entry in entries.iter().filter(below) {
                    self.step(folder, entry, segments, found, &[])?;
                }
                Ok(())
            }
        }
    }

    /// Goes into a folder, or takes a file that the whole pattern matches.
    fn step(
        &mut self,
        folder: Folder<'_>,
        entry: &Entry,
        rest: &[Segment],
        found: &mut Found,
        labels: &[(Arc<str>, Arc<str>)],
    ) -> Result<(), SourceError> {
        let name = &entry.name;
        let known = found.len();
        if entry.kind == EntryKind::Folder {
            // Placeholders come after the folder's own label and override it.
            found.extend(label_of_folder(name));
            found.extend_from_slice(labels);
            let path = folder.path.join(name);
            let shown = format!("{}{name}/", folder.shown);
            self.folder(Folder { path: &path, shown: &shown }, rest, found)?;
        } else if rest.is_empty() {
            let labels = found.iter().chain(labels).cloned().collect();
            let shown = format!("{}{name}", folder.shown);
            match entry.kind {
                EntryKind::Other(kind) => self.pass_over(shown, kind),
                EntryKind::File | EntryKind::Folder => {
                    self.files.push(Match { path: folder.path.join(name), shown, labels });
                }
            }
        }
        found.truncate(known);
        Ok(())
    }

    fn pass_over(&mut self, path: String, kind: &str) {
        // Several ways through a pattern with `**` may lead to it.
        if self.others.iter().all(|other| other.path != path) {
            let reason = format!(
                "{kind} is not opened, because reading it may never end; pass what comes out of \
                 it as standard input: `flamebook eval - 'types' < {path}`"
            );
            self.others.push(Skipped { path, reason });
        }
    }

    /// The entries of a folder, sorted by name. What cannot be read is noted and left out.
    fn entries_in(&mut self, folder: Folder<'_>) -> Vec<Entry> {
        let here = if folder.shown.is_empty() { "." } else { folder.shown };
        let mut found = Vec::new();
        let entries = match std::fs::read_dir(folder.path) {
            Ok(entries) => entries,
            Err(error) => {
                self.cannot_read(here, error);
                return found;
            }
        };
        for entry in entries {
            match entry.map(|entry| (Entry::listed(&entry), entry)) {
                Ok((Ok(listed), _)) => found.extend(listed),
                Ok((Err(error), entry)) => {
                    let name = entry.file_name();
                    self.cannot_read(&format!("{}{}", folder.shown, name.display()), error);
                }
                Err(error) => self.cannot_read(here, error),
            }
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        found
    }

    fn cannot_read(&mut self, path: &str, error: io::Error) {
        // Several ways through a pattern with `**` may lead to it.
        if self.unread.last().is_none_or(|(last, _)| last != path) {
            self.unread.push((path.to_owned(), error));
        }
    }
}
