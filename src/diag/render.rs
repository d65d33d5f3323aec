//! A diagnostic as text for people: plain, with ANSI colours, or as HTML.
//!
//! All three write the same [`Piece`]s; only the colours differ. `snippet` draws
//! the lines of the cell.

use super::piece::{Piece, Style, StyledLine};
use super::snippet;
use super::{Diagnostic, Severity};

/// As plain text, without a newline at the end. `cell` is the name of the cell, such
/// as `In[7]`, or of a file.
pub fn plain(diagnostic: &Diagnostic, code: &str, cell: &str) -> String {
    write(diagnostic, code, cell, |piece, out| out.push_str(&piece.text))
}

/// As [`plain`], with ANSI colours.
pub fn ansi(diagnostic: &Diagnostic, code: &str, cell: &str) -> String {
    write(diagnostic, code, cell, |piece, out| {
        let colour = match piece.style {
            Style::Plain => return out.push_str(&piece.text),
            Style::Strong => "1",
            Style::Gutter => "34",
            Style::Error => "1;31",
            Style::Warning => "1;33",
            Style::Related => "36",
            Style::Help => "1;32",
        };
        out.push_str(&format!("\u{1b}[{colour}m{}\u{1b}[0m", piece.text));
    })
}

/// As one `pre` element. Its colours are inline, because an untrusted notebook drops
/// style sheets and variables. They are of medium lightness, because the page may be
/// light or dark.
pub fn html(diagnostic: &Diagnostic, code: &str, cell: &str) -> String {
    let body = write(diagnostic, code, cell, |piece, out| {
        let css = match piece.style {
            Style::Plain => return escape(&piece.text, out),
            Style::Strong => "font-weight:bold",
            Style::Gutter => "color:#6b83b5",
            Style::Error => "color:#d9534f;font-weight:bold",
            Style::Warning => "color:#c98a1b;font-weight:bold",
            Style::Related => "color:#3498b5",
            Style::Help => "color:#3c9d5a;font-weight:bold",
        };
        out.push_str(&format!("<span style=\"{css}\">"));
        escape(&piece.text, out);
        out.push_str("</span>");
    });
    format!("<pre style=\"font-family:monospace;margin:0;overflow-x:auto\">{body}</pre>")
}

fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
}

fn write(
    diagnostic: &Diagnostic,
    code: &str,
    cell: &str,
    piece: impl Fn(&Piece, &mut String),
) -> String {
    let mut out = String::new();
    for (n, line) in lines(diagnostic, code, cell).iter().enumerate() {
        if n > 0 {
            out.push('\n');
        }
        for part in line {
            piece(part, &mut out);
        }
    }
    out
}

fn lines(diagnostic: &Diagnostic, code: &str, cell: &str) -> Vec<StyledLine> {
    let (word, style) = match diagnostic.severity {
        Severity::Error => ("error", Style::Error),
        Severity::Warning => ("warning", Style::Warning),
    };
    let mut lines = vec![vec![
        Piece::new(style, &format!("{word}[{}]", diagnostic.slug)),
        Piece::new(Style::Strong, &format!(": {}", diagnostic.message)),
    ]];
    lines.extend(snippet::of(diagnostic, code, cell, style));
    if let Some(help) = &diagnostic.help {
        lines.extend(titled("help", help));
        lines.extend(snippet::of_patch(diagnostic, code));
    }
    for note in &diagnostic.notes {
        lines.extend(titled("note", note));
    }
    lines
}

