//! Patterns of file paths: `profiles/{service}/**/cpu-*.pb.gz`.
//!
//! - `*` and `?` stand for any text and any character within a name, `[a-z]` and
//!   `[!a-z]` for one character, `{cpu,heap}` for either
//! - `**` stands for any number of folders
//! - `{service}` stands for any text within a name, which becomes a label
//! - a folder `env=prod` gives a label, whether it is written out or matched
//! - `~/` is the home folder; a folder means every file below it, be it written out or
//!   all that a pattern matches
//!
//! As in a shell, a name that starts with a dot is matched only by a part that does, too. A
//! path that exists is taken literally. Pipes, sockets and devices are left out, because
//! reading them may wait without end. Matching reads only folders that may match, and
//! sorts, so that the same files give the same profiles each time. It is written by hand
//! because no glob library captures the parts of a path as labels.

use std::io;
use std::path::{Path, PathBuf};

use super::{Skipped, SourceError};
use crate::profile::Labels;
use crate::work::Work;

mod entry;
mod hint;
mod label;
mod name_pattern;
mod walk;

use entry::Folder;
use hint::hint;
pub use label::{folder_of_label, labels_of_folders};
use name_pattern::NamePattern;
use walk::Walk;

/// A file that a pattern matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    pub path: PathBuf,
    /// Its path for messages, relative like the pattern.
    pub shown: String,
    /// From placeholders and `key=value` folders; a placeholder overrides a folder.
    pub labels: Labels,
}

