//! A drawn value: html, and notes for the header.

#[derive(Debug)]
pub(crate) struct Picture {
    pub(crate) html: String,
    /// Sentences on what the drawing leaves out and how to read it.
    pub(crate) notes: Vec<String>,
}

impl Picture {
    /// Adds a note, if there is one.
    pub(crate) fn noting(mut self, note: Option<String>) -> Picture {
        self.notes.extend(note);
        self
    }
}

/// A picture without notes.
impl From<String> for Picture {
    fn from(html: String) -> Picture {
        Picture { html, notes: Vec::new() }
    }
}
