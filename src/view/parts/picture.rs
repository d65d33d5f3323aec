//! A drawn value: html, and what the header must say about the drawing.

#[derive(Debug)]
pub(crate) struct Picture {
    pub(crate) html: String,
    /// What the drawing leaves out and what must be known to read it, in sentences.
    pub(crate) notes: Vec<String>,
}

impl Picture {
    /// With one more sentence, if there is one.
    pub(crate) fn noting(mut self, note: Option<String>) -> Picture {
        self.notes.extend(note);
        self
    }
}

/// A picture that shows everything.
impl From<String> for Picture {
    fn from(html: String) -> Picture {
        Picture { html, notes: Vec::new() }
    }
}