/// All files that a pattern matches, sorted by path, and what was left out: what could not
/// be read, and what is no file.
///
/// A relative pattern starts at `base`. Fails if nothing matches, with a hint.
pub fn find(
    pattern: &str,
    base: &Path,
    work: Work<'_>,
) -> Result<(Vec<Match>, Vec<Skipped>), SourceError> {
    let expanded = expand_home(pattern);
    let mut walk = Walk { work, files: Vec::new(), unread: Vec::new(), others: Vec::new() };
    let (root, mut segments) = segments(&expanded, base)?;
    let shown = if Path::new(&expanded).is_relative() { "" } else { "/" };
    let root = Folder { path: &root, shown };
    walk.folder(root, &segments, &mut Vec::new())?;
    if walk.files.is_empty() {
        // Perhaps it matches folders.
        segments.extend(every_file()?);
        walk.folder(root, &segments, &mut Vec::new())?;
    }
    let Walk { mut files, unread, mut others, .. } = walk;
    if files.is_empty() {
        return Err(nothing(pattern, &expanded, base, unread, others));
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files.dedup_by(|a, b| a.path == b.path);
    let skipped = |(path, error)| {
        let reason = format!("cannot read it: {error}");
        Skipped { path, reason }
    };
    others.extend(unread.into_iter().map(skipped));
    Ok((files, others))
}

/// The error for no match. What could not be read is the likely reason.
fn nothing(
    pattern: &str,
    expanded: &str,
    base: &Path,
    unread: Vec<(String, io::Error)>,
    skipped: Vec<Skipped>,
) -> SourceError {
    let pattern = pattern.to_owned();
    match unread.into_iter().next() {
        Some((path, error)) => SourceError::Io { path: path.into(), error },
        None if !skipped.is_empty() => SourceError::NothingReadable { pattern, skipped },
        None => SourceError::NoMatch { pattern, hint: hint(expanded, base) },
    }
}

fn expand_home(pattern: &str) -> String {
    let home = std::env::var("HOME").ok().filter(|home| !home.is_empty());
    match (pattern.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => format!("{}/{rest}", home.trim_end_matches('/')),
        _ => pattern.to_owned(),
    }
}

/// One part of a pattern, between slashes.
#[derive(Debug, Clone)]
enum Segment {
    Literal(String),
    Names(NamePattern),
    /// `**`
    AnyDepth,
}

/// The folder to start from, and what to match below it.
fn segments(pattern: &str, base: &Path) -> Result<(PathBuf, Vec<Segment>), SourceError> {
    let root = if Path::new(pattern).is_absolute() { PathBuf::from("/") } else { base.to_owned() };
    let parts = pattern.split('/').filter(|part| !part.is_empty() && *part != ".");
    let whole = base.join(pattern);
    if whole.exists() {
        let mut literal: Vec<_> = parts.map(|part| Segment::Literal(part.to_owned())).collect();
        if whole.is_dir() {
            literal.extend(every_file()?);
        }
        return Ok((root, literal));
    }
    let segments = parts.map(|part| match part {
        "**" => Ok(Segment::AnyDepth),
        part if part.contains(['*', '?', '[', '{']) => NamePattern::parse(part).map(Segment::Names),
        part => Ok(Segment::Literal(part.to_owned())),
    });
    let mut segments = segments.collect::<Result<Vec<_>, _>>()?;
    if let Some(Segment::AnyDepth) = segments.last() {
        segments.push(Segment::Names(NamePattern::parse("*")?));
    }
    Ok((root, segments))
}

/// Every file below a folder.
fn every_file() -> Result<[Segment; 2], SourceError> {
    Ok([Segment::AnyDepth, Segment::Names(NamePattern::parse("*")?)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::work::{Cancel, Unwatched};

    const FILES: [&str; 6] = [
        "shop/a/cpu-1.pb.gz",
        "shop/a/heap-1.pb.gz",
        "shop/b/cpu-1.pb.gz",
        "shop/b/.hidden/cpu-3.pb.gz",
        "hive/env=prod/pod=x/cpu-1.pb",
        "hive/env=test/cpu-2.pb",
    ];

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a scratch folder");
        for file in FILES {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
            std::fs::write(path, "").expect("a file");
        }
        folder
    }

    fn find_in(folder: &Path, pattern: &str) -> Result<(Vec<Match>, Vec<Skipped>), SourceError> {
        find(pattern, folder, Work { cancel: &Cancel::new(), watch: &Unwatched })
    }

    #[test]
    fn patterns_find_files_and_their_labels() {
        let folder = folder();
        for (pattern, expected) in [
            ("shop/a/cpu-1.pb.gz", &["shop/a/cpu-1.pb.gz {}"][..]),
            ("./shop//*/cpu-?.pb.gz", &["shop/a/cpu-1.pb.gz {}", "shop/b/cpu-1.pb.gz {}"]),
            (
                "{service}/[!b]/{kind}-*.gz",
                &[
                    r#"shop/a/cpu-1.pb.gz {kind="cpu", service="shop"}"#,
                    r#"shop/a/heap-1.pb.gz {kind="heap", service="shop"}"#,
                ],
            ),
            ("shop/a/{cpu,mem}-*", &["shop/a/cpu-1.pb.gz {}"]),
            ("shop", &["shop/a/cpu-1.pb.gz {}", "shop/a/heap-1.pb.gz {}", "shop/b/cpu-1.pb.gz {}"]),
            (
                "shop/{pod}",
                &[
                    r#"shop/a/cpu-1.pb.gz {pod="a"}"#,
                    r#"shop/a/heap-1.pb.gz {pod="a"}"#,
                    r#"shop/b/cpu-1.pb.gz {pod="b"}"#,
                ],
            ),
            ("*/b", &["shop/b/cpu-1.pb.gz {}"]),
            ("shop/**/.hidden/*", &["shop/b/.hidden/cpu-3.pb.gz {}"]),
            (
                "hive/**/*.pb",
                &[
                    r#"hive/env=prod/pod=x/cpu-1.pb {env="prod", pod="x"}"#,
                    r#"hive/env=test/cpu-2.pb {env="test"}"#,
                ],
            ),
            ("hive/env=prod/**", &[r#"hive/env=prod/pod=x/cpu-1.pb {env="prod", pod="x"}"#]),
            ("hive/{env}/*.pb", &[r#"hive/env=test/cpu-2.pb {env="env=test"}"#]),
            ("hive/env={env}/*.pb", &[r#"hive/env=test/cpu-2.pb {env="test"}"#]),
        ] {
            let (files, _) = find_in(folder.path(), pattern).expect(pattern);
            let found: Vec<_> =
                files.iter().map(|f| format!("{} {{{}}}", f.shown, f.labels)).collect();
            assert_eq!(found, expected, "{pattern}");
        }
    }

    #[test]
    fn absolute_patterns_are_shown_as_they_are() {
        let folder = folder();
        let pattern = format!("{}/shop/b/*", folder.path().display());
        let (files, _) = find_in(Path::new("."), &pattern).expect("one match");
        assert_eq!(files[0].shown, files[0].path.to_string_lossy());
    }

    #[test]
    fn no_match_says_what_is_there_instead() {
        let folder = folder();
        for (pattern, expected) in [
            ("shop/c/*.pb", "`shop/` exists, but has no match for `c`; it has `a/`, `b/`"),
            (
                "nothing",
                "the current folder exists, but has no match for `nothing`; it has `hive/`, `shop/`",
            ),
            (
                "shop/*/nothing.pb",
                "`shop/*/` exists, but has no match for `nothing.pb`; it has `cpu-1.pb.gz`, `heap-1.pb.gz`",
            ),
            ("shop/*.pb", "`shop/` exists, but has no match for `*.pb`; it has `a/`, `b/`"),
        ] {
            match find_in(folder.path(), pattern) {
                Err(SourceError::NoMatch { hint, .. }) => assert_eq!(hint, expected),
                other => panic!("{pattern}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_folder_that_cannot_be_read_is_named() {
        let folder = folder();
        match find_in(&folder.path().join("nowhere"), "*") {
            Err(SourceError::Io { path, .. }) => assert_eq!(path, Path::new(".")),
            other => panic!("{other:?}"),
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_named_and_not_opened() {
        use std::os::unix::net::UnixListener;

        let folder = folder();
        let _socket = UnixListener::bind(folder.path().join("shop/a/live")).expect("a socket");
        let (files, skipped) = find_in(folder.path(), "**/{a,b}/*").expect("the files");
        assert_eq!(files.len(), 3);
        assert_eq!(skipped.len(), 1, "{skipped:?}");
        assert_eq!(skipped[0].path, "shop/a/live");
        assert!(skipped[0].reason.starts_with("a socket is not opened"), "{skipped:?}");
        match find_in(folder.path(), "shop/a/live") {
            Err(SourceError::NothingReadable { skipped, .. }) => assert_eq!(skipped.len(), 1),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_broken_pattern_says_why() {
        for (pattern, reason) in [
            ("a/[b", "`[b` has a `[` without its `]`"),
            ("{a", "`{a` has a `{` without its `}`"),
            ("{a-b}/x", "`{a-b}` has `{a-b}`, which is not a valid label name"),
        ] {
            let error = find_in(Path::new("."), pattern).expect_err(pattern);
            assert_eq!(error.to_string(), reason);
        }
    }
}
