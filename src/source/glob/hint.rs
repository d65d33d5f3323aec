//! The hint for a pattern that matches nothing.

use std::path::Path;

/// How many names a hint lists.
const HINTED: usize = 5;

/// The first part of a pattern that does not exist, and what is there instead.
pub(super) fn hint(pattern: &str, base: &Path) -> String {
    let mut folder = base.to_owned();
    let mut shown = String::new();
    if Path::new(pattern).is_absolute() {
        folder = "/".into();
        shown.push('/');
    }
    let mut next = None;
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        let below = folder.join(part);
        if !below.is_dir() {
            next = Some(part);
            break;
        }
        folder = below;
        shown = format!("{shown}{part}/");
    }
    let place =
        if shown.is_empty() { "the current folder".to_owned() } else { format!("`{shown}`") };
    let names = listed(&folder);
    match (names.is_empty(), next) {
        (true, _) => format!("{place} exists but is empty"),
        (false, Some(part)) => {
            format!("{place} exists, but has no match for `{part}`; it has {names}")
        }
        (false, None) => format!("{place} has no file, only {names}"),
    }
}

/// The first few names in a folder.
fn listed(folder: &Path) -> String {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let visible = entries.filter_map(|entry| {
        let name = entry.file_name().into_string().ok().filter(|name| !name.starts_with('.'))?;
        Some(if entry.path().is_dir() { format!("`{name}/`") } else { format!("`{name}`") })
    });
    let mut names: Vec<String> = visible.collect();
    names.sort();
    let more = names.len().saturating_sub(HINTED);
    names.truncate(HINTED);
    let names = names.join(", ");
    if more > 0 { format!("{names} and {more} more") } else { names }
}
