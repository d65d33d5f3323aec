//! Replacing a file in one step.
//!
//! Jupyter may read a file of the kernelspec or of the extension at any time. It must
//! find the old content or the new one, never a part of it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use uuid::Uuid;

/// Writes a draft beside `path` and renames it. A file with this content already is not touched.
///
/// Errors contain the path.
pub(super) fn replace(path: &Path, content: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|existing| existing == content) {
        return Ok(());
    }
    let draft = path.with_extension(format!("{}.draft", Uuid::new_v4()));
    fs::write(&draft, content)
        .and_then(|()| fs::rename(&draft, path))
        .inspect_err(|_| {
            // The first error is the one to report.
            let _ = fs::remove_file(&draft);
        })
        .with_context(|| format!("cannot write {}", path.display()))
}
