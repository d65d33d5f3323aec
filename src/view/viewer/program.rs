//! The program that an output carries: the files beside this one in one scope,
//! without what only their readers need.
//!
//! `tests/viewer/program.js` does the same for the program's own tests.

use std::iter::Peekable;
use std::str::Chars;
use std::sync::LazyLock;

/// In the order of the file `order`; the last one starts it all.
const FILES: [(&str, &str); 12] = [
    ("payload.js", include_str!("payload.js")),
    ("tree.js", include_str!("tree.js")),
    ("quantity.js", include_str!("quantity.js")),
    ("diff.js", include_str!("diff.js")),
    ("search.js", include_str!("search.js")),
    ("sandwich.js", include_str!("sandwich.js")),
    ("canvas.js", include_str!("canvas.js")),
    ("table.js", include_str!("table.js")),
    ("hands.js", include_str!("hands.js")),
    ("export.js", include_str!("export.js")),
    ("page.js", include_str!("page.js")),
    ("main.js", include_str!("main.js")),
];

/// A function of the payload, to be called: `PROGRAM("...")`.
pub(super) fn program() -> &'static str {
    static PROGRAM: LazyLock<String> = LazyLock::new(|| {
        let files: String = FILES.iter().map(|(_, file)| stripped(file)).collect();
        squeezed(&format!("(function flamebook(payload){{\n{files}}})"))
    });
    &PROGRAM
}

/// What is around the graphs, and how it looks: HTML and CSS for the shadow root.
/// All of it is written here, nothing of it comes from a profile.
pub(super) fn page() -> &'static str {
    static PAGE: LazyLock<String> = LazyLock::new(|| {
        let rules = below_comment(include_str!("viewer.css"), "*/");
        format!("<style>{rules}</style>{}", below_comment(include_str!("viewer.html"), "-->"))
    });
    &PAGE
}

/// A file as one line, without the comment that it opens with.
fn below_comment(file: &str, end: &str) -> String {
    let (_, rest) = file.split_once(end).unwrap_or(("", file));
    rest.lines().map(str::trim).collect()
}

/// A file without blank lines, indentation, lines that are all comment, and blocks
/// of JSDoc.
pub(crate) fn stripped(file: &str) -> String {
    let mut out = String::with_capacity(file.len());
    let mut in_block = false;
    for line in file.lines().map(str::trim) {
        // A cast within an expression is a comment with code behind it.
        let opens = line.starts_with("/**") && (line.ends_with("*/") || !line.contains("*/"));
        if in_block || opens {
            in_block = !line.contains("*/");
        } else if !line.is_empty() && !line.starts_with("//") {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

/// Code without the blanks that separate nothing, and `let` for `const`. Texts and
/// regular expressions stay as they are; a line break goes only where no statement
/// can end or begin.
pub(crate) fn squeezed(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    squeeze(&mut out, &mut source.chars().peekable());
    out
}

/// Up to the brace that closes what is open, else to the end.
fn squeeze(out: &mut String, chars: &mut Peekable<Chars<'_>>) {
    const BEFORE_REGEX: &str = "(,=:[!&|?{";
    let mut depth = 0;
    while let Some(c) = chars.next() {
        let last = out.chars().next_back().unwrap_or('{');
        let opens = "'\"`".contains(c) || c == '/' && BEFORE_REGEX.contains(last);
        let next = chars.peek().copied().unwrap_or('\n');
        if opens {
            out.push(c);
            push_quoted(out, chars, c);
        } else if !matches!(c, ' ' | '\n') || separates(c, last, next) {
            out.push(c);
        }
        if c == ' ' && declares(out) {
            out.truncate(out.trim_end().len() - "const".len());
            out.push_str(if is_word(next) { "let " } else { "let" });
        }
        depth += i32::from(c == '{') - i32::from(c == '}');
        if depth < 0 {
            return;
        }
    }
}

/// Whether code ends in the word `const`, or in that and a blank.
fn declares(code: &str) -> bool {
    let head = code.trim_end_matches(' ').strip_suffix("const");
    head.is_some_and(|head| !head.ends_with(is_word))
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_$#".contains(c)
}

/// Up to the end of a text that `quote` opened.
fn push_quoted(out: &mut String, chars: &mut Peekable<Chars<'_>>, quote: char) {
    while let Some(c) = chars.next() {
        out.push(c);
        if c == quote {
            return;
        }
        if c == '\\' {
            out.extend(chars.next());
        } else if quote == '`' && c == '$' && chars.peek() == Some(&'{') {
            out.extend(chars.next());
            squeeze(out, chars);
        }
    }
}

/// Whether a blank is needed between two characters.
fn separates(blank: char, last: char, next: char) -> bool {
    const GOES_ON: &str = "{([,;=&|?:<>+*\n";
    const WENT_ON: &str = "})],;=&|?:.*";
    match blank {
        '\n' => !GOES_ON.contains(last) && !WENT_ON.contains(next),
        _ => is_word(last) && is_word(next),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_small_and_cannot_end_its_script() {
        let program = program();
        assert!(program.len() <= 20_480, "{} bytes", program.len());
        assert!(!program.contains("</script") && !program.contains("<!--"));
    }

    #[test]
    fn the_files_are_those_that_the_programs_own_tests_read() {
        let order: Vec<_> = include_str!("order").lines().collect();
        assert_eq!(FILES.map(|(name, _)| name), *order);
    }

    #[test]
    fn only_comments_go_with_their_lines() {
        let file = "// head\n\n/** one */\n/**\n * @param {x} y\n */\n  let a = 'x // y'\n\
                    /** @type {any} */ (a).b\n";
        assert_eq!(stripped(file), "let a = 'x // y'\n/** @type {any} */ (a).b\n");
    }

    #[test]
    fn only_blanks_that_separate_nothing_go() {
        for (code, short) in [
            ("let a = 1, b\nf(a)\n", "let a=1,b\nf(a)\n"),
            ("const f = () => {\nreturn a\n}\nf()", "let f=()=>{return a}\nf()"),
            ("g('a  b', `c\n d`, /e f/)", "g('a  b',`c\n d`,/e f/)"),
            ("'it\\'s  x' + a / b / c", "'it\\'s  x'+a/b/c"),
            ("`a  ${ {b: c + ' d'} }  ${`e ${f}`}`; g", "`a  ${{b:c+' d'}}  ${`e ${f}`}`;g"),
            ("a\n.b()\n&& c", "a.b()&&c"),
            ("const a = b.const, [c] = 'const d'", "let a=b.const,[c]='const d'"),
            ("for (const [a] of b)", "for(let[a]of b)"),
        ] {
            assert_eq!(squeezed(code), short);
        }
    }

    #[test]
    fn the_page_is_of_the_shadow_root_and_runs_nothing() {
        let page = page();
        assert!(page.starts_with("<style>:host {") && page.ends_with("</template>"));
        assert!(!page.contains(['\n', '\\']) && !page.contains("<script") && !page.contains(" on"));
    }
}
