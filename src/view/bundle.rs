//! A MIME bundle: one result in every form that a front end may want.
//!
//! The order of the entries means nothing; the front end chooses. A bundle with
//! `text/html` has no `application/json` or `application/javascript`, because JupyterLab
//! would prefer them.

/// The media types that Flamebook writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mime {
    Html,
    /// The image, encoded as base64.
    Png,
    Plain,
    Markdown,
}

impl Mime {
    pub fn as_str(self) -> &'static str {
        match self {
            Mime::Html => "text/html",
            Mime::Png => "image/png",
            Mime::Plain => "text/plain",
            Mime::Markdown => "text/markdown",
        }
    }
}

/// One output of a cell. Always has `text/plain`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bundle {
    entries: Vec<(Mime, String)>,
}

impl Bundle {
    pub fn plain(text: impl Into<String>) -> Self {
        Bundle { entries: vec![(Mime::Plain, text.into())] }
    }

    #[must_use]
    pub fn with(mut self, mime: Mime, content: impl Into<String>) -> Self {
        self.entries.retain(|(existing, _)| *existing != mime);
        self.entries.push((mime, content.into()));
        self
    }

    pub fn get(&self, mime: Mime) -> Option<&str> {
        self.entries.iter().find(|(m, _)| *m == mime).map(|(_, content)| content.as_str())
    }

    pub fn iter(&self) -> impl Iterator<Item = (Mime, &str)> {
        self.entries.iter().map(|(mime, content)| (*mime, content.as_str()))
    }
}
