//! A notebook file (nbformat 4): reads it, changes outputs and cells, writes it.
//!
//! Unknown fields, metadata of other tools and the order of keys stay the same. The
//! layout is that of Jupyter (one space of indent, a newline at the end), so an unchanged
//! notebook is written as the same bytes. `run` executes the cells.

use std::path::Path;

use anyhow::{Context, anyhow, bail};
use flamebook::kernel::language::Failure;
use flamebook::view::bundle::Bundle;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::cli::layout::JupyterLayout;

/// A notebook of nbformat 4.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NotebookFile {
    /// The document. Its `cells` are `null`, which keeps the order of keys.
    root: Map<String, Value>,
    pub(crate) cells: Vec<NotebookCell>,
}

/// One cell of any kind.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NotebookCell(Map<String, Value>);

/// The kind of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CellKind {
    Code,
    Markdown,
    /// `raw`, or a kind that a later version of the format may add.
    Other,
}

impl NotebookFile {
    /// Reads a notebook. Errors contain the path.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("{} is not a notebook", path.display()))
    }

    pub(crate) fn parse(text: &str) -> anyhow::Result<Self> {
        let mut root: Map<String, Value> = serde_json::from_str(text)?;
        match root.get("nbformat").and_then(Value::as_u64) {
            Some(4) => {}
            Some(other) => {
                bail!("its format is nbformat {other}; open it in JupyterLab and save it")
            }
            None => bail!("it has no `nbformat`"),
        }
        let Some(Value::Array(cells)) = root.get_mut("cells").map(Value::take) else {
            bail!("it has no list of `cells`");
        };
        let cells = cells.into_iter().map(NotebookCell::from_json).collect::<Result<_, _>>()?;
        Ok(Self { root, cells })
    }

    /// The text of the file, in the layout of Jupyter.
    pub(crate) fn to_text(&self) -> anyhow::Result<String> {
        let mut root = self.root.clone();
        let cells = self.cells.iter().map(|cell| Value::Object(cell.0.clone())).collect();
        root.insert("cells".to_owned(), Value::Array(cells));
        let mut bytes = Vec::new();
        root.serialize(&mut serde_json::Serializer::with_formatter(
            &mut bytes,
            JupyterLayout::new(),
        ))?;
        bytes.push(b'\n');
        Ok(String::from_utf8(bytes)?)
    }

    /// The language in its metadata, if there is one.
    pub(crate) fn language(&self) -> Option<&str> {
        let metadata = self.root.get("metadata")?;
        metadata
            .pointer("/language_info/name")
            .or_else(|| metadata.pointer("/kernelspec/language"))
            .and_then(Value::as_str)
    }

    /// Whether its cells have ids, as they have since nbformat 4.5.
    pub(crate) fn has_cell_ids(&self) -> bool {
        self.root.get("nbformat_minor").and_then(Value::as_u64).is_some_and(|minor| minor >= 5)
    }
}

impl NotebookCell {
    fn from_json(value: Value) -> anyhow::Result<Self> {
        match value {
            Value::Object(cell) => Ok(Self(cell)),
            other => Err(anyhow!("a cell is not an object: {other}")),
        }
    }

    /// A code cell with one tag, and an id if cells of the notebook have ids.
    pub(crate) fn tagged_code(source: &str, tag: &str, id: Option<&str>) -> Self {
        let mut cell = Map::new();
        cell.insert("cell_type".to_owned(), json!("code"));
        cell.insert("execution_count".to_owned(), Value::Null);
        if let Some(id) = id {
            cell.insert("id".to_owned(), json!(id));
        }
        cell.insert("metadata".to_owned(), json!({ "tags": [tag] }));
        cell.insert("outputs".to_owned(), json!([]));
        cell.insert("source".to_owned(), lines(source));
        Self(cell)
    }

    pub(crate) fn kind(&self) -> CellKind {
        match self.0.get("cell_type").and_then(Value::as_str) {
            Some("code") => CellKind::Code,
            Some("markdown") => CellKind::Markdown,
            _ => CellKind::Other,
        }
    }

    pub(crate) fn id(&self) -> Option<&str> {
        self.0.get("id").and_then(Value::as_str)
    }

    pub(crate) fn source(&self) -> String {
        self.0.get("source").map(text).unwrap_or_default()
    }

    pub(crate) fn has_tag(&self, tag: &str) -> bool {
        self.0
            .get("metadata")
            .and_then(|metadata| metadata.get("tags"))
            .and_then(Value::as_array)
            .is_some_and(|tags| tags.iter().any(|t| t == tag))
    }

