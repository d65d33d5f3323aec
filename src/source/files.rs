//! Files as a source: everything that a pattern matches, loaded at once.
//!
//! One file is one snapshot of each of its sample types. Its labels come from its
//! path and from the `use` statement, which wins. A profile that does not say when
//! it was taken has the time in its file's name, or that of the file.

use std::path::Path;
use std::sync::Arc;

use super::batch::Profiles;
use super::glob;
use super::load::{Content, Input, Loaded, load};
use super::{Request, Selection, Skipped, Source, SourceError};
use crate::profile::symbols::TagsId;
use crate::profile::{LabelMatcher, Labels, ProfileType, Samples, Snapshot, Symbols};
use crate::quantity::Window;
use crate::work::Work;

/// A set of loaded profiles.
#[derive(Debug)]
pub struct Files {
    name: String,
    profiles: Profiles,
    skipped: Vec<Skipped>,
}

impl Files {
    /// Loads what a pattern matches; see [`glob`] for what a pattern is. `extra` labels
    /// are given to every profile.
    ///
    /// Fails if nothing matches or nothing that does can be read; otherwise what cannot
    /// be read is in [`skipped`](Source::skipped).
    pub fn open(
        pattern: &str,
        extra: &Labels,
        base_dir: &Path,
        work: Work<'_>,
    ) -> Result<Files, SourceError> {
        let (matches, mut skipped) = glob::find(pattern, base_dir, work)?;
        let input = |file: glob::Match| Input {
            size: file.path.metadata().map_or(0, |metadata| metadata.len()),
            labels: file.labels.overlaid(extra),
            content: Content::Path(file.path),
            shown: file.shown,
        };
        let inputs: Vec<_> = matches.into_iter().map(input).collect();
        let files = Files::load(pattern, &inputs, work)?;
        skipped.extend(files.skipped);
        Ok(Files { skipped, ..files })
    }

    /// Loads the given files.
    pub(super) fn load(
        name: &str,
        inputs: &[Input<'_>],
        work: Work<'_>,
    ) -> Result<Files, SourceError> {
        let Loaded { batch, skipped } = load(inputs, work)?;
        if batch.is_empty() {
            return Err(SourceError::NothingReadable { pattern: name.to_owned(), skipped });
        }
        Ok(Files { name: name.to_owned(), profiles: batch.finish(), skipped })
    }
}

impl Source for Files {
    fn name(&self) -> &str {
        &self.name
    }

    fn types(&self) -> &[ProfileType] {
        &self.profiles.kinds
    }

    fn select(&self, request: &Request<'_>, work: Work<'_>) -> Result<Selection, SourceError> {
        let Profiles { kinds, symbols, snapshots } = &self.profiles;
        let of_kind = kinds.iter().position(|kind| kind.id == request.kind.id);
        let mut tests: Vec<_> = request.matchers.iter().map(|m| Test::new(m, symbols)).collect();
        let mut selected = Vec::new();
        for snapshot in of_kind.map_or(&[][..], |i| &snapshots[i]) {
            work.check()?;
            if request.window.is_none_or(|window| window.contains(snapshot.start)) {
                selected.extend(selected_of(snapshot, &mut tests));
            }
        }
        Ok(Selection { kind: request.kind.clone(), symbols: symbols.clone(), snapshots: selected })
    }

    fn extent(&self) -> Option<Window> {
        self.profiles.snapshots.iter().flatten().map(Snapshot::window).reduce(Window::union)
    }

    fn skipped(&self) -> &[Skipped] {
        &self.skipped
    }
}

/// A matcher, and what it says to the sample labels of the source.
struct Test<'a> {
    matcher: &'a LabelMatcher,
    symbols: &'a Symbols,
    /// By `TagsId`, made when a series without the label is met; none if no sample has it.
    by_tags: Option<Option<Vec<bool>>>,
}

impl<'a> Test<'a> {
    fn new(matcher: &'a LabelMatcher, symbols: &'a Symbols) -> Self {
        Test { matcher, symbols, by_tags: None }
    }

    fn by_tags(&mut self) -> Option<&[bool]> {
        let (matcher, tags) = (self.matcher, &self.symbols.tags);
        let by_tags = self.by_tags.get_or_insert_with(|| {
            let is_used = tags.iter().any(|tags| tags.get(&matcher.name).is_some());
            is_used.then(|| tags.iter().map(|tags| matcher.accepts_labels(tags)).collect())
        });
        by_tags.as_deref()
    }
}

/// The part of a snapshot that passes all tests; the whole of it is shared, not copied.
fn selected_of(snapshot: &Snapshot, tests: &mut [Test<'_>]) -> Option<Snapshot> {
    let mut masks: Vec<&[bool]> = Vec::new();
    for test in tests {
        let matcher = test.matcher;
        if snapshot.labels.get(&matcher.name).is_some() {
            if !matcher.accepts_labels(&snapshot.labels) {
                return None;
            }
        } else if let Some(mask) = test.by_tags() {
            masks.push(mask);
        } else if !matcher.accepts("") {
            return None;
        }
    }
    let passes = |tags: TagsId| masks.iter().all(|mask| mask[tags.index()]);
    if snapshot.samples.tags.iter().all(|tags| passes(*tags)) {
        return Some(snapshot.clone());
    }
    let samples = filtered(&snapshot.samples, passes);
    (!samples.is_empty()).then(|| Snapshot { samples, ..snapshot.clone() })
}

fn filtered(samples: &Samples, passes: impl Fn(TagsId) -> bool) -> Samples {
    let kept: Vec<usize> = (0..samples.len()).filter(|i| passes(samples.tags[*i])).collect();
    fn rows<T: Copy>(column: &Arc<[T]>, kept: &[usize]) -> Arc<[T]> {
        kept.iter().map(|i| column[*i]).collect()
    }
    Samples {
        stacks: rows(&samples.stacks, &kept),
        tags: rows(&samples.tags, &kept),
        values: rows(&samples.values, &kept),
    }
}
