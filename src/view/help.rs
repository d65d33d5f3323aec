//! A help page as text, html and Markdown.
//!
//! Front ends show html in a pop-up and Markdown in a side panel. The pages contain names
//! from the data, so all text is escaped.

use super::bundle::{Bundle, Mime};
use super::parts::escape::{clean, clean_lines, coded, html, markdown};
use crate::lang::help::{HelpPage, Section};

/// A help page as a MIME bundle.
pub fn bundle(page: &HelpPage) -> Bundle {
    Bundle::plain(clean_lines(&page.plain()))
        .with(Mime::Html, to_html(page))
        .with(Mime::Markdown, to_markdown(page))
}

fn to_html(page: &HelpPage) -> String {
    let mut out = format!("<div><p><code><b>{}</b></code></p>", html(&page.title));
    for paragraph in &page.paragraphs {
        out += &format!("<p>{}</p>", coded(paragraph, &html, ("<code>", "</code>")));
    }
    for section in page.sections.iter().filter(|section| !section.entries.is_empty()) {
        out += &format!("<p><b>{}</b></p><table>", html(section.heading));
        for (name, text) in &section.entries {
            let text = coded(text, &html, ("<code>", "</code>"));
            let name = format!("<code>{}</code>", html(name));
            out += &format!(
                "<tr><td style=\"text-align:left\">{name}</td>\
                 <td style=\"text-align:left\">{text}</td></tr>"
            );
        }
        out += "</table>";
    }
    out + "</div>"
}

fn to_markdown(page: &HelpPage) -> String {
    let mut out = format!("### {}\n", code(&page.title));
    for paragraph in &page.paragraphs {
        out += &format!("\n{}\n", coded(paragraph, &markdown, ("`", "`")));
    }
    for section in page.sections.iter().filter(|section| !section.entries.is_empty()) {
        out += &format!("\n**{}**\n\n{}", section.heading, listed(section));
    }
    out
}

fn listed(section: &Section) -> String {
    let entries = section.entries.iter().map(|(name, text)| match text.is_empty() {
        true => format!("- {}\n", code(name)),
        false => format!("- {}: {}\n", code(name), coded(text, &markdown, ("`", "`"))),
    });
    entries.collect()
}

/// A code span, quoted with more back quotes than it contains.
fn code(text: &str) -> String {
    let text = clean(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if longest > 0 { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_are_harmless_in_every_form() {
        let page = HelpPage {
            title: "<b>`x`".to_owned(),
            paragraphs: vec!["A *label* of `cpu`.".to_owned()],
            sections: vec![Section {
                heading: "Top values",
                entries: vec![("<img src=x>\u{202e}".to_owned(), "5%".to_owned())],
            }],
        };
        let bundle = bundle(&page);
        let html = bundle.get(Mime::Html).expect("html");
        assert!(html.contains("&lt;img src=x&gt;\u{fffd}") && !html.contains("<img"), "{html}");
        assert!(html.contains("<code>cpu</code>"), "{html}");
        let markdown = bundle.get(Mime::Markdown).expect("Markdown");
        assert_eq!(
            markdown,
            "### `` <b>`x` ``\n\nA \\*label\\* of `cpu`.\n\n**Top values**\n\n\
             - `<img src=x>\u{fffd}`: 5%\n"
        );
        assert!(bundle.get(Mime::Plain).is_some_and(|text| text.contains("Top values")));
    }
}
