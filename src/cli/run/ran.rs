//! What a notebook did, for reports: its cells in order, with their asserts.

use std::time::Duration;

use flamebook::eval::result::checked::Checked;

use super::comparison::Comparison;

/// A notebook that was run, up to the first cell that failed.
pub(super) struct Ran {
    /// `gate.ipynb`
    pub(super) name: String,
    /// The path of the notebook, for tools that show files of the repository.
    pub(super) file: String,
    pub(super) cells: Vec<RanCell>,
    pub(super) took: Duration,
}

/// A code cell.
#[derive(Default)]
pub(super) struct RanCell {
    /// The `n` of `In[n]`.
    pub(super) number: u32,
    pub(super) took: Duration,
    pub(super) asserts: Vec<Assert>,
    /// An error that is no assert.
    pub(super) error: Option<CellError>,
    pub(super) comparisons: Vec<Comparison>,
    /// What `bisect` found, a sentence each.
    pub(super) findings: Vec<String>,
}

/// An assert of a cell.
pub(super) struct Assert {
    /// In the file of the notebook, if it is known.
    pub(super) line: Option<usize>,
    pub(super) verdict: Verdict,
}

pub(super) enum Verdict {
    Checked(Checked),
    /// The notebook stopped before; the condition.
    NotRun(String),
}

pub(super) struct CellError {
    /// In the file of the notebook, if it is known.
    pub(super) line: Option<usize>,
    /// `unknown-verb`
    pub(super) slug: String,
    pub(super) message: String,
    /// The report, without colours.
    pub(super) report: String,
}

impl Ran {
    pub(super) fn asserts(&self) -> impl Iterator<Item = &Assert> {
        self.cells.iter().flat_map(|cell| &cell.asserts)
    }

    pub(super) fn failed(&self) -> impl Iterator<Item = (&Assert, &Checked)> {
        self.asserts().filter_map(|assert| Some((assert, assert.failed()?)))
    }

    /// The error that stopped it, with the number of its cell.
    pub(super) fn error(&self) -> Option<(u32, &CellError)> {
        self.cells.iter().find_map(|cell| Some((cell.number, cell.error.as_ref()?)))
    }
}

impl Assert {
    pub(super) fn condition(&self) -> &str {
        match &self.verdict {
            Verdict::Checked(checked) => &checked.condition,
            Verdict::NotRun(condition) => condition,
        }
    }

    /// What it found, if it does not hold.
    pub(super) fn failed(&self) -> Option<&Checked> {
        match &self.verdict {
            Verdict::Checked(checked) if !checked.holds => Some(checked),
            _ => None,
        }
    }
}
