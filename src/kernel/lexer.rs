//! Which lexer of Pygments a notebook names, for nbconvert and the console.
//!
//! A notebook is converted by a Python that this process cannot ask. PromQL's lexer
//! is in every Pygments and does for most of a query. Ours is in the package
//! `flamebook-pygments`: where that is in the environment that the kernel is
//! installed for, `kernel.json` says so.

use std::env;
use std::fs;
use std::path::Path;

/// Set by `kernel.json` to the name of a lexer.
pub(super) const VARIABLE: &str = "FLAMEBOOK_PYGMENTS_LEXER";

/// The name of our own lexer.
pub(super) const OURS: &str = "flamebook";

const EVERYWHERE: &str = "promql";

/// The lexer that notebooks of this kernel name.
pub(super) fn named() -> String {
    env::var(VARIABLE).ok().filter(|name| !name.is_empty()).unwrap_or_else(|| EVERYWHERE.to_owned())
}

/// Whether the Python with this root finds our lexer.
pub(super) fn is_below(prefix: &Path) -> bool {
    let Ok(entries) = fs::read_dir(prefix.join("lib")) else { return false };
    entries
        .map_while(Result::ok)
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("python"))
        .any(|entry| entry.path().join("site-packages/flamebook_pygments.py").is_file())
}
