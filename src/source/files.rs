//! Files as a source: all files that a pattern matches, loaded when it is opened.
//!
//! A recording in a file is one snapshot of each of its sample types. Its labels come
//! from the file, from its path and from the `use` statement, which wins. A profile that
//! does not say when it was taken gets the time in its file's name, or that of the file.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::batch::LoadedProfiles;
use super::glob;
use super::gzip::UnpackLimit;
use super::load::{Input, Loaded, load};
use super::matching::selected_of;
use super::{Opening, Origin, Request, Selection, Skipped, Source, SourceError};
use crate::profile::sample::label_names;
use crate::profile::{ProfileType, Snapshot};
use crate::quantity::Window;
use crate::work::Work;

/// The pattern for standard input.
const STDIN: &str = "-";

/// A set of loaded profiles.
#[derive(Debug)]
pub struct Files {
    name: String,
    profiles: LoadedProfiles,
    skipped: Vec<Skipped>,
}

impl Files {
    /// Loads what patterns match; see [`glob`] for what a pattern is. `-` is standard input.
    ///
    /// Fails if nothing matches one of them or nothing that does can be read; otherwise what
    /// cannot be read is in [`skipped`](Source::skipped). A file that two patterns match has
    /// the labels of the first.
    pub fn open(
        patterns: &[&str],
        opening: &Opening<'_>,
        work: Work<'_>,
    ) -> Result<Files, SourceError> {
        let (mut inputs, mut skipped) = (Vec::new(), Vec::new());
        let mut known = FxHashSet::default();
        for pattern in patterns {
            if *pattern == STDIN {
                let bytes = opening.stdin.ok_or_else(no_stdin)?;
                inputs.push(Input::of_bytes(bytes, "standard input", opening.labels));
                continue;
            }
            let (mut matches, unread) = glob::find(pattern, opening.base_dir, work)?;
            matches.retain(|file| known.insert(file.path.clone()));
            inputs.extend(matches.into_iter().map(|file| Input::of_file(file, opening.labels)));
            skipped.extend(unread);
        }
        let files = Files::load(&patterns.join(", "), &inputs, opening.unpack, work)?;
        skipped.extend(files.skipped);
        Ok(Files { skipped, ..files })
    }

    /// Loads the given files.
    pub(super) fn load(
        name: &str,
        inputs: &[Input<'_>],
        unpack: UnpackLimit,
        work: Work<'_>,
    ) -> Result<Files, SourceError> {
        let Loaded { batch, skipped } = load(inputs, unpack, work)?;
        if batch.is_empty() {
            return Err(SourceError::NothingReadable { pattern: name.to_owned(), skipped });
        }
        Ok(Files { name: name.to_owned(), profiles: batch.finish(), skipped })
    }

    /// The same, with more that could not be read.
    pub(super) fn with_skipped(mut self, more: Vec<Skipped>) -> Files {
        self.skipped.extend(more);
        self
    }
}

fn no_stdin() -> SourceError {
    let help = "`flamebook eval - 'cpu | top' < cpu.pb.gz` has one";
    SourceError::Pattern(format!("`-` is standard input, and there is none here; {help}"))
}

impl Source for Files {
    fn name(&self) -> &str {
        &self.name
    }

    fn types(&self) -> Vec<ProfileType> {
        self.profiles.kinds.clone()
    }

    fn select(&self, request: &Request<'_>, work: Work<'_>) -> Result<Selection, SourceError> {
        let LoadedProfiles { kinds, symbols, snapshots, .. } = &self.profiles;
        let of_kind = kinds.iter().position(|kind| kind.id == request.kind.id);
        let mut inside = Vec::new();
        for snapshot in of_kind.map_or(&[][..], |i| &snapshots[i]) {
            work.check()?;
            if request.window.is_none_or(|window| window.contains(snapshot.start)) {
                inside.push(snapshot.clone());
            }
        }
        let selected = selected_of(&inside, request.matchers, symbols);
        Ok(Selection {
            kind: request.kind.clone(),
            symbols: symbols.clone(),
            snapshots: selected.into(),
            loader: None,
            origin: Origin::default(),
        })
    }

