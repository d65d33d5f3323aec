//! The words of a server, made fit to be quoted in a message.

/// Longer lines of a server are cut.
const MAX_QUOTED: usize = 160;

/// The first line that is not blank, cut after 160 characters, with `�` for invisible
/// characters.
pub fn one_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let visible = |c: char| {
        if c.is_alphanumeric() || c.is_ascii_graphic() || c == ' ' { c } else { '\u{fffd}' }
    };
    let mut chars = line.chars().map(visible);
    let mut shown: String = chars.by_ref().take(MAX_QUOTED).collect();
    if chars.next().is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_of_an_answer_is_quoted() {
        for (text, line) in [
            ("", ""),
            ("\n  \r\n  disk full  \nat main.go:3", "disk full"),
            ("\u{1b}[31mred\u{7}", "\u{fffd}[31mred\u{fffd}"),
            ("abc\u{202e}fed\u{200b}", "abc\u{fffd}fed\u{fffd}"),
            ("<b>größer</b>", "<b>größer</b>"),
        ] {
            assert_eq!(one_line(text), line);
        }
        assert_eq!(one_line(&"x".repeat(100_000)).chars().count(), MAX_QUOTED + 1);
    }
}
