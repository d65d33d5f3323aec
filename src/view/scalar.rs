//! Single values, patterns, notes and help pages, as text and as html.

use super::parts::escape::{self, clean, clean_lines};
use super::parts::header::counted;
use super::parts::screen::amount;
use crate::eval::result::scalar::Scalar;
use crate::quantity::Quantity;
use crate::quantity::unit::grouped;

/// A longer address is not made a link.
const LONGEST_LINK: usize = 2000;

/// How many of the functions that match a pattern are listed.
const LISTED: usize = 20;

/// Written as in a query, but a text alone is not quoted.
pub(crate) fn scalar(scalar: &Scalar) -> String {
    match scalar {
        Scalar::Number(Quantity { value, unit }) => amount(*value, unit),
        Scalar::Bool(value) => value.to_string(),
        Scalar::Text(text) => clean_lines(text),
        Scalar::Duration(span) => span.to_string(),
        Scalar::Time(time) => time.to_string(),
        Scalar::List(items) => {
            let items: Vec<_> = items.iter().map(nested).collect();
            format!("[{}]", items.join(", "))
        }
    }
}

/// As text; a web address becomes a link.
pub(crate) fn html(value: &Scalar) -> String {
    match value {
        Scalar::Text(text) if is_link(text) => {
            let link = escape::html(text);
            format!("<div><a href=\"{link}\" rel=\"noopener\">{link}</a></div>")
        }
        other => preformatted(&scalar(other)),
    }
}

/// Whether the text is an http or https address.
fn is_link(text: &str) -> bool {
    let is_web = text.starts_with("https://") || text.starts_with("http://");
    is_web && text.len() <= LONGEST_LINK && text.chars().all(|c| c.is_ascii_graphic())
}

fn nested(item: &Scalar) -> String {
    match item {
        Scalar::Text(text) => format!("{:?}", clean(text)),
        other => scalar(other),
    }
}

/// A pattern, the number of functions it matches, and the first of them.
pub(crate) fn pattern(text: &str, functions: &[String], of: usize) -> String {
    let mut lines = vec![format!(
        "{}  matches {} of {}",
        clean(text),
        grouped(functions.len() as f64),
        counted(of, "function", "functions")
    )];
    lines.extend(
        functions.iter().take(LISTED).map(|name| format!("  {}", super::parts::escape::name(name))),
    );
    if functions.len() > LISTED {
        lines.push(format!("  … {} more", grouped((functions.len() - LISTED) as f64)));
    }
    lines.join("\n")
}

/// Preformatted text. It names its font: on a page that nbconvert writes, `pre` has the font of
/// the text around it. Lines keep their columns: what is too wide is scrolled, where JupyterLab
/// would break it anywhere.
pub fn preformatted(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(escape::html).collect();
    format!(
        "<pre style=\"font-family:monospace;white-space:pre;overflow:auto\">{}</pre>",
        lines.join("\n")
    )
}

/// One line that says what a statement did.
pub(crate) fn note(text: &str) -> String {
    format!("<div style=\"opacity:.75\">{}</div>", escape::html(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::{Span, Unit};

    #[test]
    fn scalars_are_written_as_typed() {
        for (value, text) in [
            (Scalar::Number(Quantity::new(7.9, Unit::Percent)), "7.90%"),
            (Scalar::Bool(true), "true"),
            (Scalar::Text("a\x1b[2Jb\nc".into()), "a\u{fffd}[2Jb\nc"),
            (Scalar::Duration(Span::seconds(5400)), "1h30m"),
            (Scalar::List(vec![Scalar::Text("a".into()), Scalar::Bool(false)]), "[\"a\", false]"),
        ] {
            assert_eq!(scalar(&value), text);
        }
    }

    #[test]
    fn only_a_web_address_can_be_followed() {
        let html = |text: &str| html(&Scalar::Text(text.to_owned()));
        assert_eq!(
            html("https://host/a?b=1&c='"),
            "<div><a href=\"https://host/a?b=1&amp;c=&#39;\" rel=\"noopener\">\
             https://host/a?b=1&amp;c=&#39;</a></div>"
        );
        for text in [
            "javascript:alert(1)",
            "see https://host",
            "https://host\nx",
            "https://host/\u{202e}gpj.exe",
            "ftp://host",
            &format!("https://host/{}", "x".repeat(2000)),
        ] {
            assert!(!html(text).contains("<a "), "{text}");
        }
        assert!(!html("https://host/\"><script>").contains("<script>"));
    }

    #[test]
    fn a_pattern_lists_what_it_matches() {
        let names: Vec<_> = (0..22).map(|i| format!("f{i}")).collect();
        let text = pattern("~\"f\"", &names, 1204);
        assert!(text.starts_with("~\"f\"  matches 22 of 1 204 functions\n  f0\n"), "{text}");
        assert!(text.ends_with("  f19\n  … 2 more"));
    }
}
