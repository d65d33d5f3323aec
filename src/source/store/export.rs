//! `export`: a store back into pprof files, for every other tool that reads them.
//!
//! One file for each recording, below Hive-style folders for the labels of its series,
//! named by family and time: `service=shop/pod=a/process_cpu-1795402844113370235.pb.gz`.
//! Read again they are the same profiles.

use std::fs;
use std::path::{Path, PathBuf};

use super::compact::Gathered;
use super::manifest::Manifest;
use super::{Live, StoreError};
use crate::profile::Labels;
use crate::source::pprof;
use crate::source::recording::Recording;
use crate::work::{Progress, Work};

/// What an export wrote.
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
    for entry in manifest.blocks {
        let mut gathered = Gathered::default();
        gathered.add(&Live { block: entry.block(store), entry }, None, work)?;
        let Gathered { union, kinds, recordings } = gathered;
        let symbols = union.finish();
        for hashed in recordings {
            work.check()?;
            let recording = hashed.recording;
            let family = recording.columns.first().map_or("", |column| kinds[column.kind].family());
            let path = place(folder, family, &recording);
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

/// Where a recording goes; two of one series, family and instant are told apart by a number.
fn place(folder: &Path, family: &str, recording: &Recording) -> PathBuf {
    let folder = folders(&recording.labels).fold(folder.to_owned(), |path, name| path.join(name));
    let named = |suffix: &str| {
        let start = recording.start.0;
        folder.join(format!("{}-{start:019}{suffix}.pb.gz", plain(family)))
    };
    let numbered = (2..).map(|n| named(&format!("-{n}")));
    std::iter::once(named("")).chain(numbered).find(|path| !path.exists()).unwrap_or_default()
}

fn folders(labels: &Labels) -> impl Iterator<Item = String> {
    labels.iter().map(|(name, value)| format!("{}={}", plain(name), plain(value)))
}

/// A text as part of a path: without separators.
fn plain(text: &str) -> String {
    text.replace(['/', '\\', '\0'], "_")
}
