//! File names for `save` at the cursor.
//!
//! The suffixes must match those that `view::export` writes; `tests/assist.rs` compares
//! the two.

use super::Named;
use super::candidate::{Candidate, texts};
use super::cursor::Cursor;
use super::subject;
use crate::lang::ast::Cell;
use crate::lang::types::Type;
use crate::lang::verbs::SERIES_FILES;

/// File names with suffixes for the piped value; the typed part of the name stays.
pub(super) fn at(cursor: &Cursor<'_>, piped: Option<Type>) -> Vec<Candidate> {
    let typed = cursor.prefix();
    let stem = typed.split_once('.').map_or(&*typed, |(stem, _)| stem);
    let stem = if stem.is_empty() { "profile" } else { stem };
    let suffixes = suffixes(subject::piped_cell(cursor).as_ref(), piped);
    texts(suffixes.iter().map(|suffix| Named::new(format!("{stem}.{suffix}"), "")), "file")
}

/// The suffixes that `save` accepts for the piped value.
fn suffixes(cell: Option<&Cell>, piped: Option<Type>) -> &'static [&'static str] {
    let last = cell.and_then(subject::last_query).and_then(|query| query.stages.last());
    match (piped, last) {
        (_, Some(stage)) if !stage.verb.saves.is_empty() => stage.verb.saves,
        (Some(Type::Series), _) => SERIES_FILES,
        (Some(Type::Table | Type::GROUPED), _) => {
            &["csv", "parquet", "arrow", "json", "html", "md"]
        }
        (Some(kind), _) if kind.is_scalar() && kind != Type::Any => {
            &["csv", "parquet", "arrow", "json", "html", "md"]
        }
        _ => &[
            "svg",
            "png",
            "html",
            "folded",
            "pb.gz",
            "speedscope.json",
            "dot",
            "csv",
            "parquet",
            "arrow",
            "json",
            "md",
        ],
    }
}
