//! A drawn value: html, and what the header must say about the drawing.

#[derive(Debug)]
pub(crate) struct Picture {
    pub(crate) html: String,
    /// What the drawing leaves out, in sentences.
    pub(crate) notes: Vec<String>,
}

/// A picture that shows everything.
impl From<String> for Picture {
    fn from(html: String) -> Picture {
        Picture { html, notes: Vec::new() }
    }
}