    fn label_names(
        &self,
        kind: &ProfileType,
        _: Option<Window>,
        _: Work<'_>,
    ) -> Result<BTreeSet<Arc<str>>, SourceError> {
        let LoadedProfiles { kinds, symbols, snapshots, .. } = &self.profiles;
        let of_kind = kinds.iter().position(|known| known.id == kind.id);
        Ok(label_names(of_kind.map_or(&[][..], |i| &snapshots[i]), symbols))
    }

    fn extent(&self) -> Option<Window> {
        self.profiles.snapshots.iter().flatten().map(Snapshot::window).reduce(Window::union)
    }

    fn extent_of(&self, kind: &ProfileType) -> Option<Window> {
        let LoadedProfiles { kinds, snapshots, .. } = &self.profiles;
        let of_kind = kinds.iter().position(|known| known.id == kind.id)?;
        snapshots[of_kind].iter().map(Snapshot::window).reduce(Window::union)
    }

    fn skipped(&self) -> &[Skipped] {
        &self.skipped
    }

    fn remarks(&self) -> Arc<[String]> {
        self.profiles.remarks.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::profile::label::anchored;
    use crate::profile::{LabelMatcher, Labels, MatchOp};
    use crate::quantity::Timestamp;
    use crate::source::{Asked, ServerOptions};
    use crate::work::{Cancel, Unwatched};

    /// A raw pprof file, `cpu/ns`, taken at the given nanosecond: one sample of 5 with the
    /// label `endpoint=/cart`, and one of 2 without.
    fn profile(nanos: u8) -> Vec<u8> {
        let mut bytes = vec![0x0a, 4, 0x08, 1, 0x10, 2, 0x48, nanos];
        bytes.extend([0x12, 8, 0x10, 5, 0x1a, 4, 0x08, 3, 0x10, 4]);
        bytes.extend([0x12, 2, 0x10, 2]);
        for string in ["", "cpu", "ns", "endpoint", "/cart"] {
            bytes.extend([0x32, string.len() as u8]);
            bytes.extend(string.as_bytes());
        }
        bytes
    }

    fn opening<'a>(labels: &'a Labels, base_dir: &'a Path) -> Opening<'a> {
        static SERVERS: ServerOptions = ServerOptions::USUAL;
        let unpack = UnpackLimit::default();
        Opening { labels, base_dir, unpack, stdin: None, servers: &SERVERS }
    }

    /// Opens a folder of pods with these files.
    fn open(files: &[(&str, &[u8])]) -> Result<Files, SourceError> {
        let folder = tempfile::tempdir().expect("a scratch folder");
        for (path, bytes) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
            fs::write(path, bytes).expect("a file");
        }
        let extra = [("env", "prod")].into_iter().collect();
        let work = Work { cancel: &Cancel::new(), watch: &Unwatched };
        let opening = opening(&extra, folder.path());
        Files::open(&["{pod}/*"], &opening, work)
    }

    /// Each selected snapshot: its labels, its start, its total.
    fn select(files: &Files, matchers: &[LabelMatcher], window: Option<Window>) -> Vec<String> {
        let request =
            Request { kind: &files.types()[0], matchers, window, asked: Asked::EVERYTHING };
        let work = Work { cancel: &Cancel::new(), watch: &Unwatched };
        let selection = files.select(&request, work).expect("nobody cancels");
        let line = |s: &Snapshot| format!("{} @{} {}", s.labels, s.start.0, s.total);
        selection.snapshots.iter().map(line).collect()
    }

    fn matcher(name: &str, op: MatchOp) -> LabelMatcher {
        LabelMatcher { name: name.into(), op }
    }

