//! An open server: its connection, its types, and what it has answered.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use super::connection::{Call, Connection, Inquiry};
use super::editor::EditorNames;
use super::message::{Names, NamesRequest};
use super::span::Range;
use crate::profile::{LabelMatcher, Labels, MatchOp, ProfileType};
use crate::source::{LruCache, Selection, SourceError};

/// Of selections kept in memory, in bytes.
const SELECTIONS: usize = 64 << 20;

pub(super) struct State {
    /// As written after `use`.
    pub(super) name: String,
    pub(super) connection: Connection,
    /// Given to every profile.
    pub(super) extra: Labels,
    pub(super) kinds: Vec<Kind>,
    /// The times of the oldest profile, and of the newest when the server was opened, in
    /// milliseconds.
    pub(super) oldest: Option<i64>,
    pub(super) newest: Option<i64>,
    pub(super) remarks: Arc<[String]>,
    /// How far back the server answers, in milliseconds, if it has a limit that is known.
    pub(super) lookback: Option<i64>,
    /// Answers about closed times, with what was read from them.
    pub(super) selections: LruCache<String, Selection>,
    /// Names that were asked for by editors.
    pub(super) editor: EditorNames,
    dialect: AtomicU8,
    /// Whether it answers with trees that are not cut, as far as is known.
    has_trees: AtomicBool,
}

/// A profile type of the server. Its id is the server's own.
pub(super) struct Kind {
    pub(super) kind: ProfileType,
    /// From the values of the server to ours.
    pub(super) factor: i64,
}

/// How a server answers with a whole profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Unknown,
    /// `SelectMergeStacktraces` with the format pprof.
    Stacktraces,
    /// `SelectMergeProfile`.
    Profile,
}

impl State {
    pub(super) fn new(name: &str, connection: Connection, extra: &Labels) -> State {
        State {
            name: name.to_owned(),
            connection,
            extra: extra.clone(),
            kinds: Vec::new(),
            oldest: None,
            newest: None,
            remarks: Arc::default(),
            lookback: None,
            selections: LruCache::within(SELECTIONS),
            editor: EditorNames::default(),
            dialect: AtomicU8::new(0),
            has_trees: AtomicBool::new(true),
        }
    }

    pub(super) fn dialect(&self) -> Dialect {
        match self.dialect.load(Ordering::Relaxed) {
            0 => Dialect::Unknown,
            1 => Dialect::Stacktraces,
            _ => Dialect::Profile,
        }
    }

    pub(super) fn has_trees(&self) -> bool {
        self.has_trees.load(Ordering::Relaxed)
    }

    pub(super) fn set_without_trees(&self) {
        self.has_trees.store(false, Ordering::Relaxed);
    }

    pub(super) fn set_dialect(&self, dialect: Dialect) {
        self.dialect.store(dialect as u8, Ordering::Relaxed);
    }
}

/// The names of labels that the server has for profiles in a range.
pub(super) fn label_names(
    inquiry: &Inquiry<'_>,
    matchers: &str,
    range: Range,
) -> Result<BTreeSet<Arc<str>>, SourceError> {
    let found = inquiry.each(&range.parts(inquiry.longest()), |day| {
        let matchers = vec![matchers.to_owned()];
        let request = NamesRequest { matchers, start: day.first, end: day.last };
        let purpose = "the names of labels".to_owned();
        let last = Some(day.last);
        inquiry.call::<Names>(&Call { method: "LabelNames", purpose, request: &request, last })
    })?;
    let names = found.into_iter().flat_map(|found| found.names);
    Ok(names.filter(|name| !is_internal(name)).map(Arc::from).collect())
}

/// A label of the server's own, such as `__profile_type__`.
pub(super) fn is_internal(name: &str) -> bool {
    name.starts_with("__")
}

/// The matcher of a profile type.
pub(super) fn of_kind(kind: &ProfileType) -> LabelMatcher {
    LabelMatcher { name: "__profile_type__".into(), op: MatchOp::Equal(kind.id.clone()) }
}
