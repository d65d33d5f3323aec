//! Saves results as files, and formats them for scripts.
//!
//! Pictures look as in a cell. Data are raw, unrounded and complete: in ns, bytes, cores and
//! percent, in columns with the names that a query uses. A file is complete or absent (`file`).
//!
//! | suffix | tree | diff | sandwich, comparison | table | series | scalar, pattern |
//! |---|---|---|---|---|---|---|
//! | `svg` | interactive flame graph | interactive flame graph | | | chart | |
//! | `png` | picture | picture | picture | | picture | |
//! | `html` | page | page | page | page | page | page |
//! | `folded` | one stack per line | two values per line | | | | |
//! | `pb.gz` | pprof profile | as from `pprof -diff_base` | | | | |
//! | `speedscope.json` | one profile | two profiles | one per pane | | | |
//! | `dot` | call graph | call graph | | | | |
//! | `csv` `parquet` `arrow` | a row per function | a row per function | a row per function | rows | a row per point | one row |
//! | `json` | the nodes, in columns | a row per function | a row per function | rows | a row per point | the value |
//! | `md` | outline, functions | functions | functions | table | table | text |

mod arrow;
mod data;
mod dot;
pub mod file;
mod flamebearer;
mod folded;
mod page;
mod points;
mod pprof;
mod rows;
mod speedscope;
mod svg;
mod whole;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use polars_core::prelude::PolarsError;
use serde_json::{Value as Json, json};

pub use arrow::{ArrowFile, to_arrow};
pub use data::{CsvText, to_csv, to_json};
pub use flamebearer::{Flamebearer, UnfitError, flamebearer, of_diff, of_tree};
pub use folded::to_folded;
pub use page::{page, to_markdown};

use crate::eval::result::value::{Graph, Outcome, Value, View};
use crate::profile::{Diff, Tree};
use crate::view::raster;
use crate::work::{Buffer, Cancelled, Work};

/// How a result is saved.
#[derive(Debug, Clone, Copy, Default)]
pub struct SaveOptions {
    /// Whether a file that exists is kept and an error reported.
    pub only_new: bool,
    pub csv: CsvText,
}

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaveReport {
    pub path: PathBuf,
    pub bytes: u64,
    /// Whether there was a file of this name.
    pub replaced: bool,
}

/// `45.1 KiB`
impl fmt::Display for SaveReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use crate::quantity::{Quantity, Unit};
        Quantity::new(self.bytes as f64, Unit::Bytes).fmt(f)
    }
}

