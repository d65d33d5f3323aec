//! `export`: a store into pprof files, for other tools.
//!
//! One file for each recording, below Hive-style folders for the labels of its series,
//! named by family and time: `service=shop/pod=a/process_cpu-1795402844113370235.pb.gz`.
//! Read back, they are the same profiles; a label that is too long for a folder's name
//! becomes one of each sample. A file has its name when it is complete.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::compact::Gathered;
use super::durable;
use super::error::StoreError;
use super::state::State;
use crate::profile::symbols::TagsId;
use crate::profile::{Labels, Symbols};
use crate::source::glob::folder_of_label;
use crate::source::pprof;
use crate::source::recording::Recording;
use crate::work::{Progress, Work};

/// What file systems allow in a name, and what is left of a path for labels.
const NAME: usize = 255;
const PATH: usize = 2048;

/// The result of an export.
#[derive(Debug, Default)]
pub struct Exported {
    pub files: u64,
    pub bytes: u64,
}

/// Writes every recording of a store below a folder.
pub fn export(store: &Path, folder: &Path, work: Work<'_>) -> Result<Exported, StoreError> {
    let state = State::read(store, None)?;
    let written = written(&state, folder, work);
    written.map_err(|error| state.settled(error))
}

fn written(state: &State, folder: &Path, work: Work<'_>) -> Result<Exported, StoreError> {
    let total = state.blocks.iter().map(|live| live.entry.profiles()).sum();
    let mut done = Exported::default();
    let mut taken = FxHashSet::default();
    for live in &state.blocks {
        let mut gathered = Gathered::default();
        gathered.add(live, None, work)?;
        let Gathered { union, kinds, recordings, .. } = gathered;
        let mut symbols = union.finish();
        for hashed in recordings {
            work.check()?;
            let recording = fitted(hashed.recording, &mut symbols);
            let family = recording.columns.first().map_or("", |column| kinds[column.kind].family());
            let path = place(folder, family, &recording, &mut taken);
            let content = pprof::whole(&recording, &symbols, &kinds, work)?;
            let written = write_whole(&path, &content);
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

/// Writes beside the path, and gives the file its name at the end. Its size.
fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<u64> {
    let folder = path.parent().unwrap_or(Path::new("."));
    durable::make_folder(folder)?;
    let beside = folder.join(format!(".export-{}.partial", std::process::id()));
    let written = fs::write(&beside, bytes).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written.map(|()| bytes.len() as u64)
}

/// The recording, with labels of its series that fit into a path. The others are given to
/// its samples.
fn fitted(mut recording: Recording, symbols: &mut Symbols) -> Recording {
    let mut room = PATH;
    let (mut short, mut long) = (Vec::new(), Vec::new());
    for (name, value) in recording.labels.iter() {
        let length = folder_of_label(name, value).len();
        let fits = length <= NAME && length < room;
        room -= if fits { length + 1 } else { 0 };
        if fits { &mut short } else { &mut long }.push((&**name, &**value));
    }
    if long.is_empty() {
        return recording;
    }
    let (short, long): (Labels, Labels) = (short.into_iter().collect(), long.into_iter().collect());
    let tags = Arc::make_mut(&mut symbols.tags);
    let mut known = FxHashMap::default();
    let with_long = recording.tags.iter().map(|id| {
        *known.entry(*id).or_insert_with(|| {
            let own = tags.get(id.0).overlaid(&long);
            TagsId(tags.intern(own))
        })
    });
    recording.tags = with_long.collect::<Vec<_>>().into();
    recording.labels = short;
    recording
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
    let family: String = family.chars().take(NAME / 8).collect();
    let named = |suffix: &str| {
        let start = recording.start.0;
        folder.join(format!("{family}-{start:019}{suffix}.pb.gz"))
    };
    let numbered = (2..).map(|n| named(&format!("-{n}")));
    let mut paths = std::iter::once(named("")).chain(numbered);
    paths.find(|path| taken.insert(path.clone())).unwrap_or_default()
}
