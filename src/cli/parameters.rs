//! `-p name=value`: parameters of a notebook, inserted as papermill does.
//!
//! The values become one cell `# Parameters`, after the cell with the tag `parameters`,
//! which has the defaults. A cell that was inserted by an earlier run is replaced.

use std::str::FromStr;
use std::sync::LazyLock;

use regex::Regex;

use crate::cli::notebook_file::{NotebookCell, NotebookFile};

pub(crate) const DEFAULTS_TAG: &str = "parameters";
pub(crate) const INJECTED_TAG: &str = "injected-parameters";

/// One `name=value` of the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parameter {
    name: String,
    /// The value in the query language.
    literal: String,
}

impl FromStr for Parameter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, value) = text.split_once('=').ok_or_else(|| "expected NAME=VALUE".to_owned())?;
        let name = name.trim();
        if !is_name(name) {
            return Err(format!(
                "`{name}` is not a name; use letters, digits and _, and start with a letter"
            ));
        }
        Ok(Self { name: name.to_owned(), literal: literal(value) })
    }
}

impl Parameter {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

/// Inserts the cell that assigns `parameters`, and returns its place, unless it replaced one.
/// Without parameters nothing changes.
pub(crate) fn inject(notebook: &mut NotebookFile, parameters: &[Parameter]) -> Option<usize> {
    if parameters.is_empty() {
        return None;
    }
    let source = source(parameters);
    let tagged = |tag| notebook.cells.iter().position(|cell| cell.has_tag(tag));
    let (position, replaced) = match (tagged(INJECTED_TAG), tagged(DEFAULTS_TAG)) {
        (Some(earlier), _) => (earlier, true),
        (None, Some(defaults)) => (defaults + 1, false),
        (None, None) => (0, false),
    };
    let old = replaced.then(|| notebook.cells.remove(position));
    let old_id = old.as_ref().and_then(NotebookCell::id);
    let id = notebook.has_cell_ids().then(|| old_id.unwrap_or(INJECTED_TAG));
    let cell = NotebookCell::tagged_code(&source, INJECTED_TAG, id);
    notebook.cells.insert(position, cell);
    (!replaced).then_some(position)
}

fn source(parameters: &[Parameter]) -> String {
    let assignments = parameters.iter().map(|p| format!("{} = {}", p.name, p.literal));
    std::iter::once("# Parameters".to_owned()).chain(assignments).collect::<Vec<_>>().join("\n")
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Numbers, quantities, times and quoted text are literals. Everything else is text.
fn literal(value: &str) -> String {
    if LITERAL.is_match(value) { value.to_owned() } else { quoted(value) }
}

/// The shell removes its quotes, so `-p pod='"7"'` passes the text 7 and not the number.
static LITERAL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?x)^(?:
            -?\d[\d_]*(?:\.\d+)?(?:%|cores|[kMGT]?B|[KMGT]iB)?
          | (?:\d+(?:ms|us|ns|[ywdhms]))+
          | \d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?)?
          | "(?:[^"\\]|\\.)*"
        )$"#,
    )
    .expect("a constant pattern, tested below")
});

fn quoted(text: &str) -> String {
    let mut literal = String::from('"');
    for c in text.chars() {
        match c {
            '"' => literal.push_str("\\\""),
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\t' => literal.push_str("\\t"),
            c => literal.push(c),
        }
    }
    literal.push('"');
    literal
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notebook(cells: &str, minor: u32) -> NotebookFile {
        let text = format!(r#"{{"cells": [{cells}], "nbformat": 4, "nbformat_minor": {minor}}}"#);
        NotebookFile::parse(&text).expect("a notebook")
    }

    fn parameters(texts: &[&str]) -> Vec<Parameter> {
        texts.iter().map(|text| text.parse().expect("a parameter")).collect()
    }

    const INTRO: &str = r#"{"cell_type": "markdown", "metadata": {}, "source": "intro"}"#;
    const DEFAULTS: &str = r#"{"cell_type": "code", "metadata": {"tags": ["parameters"]},
        "source": "window = 1h", "outputs": [], "execution_count": null}"#;

    #[test]
    fn values_are_literals_of_the_language_or_text() {
        for (value, expected) in [
            ("5", "5"),
            ("-2.5", "-2.5"),
            ("5%", "5%"),
            ("1h30m", "1h30m"),
            ("64MiB", "64MiB"),
            ("2026-03-01T10:00Z", "2026-03-01T10:00Z"),
            ("checkout", "\"checkout\""),
            ("1h pod", "\"1h pod\""),
            ("\"7\"", "\"7\""),
            (r#"a "b" \ c"#, r#""a \"b\" \\ c""#),
            ("", "\"\""),
        ] {
            assert_eq!(literal(value), expected, "{value}");
        }
    }

    #[test]
    fn names_are_checked() {
        assert!("1a=2".parse::<Parameter>().is_err());
        assert!("a".parse::<Parameter>().is_err());
        assert_eq!(parameters(&["a=b=c"])[0].literal, "\"b=c\"");
    }

    #[test]
    fn the_cell_follows_the_defaults() {
        let mut notebook = notebook(&format!("{INTRO},{DEFAULTS},{INTRO}"), 5);
        inject(&mut notebook, &parameters(&["window=2h", "service=cart"]));
        let cell = &notebook.cells[2];
        assert_eq!(cell.source(), "# Parameters\nwindow = 2h\nservice = \"cart\"");
        assert!(cell.has_tag("injected-parameters"));
        assert_eq!(cell.id(), Some("injected-parameters"));
        assert_eq!(notebook.cells.len(), 4);
    }

    #[test]
    fn injecting_again_replaces_the_cell_and_keeps_its_id() {
        let injected = r##"{"cell_type": "code", "id": "x1", "source": "# Parameters",
            "metadata": {"tags": ["injected-parameters"]}}"##;
        let mut notebook = notebook(&format!("{DEFAULTS},{injected}"), 5);
        inject(&mut notebook, &parameters(&["window=2h"]));
        assert_eq!(notebook.cells.len(), 2);
        assert_eq!(notebook.cells[1].id(), Some("x1"));
        assert_eq!(notebook.cells[1].source(), "# Parameters\nwindow = 2h");
    }

    #[test]
    fn without_defaults_it_comes_first_and_old_formats_get_no_id() {
        let mut notebook = notebook(INTRO, 4);
        inject(&mut notebook, &parameters(&["n=3"]));
        assert_eq!(notebook.cells[0].source(), "# Parameters\nn = 3");
        assert_eq!(notebook.cells[0].id(), None);
    }
}