/// `help: …`; further lines of the text are indented below the first.
fn titled(title: &str, text: &str) -> Vec<StyledLine> {
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    let mut out =
        vec![vec![Piece::new(Style::Help, title), Piece::new(Style::Plain, &format!(": {first}"))]];
    out.extend(lines.map(|line| vec![Piece::new(Style::Plain, &format!("      {line}"))]));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Place;

    fn of(code: &str, found: &str) -> Place {
        let start = code.find(found).expect("the code holds it");
        Place::new(start, start + found.len())
    }

    #[test]
    fn an_error_shows_its_place_and_a_fix() {
        let code = "let canary = cpu{service=\"checkout\", trak=\"canary\"}[1h]";
        let error = Diagnostic::error("unknown-label", "no series of `cpu` has the label `trak`")
            .at(of(code, "trak"), "not a label of this selection")
            .fix("did you mean `track`?", of(code, "trak"), "track");
        let expected = "\
error[unknown-label]: no series of `cpu` has the label `trak`
 --> In[7]:1:38
  |
1 | let canary = cpu{service=\"checkout\", trak=\"canary\"}[1h]
  |                                      ^^^^ not a label of this selection
  |
help: did you mean `track`?";
        assert_eq!(plain(&error, code, "In[7]"), expected);
    }

    #[test]
    fn related_places_are_dashed() {
        let code = "let x = 1\ncanary | top 20 | explain";
        let error = Diagnostic::error("type-mismatch", "`explain` needs a Diff, got Table")
            .at(of(code, "explain"), "takes Diff")
            .related(of(code, "top"), "gives Table")
            .note("seen once");
        let expected = "\
error[type-mismatch]: `explain` needs a Diff, got Table
 --> In[1]:2:19
  |
2 | canary | top 20 | explain
  |                   ^^^^^^^ takes Diff
  |          --- gives Table
  |
note: seen once";
        assert_eq!(plain(&error, code, "In[1]"), expected);
    }

    #[test]
    fn tabs_and_wide_characters_keep_carets_below_their_text() {
        let code = "\tcpu{a=\"日本\"} fl\u{301}ame";
        let error = Diagnostic::error("x", "m").at(of(code, "fl\u{301}ame"), "");
        let expected = "\
error[x]: m
 --> In[1]:1:14
  |
1 |     cpu{a=\"日本\"} fl\u{301}ame
  |                   ^^^^^";
        assert_eq!(plain(&error, code, "In[1]"), expected);
    }

    #[test]
    fn places_over_lines_show_the_first_and_the_last() {
        let code = "a(\n  b,\n  c,\n  d)\ne";
        let error = Diagnostic::error("x", "m").at(Place::new(0, code.len() - 2), "all of it");
        let expected = "\
error[x]: m
 --> In[1]:1:1
  |
1 | a(
  | ^^
...
4 |   d)
  |   ^^ all of it";
        assert_eq!(plain(&error, code, "In[1]"), expected);
    }

    #[test]
    fn a_patch_that_the_help_does_not_spell_out_is_shown() {
        let code = "cpu flame";
        let at = Place::new(4, 4);
        let error = Diagnostic::error("x", "m").at(of(code, "flame"), "").fix("pipe it", at, "| ");
        let shown = plain(&error, code, "In[1]");
        assert!(shown.ends_with("\nhelp: pipe it\n  |\n1 | cpu | flame\n  |     +"), "{shown}");
    }

    #[test]
    fn long_lines_are_cut_around_the_place() {
        let code = format!("{}x{}", "a".repeat(1_000_000), "b".repeat(1_000_000));
        let error = Diagnostic::error("x", "m").at(of(&code, "x"), "here");
        let shown = plain(&error, &code, "In[1]");
        assert!(shown.len() < 1000, "{}", shown.len());
        let lines: Vec<&str> = shown.lines().collect();
        let caret = lines[4].find('^').expect("a caret");
        let column = lines[3].chars().position(|c| c == 'x').expect("the x");
        assert_eq!(caret, column);
    }

    #[test]
    fn names_cannot_colour_a_terminal_or_end_a_tag() {
        let code = "cpu{a=\"\u{1b}[31m<b>\"}";
        let error = Diagnostic::error("x", "`\u{1b}[0m\u{202e}` & </pre>").at(Place::new(4, 5), "");
        let shown = plain(&error, code, "In[1]");
        assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}'), "{shown}");
        assert!(shown.contains("\\u{1b}[31m<b>"), "{shown}");
        let html = html(&error, code, "<x>");
        assert!(
            html.contains("&amp; &lt;/pre&gt;")
                && html.contains("&lt;b&gt;")
                && !html.contains("<x>"),
            "{html}"
        );
        let escapes = ansi(&error, code, "In[1]").matches("\u{1b}[").count();
        assert_eq!(escapes % 2, 0, "each colour is ended");
    }

    #[test]
    fn a_diagnostic_without_a_place_is_a_line_and_its_help() {
        let error = Diagnostic::error("no-source", "no source is open").help("use \"demo:\"");
        assert_eq!(
            plain(&error, "", "In[1]"),
            "error[no-source]: no source is open\nhelp: use \"demo:\""
        );
    }

    #[test]
    fn places_outside_the_code_do_not_panic() {
        let error = Diagnostic::error("x", "m").at(Place::new(5, 900), "").fix(
            "y",
            Place::new(70, 80),
            "z",
        );
        for code in ["", "é", "é\n\n", "ééééééé"] {
            let text = plain(&error, code, "In[1]");
            assert!(text.starts_with("error[x]: m\n"), "{text}");
        }
    }
}
