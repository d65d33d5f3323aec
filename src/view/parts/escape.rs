//! Makes text from outside safe to show: names, labels, paths and error messages.
//!
//! A function name may hold `<script>`, a terminal escape sequence, a right-to-left
//! override or 64 KB of template arguments. All text that is shown goes through
//! [`clean`]; all text in HTML, inside attributes too, goes through [`html`].

use std::borrow::Cow;

pub(crate) use super::fit::shorten;

/// The longest name shown anywhere, in columns of a terminal; longer ones are cut with an
/// ellipsis.
pub(crate) const LONGEST: usize = 300;

/// One line with all Markdown syntax escaped.
pub(crate) fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in clean(text).chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// One line without control or direction characters: white space becomes a space, and
/// other invisible characters become `�`, so that the reader sees them.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unseen) {
        return Cow::Borrowed(text);
    }
    let visible = |c| match c {
        '\t' | '\n' | '\r' => ' ',
        c if is_unseen(c) => '\u{fffd}',
        c => c,
    };
    Cow::Owned(text.chars().map(visible).collect())
}

/// Several lines of text for a terminal, each cleaned.
pub(crate) fn clean_lines(text: &str) -> String {
    text.lines().map(clean).collect::<Vec<_>>().join("\n")
}

/// Escaped for HTML, as text or inside a quoted attribute.
pub(crate) fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in clean(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// A name as every view shows it: clean, and at most [`LONGEST`] characters.
pub(crate) fn name(text: &str) -> String {
    shorten(&clean(text), LONGEST).into_owned()
}

/// Control characters, and invisible ones that hide or reorder text: zero width,
/// bidirectional marks, the byte order mark.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Text in which back quotes mark code; a back quote without a partner stays as it is.
pub(crate) fn coded(
    text: &str,
    escape: &dyn Fn(&str) -> String,
    (open, close): (&str, &str),
) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return escape(text);
    }
    let shown = parts.iter().enumerate().map(|(index, part)| match index % 2 {
        0 => escape(part),
        // Markdown code spans have no escapes; html does.
        _ if open == "`" => format!("`{}`", clean(part)),
        _ => format!("{open}{}{close}", escape(part)),
    });
    shown.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_becomes_one_visible_line() {
        for (text, shown) in [
            ("main.run", "main.run"),
            ("\x1b[31mred", "\u{fffd}[31mred"),
            ("a\nb\tc", "a b c"),
            ("nul\0", "nul\u{fffd}"),
            ("abc\u{202e}fed", "abc\u{fffd}fed"),
        ] {
            assert_eq!(clean(text), shown);
        }
    }

    #[test]
    fn html_cannot_be_left() {
        assert_eq!(html("</script><b a='\"&"), "&lt;/script&gt;&lt;b a=&#39;&quot;&amp;");
    }

    #[test]
    fn no_name_is_longer_than_the_longest() {
        assert_eq!(name(&"x".repeat(65_536)).chars().count(), LONGEST);
    }
}