    fn two_pods() -> Files {
        // In the order of paths, which is not that of time.
        open(&[("b/1", &profile(3)), ("a/1", &profile(2)), ("a/2", &profile(1))]).expect("files")
    }

    #[test]
    fn snapshots_are_sorted_by_labels_then_time() {
        let files = two_pods();
        assert_eq!(&*files.types()[0].id, "process_cpu:cpu:nanoseconds::");
        assert_eq!(
            select(&files, &[], None),
            [
                r#"env="prod", pod="a" @1 7"#,
                r#"env="prod", pod="a" @2 7"#,
                r#"env="prod", pod="b" @3 7"#,
            ]
        );
        let extent = Window { start: Timestamp(1), end: Timestamp(4) };
        assert_eq!(files.extent(), Some(extent));
        let window = Window { start: Timestamp(2), end: Timestamp(3) };
        assert_eq!(select(&files, &[], Some(window)), [r#"env="prod", pod="a" @2 7"#]);
    }

    #[test]
    fn matchers_test_series_and_samples() {
        let files = two_pods();
        let b = matcher("pod", MatchOp::Equal("b".into()));
        let one = |total: i64| [format!(r#"env="prod", pod="b" @3 {total}"#)];
        let none: [String; 0] = [];
        for (name, op, total) in [
            ("endpoint", MatchOp::Equal("/cart".into()), Some(5)),
            ("endpoint", MatchOp::NotEqual("/cart".into()), Some(2)),
            ("endpoint", MatchOp::Equal("".into()), Some(2)),
            ("endpoint", MatchOp::Regex(anchored("/.*|").expect("a regex")), Some(7)),
            ("endpoint", MatchOp::Equal("/pay".into()), None),
            ("nowhere", MatchOp::Equal("x".into()), None),
            ("nowhere", MatchOp::NotEqual("x".into()), Some(7)),
            ("env", MatchOp::NotEqual("prod".into()), None),
        ] {
            let selected = select(&files, &[b.clone(), matcher(name, op.clone())], None);
            match total {
                Some(total) => assert_eq!(selected, one(total), "{name} {op:?}"),
                None => assert_eq!(selected, none, "{name} {op:?}"),
            }
        }
    }

    #[test]
    fn a_selection_without_sample_labels_copies_nothing() {
        let files = two_pods();
        let request = Request {
            kind: &files.types()[0],
            matchers: &[],
            window: None,
            asked: Asked::EVERYTHING,
        };
        let work = Work { cancel: &Cancel::new(), watch: &Unwatched };
        let selection = files.select(&request, work).expect("nobody cancels");
        let stored = files.profiles.snapshots[0][0].samples();
        assert!(selection.snapshots[0].samples().values.shares(&stored.values));
    }

    #[test]
    fn what_cannot_be_read_is_skipped_and_named() {
        let cut = &profile(1)[..20];
        let files = open(&[("a/1", &profile(1)), ("a/2", b""), ("b/3", cut)]).expect("one file");
        assert_eq!(select(&files, &[], None).len(), 1);
        let skipped: Vec<_> =
            files.skipped().iter().map(|s| format!("{}: {}", s.path, s.reason)).collect();
        assert_eq!(
            skipped,
            [
                "a/2: the file is empty at byte 0",
                // Type and time are 8 bytes, a sample 10, and the header of the next one 2.
                "b/3: 2 bytes are needed here, but only 0 are left at byte 20"
            ]
        );
        let error = open(&[("a/1", b"text"), ("a/2", b"")]).expect_err("no profile");
        assert_eq!(error.to_string(), "none of the 2 files that match `{pod}/*` is a profile");
    }

    #[test]
    fn an_interrupt_ends_the_loading() {
        let cancel = Cancel::new();
        cancel.cancel();
        let work = Work { cancel: &cancel, watch: &Unwatched };
        let labels = Labels::default();
        let opened = Files::open(&["*"], &opening(&labels, Path::new(".")), work);
        assert!(matches!(opened, Err(SourceError::Cancelled(_))));
    }
}
