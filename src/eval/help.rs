//! The help page on `use`, with the table of file formats.
//!
//! `lang::help` makes the other pages, but cannot know the formats. `view::help` shows a
//! page.

use crate::lang::help::{self, HelpPage, Section};
use crate::source::format::FORMATS;

/// The page on a topic, or the overview.
pub fn page(topic: Option<&str>) -> Option<HelpPage> {
    let mut page = help::page(topic)?;
    if topic == Some("use") {
        page.sections.push(formats());
    }
    Some(page)
}

fn formats() -> Section {
    let entries = FORMATS.iter().map(|format| (format.name.to_owned(), format.help.to_owned()));
    Section { heading: "File formats", entries: entries.collect() }
}
