//! The program that an output carries: the files beside this one, in one scope,
//! without what only their readers need.

use std::sync::LazyLock;

/// The order in which the files name each other's functions does not matter; the
/// entry comes last.
const FILES: [&str; 8] = [
    include_str!("payload.js"),
    include_str!("tree.js"),
    include_str!("quantity.js"),
    include_str!("search.js"),
    include_str!("diff.js"),
    include_str!("sandwich.js"),
    include_str!("canvas.js"),
    include_str!("page.js"),
];

/// The text between the tags of a script: defines `flamebook` and calls nothing.
pub(crate) fn program() -> &'static str {
    static PROGRAM: LazyLock<String> = LazyLock::new(|| {
        let files: String = FILES.iter().map(|file| stripped(file)).collect();
        format!("const flamebook=(()=>{{\n{files}return flamebook}})();\n")
    });
    &PROGRAM
}

/// A file without blank lines, indentation, lines that are all comment, and blocks
/// of JSDoc. Nothing within a line is touched: it would take a parser to tell a
/// comment from a text.
fn stripped(file: &str) -> String {
    let mut out = String::with_capacity(file.len());
    let mut in_block = false;
    for line in file.lines().map(str::trim) {
        in_block |= line.starts_with("/*");
        if !in_block && !line.is_empty() && !line.starts_with("//") {
            out.push_str(line);
            out.push('\n');
        }
        in_block &= !line.ends_with("*/");
    }
    out
}
