//! The hint for a pattern that matches nothing.

use std::path::{Path, PathBuf};

use super::name_pattern::NamePattern;

/// How many names a hint lists.
const HINTED: usize = 5;

/// The first part of a pattern that does not exist, and what is there instead.
pub(super) fn hint(pattern: &str, base: &Path) -> String {
    let mut folders = vec![base.to_owned()];
    let mut shown = String::new();
    if Path::new(pattern).is_absolute() {
        folders = vec!["/".into()];
        shown.push('/');
    }
    let mut next = None;
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        let below = folders.iter().flat_map(|folder| matching(folder, part));
        let below: Vec<PathBuf> = below.filter(|path| path.is_dir()).collect();
        if below.is_empty() {
            next = Some(part);
            break;
        }
        folders = below;
        shown = format!("{shown}{part}/");
    }
    let place =
        if shown.is_empty() { "the current folder".to_owned() } else { format!("`{shown}`") };
    let names = listed(&folders);
    match (names.is_empty(), next) {
        (true, _) => format!("{place} exists but is empty"),
        (false, Some(part)) => {
            format!("{place} exists, but has no match for `{part}`; it has {names}")
        }
        (false, None) => format!("{place} has no file, only {names}"),
    }
}

/// What a part of a pattern may mean in a folder, whether it exists or not.
fn matching(folder: &Path, part: &str) -> Vec<PathBuf> {
    match part {
        // As deep as wanted, and not at all.
        "**" => vec![folder.to_owned()],
        _ if folder.join(part).exists() => vec![folder.join(part)],
        _ => {
            let Ok(pattern) = NamePattern::parse(part) else { return Vec::new() };
            let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
            let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
            let names = names.filter(|name| pattern.labels_of(name).is_some());
            names.map(|name| folder.join(name)).collect()
        }
    }
}

/// The first few names in some folders.
fn listed(folders: &[PathBuf]) -> String {
    let entries = folders.iter().filter_map(|folder| std::fs::read_dir(folder).ok());
    let entries = entries.flatten().flatten();
    let visible = entries.filter_map(|entry| {
        let name = entry.file_name().into_string().ok().filter(|name| !name.starts_with('.'))?;
        Some(if entry.path().is_dir() { format!("`{name}/`") } else { format!("`{name}`") })
    });
    let mut names: Vec<String> = visible.collect();
    names.sort();
    names.dedup();
    let more = names.len().saturating_sub(HINTED);
    names.truncate(HINTED);
    let names = names.join(", ");
    if more > 0 { format!("{names} and {more} more") } else { names }
}
