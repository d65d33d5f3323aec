//! The Pygments lexer that a notebook names, for nbconvert and the console.
//!
//! Notebooks are converted by a Python process that the kernel cannot ask. Every
//! Pygments has the PromQL lexer, which is right for most of a query. Our own lexer is
//! in the Python package `flamebook`: if the environment of the kernel has that
//! package at installation, `kernel.json` names our lexer.

use std::env;
use std::fs;
use std::path::Path;

/// The environment variable in `kernel.json` that names a lexer.
pub(super) const LEXER_VARIABLE: &str = "FLAMEBOOK_PYGMENTS_LEXER";

pub(super) const OUR_LEXER: &str = "flamebook";

/// Part of every Pygments.
const FALLBACK_LEXER: &str = "promql";

/// The lexer that notebooks of this kernel name.
pub(super) fn lexer_name() -> String {
    env::var(LEXER_VARIABLE)
        .ok()
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| FALLBACK_LEXER.to_owned())
}

/// Whether the Python with this root has our lexer.
pub(super) fn has_our_lexer(prefix: &Path) -> bool {
    let Ok(entries) = fs::read_dir(prefix.join("lib")) else { return false };
    entries
        .map_while(Result::ok)
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("python"))
        .any(|entry| entry.path().join("site-packages/flamebook/lexer.py").is_file())
}
