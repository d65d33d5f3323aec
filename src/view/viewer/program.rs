//! The program that an output carries: the files beside this one in one scope,
//! without what only their readers need.

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
        format!("(function flamebook(payload){{\n{files}}})")
    });
    &PROGRAM
}

/// A file without blank lines, indentation, lines that are all comment, and blocks
/// of JSDoc. Nothing within a line is touched: it would take a parser to tell a
/// comment from a text.
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
    fn only_comments_and_blanks_go() {
        let file = "// head\n\n/** one */\n/**\n * @param {x} y\n */\n  let a = 'x // y'\n\
                    /** @type {any} */ (a).b\n";
        assert_eq!(stripped(file), "let a = 'x // y'\n/** @type {any} */ (a).b\n");
    }
}
