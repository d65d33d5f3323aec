//! `export`: a store into pprof files, for other tools.
//!
//! One file for each recording, below Hive-style folders for the labels of its series,
//! named by family and time: `service=shop/pod=a/process_cpu-1795402844113370235.pb.gz`.
//! Read back, they are the same profiles.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::Live;
use super::compact::Gathered;
use super::error::StoreError;
use super::manifest::Manifest;
use crate::source::glob::folder_of_label;
use crate::source::pprof;
use crate::source::recording::Recording;
use crate::work::{Progress, Work};

/// The result of an export.
#[derive(Debug, Default)]
pub struct Exported {
    pub files: u64,
    pub bytes: u64,
}

/// Writes every recording of a store below a folder.
pub fn export(store: &Path, folder: &Path, work: Work<'_>) -> Result<Exported, StoreError> {
    let missing = || StoreError::Missing { path: store.to_owned() };
    let manifest = Manifest::read(store)?.ok_or_else(missing)?;
    let total = manifest.blocks.iter().map(|entry| entry.profiles()).sum();
    let mut done = Exported::default();
    let mut taken = FxHashSet::default();
    let images = Arc::default();
    for entry in manifest.blocks {
        let mut gathered = Gathered::default();
        gathered.add(&Live { block: entry.block(store, &images), entry }, None, work)?;
        let Gathered { union, kinds, recordings } = gathered;
        let symbols = union.finish();
        for hashed in recordings {
            work.check()?;
            let recording = hashed.recording;
            let family = recording.columns.first().map_or("", |column| kinds[column.kind].family());
            let path = place(folder, family, &recording, &mut taken);
            let content = pprof::whole(&recording, &symbols, &kinds);
            let written = content.and_then(|bytes| {
                fs::create_dir_all(path.parent().unwrap_or(folder))?;
                fs::write(&path, &bytes)?;
                Ok(bytes.len() as u64)
            });
            done.bytes += written.map_err(|error| StoreError::io(&path, error))?;
            done.files += 1;
            work.watch.progress(&Progress {
                what: "writing profiles",
                unit: "files",
                done: done.files,
                total,
            });
        }
    }
    Ok(done)
}

/// The path of a recording. Several of one series, family and instant are numbered. A file
/// of an earlier export is overwritten.
fn place(
    folder: &Path,
    family: &str,
    recording: &Recording,
    taken: &mut FxHashSet<PathBuf>,
) -> PathBuf {
    let labels = recording.labels.iter().map(|(name, value)| folder_of_label(name, value));
    let folder = labels.fold(folder.to_owned(), |path, name| path.join(name));
    // Reading the file back does not need the family in its name.
    let family = family.replace(['/', '\\', '\0'], "_");
    let named = |suffix: &str| {
        let start = recording.start.0;
        folder.join(format!("{family}-{start:019}{suffix}.pb.gz"))
    };
    let numbered = (2..).map(|n| named(&format!("-{n}")));
    let mut paths = std::iter::once(named("")).chain(numbered);
    paths.find(|path| taken.insert(path.clone())).unwrap_or_default()
}