    pub(crate) fn outputs(&self) -> &[Value] {
        self.0.get("outputs").and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// Replaces the outputs, and the `n` of `In[n]`.
    pub(crate) fn set_run(&mut self, number: Option<u32>, outputs: Vec<Value>) {
        self.0.insert("execution_count".to_owned(), json!(number));
        self.0.insert("outputs".to_owned(), Value::Array(outputs));
    }
}

/// The output for a bundle that a cell displayed.
pub(crate) fn display_output(bundle: &Bundle) -> Value {
    json!({ "data": data(bundle), "metadata": {}, "output_type": "display_data" })
}

/// The output for the value of a cell.
pub(crate) fn result_output(bundle: &Bundle, number: u32) -> Value {
    json!({
        "data": data(bundle),
        "execution_count": number,
        "metadata": {},
        "output_type": "execute_result",
    })
}

pub(crate) fn error_output(failure: &Failure) -> Value {
    json!({
        "ename": failure.name,
        "evalue": failure.value,
        "output_type": "error",
        "traceback": failure.traceback,
    })
}

/// Text as nbformat stores it in an output: one string, or a list of lines.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
        _ => String::new(),
    }
}

/// Sorted by media type, as Jupyter writes them.
fn data(bundle: &Bundle) -> Value {
    let mut entries: Vec<_> =
        bundle.iter().map(|(mime, content)| (mime.as_str(), content)).collect();
    entries.sort_unstable();
    entries
        .into_iter()
        .map(|(mime, content)| match mime.starts_with("text/") {
            true => (mime.to_owned(), lines(content)),
            false => (mime.to_owned(), json!(content)),
        })
        .collect::<Map<_, _>>()
        .into()
}

/// A list of lines with their newlines, so that line diffs of the file are readable.
fn lines(text: &str) -> Value {
    text.split_inclusive('\n').collect::<Vec<_>>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As JupyterLab wrote it, with metadata of other tools and a float that
    /// Python prints in its own way.
    const SAVED: &str = r##"{
 "cells": [
  {
   "cell_type": "markdown",
   "id": "a1",
   "metadata": {
    "editable": true,
    "vscode": {}
   },
   "source": [
    "# Größe\n",
    "text"
   ]
  },
  {
   "attachments": {},
   "cell_type": "code",
   "execution_count": null,
   "id": "b2",
   "metadata": {
    "papermill": {
     "duration": 8e-06,
     "exception": false,
     "pairs": [
      1.5,
      [],
      1e+16
     ]
    },
    "tags": [
     "parameters"
    ]
   },
   "outputs": [],
   "source": "window = \"1h\""
  }
 ],
 "metadata": {
  "kernelspec": {
   "display_name": "Flamebook",
   "language": "flamebook",
   "name": "flamebook"
  }
 },
 "nbformat": 4,
 "nbformat_minor": 5
}
"##;

    fn saved() -> NotebookFile {
        NotebookFile::parse(SAVED).expect("the sample is a notebook")
    }

    #[test]
    fn an_unchanged_notebook_is_the_same_bytes() {
        assert_eq!(saved().to_text().expect("it is JSON"), SAVED);
    }

    #[test]
    fn cells_know_their_kind_source_and_tags() {
        let notebook = saved();
        assert_eq!(notebook.language(), Some("flamebook"));
        assert!(notebook.has_cell_ids());
        assert_eq!(notebook.cells[0].kind(), CellKind::Markdown);
        assert_eq!(notebook.cells[0].source(), "# Größe\ntext");
        assert_eq!(notebook.cells[1].kind(), CellKind::Code);
        assert!(notebook.cells[1].has_tag("parameters"));
        assert!(!notebook.cells[0].has_tag("parameters"));
    }

    #[test]
    fn outputs_are_written_as_lines_in_the_order_of_their_types() {
        let bundle = Bundle::plain("a\nb").with(flamebook::view::bundle::Mime::Html, "<p>");
        assert_eq!(
            result_output(&bundle, 3).to_string(),
            r#"{"data":{"text/html":["<p>"],"text/plain":["a\n","b"]},"execution_count":3,"#
                .to_owned()
                + r#""metadata":{},"output_type":"execute_result"}"#
        );
    }

    #[test]
    fn the_error_for_another_file_says_why() {
        let reason = |text| NotebookFile::parse(text).expect_err("not a notebook").to_string();
        assert!(reason("{}").contains("no `nbformat`"));
        assert!(reason(r#"{"nbformat": 3}"#).contains("nbformat 3"));
        assert!(reason(r#"{"nbformat": 4}"#).contains("`cells`"));
        assert!(reason(r#"{"nbformat": 4, "cells": [1]}"#).contains("not an object"));
    }
}