/// Why no file was written.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    #[error("{what} cannot be saved as `{name}`")]
    Suffix { what: &'static str, name: String, valid: &'static [&'static str] },
    #[error("there are no samples to draw")]
    NoSamples,
    #[error("some values are negative, which this format does not support")]
    BelowZero,
    #[error("some values are too large for this format, which has 64 bits for each")]
    TooLarge,
    #[error("`{}` exists", path.display())]
    Exists { path: PathBuf },
    #[error("cannot write {}: {error}", path.display())]
    Io { path: PathBuf, error: io::Error },
    #[error("cannot write the table: {0}")]
    Table(#[from] PolarsError),
    #[error("cannot draw the picture: {0}")]
    Drawing(String),
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl SaveError {
    /// A fix to suggest.
    pub fn help(&self) -> Option<String> {
        match self {
            SaveError::Suffix { valid: [], .. } => Some("save the result of a query".into()),
            SaveError::Suffix { valid, .. } => {
                let valid: Vec<_> = valid.iter().map(|suffix| format!("`.{suffix}`")).collect();
                Some(format!("end the name in one of {}", valid.join(", ")))
            }
            SaveError::TooLarge => Some("save as `.folded`, which has room for any number".into()),
            SaveError::Exists { .. } => {
                Some("give another name, or leave out `new` to replace the file".into())
            }
            SaveError::Io { error, .. } if error.kind() == io::ErrorKind::NotFound => {
                Some("the folder must exist already".into())
            }
            _ => None,
        }
    }
}

/// Writes the content of a file.
pub fn write(content: &[u8], path: &Path, options: SaveOptions) -> Result<SaveReport, SaveError> {
    let replaced = path.exists();
    let written = match options.only_new {
        true => file::create(path, content),
        false => file::replace(path, content),
    };
    let path = path.to_owned();
    match written {
        Ok(()) => Ok(SaveReport { path, bytes: content.len() as u64, replaced }),
        Err(error) if options.only_new && error.kind() == io::ErrorKind::AlreadyExists => {
            Err(SaveError::Exists { path })
        }
        Err(error) => Err(SaveError::Io { path, error }),
    }
}

/// Whether a result has data for scripts; notes and help pages have none.
pub fn is_data(outcome: &Outcome) -> bool {
    !matches!(outcome.value, Value::Note(_) | Value::Help(_))
}

/// The formats for trees and diffs.
const STACKS: &[&str] = &[
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
];

/// The suffixes that a value can be saved with.
pub fn suffixes(value: &Value) -> &'static [&'static str] {
    match value {
        Value::Tree(_)
        | Value::Diff(_)
        | Value::View(View::Flame(_) | View::Icicle(_) | View::Outline(_)) => STACKS,
        Value::Series(_) | Value::View(View::Timeline(_)) => {
            &["svg", "png", "html", "csv", "parquet", "arrow", "json", "md"]
        }
        Value::Table(_) | Value::Scalar(_) | Value::Pattern { .. } => {
            &["csv", "parquet", "arrow", "json", "html", "md"]
        }
        Value::View(View::Sandwich(_)) => &["html", "png", "csv", "parquet", "arrow", "json", "md"],
        Value::View(View::Comparison(_)) => {
            &["html", "png", "speedscope.json", "csv", "parquet", "arrow", "json", "md"]
        }
        Value::View(View::Heatmap(_)) => &["png", "html", "csv", "parquet", "arrow", "json", "md"],
        Value::Note(_) | Value::Help(_) => &[],
    }
}

/// A result in the format of the path's suffix.
pub fn encoded(
    outcome: &Outcome,
    path: &Path,
    csv: CsvText,
    work: Work<'_>,
) -> Result<Vec<u8>, SaveError> {
    let value = &outcome.value;
    let suffix = suffix(path);
    let Some(suffix) = suffixes(value).iter().find(|known| suffix.eq_ignore_ascii_case(known))
    else {
        return Err(SaveError::Suffix {
            what: what(value),
            name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            valid: suffixes(value),
        });
    };
    Ok(match *suffix {
        "svg" => svg::svg(outcome, work)?.into_bytes(),
        "png" => raster::png(outcome, work)?.ok_or(SaveError::NoSamples)?,
        "folded" => to_folded(outcome, work)?.into_bytes(),
        "csv" => to_csv(outcome, csv, work)?.into_bytes(),
        "parquet" => data::parquet(outcome, work)?,
        "arrow" => data::arrow(outcome, work)?,
        "pb.gz" | "speedscope.json" | "dot" => stacks(outcome, suffix, work)?,
        "json" => to_json(outcome, work)?.into_bytes(),
        "md" => to_markdown(outcome, work)?.into_bytes(),
        _ => page(std::slice::from_ref(outcome), work)?.into_bytes(),
    })
}

/// Writes a format that holds stacks.
fn stacks(outcome: &Outcome, suffix: &str, work: Work<'_>) -> Result<Vec<u8>, SaveError> {
    let header = &outcome.header;
    let text = match (suffix, &outcome.value, tree(&outcome.value), diff(&outcome.value)) {
        ("pb.gz", _, Some(tree), _) => return pprof::tree(tree, header, work),
        ("pb.gz", _, _, Some(diff)) => return pprof::diff(diff, header, work),
        ("dot", _, Some(tree), _) => dot::tree(tree, header, work),
        ("dot", _, _, Some(diff)) => dot::diff(diff, header, work),
        (_, _, Some(tree), _) => speedscope::tree(tree, header, work),
        (_, _, _, Some(diff)) => speedscope::diff(diff, header, work),
        (_, Value::View(View::Comparison(panes)), ..) => {
            speedscope::comparison(panes, header, work)
        }
        _ => Err(SaveError::NoSamples),
    };
    text.map(String::into_bytes)
}

/// Whole numbers without a decimal point, as scripts expect counts and nanoseconds.
fn number(value: f64) -> Json {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() < EXACT { json!(value as i64) } else { json!(value) }
}

/// What `write` writes of JSON, with a line break at its end.
fn written(
    work: Work<'_>,
    write: impl FnOnce(&mut Buffer<'_>) -> serde_json::Result<()>,
) -> Result<String, Cancelled> {
    let mut text = Buffer::new(work);
    // Writing to memory fails only after an interrupt.
    write(&mut text).map_err(|_| Cancelled)?;
    Ok(String::from_utf8_lossy(&text.finish()?).into_owned() + "\n")
}

/// The part after the last dot; `.pb.gz` and `.speedscope.json` count as one suffix.
fn suffix(path: &Path) -> &str {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let ends_in = |suffix: &&str| {
        let start = name.len().checked_sub(suffix.len() + 1);
        start
            .and_then(|start| name.get(start..))
            .is_some_and(|end| end.starts_with('.') && end[1..].eq_ignore_ascii_case(suffix))
    };
    if let Some(double) = ["pb.gz", "speedscope.json"].into_iter().find(|s| ends_in(s)) {
        return double;
    }
    path.extension().and_then(|suffix| suffix.to_str()).unwrap_or_default()
}

fn what(value: &Value) -> &'static str {
    match value {
        Value::Tree(_) => "a tree",
        Value::Diff(_) => "a diff",
        Value::View(View::Sandwich(_)) => "a sandwich",
        Value::View(View::Comparison(_)) => "a comparison",
        Value::Table(_) => "a table",
        Value::Series(_) => "a series",
        Value::Scalar(_) => "a single value",
        Value::Pattern { .. } => "a pattern",
        Value::View(View::Timeline(_)) => "a timeline",
        Value::View(View::Heatmap(_)) => "a heat map",
        Value::View(View::Flame(_) | View::Icicle(_)) => "a flame graph",
        Value::View(View::Outline(_)) => "an outline",
        Value::Note(_) => "a note",
        Value::Help(_) => "a help page",
    }
}

/// The tree of a value that has one.
fn tree(value: &Value) -> Option<&Tree> {
    match value {
        Value::Tree(tree)
        | Value::View(
            View::Flame(Graph::Tree(tree))
            | View::Icicle(Graph::Tree(tree))
            | View::Outline(Graph::Tree(tree)),
        ) => Some(tree),
        _ => None,
    }
}

/// The diff of a value that has one.
fn diff(value: &Value) -> Option<&Diff> {
    match value {
        Value::Diff(diff)
        | Value::View(
            View::Flame(Graph::Diff(diff))
            | View::Icicle(Graph::Diff(diff))
            | View::Outline(Graph::Diff(diff)),
        ) => Some(diff),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::result::value::{Comparison, Header, Pane, SeriesSet};
    use crate::profile::diff::Mode;
    use crate::view::fixture::{bare, tree};

    fn save(outcome: &Outcome, path: &Path, options: SaveOptions) -> Result<SaveReport, SaveError> {
        let content = encoded(outcome, path, options.csv, Work::unattended())?;
        write(&content, path, options)
    }

    #[test]
    fn every_suffix_of_a_tree_is_written() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let outcome = bare(Value::Tree(tree(&[("main;run", 3e9), ("main", 1e9)])));
        for suffix in suffixes(&outcome.value) {
            let path = folder.path().join(format!("tree.{suffix}"));
            let report = save(&outcome, &path, SaveOptions::default()).expect("a file");
            let written = std::fs::metadata(&path).expect("the file").len();
            assert_eq!(report.bytes, written, "{suffix}");
        }
        let files = std::fs::read_dir(folder.path()).expect("the folder").count();
        assert_eq!(files, 12, "nothing temporary is left");
    }

    #[test]
    fn every_suffix_of_a_diff_and_of_a_comparison_is_written() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let sides = || (tree(&[("main;run", 3e9)]), tree(&[("main;walk", 1e9)]));
        let (before, after) = sides();
        let diff = Diff::align(before, after, Mode::Share, [1.0, 1.0], Work::unattended())
            .expect("no interrupt");
        let pane = |title: &str, tree| Pane {
            title: title.into(),
            header: Header::default(),
            tree,
            timeline: SeriesSet::default(),
        };
        let (one, other) = sides();
        let panes = vec![pane("one", one), pane("other", other)];
        for value in
            [Value::Diff(Box::new(diff)), Value::View(View::Comparison(Comparison { panes }))]
        {
            let outcome = bare(value);
            for suffix in suffixes(&outcome.value) {
                let path = folder.path().join(format!("x.{suffix}"));
                let report = save(&outcome, &path, SaveOptions::default()).expect("a file");
                assert!(report.bytes > 10, "{suffix}");
            }
        }
    }

    #[test]
    fn a_suffix_of_two_parts_is_known_in_any_case() {
        let of = |name: &str| suffix(Path::new(name)).to_owned();
        assert_eq!(of("a/cpu.pb.gz"), "pb.gz");
        assert_eq!(of("cpu.Speedscope.JSON"), "speedscope.json");
        assert_eq!([of("pb.gz"), of("a.speedscope.json.gz"), of("ü.json")], ["gz", "gz", "json"]);
    }

    #[test]
    fn a_suffix_that_does_not_fit_names_those_that_do() {
        let tree = bare(Value::Tree(tree(&[])));
        let error = save(&tree, Path::new("a.pdf"), SaveOptions::default()).expect_err("no pdf");
        assert_eq!(error.to_string(), "a tree cannot be saved as `a.pdf`");
        let help = error.help().expect("a fix");
        assert!(help.starts_with("end the name in one of `.svg`, `.png`"), "{help}");
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("no/tree.md");
        let tree = bare(Value::Tree(tree(&[("a", 1.0)])));
        let error = save(&tree, &path, SaveOptions::default()).expect_err("no folder");
        assert!(error.to_string().contains("no/tree.md"));
        assert_eq!(error.help().as_deref(), Some("the folder must exist already"));
    }

    #[test]
    fn an_empty_value_leaves_no_file() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("empty.svg");
        let saved = save(&bare(Value::Tree(tree(&[]))), &path, SaveOptions::default());
        assert!(matches!(saved, Err(SaveError::NoSamples)));
        assert!(!path.exists());
    }

    #[test]
    fn a_replaced_file_is_reported_and_a_new_one_replaces_none() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("top.csv");
        let outcome = bare(Value::Tree(tree(&[("a", 1.0)])));
        let only_new = SaveOptions { only_new: true, ..SaveOptions::default() };
        let replaced = |options| save(&outcome, &path, options).map(|report| report.replaced);
        assert!(!replaced(only_new).expect("a file"));
        assert!(replaced(SaveOptions::default()).expect("a file"));
        let error = replaced(only_new).expect_err("it exists");
        assert_eq!(error.to_string(), format!("`{}` exists", path.display()));
        assert!(error.help().is_some_and(|help| help.contains("leave out `new`")));
    }
}
